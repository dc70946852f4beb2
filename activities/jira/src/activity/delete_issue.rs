//! `jira.delete_issue`: one effect, by the id, so that a key that came to name another issue does no harm.

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
    evidence::{self, Evidence, Place},
    issue, same_issue, subject, text,
};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    input::{Check, IssueKey, refused},
    permission::{BROWSE_PROJECTS, DELETE_ISSUES},
};

/// Deletes an issue.
pub(super) struct DeleteIssue;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Whether its sub-tasks are deleted with it. If not, an issue that has some is not deleted.
    #[serde(default)]
    #[schemars(example = true)]
    delete_subtasks: bool,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Output {
    /// The key that the issue had.
    key: String,
}

/// The name of its effect.
const DELETE: &str = "delete";

/// What takes an issue away.
pub(super) struct Deletion;

/// The issue as it is before.
pub(super) struct Found {
    id: String,
    key: String,
    project: Value,
    /// The keys of its sub-tasks.
    subtasks: Vec<String>,
}

#[async_trait]
impl JiraActivity for DeleteIssue {
    type Input = Input;
    type Output = Output;
    type Reads = Option<Found>;
    type Effect = Deletion;

    fn description(&self) -> Description {
        Facts {
            name: "jira.delete_issue",
            summary: "Deletes an issue for good.",
            on: "the issue",
            nullable: &[],
            reads: true,
            always: const { &[endpoint::DELETE_ISSUE.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: const { &[endpoint::MY_PERMISSIONS.operation()] },
            failures: &[
                ("an input has the wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the issue has sub-tasks", "issue `…` has sub-tasks: …"),
                ("the user may not delete it", "Jira forbids this (issue `…`) (403)"),
            ],
        }
        .describe::<Self>()
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

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Found>, Failure> {
        // What was deleted cannot be read again.
        if attempt.done.has(DELETE) {
            return Ok(None);
        }
        let given = &attempt.input.issue;
        let found = issue(reader, given, "project,subtasks").await?;
        let subject = given.to_string();
        let (id, key) = (text(&found, "id", &subject)?, text(&found, "key", &subject)?);
        let project = found["fields"]["project"]["key"].clone();
        Ok(Some(Found { id, key, project, subtasks: subtasks(&found) }))
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, reads: &Option<Found>) -> Result<Vec<Prepared<Deletion>>, Failure> {
        let Some(Found { id, key, project, subtasks }) = reads else { return Ok(Vec::new()) };
        let with_subtasks = attempt.input.delete_subtasks;
        if !subtasks.is_empty() && !with_subtasks {
            return Err(has_subtasks(key, subtasks));
        }
        let words = match subtasks.as_slice() {
            [] => format!("delete issue {key}"),
            some => format!("delete issue {key} with its sub-tasks {}", some.join(", ")),
        };
        let call = Call::new(&endpoint::DELETE_ISSUE, [id], format!("issue `{key}`")).writes_to(&**key);
        let call = call.query("deleteSubtasks", with_subtasks.to_string());
        let baseline = json!({ "id": id, "key": key, "project": project });
        let effect = Prepared::new(DELETE, format!("issue {key}"), words, call, Deletion);
        let effect = effect.seen_at(key, "the issue is gone, for everybody");
        Ok(vec![
            effect.known(|effect| effect.on(key).with_baseline(baseline).giving(json!(Output { key: key.clone() }))),
        ])
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, _: Option<Found>, _: &Reader) -> Result<Output, Failure> {
        attempt.done.read(DELETE)
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let _ = attempt;
        let deleted = &open.intent.baseline;
        let (id, key) = (text(deleted, "id", &open.intent.target)?, text(deleted, "key", &open.intent.target)?);
        let Some(project) = deleted["project"].as_str() else {
            let why = format!("it is not known in which project issue `{key}` was: it may be hidden from the user");
            return Ok(Evidence::Unclear(why));
        };
        if is_there(reader, &id, &key).await? {
            return Ok(Evidence::Absent(format!("issue `{key}` is still there")));
        }
        evidence::sees(reader, Place::Project(project), &[BROWSE_PROJECTS, DELETE_ISSUES]).await?;
        Ok(match is_there(reader, &id, &key).await? {
            true => Evidence::Absent(format!("issue `{key}` is still there")),
            false => {
                let by = format!("issue `{key}` is gone, and the user may see the issues of project `{project}`");
                Evidence::took(json!(Output { key }), by)
            }
        })
    }

    async fn adopt(
        &self,
        _: &Attempt<'_, Input>,
        OpenEffect { intent, .. }: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let deleted = &intent.baseline;
        if ![&deleted["key"], &deleted["id"]].into_iter().any(|name| *name == key) {
            return Err(refused(format!("this was to delete {}, not `{key}`", intent.target)));
        }
        let id = text(deleted, "id", &intent.target)?;
        let by_id = IssueKey::read(&id).ok_or_else(|| refused(format!("`{id}` is not an issue's id")))?;
        match issue(reader, &by_id, "project").await {
            Ok(_) => Err(refused(format!("{} is still there", intent.target))),
            Err(error) if error.kind == ErrorKind::NotFound => {
                Ok(json!(Output { key: text(deleted, "key", &intent.target)? }))
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl Sending<Input> for Deletion {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        sender.send().await?;
        Ok(sender.predicted())
    }
}

/// Whether an issue is there, and not hidden.
async fn is_there(reader: &Reader, id: &str, key: &str) -> Result<bool, JiraError> {
    let call = Call::new(&endpoint::GET_ISSUE, [id], format!("issue `{key}`")).query("fields", "project");
    match reader.send(&call).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
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
