//! `jira.create_issue`: one effect, the issue, tagged in the same request.

mod fields;

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Facts, Requirements, issue, subject, tag, text};
use crate::{
    client::{Call, Client, endpoint},
    input::{self, IssueKey, Name, Text, refused},
    permission::{ASSIGN_ISSUES, LINK_ISSUES, MODIFY_REPORTER, SCHEDULE_ISSUES, SET_ISSUE_SECURITY},
    resolve::CreateScreen,
    schema,
};

/// Creates an issue.
pub(super) struct CreateIssue {
    client: Arc<Client>,
    description: Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The project: its key or id.
    project: Name,
    /// The issue type: its name as Jira shows it, or its id.
    issue_type: Name,
    /// One line that says what the issue is.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[^\r\n]*$"))]
    summary: String,
    /// The description: Markdown, or an ADF document.
    description: Option<Text>,
    /// Who works on it: an e-mail address, an account id, `me`, `default` (the project decides) or null (nobody).
    #[serde(default, deserialize_with = "input::written")]
    assignee: Option<Option<String>>,
    /// Who reports it: an e-mail address, an account id or `me`.
    reporter: Option<String>,
    /// The priority: its name or id.
    priority: Option<Name>,
    /// Labels: one word each.
    labels: Option<Vec<Label>>,
    /// Components: their names or ids.
    components: Option<Vec<Name>>,
    /// The issue that it belongs to: key or id. A sub-task needs one.
    parent: Option<IssueKey>,
    /// The day it is due: `2026-01-31`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    due_date: Option<String>,
    /// Further fields, each under its name as Jira shows it, or its id (`customfield_10042`).
    #[serde(default)]
    fields: Map<String, Value>,
}

/// One word.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct Label(#[schemars(length(max = 255), regex(pattern = r"^\S+$"))] String);

#[derive(Serialize, JsonSchema)]
struct Output {
    /// The id.
    id: String,
    /// The key, such as `OPS-7`.
    key: String,
    /// Where to open it in a browser.
    url: String,
}

/// What the effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Created {
    id: String,
    key: String,
}

impl CreateIssue {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.create_issue",
            summary: "Creates an issue.",
            on: "the project",
            input: schema::of_input::<Input>(&["assignee"]),
            output: schema::of_output::<Output>(),
            always: const {
                &[
                    endpoint::CREATE_ISSUE.operation(),
                    endpoint::CREATABLE_ISSUE_TYPES.operation(),
                    endpoint::CREATE_FIELDS.operation(),
                ]
            },
            sometimes: const {
                &[endpoint::ASSIGNABLE_USERS.operation(), endpoint::MYSELF.operation(), endpoint::GET_ISSUE.operation()]
            },
            failures: &[],
        }
        .describe();
        Self { client, description }
    }

    fn output(&self, created: Value) -> Result<Value, Failure> {
        let Created { id, key } = input::read(&created)?;
        let url = self.client.issue_url(&key);
        Ok(json!(Output { id, key, url }))
    }
}

#[async_trait]
impl Activity for CreateIssue {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let project = subject(input, "project", "project");
        let needs = Requirements::default()
            .call(endpoint::CREATE_ISSUE.operation(), &project, "creates the issue")
            .call(endpoint::CREATE_FIELDS.operation(), &project, "reads the create screen");
        optional_requirements(input, &project, needs).0
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let is_issue = matches!(path, [field] if field == "key" || field == "id");
        is_issue.then(|| subject(input, "project", "project")).filter(|subject| *subject != Subject::AtRunTime)
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        if let Some(created) = attempt.result(0) {
            return self.output(created);
        }
        let input: Input = input::read(input)?;
        let screen = CreateScreen::read(&self.client, input.project.clone(), &input.issue_type).await?;
        let summary = input.summary.clone();
        let fields = fields::fill(&self.client, input, &screen).await?;
        let body = json!({ "fields": fields });
        let project = screen.project.as_str();
        let words = format!("create a {} in project {project}: {summary}", screen.issue_type.name);
        let intent = Intent::new(format!("project {project}"), words, &body);
        let created = attempt
            .effect(0, intent, async |operation| {
                let body = json!({ "fields": body["fields"], "properties": [tag(&operation)] });
                let call = Call::new(&endpoint::CREATE_ISSUE, [], format!("a new issue in project `{project}`"));
                let created: Created =
                    self.client.read(call.body(body)).await.map_err(|error| fields::explain(error, &screen))?;
                Ok(json!(created))
            })
            .await?;
        self.output(created)
    }

    async fn adopt(&self, input: &Value, _: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let input: Input = input::read(input)?;
        let wanted =
            IssueKey::read(key).ok_or_else(|| refused(format!("`{key}` is neither an issue's key nor its id")))?;
        let found = issue(&self.client, &wanted, "project").await?;
        let project = &found["fields"]["project"];
        let same = [&project["key"], &project["id"]].into_iter().any(|name| *name == input.project.as_str());
        if !same {
            return Err(refused(format!("{wanted} is not in project `{}`", input.project.as_str())));
        }
        let subject = wanted.to_string();
        Ok(json!(Created { id: text(&found, "id", &subject)?, key: text(&found, "key", &subject)? }))
    }
}

/// What optional inputs add, as far as they are known.
fn optional_requirements(input: &Planned, project: &Subject, mut needs: Requirements) -> Requirements {
    for (name, reason) in [("assignee", "looks up `assignee`"), ("reporter", "looks up `reporter`")] {
        let who = input.field(name);
        let who = who.as_ref().and_then(Planned::as_str).unwrap_or_default();
        if who == "me" {
            needs = needs.call(endpoint::MYSELF.operation(), &Subject::Global, reason);
        } else if who.contains('@') {
            needs = needs.call(endpoint::ASSIGNABLE_USERS.operation(), &Subject::Global, reason);
        }
    }
    let assigns = matches!(input.field("assignee"), Some(Planned::Known(value)) if value != "default");
    let further = |id: &str| input.field("fields").is_some_and(|fields| fields.field(id).is_some());
    let extra = [
        (assigns, ASSIGN_ISSUES, "sets `assignee`"),
        (input.field("reporter").is_some(), MODIFY_REPORTER, "sets `reporter`"),
        (input.field("due_date").is_some(), SCHEDULE_ISSUES, "sets `due_date`"),
        (further("security"), SET_ISSUE_SECURITY, "sets the security level"),
        (further("issuelinks"), LINK_ISSUES, "links issues"),
    ];
    for (needed, key, reason) in extra {
        if needed {
            needs = needs.known_to_need(key, project, reason);
        }
    }
    needs
}
