//! `jira.create_project`: one effect, the project. Its key is asked about first.

mod key;
mod kinds;
mod refusal;
mod template;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem, Recovery},
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::{
    kinds::{Kinds, ProjectType},
    refusal::explain,
};
use super::{Facts, JiraActivity, Prepared, Requirements, Sender, Sending, evidence::Evidence, made::Made, text};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    input::{self, Check, refused},
    resolve::anybody,
};

/// Creates a project.
pub(super) struct CreateProject;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The key that the issues' keys begin with: a capital letter, then 1 to 9 capital letters or digits.
    #[schemars(length(min = 1), example = &"MOBILE")]
    key: String,
    /// The name, which no other project of the site has.
    #[schemars(length(min = 1), example = &"Mobile app")]
    name: String,
    /// Who leads it: an e-mail address, an account id or `me`.
    #[serde(default = "me")]
    #[schemars(length(min = 1), example = &"ann@example.com")]
    lead: String,
    /// What kind of project it is; that of `template` if there is one, `software` otherwise.
    #[schemars(example = &"software")]
    r#type: Option<ProjectType>,
    /// What it is made from: `kanban`, `scrum`, `team-managed-kanban`, `team-managed-scrum`, `basic`, `project-management`,
    /// `task-tracking`, `it-service-management` and others, which a wrong name is answered with; or the whole key of a
    /// template.
    #[schemars(length(min = 1), example = &"kanban")]
    template: Option<String>,
    /// What it is for.
    #[schemars(example = &"Everything about the app.")]
    description: Option<String>,
    /// Where there is more about it.
    #[schemars(length(min = 1), example = &"https://example.com/mobile")]
    url: Option<String>,
    /// Who gets issues that are assigned to nobody in particular.
    #[schemars(example = &"unassigned")]
    default_assignee: Option<DefaultAssignee>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum DefaultAssignee {
    ProjectLead,
    Unassigned,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The id.
    id: String,
    /// The key.
    key: String,
    /// Where to open it in a browser.
    url: String,
}

/// The project on its way.
pub(super) struct Creation;

/// The name of its effect.
const CREATE: &str = "create";

/// Refuses a key that is taken. Jira answers with success either way \[SPEC validateProjectKey\].
async fn check_key(reader: &Reader, key: &str) -> Result<(), Failure> {
    let call = Call::new(&endpoint::VALIDATE_PROJECT_KEY, [], format!("the project key `{key}`")).query("key", key);
    let answer = reader.send(&call).await?;
    let errors = answer["errors"].as_object().into_iter().flatten().map(|(_, words)| words);
    let messages = answer["errorMessages"].as_array().into_iter().flatten();
    let told: Vec<_> = errors.chain(messages).filter_map(Value::as_str).collect();
    match told.as_slice() {
        [] => Ok(()),
        told => Err(refused(format!("the key `{key}` cannot be used: {}", told.join(" "))).with_field("key")),
    }
}

async fn lead(reader: &Reader, who: &str) -> Result<String, Failure> {
    anybody(reader, who).await.map_err(|failure| match failure.code {
        Code::INPUT_REFUSED => failure.with_field("lead"),
        _ => failure,
    })
}

#[async_trait]
impl JiraActivity for CreateProject {
    type Input = Input;
    type Output = Output;
    type Reads = Option<Value>;
    type Effect = Creation;

    fn description(&self) -> Description {
        Facts {
            name: "jira.create_project",
            summary: "Creates a project.",
            on: "the site",
            nullable: &[],
            reads: true,
            always: const { &[endpoint::CREATE_PROJECT.operation(), endpoint::VALIDATE_PROJECT_KEY.operation()] },
            sometimes: const {
                &[endpoint::FIND_USERS.operation(), endpoint::GET_PROJECT.operation(), endpoint::MYSELF.operation()]
            },
            failures: &[
                ("the key breaks the rules", "`…` is not a project key: a capital letter, then 1 to 9 …"),
                ("the key is taken", "the key `…` cannot be used: …"),
                ("the template is not known", "there is no template `…` among …"),
                ("type and template do not fit", "the template `…` makes a … project, not a … one"),
                ("nobody has the lead's e-mail address", "nobody with the e-mail address `…`"),
                ("Jira refuses an input, such as a name that is taken", "Jira refuses the new project (400): `…`: …"),
                ("the user is not an administrator", "Jira forbids this (the new project `…`) (403)"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let needs = Requirements::default()
            .call(endpoint::CREATE_PROJECT.operation(), &Subject::Global, "creates the project")
            .call(endpoint::VALIDATE_PROJECT_KEY.operation(), &Subject::Global, "asks whether `key` is free");
        let lead = input.field("lead").unwrap_or_else(|| Planned::Known(me().into()));
        match lead.as_str().map(str::trim) {
            Some("me") => needs.call(endpoint::MYSELF.operation(), &Subject::Global, "looks up `lead`").0,
            Some(who) if who.contains('@') => {
                needs.call(endpoint::FIND_USERS.operation(), &Subject::Global, "looks up `lead`").0
            }
            _ => needs.0,
        }
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let known = |name: &str| input.field(name).and_then(|field| field.as_str().map(str::to_owned));
        let project_type = known("type").and_then(|name| input::read(&json!(name)).ok());
        let kinds = || Kinds::new(project_type, known("template").as_deref()).map(drop);
        let mut check = Check::of(input).user("lead", &[]);
        if let Some(message) = known("key").and_then(|key| key::wrong(&key)) {
            check = check.problem("key", message);
        }
        if let Err(message) = kinds() {
            check = check.problem("template", message);
        }
        check.problem_if(known("name").is_some_and(|name| name.trim().is_empty()), "name", "it is empty").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let is_project = matches!(path, [field] if field == "key");
        is_project.then(|| super::subject(input, "key", "project")).filter(|subject| *subject != Subject::AtRunTime)
    }

    fn makes(&self, input: &Planned) -> Option<Subject> {
        Some(super::subject(input, "key", "project")).filter(|subject| matches!(subject, Subject::Known { .. }))
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Value>, Failure> {
        if attempt.done.has(CREATE) {
            return Ok(None);
        }
        let lead = lead(reader, &attempt.input.lead).await?;
        check_key(reader, &attempt.input.key).await?;
        body(attempt.input, lead).map(Some)
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, reads: &Option<Value>) -> Result<Vec<Prepared<Creation>>, Failure> {
        let (Some(body), key) = (reads, &attempt.input.key) else { return Ok(Vec::new()) };
        let call = Call::new(&endpoint::CREATE_PROJECT, [], format!("the new project `{key}`")).body(body.clone());
        let words = format!("create the project {key}: {}", attempt.input.name);
        let baseline = json!({ "key_was_free": true });
        let effect = Prepared::new(CREATE, format!("project {key}"), words, call, Creation);
        let effect = effect.seen_at(key, "a project with this key");
        Ok(vec![effect.known(|effect| effect.on(key).with_baseline(baseline).creating())])
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, _: Option<Value>, reader: &Reader) -> Result<Output, Failure> {
        let Made { id, key } = attempt.done.read(CREATE)?;
        let url = reader.issue_url(&key);
        Ok(Output { id, key, url })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let _ = open;
        let Input { key, name, .. } = attempt.input;
        if let Some(seen) = seen(reader, key, name).await? {
            return Ok(seen);
        }
        match check_key(reader, key).await {
            // One key cannot be had twice.
            Ok(()) => Ok(Evidence::Absent(format!("there is no project `{key}`, and its key is free"))),
            Err(failure) if failure.recovery == Recovery::Permanent => {
                // It may have been made between the two questions.
                let unseen = || {
                    let why = failure.message;
                    Evidence::Unclear(format!("there is no project `{key}` that the user sees, and yet {why}"))
                };
                Ok(seen(reader, key, name).await?.unwrap_or_else(unseen))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        _: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let subject = format!("project `{key}`");
        let found = reader.send(&Call::new(&endpoint::GET_PROJECT, [key], subject.clone())).await?;
        let (found, wanted) = (created(&found, &subject)?, &attempt.input.key);
        if found.key != *wanted {
            return Err(refused(format!("this was to create project `{wanted}`, not `{}`", found.key)));
        }
        Ok(json!(found))
    }
}

#[async_trait]
impl Sending<Input> for Creation {
    async fn send(&self, attempt: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let answer = sender.send().await.map_err(explain)?;
        let created = created(&answer, &format!("the new project `{}`", attempt.input.key));
        created.map(|created| json!(created)).map_err(Failure::in_doubt)
    }
}

/// What a project says that is there; `None` if none is seen.
async fn seen(reader: &Reader, key: &str, name: &str) -> Result<Option<Evidence>, Failure> {
    let subject = format!("project `{key}`");
    match reader.send(&Call::new(&endpoint::GET_PROJECT, [key], subject.clone()).anew()).await {
        Ok(found) if found["name"] == *name => {
            let made = created(&found, &subject)?;
            let why = format!("{subject} is there, called `{name}`; its key was free before");
            Ok(Some(Evidence::took(json!(made), why)))
        }
        Ok(found) => Ok(Some(Evidence::Unclear(format!("{subject} is there, called {}", found["name"])))),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A project's id and key. The id is a number in one answer and a text in others.
fn created(answer: &Value, subject: &str) -> Result<Made, Failure> {
    let unreadable = || JiraError::of_read(subject, ErrorKind::Unreadable("it has no `id`".into()));
    let id = answer["id"].as_u64().map(|id| id.to_string()).or_else(|| answer["id"].as_str().map(str::to_owned));
    Ok(Made { id: id.ok_or_else(unreadable)?, key: text(answer, "key", subject)? })
}

/// The request.
fn body(input: &Input, lead: String) -> Result<Value, Failure> {
    let kinds = Kinds::new(input.r#type, input.template.as_deref());
    let Kinds { project_type, template } = kinds.map_err(|message| refused(message).with_field("template"))?;
    let assignee = input.default_assignee.map(|assignee| match assignee {
        DefaultAssignee::ProjectLead => "PROJECT_LEAD",
        DefaultAssignee::Unassigned => "UNASSIGNED",
    });
    let fields = [
        ("key", Some(json!(input.key))),
        ("name", Some(json!(input.name))),
        ("leadAccountId", Some(json!(lead))),
        ("projectTypeKey", project_type.map(|project_type| json!(project_type))),
        ("projectTemplateKey", template.map(|template| json!(template.key))),
        ("description", input.description.as_ref().map(|description| json!(description))),
        ("url", input.url.as_ref().map(|url| json!(url))),
        ("assigneeType", assignee.map(Value::from)),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Value::Object(given.collect::<Map<_, _>>()))
}

fn me() -> String {
    "me".to_owned()
}
