//! `jira.add_comments`: one effect per comment, in order, each tagged in the same request.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{COMMENT_ID, Facts, Progress, Requirements, checked, issue, same_issue, subject, tag, text};
use crate::{
    client::{Call, Client, JiraError, Reader, endpoint},
    input::{self, Check, IssueKey, Text, refused},
    schema,
};

/// Adds comments to an issue.
pub(super) struct AddComments {
    client: Arc<Client>,
    description: Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["comment"] }, { "required": ["comments"] }]))]
struct Input {
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
struct Output {
    /// The issue's key.
    key: String,
    /// The comments' ids, in order.
    ids: Vec<String>,
}

/// What an effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Added {
    id: String,
}

impl AddComments {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.add_comments",
            summary: "Adds one comment or several to an issue.",
            on: "the issue",
            input: schema::of_input::<Input>(&[]),
            output: schema::of_output::<Output>(),
            reads: false,
            always: const { &[endpoint::ADD_COMMENT.operation()] },
            sometimes: const { &[endpoint::GET_ISSUE.operation(), endpoint::GET_COMMENT.operation()] },
            failures: &[
                ("an input has a wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("a comment is empty", "`…`: it is empty"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the user may not comment", "Jira refuses this (issue `…`) (400): …"),
                ("one of several comments fails", "comment … of … (added before: …): …"),
            ],
        }
        .describe();
        Self { client, description }
    }

    /// The issue's key: what was given, or what the id belongs to.
    async fn key(&self, given: &IssueKey) -> Result<String, Failure> {
        if !given.is_id() {
            return Ok(given.as_str().to_owned());
        }
        let found = issue(self.client.reader(), given, "summary").await?;
        text(&found, "key", &given.to_string())
    }

    async fn add(&self, issue: &IssueKey, body: Value) -> Result<Value, Failure> {
        let call = Call::new(&endpoint::ADD_COMMENT, [issue.as_str()], issue.to_string());
        let added = self.client.read(call.body(body).writes_to(issue.as_str())).await;
        let added: Added = added.map_err(refusal)?;
        Ok(json!(added))
    }
}

#[async_trait]
impl Activity for AddComments {
    fn description(&self) -> &Description {
        &self.description
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

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        let input: Input = checked(self, input)?;
        let bodies = bodies(input.comment, input.comments, input.visibility.as_ref())?;
        let key = self.key(&input.issue).await?;
        let count = bodies.len();
        let mut progress = Progress::new("comment", count);
        for (body, number) in bodies.into_iter().zip(0..) {
            let words = format!("add comment {} of {count} to issue {key}", number + 1);
            let intent = Intent::new(format!("issue {key}"), words, &body).known_by("ID", COMMENT_ID).creating();
            let effect = format!("comment/{number}");
            let added = attempt.effect(&effect, intent, async |operation| {
                let mut body = body;
                body["properties"] = json!([tag(&operation)]);
                self.add(&input.issue, body).await
            });
            let added: Added = input::read(&added.await.map_err(|failure| progress.blame(failure))?)?;
            progress.done(added.id);
        }
        Ok(json!(Output { key, ids: progress.into_done() }))
    }

    async fn adopt(&self, input: &Value, _: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let input: Input = input::read(input)?;
        adopted_comment(self.client.reader(), &input.issue, key).await
    }
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
pub(super) async fn adopted_comment(reader: &Reader, issue: &IssueKey, id: &str) -> Result<Value, Failure> {
    if !input::is_id(id) {
        return Err(refused(format!("`{id}` is no comment's id: that is a number")));
    }
    let call = Call::new(&endpoint::GET_COMMENT, [issue.as_str(), id], format!("comment `{id}` of {issue}"));
    let found: Added = reader.read(call).await?;
    Ok(json!(found))
}

/// The bodies of the requests, without their tags.
fn bodies(
    comment: Option<Text>,
    comments: Option<Vec<Text>>,
    visibility: Option<&Visibility>,
) -> Result<Vec<Value>, Failure> {
    let texts = match (comment, comments) {
        (Some(comment), None) => vec![comment],
        (None, Some(comments)) if !comments.is_empty() => comments,
        (Some(_), Some(_)) => {
            return Err(refused("give either `comment` or `comments`, not both").with_field("comments"));
        }
        (None, _) => return Err(refused("give `comment`, or at least one of `comments`").with_field("comment")),
    };
    let body = |text: Text| {
        let document = text.0.into_document().ok_or_else(|| refused("a comment is empty"))?;
        let mut body = json!({ "body": document });
        if let Some(visibility) = visibility {
            body["visibility"] = json!(visibility);
        }
        Ok(body)
    };
    texts.into_iter().map(body).collect()
}
