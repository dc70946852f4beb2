//! `jira.delete_issue`: one effect, by the id, so that a key that came to name another issue does no harm.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Facts, Requirements, checked, issue, same_issue, subject, text};
use crate::{
    client::{Call, Client, Kind, endpoint},
    input::{Check, IssueKey, refused},
    schema,
};

/// Deletes an issue.
pub(super) struct DeleteIssue {
    client: Arc<Client>,
    description: Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Whether its sub-tasks are deleted with it. If not, an issue that has some is not deleted.
    #[serde(default)]
    #[schemars(example = true)]
    delete_subtasks: bool,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Output {
    /// The key that the issue had.
    key: String,
}

/// The name of its effect.
const DELETE: &str = "delete";

impl DeleteIssue {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.delete_issue",
            summary: "Deletes an issue for good.",
            on: "the issue",
            input: schema::of_input::<Input>(&[]),
            output: schema::of_output::<Output>(),
            reads: true,
            always: const { &[endpoint::DELETE_ISSUE.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: &[],
            failures: &[
                ("an input has a wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the issue has sub-tasks", "issue `…` has sub-tasks: …"),
                ("the user may not delete it", "Jira forbids this (issue `…`) (403)"),
            ],
        }
        .describe();
        Self { client, description }
    }
}

#[async_trait]
impl Activity for DeleteIssue {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        Requirements::default()
            .call(endpoint::DELETE_ISSUE.operation(), &issue, "deletes the issue")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's id and sub-tasks")
            .0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        // What was deleted cannot be read again.
        if let Some(deleted) = attempt.result(DELETE) {
            return Ok(deleted);
        }
        let input: Input = checked(self, input)?;
        let found = issue(self.client.reader(), &input.issue, "project,subtasks").await?;
        let subject = input.issue.to_string();
        let (id, key) = (text(&found, "id", &subject)?, text(&found, "key", &subject)?);
        let subtasks = subtasks(&found);
        if !subtasks.is_empty() && !input.delete_subtasks {
            return Err(has_subtasks(&key, &subtasks));
        }
        let words = match subtasks.as_slice() {
            [] => format!("delete issue {key}"),
            some => format!("delete issue {key} with its sub-tasks {}", some.join(", ")),
        };
        let baseline = json!({ "id": id, "key": key, "project": found["fields"]["project"]["key"] });
        let intent = Intent::new(format!("issue {key}"), words, &baseline).on(&key).with_baseline(baseline);
        attempt
            .effect(DELETE, intent, async |_| {
                let call = Call::new(&endpoint::DELETE_ISSUE, [&id], format!("issue `{key}`")).writes_to(&*key);
                self.client.send(&call.query("deleteSubtasks", input.delete_subtasks.to_string())).await?;
                Ok(json!(Output { key: key.clone() }))
            })
            .await
    }

    async fn adopt(&self, _: &Value, intent: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let deleted = &intent.baseline;
        if ![&deleted["key"], &deleted["id"]].into_iter().any(|name| *name == key) {
            return Err(refused(format!("this was to delete {}, not `{key}`", intent.target)));
        }
        let id = text(deleted, "id", &intent.target)?;
        let by_id = IssueKey::read(&id).ok_or_else(|| refused(format!("`{id}` is no issue's id")))?;
        match issue(self.client.reader(), &by_id, "project").await {
            Ok(_) => Err(refused(format!("{} is still there", intent.target))),
            Err(error) if error.kind == Kind::NotFound => {
                Ok(json!(Output { key: text(deleted, "key", &intent.target)? }))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The keys of an issue's sub-tasks.
fn subtasks(issue: &Value) -> Vec<String> {
    let all = issue["fields"]["subtasks"].as_array().into_iter().flatten();
    all.filter_map(|subtask| subtask["key"].as_str()).map(str::to_owned).collect()
}

fn has_subtasks(key: &str, subtasks: &[String]) -> Failure {
    refused(format!("issue `{key}` has sub-tasks: {}", subtasks.join(", ")))
        .with_field("delete_subtasks")
        .with_help("set `delete_subtasks: true` to delete them with it")
}
