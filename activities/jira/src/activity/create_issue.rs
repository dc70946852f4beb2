//! `jira.create_issue`: one effect, the issue, tagged in the same request.

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Facts, Requirements, checked,
    fields::{self, Form, Names},
    issue,
    made::{self, Made},
    subject, tag, text,
};
use crate::{
    client::{Call, Client, Reader, endpoint},
    input::{self, Check, IssueKey, Label, Name, Text, refused},
    resolve::{CreateScreen, Place, Users},
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
    #[schemars(example = &"OPS")]
    project: Name,
    /// The issue type: its name as Jira shows it, or its id.
    #[schemars(example = &"Bug")]
    issue_type: Name,
    /// One line that says what the issue is.
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = r"^[^\r\n]*$"),
        extend("x-expected" = "one line"),
        example = &"The login page is blank"
    )]
    summary: String,
    /// The description: Markdown, or an ADF document.
    #[schemars(example = &"It is **blank** in every browser.")]
    description: Option<Text>,
    /// Who works on it: an e-mail address, an account id, `me`, `default` (the project decides) or null (nobody).
    #[serde(default, deserialize_with = "input::written")]
    #[schemars(example = &"ann@example.com")]
    assignee: Option<Option<String>>,
    /// Who reports it: an e-mail address, an account id or `me`.
    #[schemars(example = &"me")]
    reporter: Option<String>,
    /// The priority: its name or id.
    #[schemars(example = &"High")]
    priority: Option<Name>,
    /// Labels: one word each.
    #[schemars(example = ["login", "ui"])]
    labels: Option<Vec<Label>>,
    /// Components: their names or ids.
    #[schemars(example = ["Website"])]
    components: Option<Vec<Name>>,
    /// The issue that it belongs to: key or id. A sub-task needs one.
    #[schemars(example = &"OPS-7")]
    parent: Option<IssueKey>,
    /// The day it is due: `2026-01-31`.
    #[schemars(
        regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        extend("x-expected" = "a date, such as `2026-01-31`"),
        example = &"2026-01-31"
    )]
    due_date: Option<String>,
    /// Further fields, each under its name as Jira shows it, or its id (`customfield_10042`). Names of options, versions,
    /// components and users are resolved; an option below another is `[parent, child]` or `parent > child`; rich text is
    /// Markdown; an object is passed on as it is.
    #[schemars(extend("x-as-written" = true, "additionalProperties" = { "x-text": "field" }, "examples" = [{ "Found in": "Staging", "Fix versions": ["1.2"] }]))]
    #[serde(default)]
    fields: Map<String, Value>,
}

/// Inputs that have a name of their own, and the field that each sets.
const NAMES: Names = &[
    ("summary", "summary"),
    ("description", "description"),
    ("assignee", "assignee"),
    ("reporter", "reporter"),
    ("priority", "priority"),
    ("labels", "labels"),
    ("components", "components"),
    ("parent", "parent"),
    ("due_date", "duedate"),
];

/// What Jira always fills in.
const NEVER_MISSING: [&str; 1] = ["reporter"];

/// The name of its effect.
const CREATE: &str = "create";

impl CreateIssue {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.create_issue",
            summary: "Creates an issue.",
            on: "the project",
            input: schema::of_input::<Input>(&["assignee"]),
            output: schema::of_output::<made::Output>(),
            reads: true,
            always: const {
                &[
                    endpoint::CREATE_ISSUE.operation(),
                    endpoint::CREATABLE_ISSUE_TYPES.operation(),
                    endpoint::CREATE_FIELDS.operation(),
                ]
            },
            sometimes: const {
                &[
                    endpoint::ASSIGNABLE_USERS.operation(),
                    endpoint::FIND_USERS.operation(),
                    endpoint::MYSELF.operation(),
                    endpoint::GET_ISSUE.operation(),
                ]
            },
            failures: &[
                ("an input has a wrong form", "`due_date`: `…` is no date: it takes one such as `2026-01-31`"),
                ("the project is not there", "project `…` does not exist, or the user may not create issues in it"),
                ("the user may create nothing there", "the user can create no issue in project `…`"),
                ("the project has no such issue type", "project `…`: there is no issue type `…` among …"),
                ("a field is not on the create screen", "field `…` is not on the create screen of … in …; it has …"),
                ("a value is not among those allowed", "field `…`: there is no … `…` among …"),
                ("a required field is missing", "the create screen of … in … requires …"),
                ("nobody has the e-mail address", "Jira finds nobody with the e-mail address `…`"),
                ("the e-mail address is hidden", "it hides the address of …, who may be meant"),
                ("the assignee cannot be assigned", "exists, but cannot be assigned in project `…`"),
                ("Jira refuses a value", "Jira refuses the new issue (400): …"),
            ],
        }
        .describe();
        Self { client, description }
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
        fields::needs(input, NAMES, &project, needs).0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let check = Check::of(input)
            .filled("summary")
            .at_most("summary", input::LINE)
            .rich_text("description")
            .user("assignee", &["default"])
            .user("reporter", &[]);
        check.issue("parent").day("due_date").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let is_issue = matches!(path, [field] if field == "key" || field == "id");
        is_issue.then(|| subject(input, "project", "project")).filter(|subject| *subject != Subject::AtRunTime)
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        if let Some(created) = attempt.result(CREATE) {
            return made::output(&self.client, &created);
        }
        let input: Input = checked(self, input)?;
        let screen = CreateScreen::read(self.client.reader(), input.project.clone(), &input.issue_type).await?;
        let further: Vec<_> = input.fields.keys().cloned().collect();
        let form = Form { screen: &screen.screen, names: NAMES, changes: false, further: &further };
        let summary = input.summary.clone();
        let fields = fill(self.client.reader(), input, &screen, &form).await?;
        let body = json!({ "fields": fields });
        let project = screen.project.as_str();
        let words = format!("create a {} in project {project}: {summary}", screen.issue_type.name);
        let intent = Intent::new(format!("project {project}"), words, &body);
        let intent = intent.known_by("KEY", "the key of the issue that was made").creating();
        let created = attempt
            .effect(CREATE, intent, async |operation| {
                let body = json!({ "fields": body["fields"], "properties": [tag(&operation)] });
                let call = Call::new(&endpoint::CREATE_ISSUE, [], format!("a new issue in project `{project}`"));
                let created = self.client.read(call.body(body)).await;
                let created: Made = created.map_err(|error| form.explain(error, "the new issue"))?;
                Ok(json!(created))
            })
            .await?;
        made::output(&self.client, &created)
    }

    async fn adopt(&self, input: &Value, _: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let input: Input = input::read(input)?;
        let wanted =
            IssueKey::read(key).ok_or_else(|| refused(format!("`{key}` is neither an issue's key nor its id")))?;
        let found = issue(self.client.reader(), &wanted, "project").await?;
        let project = &found["fields"]["project"];
        let same = [&project["key"], &project["id"]].into_iter().any(|name| *name == input.project.as_str());
        if !same {
            return Err(refused(format!("{wanted} is not in project `{}`", input.project.as_str())));
        }
        let subject = wanted.to_string();
        Ok(json!(Made { id: text(&found, "id", &subject)?, key: text(&found, "key", &subject)? }))
    }
}

/// The fields of the request. What is required and missing is named.
async fn fill(
    reader: &Reader,
    input: Input,
    screen: &CreateScreen,
    form: &Form<'_>,
) -> Result<Map<String, Value>, Failure> {
    let project = &screen.project;
    let (own, further) = (own(&input), input.fields);
    let mut known = Map::new();
    let project_by = if project.is_id() { "id" } else { "key" };
    known.insert("project".into(), json!({ project_by: project.as_str() }));
    known.insert("issuetype".into(), json!({ "id": screen.issue_type.id }));
    // Every screen has these two, whatever the metadata lists.
    known.insert("summary".into(), input.summary.into());
    known.extend(input.parent.map(|parent| ("parent".into(), parent.reference())));
    let users = Users::new(reader, Place::Project(project.as_str()));
    let fields = form.fill(own, further, users, known).await?;
    let missing = screen.screen.missing(&fields).into_iter();
    let missing: Vec<_> = missing.filter(|field| !NEVER_MISSING.contains(&field.field_id.as_str())).collect();
    form.require(&missing)?;
    Ok(fields)
}

/// The values of the inputs that have a name of their own, by field, as they were written.
fn own(input: &Input) -> Vec<(&'static str, Value)> {
    let names = |names: &Vec<Name>| names.iter().map(Name::as_str).collect::<Value>();
    let given = [
        ("description", input.description.as_ref().map(|text| text.0.to_value())),
        ("assignee", input.assignee.as_ref().filter(|who| who.as_deref() != Some("default")).map(|who| json!(who))),
        ("reporter", input.reporter.as_ref().map(|who| json!(who))),
        ("priority", input.priority.as_ref().map(|priority| json!(priority.as_str()))),
        ("labels", input.labels.as_ref().map(|labels| labels.iter().map(Label::as_str).collect())),
        ("components", input.components.as_ref().map(names)),
        ("duedate", input.due_date.as_ref().map(|date| json!(date))),
    ];
    given.into_iter().filter_map(|(id, value)| Some((id, value?))).collect()
}
