//! `jira.link_issues`: the link, then a comment. A link that is there is not made again: Jira takes it again without a word.

mod link;
mod way;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::{
    link::{End, LINK_ISSUE, Linked},
    way::{LINK_TYPES, LinkTypes, Way},
};
use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    add_comments::comment_evidence,
    add_comments::{COMMENT, adopted_comment, comment},
    evidence::{Evidence, tag_of},
    issue, names_the_issue, subject,
};
use crate::{
    client::{Call, JiraError, Reader, endpoint, endpoint::Operation},
    input::{Check, IssueKey, Text, refused},
    permission::LINK_ISSUES,
};

/// What no other activity calls.
pub(super) const OPERATIONS: &[&Operation] = &[LINK_ISSUE.operation(), LINK_TYPES.operation()];

/// Links two issues.
pub(super) struct LinkIssues;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// What `issue` says of `to`, in the words that Jira shows: `blocks`, or from the other end `is blocked by`. A link type's name
    /// or id means its outward words.
    #[schemars(length(min = 1), example = &"blocks")]
    link: String,
    /// The other issue: its key or id.
    #[schemars(example = &"OPS-8")]
    to: IssueKey,
    /// A comment on `issue`, added if the link is new: Markdown, or an ADF document.
    #[schemars(example = &"The search cannot be released before.")]
    comment: Option<Text>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The key of `issue`.
    key: String,
    /// What it says of the other issue: `is blocked by`.
    link: String,
    /// The key of the other issue.
    to: String,
    /// The link's id; null if it cannot be read.
    link_id: Option<String>,
    /// Whether the link was there before, so that nothing was done.
    existed: bool,
}

/// The link that is wanted, and the id of the same one where it is there.
pub(super) struct Before {
    linked: Linked,
    existing: Option<String>,
}

/// One of its effects.
pub(super) enum ToLink {
    Link(Linked),
    Comment,
}

/// The name of its first effect.
const LINK: &str = "link";

#[async_trait]
impl JiraActivity for LinkIssues {
    type Input = Input;
    type Output = Output;
    type Reads = Option<Before>;
    type Effect = ToLink;

    fn description(&self) -> Description {
        Facts {
            name: "jira.link_issues",
            summary: "Links an issue to another, unless they are already linked.",
            on: "both issues",
            nullable: &[],
            reads: true,
            always: const { &[LINK_ISSUE.operation(), LINK_TYPES.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: const {
                &[
                    endpoint::ADD_COMMENT.operation(),
                    endpoint::GET_COMMENT.operation(),
                    endpoint::GET_COMMENTS.operation(),
                    endpoint::GET_COMMENT_PROPERTY.operation(),
                    endpoint::MY_PERMISSIONS.operation(),
                    endpoint::MYSELF.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`to`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("there is no such link", "there is no link `…` among …"),
                ("several types of links have the same words", "`…` can mean several types of links: …"),
                ("an issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("both are one issue", "issue `…` cannot be linked to itself"),
                ("the user may not link", "Jira does not link issue `…` to `…` (404): …"),
                ("the comment fails after the link", "the link was added, but the comment was not: …"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let (issue, to) = (subject(input, "issue", "issue"), subject(input, "to", "issue"));
        let link = LINK_ISSUE.operation();
        let mut needs = Requirements::default()
            .call(LINK_TYPES.operation(), &Subject::Global, "reads the types of links")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's links")
            .call(endpoint::GET_ISSUE.operation(), &to, "reads the other issue");
        // Which of the two it is needed on hangs on the link's direction, which only Jira knows.
        needs = if project(&issue).is_some_and(|one| project(&to) == Some(one)) {
            needs.call(link, &issue, "links the issues")
        } else {
            let needs = needs.scopes(link, "links the issues").known_to_need(LINK_ISSUES, &issue, "links the issues");
            needs.known_to_need(LINK_ISSUES, &to, "links the issues")
        };
        if input.field("comment").is_some() {
            needs = needs.call(endpoint::ADD_COMMENT.operation(), &issue, "adds the comment");
        }
        needs.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let named = |field: &str| input.field(field).filter(|field| matches!(field, Planned::Known(_)));
        let is_one = named("issue").is_some_and(|issue| named("to") == Some(issue));
        let check = Check::of(input).issue("issue").filled("link").issue("to").filled_text("comment");
        check.problem_if(is_one, "to", "an issue cannot be linked to itself").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let [field] = path else { return None };
        let named = match field.as_str() {
            "key" => "issue",
            "to" => "to",
            _ => return None,
        };
        Some(subject(input, named, "issue")).filter(|subject| *subject != Subject::AtRunTime)
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Before>, Failure> {
        if attempt.done.has(LINK) {
            return Ok(None);
        }
        let input = attempt.input;
        let known: LinkTypes = reader.read(Call::new(&LINK_TYPES, [], "the types of links")).await?;
        let way = Way::find(&input.link, &known.issue_link_types)?;
        let found = issue(reader, &input.issue, "issuelinks").await?;
        let other = issue(reader, &input.to, "summary").await?;
        let linked = Linked { issue: End::read(&found, &input.issue)?, to: End::read(&other, &input.to)?, way };
        if linked.issue.id == linked.to.id {
            let message = format!("issue `{}` cannot be linked to itself", linked.issue.key);
            return Err(refused(message).with_field("to"));
        }
        Ok(Some(Before { existing: linked.find(&found), linked }))
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, reads: &Option<Before>) -> Result<Vec<Prepared<ToLink>>, Failure> {
        let said = attempt.input.comment.clone().and_then(|text| text.0.into_document());
        let comment = |key: &str| said.as_ref().map(|document| comment(key, document, ToLink::Comment));
        Ok(match reads {
            Some(Before { existing: Some(_), .. }) => Vec::new(),
            Some(Before { linked, existing: None }) => {
                [linked.effect()].into_iter().chain(comment(&linked.issue.key)).collect()
            }
            None => comment(&attempt.done.read::<Linked>(LINK)?.issue.key).into_iter().collect(),
        })
    }

    async fn output(
        &self,
        attempt: &Attempt<'_, Input>,
        reads: Option<Before>,
        reader: &Reader,
    ) -> Result<Output, Failure> {
        let (linked, link_id, existed) = match reads {
            Some(Before { linked, existing: Some(id) }) => (linked, Some(id), true),
            _ => {
                let linked: Linked = attempt.done.read(LINK)?;
                // The effect is done: a read that fails takes nothing back.
                let link_id = linked.look(reader).await.ok().flatten();
                (linked, link_id, false)
            }
        };
        let Linked { issue, to, way } = linked;
        Ok(Output { key: issue.key, link: way.words, to: to.key, link_id, existed })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        if open.id.name.as_str() == COMMENT {
            return comment_evidence(reader, attempt.input.issue.as_str(), (open, &tag_of(attempt, open))).await;
        }
        let result = &open.intent.baseline["linked"];
        let linked = Linked::deserialize(result).map_err(|cause| refused(cause.to_string()))?;
        Ok(match linked.look(reader).await? {
            Some(id) => Evidence::took(result.clone(), format!("link `{id}` says: {linked}")),
            None => Evidence::Absent(format!("there is no link that says: {linked}")),
        })
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let OpenEffect { id, intent, .. } = open;
        if id.name.as_str() == COMMENT {
            return adopted_comment(reader, &attempt.input.issue, (open, &tag_of(attempt, open)), key).await;
        }
        names_the_issue(intent, key)?;
        let result = &intent.baseline["linked"];
        let linked = Linked::deserialize(result).map_err(|cause| refused(cause.to_string()))?;
        match linked.look(reader).await? {
            Some(_) => Ok(result.clone()),
            None => Err(refused(format!("there is no link that says: {linked}"))),
        }
    }
}

#[async_trait]
impl Sending<Input> for ToLink {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        match self {
            Self::Link(linked) => {
                sender.send().await.map_err(|error| linked.refusal(error))?;
                Ok(sender.predicted())
            }
            Self::Comment => {
                let added = sender.send().await.map_err(after)?;
                Ok(json!({ "id": added["id"] }))
            }
        }
    }
}

/// The project's key, where the subject is an issue that is named by its key.
fn project(issue: &Subject) -> Option<&str> {
    let Subject::Known { key, .. } = issue else { return None };
    key.rsplit_once('-').map(|(project, _)| project)
}

/// A failure of the comment that says what was done before it.
fn after(error: JiraError) -> Failure {
    let failure = Failure::from(error);
    Failure { message: format!("the link was added, but the comment was not: {}", failure.message), ..failure }
}
