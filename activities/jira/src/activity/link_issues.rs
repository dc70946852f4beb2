//! `jira.link_issues`: the link, then a comment. A link that is there is not made again: Jira takes it again without a word.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    add_comments::{COMMENT, adopted_comment, comment},
    issue, names_the_issue, subject, text,
};
use crate::{
    client::{
        Call, JiraError, Kind, Reader, endpoint,
        endpoint::{Operation, Read, Write},
    },
    input::{Check, IssueKey, Text, refused},
    permission::{BROWSE_PROJECTS, LINK_ISSUES},
    resolve::{Named, choose, cut},
    scope::ScopeSets,
};

static LINK_ISSUE: Write<0> = Write::new(
    "POST /rest/api/3/issueLink",
    ScopeSets::new(&["write:jira-work"], &["write:comment:jira", "write:issue-link:jira", "write:issue:jira"]),
    &[BROWSE_PROJECTS, LINK_ISSUES],
);

static LINK_TYPES: Read<0> = Read::new(
    "GET /rest/api/3/issueLinkType",
    ScopeSets::new(&["read:jira-work"], &["read:issue-link-type:jira"]),
    &[],
)
.remembered();

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

/// One of the two issues.
#[derive(Clone, Deserialize, Serialize)]
struct End {
    id: String,
    key: String,
}

/// A link, as the journal keeps it: from `issue` to `to`, in the words of `issue`.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Linked {
    issue: End,
    to: End,
    way: Way,
}

/// A type of links, and the end of one that an issue is at.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Way {
    /// The type's id.
    link_type: String,
    /// What an issue says at this end.
    words: String,
    side: Side,
    /// Whether both ends say the same, so that neither is first.
    mutual: bool,
}

/// The end that says the outward words, or the inward ones.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Outward,
    Inward,
}

/// A type of links, as Jira gives it.
#[derive(Deserialize)]
struct LinkType {
    id: String,
    name: String,
    inward: String,
    outward: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkTypes {
    issue_link_types: Vec<LinkType>,
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
            summary: "Links an issue to another, unless it is so already.",
            on: "both issues",
            nullable: &[],
            reads: true,
            always: const { &[LINK_ISSUE.operation(), LINK_TYPES.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: const { &[endpoint::ADD_COMMENT.operation(), endpoint::GET_COMMENT.operation()] },
            failures: &[
                ("an input has a wrong form", "`to`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("there is no such link", "there is no link `…` among …"),
                ("several types of links say the same", "`…` is said by several types of links: …"),
                ("an issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("both are one issue", "issue `…` cannot be linked to itself"),
                ("the user may not link", "Jira does not link issue `…` to `…` (404): …"),
                ("the comment fails after the link", "the link was made, but the comment was not added: …"),
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

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        OpenEffect { id, intent }: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        if id.name.as_str() == COMMENT {
            return adopted_comment(reader, &attempt.input.issue, key).await;
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

impl End {
    fn read(issue: &Value, given: &IssueKey) -> Result<Self, Failure> {
        let subject = given.to_string();
        Ok(Self { id: text(issue, "id", &subject)?, key: text(issue, "key", &subject)? })
    }
}

impl std::fmt::Display for Linked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "issue {} {} {}", self.issue.key, self.way.words, self.to.key)
    }
}

impl Linked {
    /// The effect that makes the link. Jira calls the issue that says the outward words `inwardIssue`.
    fn effect(&self) -> Prepared<ToLink> {
        let Self { issue, to, way } = self;
        let (first, second) = if way.side == Side::Outward { (issue, to) } else { (to, issue) };
        let body = json!({
            "type": { "id": way.link_type }, "inwardIssue": { "id": first.id }, "outwardIssue": { "id": second.id },
        });
        let call = Call::new(&LINK_ISSUE, [], format!("issue `{}`", issue.key)).body(body).writes_to(&issue.key);
        let words = format!("make a link: {self}");
        let effect = Prepared::new(LINK, format!("issue {}", issue.key), words, call, ToLink::Link(self.clone()));
        effect.known(|effect| {
            effect
                .on(&issue.key)
                .with_baseline(json!({ "key": issue.key, "id": issue.id, "linked": self }))
                .changing("issuelinks", Value::Null, json!(format!("{} {}", way.words, to.key)))
                .giving(json!(self))
        })
    }

    /// The id of the link, if the issue that was read has it.
    fn find(&self, issue: &Value) -> Option<String> {
        let links = issue["fields"]["issuelinks"].as_array().into_iter().flatten();
        let (end, other) = match self.way.side {
            Side::Outward => ("outwardIssue", "inwardIssue"),
            Side::Inward => ("inwardIssue", "outwardIssue"),
        };
        let leads_there = |link: &Value, end: &str| link[end]["id"] == self.to.id.as_str();
        let is_it = |link: &&Value| {
            link["type"]["id"] == self.way.link_type.as_str()
                && (leads_there(link, end) || (self.way.mutual && leads_there(link, other)))
        };
        links.into_iter().find(is_it).and_then(|link| link["id"].as_str()).map(str::to_owned)
    }

    /// The id of the link, if it is there now.
    async fn look(&self, reader: &Reader) -> Result<Option<String>, JiraError> {
        let call = Call::new(&endpoint::GET_ISSUE, [&*self.issue.id], format!("issue `{}`", self.issue.key));
        Ok(self.find(&reader.send(&call.query("fields", "issuelinks")).await?))
    }

    /// Both issues and the type were read just before, so what Jira does not find is the permission.
    fn refusal(&self, error: JiraError) -> Failure {
        if !matches!(error.kind, Kind::NotFound | Kind::Refused) {
            return error.into();
        }
        let words = error.words.clone();
        error.retold(&format!("Jira does not link issue `{}` to `{}`", self.issue.key, self.to.key), words).with_help(format!(
            "it needs `{LINK_ISSUES}` in the project of the issue that says the outward words, and room for one more link at both"
        ))
    }
}

impl Way {
    /// The end of a type's links that is meant by words, in whatever capitals, or by the type's name or id.
    fn find(wanted: &str, types: &[LinkType]) -> Result<Self, Failure> {
        let lower = wanted.trim().to_lowercase();
        let is_meant = |said: &str| said.trim().to_lowercase() == lower;
        let found: Vec<_> = types.iter().filter_map(|kind| Some((kind, kind.end(is_meant)?))).collect();
        match found.as_slice() {
            [(_, one)] => Ok(one.clone()),
            [] => {
                let words = types.iter().flat_map(|kind| [&kind.outward, &kind.inward]);
                let mut all: Vec<_> = words.map(|words| Named { id: String::new(), name: words.clone() }).collect();
                all.dedup();
                Err(refused(choose("link", wanted, &all).err().unwrap_or_default()).with_field("link"))
            }
            several => {
                let names: Vec<_> = several.iter().map(|(kind, _)| format!("`{}`", kind.name)).collect();
                let said = format!("`{}` is said by several types of links: {}", cut(wanted), names.join(", "));
                Err(refused(said).with_field("link").with_help(
                    "give the name of one, which means its outward words; for the inward ones exchange `issue` and `to`",
                ))
            }
        }
    }
}

impl LinkType {
    /// The end that is meant: the outward one, if both are.
    fn end(&self, is_meant: impl Fn(&str) -> bool) -> Option<Way> {
        let mutual = self.inward == self.outward;
        let way = |words: &str, side| Way { link_type: self.id.clone(), words: words.to_owned(), side, mutual };
        if [&self.id, &self.outward, &self.name].into_iter().any(|said| is_meant(said)) {
            return Some(way(&self.outward, Side::Outward));
        }
        is_meant(&self.inward).then(|| way(&self.inward, Side::Inward))
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
    Failure { message: format!("the link was made, but the comment was not added: {}", failure.message), ..failure }
}
