//! `jira.create_issue`: one effect, the issue, tagged in the same request.

mod lost;

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    adoption::Claimed,
    evidence::{Evidence, tag_of, tag_on},
    fields::{self, Form, Names},
    made::{self, Made},
    signs::search,
    subject, text,
};
use crate::{
    client::{Call, KeyNumber, Reader, TAG, endpoint},
    input::{self, Check, IssueKey, Label, Name, Text, refused},
    resolve::{Assignable, CreateScreen, Users},
};

/// Creates an issue.
pub(super) struct CreateIssue;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
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

/// What an issue is created with.
pub(super) struct Ready {
    screen: CreateScreen,
    /// The names that `fields` gives.
    further: Vec<String>,
    /// The fields of the request.
    fields: Map<String, Value>,
    /// The highest key in the project before it, where that is known.
    last: Option<KeyNumber>,
}

impl Ready {
    fn form(&self) -> Form<'_> {
        Form { screen: &self.screen.screen, names: NAMES, changes: false, further: &self.further }
    }
}

#[async_trait]
impl JiraActivity for CreateIssue {
    type Input = Input;
    type Output = made::Output;
    type Reads = Option<Arc<Ready>>;
    type Effect = Arc<Ready>;

    fn description(&self) -> Description {
        Facts {
            name: "jira.create_issue",
            summary: "Creates an issue.",
            on: "the project",
            nullable: &["assignee"],
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
                    endpoint::MY_PERMISSIONS.operation(),
                    endpoint::MYSELF.operation(),
                    endpoint::GET_ISSUE.operation(),
                    endpoint::SEARCH_ISSUES.operation(),
                    endpoint::FETCH_ISSUES.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`due_date`: `…` is not a date: it takes one such as `2026-01-31`"),
                ("the project is not there", "project `…` does not exist, or the user may not create issues in it"),
                ("the user may not create issues there", "the user cannot create issues in project `…`"),
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
        .describe::<Self>()
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

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Arc<Ready>>, Failure> {
        if attempt.done.has(CREATE) {
            return Ok(None);
        }
        let input = attempt.input;
        let screen = CreateScreen::read(reader, input.project.clone(), &input.issue_type).await?;
        let further = input.fields.keys().cloned().collect();
        let mut ready = Ready { screen, further, fields: Map::new(), last: None };
        ready.fields = fill(reader, input, &ready).await?;
        ready.last = lost::last_key(reader, ready.screen.project.as_str()).await?;
        Ok(Some(Arc::new(ready)))
    }

    fn prepare(
        &self,
        attempt: &Attempt<'_, Input>,
        reads: &Option<Arc<Ready>>,
    ) -> Result<Vec<Prepared<Arc<Ready>>>, Failure> {
        let Some(ready) = reads else { return Ok(Vec::new()) };
        let project = ready.screen.project.as_str();
        let call = Call::new(&endpoint::CREATE_ISSUE, [], format!("a new issue in project `{project}`"));
        let call = call.body(json!({ "fields": ready.fields }));
        let (kind, summary) = (&ready.screen.issue_type.name, &attempt.input.summary);
        let words = format!("create a {kind} in project {project}: {summary}");
        let effect = Prepared::new(CREATE, format!("project {project}"), words, call, ready.clone());
        let effect = effect.found_in((project, search(project, summary)), "an issue with this summary");
        let baseline = lost::baseline(ready.last.as_ref(), summary);
        Ok(vec![effect.known(|effect| {
            effect.known_by("KEY", "the key of the issue that was made").with_baseline(baseline).creating()
        })])
    }

    async fn output(
        &self,
        attempt: &Attempt<'_, Input>,
        _: Option<Arc<Ready>>,
        reader: &Reader,
    ) -> Result<made::Output, Failure> {
        Ok(made::output(reader, attempt.done.read(CREATE)?))
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        lost::evidence(reader, open, &tag_of(attempt, open)).await
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let input = attempt.input;
        let wanted =
            IssueKey::read(key).ok_or_else(|| refused(format!("`{key}` is neither an issue's key nor its id")))?;
        let call = Call::new(&endpoint::GET_ISSUE, [wanted.as_str()], wanted.to_string());
        let call = call.query("fields", "project,creator,created").query("properties", TAG);
        let found = reader.send(&call).await?;
        let project = &found["fields"]["project"];
        let same = [&project["key"], &project["id"]].into_iter().any(|name| *name == input.project.as_str());
        if !same {
            return Err(refused(format!("{wanted} is not in project `{}`", input.project.as_str())));
        }
        let name = wanted.to_string();
        let made = Made { id: text(&found, "id", &name)?, key: text(&found, "key", &name)? };
        if lost::was_there(&made.key, open) {
            return Err(refused(format!("{name} was there before")));
        }
        let (author, created) = (&found["fields"]["creator"], &found["fields"]["created"]);
        // An issue that was changed since bears the tag of that.
        let tag = tag_on(&found).filter(|tag| tag["effect"] == CREATE);
        let claimed = Claimed { name, author, created, tag };
        claimed.check(reader, open, &tag_of(attempt, open)).await?;
        Ok(json!(made))
    }
}

#[async_trait]
impl Sending<Input> for Arc<Ready> {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let created: Result<Made, _> = sender.read().await;
        let made = created.map_err(|error| self.form().explain(error, "the new issue"))?;
        KeyNumber::read(&made.key).into_iter().for_each(|key| sender.reader().keys().seen(key));
        Ok(json!(made))
    }
}

/// The fields of the request. What is required and missing is named.
async fn fill(reader: &Reader, input: &Input, ready: &Ready) -> Result<Map<String, Value>, Failure> {
    let (screen, form) = (&ready.screen, ready.form());
    let project = &screen.project;
    let mut known = Map::new();
    let project_by = if project.is_id() { "id" } else { "key" };
    known.insert("project".into(), json!({ project_by: project.as_str() }));
    known.insert("issuetype".into(), json!({ "id": screen.issue_type.id }));
    // Every screen has these two, whatever the metadata lists.
    known.insert("summary".into(), json!(input.summary));
    known.extend(input.parent.as_ref().map(|parent| ("parent".into(), parent.reference())));
    let users = Users::new(reader, Assignable::Project(project.as_str()));
    let fields = form.fill(own(input), input.fields.clone(), users, known).await?;
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
