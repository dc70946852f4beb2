//! `jira.update_issue_status`: a transition, tagged; and a comment, in the same request where the transition's screen takes
//! one, else as a second effect.

mod conflict;
mod plan;

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    COMMENT_ID, Facts, Requirements,
    add_comments::adopted_comment,
    checked,
    fields::{self, Names},
    names_the_issue, same_issue, subject, tag,
};
use crate::{
    client::{Call, Client, endpoint},
    input::{self, Check, IssueKey, Name, Text, refused},
    resolve::Aim,
    schema,
};
use plan::{Moving, Plan, Standing};

/// Changes the status of an issue.
pub(super) struct UpdateIssueStatus {
    client: Arc<Client>,
    description: Description,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["status"] }, { "required": ["transition"] }]))]
struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// The status that it is to have: its name or id. A transition that leads there is looked for, and else one of that
    /// name. An issue that has the status already stays as it is: `resolution` and `fields` belong to the transition and
    /// are not touched, a `comment` is added. Either this or `transition`.
    #[schemars(example = &"In Progress")]
    status: Option<Name>,
    /// The transition: its name or id. It is made whatever the status is. Either this or `status`.
    #[schemars(example = &"Start work")]
    transition: Option<Name>,
    /// The resolution: its name or id. The transition's screen must have the field.
    #[schemars(example = &"Done")]
    resolution: Option<Name>,
    /// A comment: Markdown, or an ADF document. It is part of the transition where its screen has a comment, and else added
    /// after it.
    #[schemars(example = &"Fixed in **1.2**.")]
    comment: Option<Text>,
    /// Further fields of the transition's screen, each under its name as Jira shows it, or its id (`customfield_10042`), with
    /// values as in `jira.update_issue`.
    #[serde(default)]
    #[schemars(extend("x-as-written" = true, "additionalProperties" = { "x-text": "field" }, "examples" = [{ "Fix versions": ["1.2"] }]))]
    fields: Map<String, Value>,
}

/// Inputs that have a name of their own, and the field that each sets.
const NAMES: Names = &[("resolution", "resolution"), ("comment", "comment")];

#[derive(Deserialize, Serialize, JsonSchema)]
struct Output {
    /// The issue's key.
    key: String,
    /// The name of the status that it had.
    from: String,
    /// The name of the status that it has.
    to: String,
    /// The name of the transition; null if the issue had the status already.
    transition: Option<String>,
}

/// What the transition gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Moved {
    output: Output,
    /// Whether the comment was part of it.
    commented: bool,
}

/// The names of its effects.
const TRANSITION: &str = "transition";
const COMMENT: &str = "comment";

impl UpdateIssueStatus {
    pub(super) fn new(client: Arc<Client>) -> Self {
        let description = Facts {
            name: "jira.update_issue_status",
            summary: "Changes the status of an issue by a transition of its workflow.",
            on: "the issue",
            input: schema::of_input::<Input>(&[]),
            output: schema::of_output::<Output>(),
            reads: true,
            always: const {
                &[
                    endpoint::DO_TRANSITION.operation(),
                    endpoint::GET_TRANSITIONS.operation(),
                    endpoint::GET_ISSUE.operation(),
                ]
            },
            sometimes: const {
                &[
                    endpoint::ADD_COMMENT.operation(),
                    endpoint::GET_COMMENT.operation(),
                    endpoint::ASSIGNABLE_USERS.operation(),
                    endpoint::FIND_USERS.operation(),
                    endpoint::MYSELF.operation(),
                ]
            },
            failures: &[
                ("an input has a wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("no transition leads to the status", "no transition leads it to `…`; available: …"),
                ("no transition has the name", "no transition is called `…`; available: …"),
                ("no transition is available", "no transition is available for issue `…`, which is in `…`"),
                ("several transitions fit", "several transitions of issue `…` fit `…`: …"),
                ("a field is not on the transition's screen", "field `…` is not on the screen of transition `…`"),
                ("a required field is missing", "the screen of transition `…` requires …"),
                ("a value is not among those allowed", "field `…`: there is no … `…` among …"),
                ("someone else changes it at the same time", "issue `…` was moved by someone else at the same time"),
                ("Jira refuses the transition", "Jira refuses transition `…` of issue `…` (400): …"),
                (
                    "the comment fails after the transition",
                    "the status was changed to `…`, but the comment was not added: …",
                ),
            ],
        }
        .describe();
        Self { client, description }
    }

    /// Makes the transition: the first effect.
    async fn make(&self, moving: Moving, standing: &Standing, attempt: &Attempt) -> Result<Moved, Failure> {
        let Standing { key, from, .. } = standing;
        let (name, to) = (moving.transition.named.name.clone(), moving.transition.to.clone());
        let body = moving.body();
        let moved = Moved {
            output: Output { key: key.clone(), from: from.name.clone(), to: to.name.clone(), transition: Some(name) },
            commented: moving.comments(),
        };
        let words = format!("change the status of issue {key} from {} to {}", from.name, to.name);
        let baseline = json!({ "key": key, "id": standing.id, "status": from.id, "wanted": to.id, "moved": moved });
        let intent = Intent::new(format!("issue {key}"), words, &body).on(key).with_baseline(baseline);
        let made = attempt.effect(TRANSITION, intent, async |operation| {
            let tag = tag(&operation);
            let mut body = body;
            body["properties"] = json!([tag]);
            let call = Call::new(&endpoint::DO_TRANSITION, [key], format!("issue `{key}`"));
            if let Err(error) = self.client.send(&call.body(body).writes_to(key)).await {
                conflict::decide(&self.client, error, &tag["value"], &moving, standing).await?;
            }
            Ok(json!(moved))
        });
        input::read(&made.await?)
    }

    /// Adds the comment: the second effect.
    async fn comment(&self, key: &str, document: &Value, attempt: &Attempt) -> Result<(), Failure> {
        let body = json!({ "body": document });
        let intent = Intent::new(format!("issue {key}"), format!("add a comment to issue {key}"), &body)
            .known_by("ID", COMMENT_ID)
            .with_baseline(json!({ "key": key }))
            .creating();
        let added = attempt.effect(COMMENT, intent, async |operation| {
            let body = json!({ "body": document, "properties": [tag(&operation)] });
            let call = Call::new(&endpoint::ADD_COMMENT, [key], format!("issue `{key}`"));
            let added = self.client.send(&call.body(body).writes_to(key)).await?;
            Ok(json!({ "id": added["id"] }))
        });
        added.await.map(drop)
    }
}

#[async_trait]
impl Activity for UpdateIssueStatus {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let mut needs = Requirements::default()
            .call(endpoint::DO_TRANSITION.operation(), &issue, "changes the status")
            .call(endpoint::GET_TRANSITIONS.operation(), &issue, "reads the available transitions")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads the status");
        if input.field("comment").is_some() {
            needs = needs.call(endpoint::ADD_COMMENT.operation(), &issue, "adds the comment");
        }
        fields::needs(input, NAMES, &issue, needs).0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").filled_text("comment").found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        let input: Input = checked(self, input)?;
        let aim = aim(&input)?;
        let document = input.comment.clone().and_then(|text| text.0.into_document());
        let moved: Moved = match attempt.result(TRANSITION) {
            Some(moved) => input::read(&moved)?,
            None => match plan::read(self.client.reader(), input, aim).await? {
                Plan { moving: Some(moving), standing } => self.make(moving, &standing, attempt).await?,
                Plan { moving: None, standing } => standing.unmoved(),
            },
        };
        let Moved { output, commented } = moved;
        if let (Some(document), false) = (document, commented) {
            let sent = self.comment(&output.key, &document, attempt).await;
            sent.map_err(|failure| after(failure, &output))?;
        }
        Ok(json!(output))
    }

    async fn adopt(&self, input: &Value, intent: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let moved = &intent.baseline["moved"];
        if moved.is_null() {
            let input: Input = input::read(input)?;
            return adopted_comment(self.client.reader(), &input.issue, key).await;
        }
        names_the_issue(intent, key)?;
        Ok(moved.clone())
    }
}

/// Where the issue is to go: the schema lets one of the two through.
fn aim(input: &Input) -> Result<Aim, Failure> {
    match (&input.status, &input.transition) {
        (Some(status), None) => Ok(Aim::Status(status.clone())),
        (None, Some(transition)) => Ok(Aim::Transition(transition.clone())),
        (Some(_), Some(_)) => Err(refused("give either `status` or `transition`, not both").with_field("transition")),
        (None, None) => Err(refused("give `status`, or `transition`").with_field("status")),
    }
}

/// A failure of the comment that says what was done before it.
fn after(failure: Failure, output: &Output) -> Failure {
    let said = match output.transition {
        Some(_) => format!("the status was changed to `{}`, but the comment was not added", output.to),
        None => format!("the status is `{}` already, and the comment was not added", output.to),
    };
    Failure { message: format!("{said}: {}", failure.message), ..failure }
}
