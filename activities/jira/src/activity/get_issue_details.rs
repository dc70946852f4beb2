//! `jira.get_issue_details`: reads an issue, further fields by their names.

use std::convert::Infallible;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Facts, JiraActivity, Requirements, same_issue, subject};
use crate::{
    client::{Call, Reader, endpoint},
    input::{Check, IssueKey},
    issue::{self, Details},
};

/// Reads an issue.
pub(super) struct GetIssueDetails;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Further fields to read: their names as Jira shows them, or their ids (`customfield_10042`).
    #[serde(default)]
    #[schemars(example = ["Components", "Due date"])]
    fields: Vec<String>,
}

#[async_trait]
impl JiraActivity for GetIssueDetails {
    type Input = Input;
    type Output = Details;
    type Reads = Details;
    type Effect = Infallible;

    fn description(&self) -> Description {
        Facts {
            name: "jira.get_issue_details",
            summary: "Reads an issue.",
            on: "the issue",
            nullable: &[],
            reads: true,
            always: const { &[endpoint::GET_ISSUE.operation()] },
            sometimes: &[],
            failures: &[
                ("an input has the wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("a field is not there", "there is no field `…` among …"),
            ],
        }
        .describe::<Self>()
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

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Details, Failure> {
        let input = attempt.input;
        let call = Call::new(&endpoint::GET_ISSUE, [input.issue.as_str()], input.issue.to_string());
        // Names are known only to the answer itself, so all fields are read where one is asked for.
        let call = if input.fields.is_empty() {
            call.query("fields", issue::FIELDS.join(","))
        } else {
            call.query("fields", "*all").query("expand", "names")
        };
        let found = reader.send(&call).await?;
        let wanted = issue::asked_for(&input.fields, &issue::fields_of(&found))?;
        Details::read(&found, &wanted, |key| reader.issue_url(key))
    }

    async fn output(&self, _: &Attempt<'_, Input>, reads: Details, _: &Reader) -> Result<Details, Failure> {
        Ok(reads)
    }
}
