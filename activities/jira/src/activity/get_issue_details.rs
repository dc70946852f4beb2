//! `jira.get_issue_details`: reads an issue, further fields by their names.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Facts, Requirements, checked, same_issue, subject};
use crate::{
    client::{Call, Client, endpoint},
    input::{Check, IssueKey, refused},
    issue::{self, Details},
    schema,
};

/// Reads an issue.
pub(super) struct GetIssueDetails {
    client: Arc<Client>,
    description: Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Further fields to read: their names as Jira shows them, or their ids (`customfield_10042`).
    #[serde(default)]
    #[schemars(example = ["Components", "Due date"])]
    fields: Vec<String>,
}

impl GetIssueDetails {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.get_issue_details",
            summary: "Reads an issue.",
            on: "the issue",
            input: schema::of_input::<Input>(&[]),
            output: schema::of_output::<Details>(),
            reads: true,
            always: const { &[endpoint::GET_ISSUE.operation()] },
            sometimes: &[],
            failures: &[
                ("an input has a wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("a field is not there", "there is no field `…` among …"),
            ],
        }
        .describe();
        Self { client, description }
    }
}

#[async_trait]
impl Activity for GetIssueDetails {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        Requirements::default().call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue").0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn run(&self, input: &Value, _: &Attempt) -> Result<Value, Failure> {
        let input: Input = checked(self, input)?;
        let call = Call::new(&endpoint::GET_ISSUE, [input.issue.as_str()], input.issue.to_string());
        // Names are known only to the answer itself, so all fields are read where one is asked for.
        let call = if input.fields.is_empty() {
            call.query("fields", issue::FIELDS.join(","))
        } else {
            call.query("fields", "*all").query("expand", "names")
        };
        let found = self.client.send(&call).await?;
        let wanted = issue::asked_for(&input.fields, &issue::fields_of(&found))?;
        let details = Details::read(&found, &wanted, |key| self.client.issue_url(key))?;
        serde_json::to_value(details).map_err(|cause| refused(cause.to_string()))
    }

    async fn adopt(&self, _: &Value, _: &Intent, _: &str, _: &Attempt) -> Result<Value, Failure> {
        Err(refused("reading an issue has no effect that could be in doubt"))
    }
}
