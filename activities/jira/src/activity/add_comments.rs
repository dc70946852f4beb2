//! `jira.add_comments`: one effect per comment, in order, each tagged in the same request.

mod lost;

use std::slice;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Done, Failure, OpenEffect, Problem},
    id::EffectName,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::lost::comment_evidence;
use self::lost::tag_of_comment;
use super::{
    COMMENT_ID, EffectsDone, Evidence, Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    adoption::Claimed,
    evidence::tag_of,
    key_of, same_issue,
    signs::{beginning, length},
    subject, text,
};
use crate::{
    client::{Call, JiraError, Reader, endpoint},
    input::{self, Check, IssueKey, Text, refused},
};

/// Adds comments to an issue.
pub(super) struct AddComments;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["comment"] }, { "required": ["comments"] }]))]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// The comment: Markdown, or an ADF document. Either this or `comments`.
    #[schemars(example = &"The certificate was **renewed**.")]
    comment: Option<Text>,
    /// Several comments, added in order. Either this or `comment`.
    #[schemars(length(min = 1), example = ["First", "Second"])]
    comments: Option<Vec<Text>>,
    /// Who may see them; everybody who sees the issue if it is left out.
    #[schemars(extend("examples" = [{ "type": "role", "value": "Administrators" }]))]
    visibility: Option<Visibility>,
}

/// Who may see a comment.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Visibility {
    /// Whether `value` is a group or a project role.
    r#type: Audience,
    /// The name of the group or project role.
    #[schemars(length(min = 1))]
    value: String,
}

#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Audience {
    Group,
    Role,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The issue's key.
    key: String,
    /// The comments' ids, in order.
    ids: Vec<String>,
}

/// One of the comments.
pub(super) struct Comment;

/// What an effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Added {
    id: String,
}

#[async_trait]
impl JiraActivity for AddComments {
    type Input = Input;
    type Output = Output;
    type Reads = String;
    type Effect = Comment;

    fn description(&self) -> Description {
        Facts {
            name: "jira.add_comments",
            summary: "Adds one comment or several to an issue.",
            on: "the issue",
            nullable: &[],
            reads: false,
            always: const { &[endpoint::ADD_COMMENT.operation()] },
            sometimes: const {
                &[
                    endpoint::GET_ISSUE.operation(),
                    endpoint::GET_COMMENT.operation(),
                    endpoint::GET_COMMENTS.operation(),
                    endpoint::GET_COMMENT_PROPERTY.operation(),
                    endpoint::MY_PERMISSIONS.operation(),
                    endpoint::MYSELF.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("a comment is empty", "`…`: it is empty"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the user may not comment", "Jira refuses this (issue `…`) (400): …"),
                ("one of several comments fails", "comment … of … (added before: …): …"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let mut needs =
            Requirements::default().call(endpoint::ADD_COMMENT.operation(), &issue, "adds comments to the issue");
        let by_id = matches!(&issue, Subject::Known { key, .. } if input::is_id(key));
        if by_id {
            needs = needs.call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's key");
        }
        needs.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").filled_text("comment").filled_text("comments").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    /// The issue's key: what was given, or what the id belongs to.
    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<String, Failure> {
        key_of(reader, &attempt.input.issue).await
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, key: &String) -> Result<Vec<Prepared<Comment>>, Failure> {
        let bodies = attempt.input.bodies()?;
        let (count, given) = (bodies.len(), &attempt.input.issue);
        let effect = |(number, body): (usize, Value)| {
            let call = Call::new(&endpoint::ADD_COMMENT, [given.as_str()], given.to_string());
            let length = length(&body["body"]);
            let words = match count {
                1 => format!("add a comment of {length} to issue {key}"),
                _ => format!("add comment {} of {count}, of {length}, to issue {key}", number + 1),
            };
            let signs = signs(&body["body"]);
            let call = call.body(body).writes_to(given.as_str());
            Prepared::new(effect_name(number), format!("issue {key}"), words, call, Comment)
                .known(|effect| effect.known_by("ID", COMMENT_ID).creating())
                .seen_at(key, signs)
        };
        Ok(bodies.into_iter().enumerate().map(effect).collect())
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, key: String, _: &Reader) -> Result<Output, Failure> {
        Ok(Output { key, ids: attempt.input.progress(attempt.done).into_done() })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        comment_evidence(reader, attempt.input.issue.as_str(), (open, &tag_of(attempt, open))).await
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        if attempt.input.progress(attempt.done).into_done().iter().any(|done| done == key) {
            return Err(refused(format!("comment `{key}` is another one of this step's")));
        }
        adopted_comment(reader, &attempt.input.issue, (open, &tag_of(attempt, open)), key).await
    }
}

#[async_trait]
impl Sending<Input> for Comment {
    async fn send(&self, attempt: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let added = sender.read().await;
        let added: Added = added.map_err(|error| attempt.input.progress(attempt.done).blame(refusal(error)))?;
        Ok(json!(added))
    }
}

/// The name of an effect that adds a comment to what another one did.
pub(super) const COMMENT: &str = "comment";

/// A comment that comes after another effect.
pub(super) fn comment<Kind>(key: &str, document: &Value, kind: Kind) -> Prepared<Kind>
where
    Kind: Send + Sync + 'static,
{
    let call = Call::new(&endpoint::ADD_COMMENT, [key], format!("issue `{key}`"));
    let call = call.body(json!({ "body": document })).writes_to(key);
    let words = format!("add a comment of {} to issue {key}", length(document));
    Prepared::new(COMMENT, format!("issue {key}"), words, call, kind)
        .known(|effect| effect.known_by("ID", COMMENT_ID).with_baseline(json!({ "key": key })).creating())
        .seen_at(key, signs(document))
}

/// What a comment is recognised by.
fn signs(document: &Value) -> String {
    format!("a comment that begins with `{}`", beginning(document))
}

/// Jira's refusal, with the input that it blames.
fn refusal(error: JiraError) -> Failure {
    let blames_audience = error.words.fields.iter().any(|(field, _)| field == "commentLevel");
    let failure = Failure::from(error);
    if !blames_audience {
        return failure;
    }
    failure.with_field("visibility").with_help(
        "`value` is the name, in the same capitals, of a role of the project that the user is in, or of a group of the user",
    )
}

/// The result of an effect that added a comment, which a person names by its id.
pub(super) async fn adopted_comment(
    reader: &Reader,
    issue: &IssueKey,
    (open, tag): (&OpenEffect, &Value),
    id: &str,
) -> Result<Value, Failure> {
    if !input::is_id(id) {
        return Err(refused(format!("`{id}` is not a comment's id: that is a number")));
    }
    let call = Call::new(&endpoint::GET_COMMENT, [issue.as_str(), id], format!("comment `{id}` of {issue}"));
    let found = reader.send(&call).await?;
    let borne = tag_of_comment(reader, id).await?;
    let (author, created) = (&found["author"], &found["created"]);
    let claimed = Claimed { name: format!("comment `{id}`"), author, created, tag: borne.as_ref() };
    claimed.check(reader, open, tag).await?;
    Ok(json!(Added { id: text(&found, "id", &claimed.name)? }))
}

impl Input {
    fn texts(&self) -> Result<&[Text], Failure> {
        match (&self.comment, self.comments.as_deref()) {
            (Some(comment), None) => Ok(slice::from_ref(comment)),
            (None, Some(comments)) if !comments.is_empty() => Ok(comments),
            (Some(_), Some(_)) => Err(refused("give either `comment` or `comments`, not both").with_field("comments")),
            (None, _) => Err(refused("give `comment`, or at least one of `comments`").with_field("comment")),
        }
    }

    /// The bodies of the requests, without their tags.
    fn bodies(&self) -> Result<Vec<Value>, Failure> {
        let body = |text: &Text| {
            let document = text.0.clone().into_document().ok_or_else(|| refused("a comment is empty"))?;
            let mut body = json!({ "body": document });
            if let Some(visibility) = &self.visibility {
                body["visibility"] = json!(visibility);
            }
            Ok(body)
        };
        self.texts()?.iter().map(body).collect()
    }

    /// How far it is: the ids of the comments that are there.
    fn progress(&self, done: &Done) -> EffectsDone {
        let count = self.texts().map_or(0, <[Text]>::len);
        let added = (0..count).map_while(|number| done.read::<Added>(effect_name(number).as_str()).ok());
        EffectsDone::new("comment", count, added.map(|added| added.id).collect())
    }
}

/// The name of the effect that adds a comment.
fn effect_name(number: usize) -> EffectName {
    EffectName::new(format!("comment/{number}"))
}
