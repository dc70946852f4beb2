//! `jira.update_issue_status`: a transition, tagged; and a comment, in the same request where the transition's screen takes
//! one, else as a second effect.

mod conflict;
mod moved;
mod plan;

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    add_comments::comment_evidence,
    add_comments::{COMMENT, adopted_comment, comment},
    evidence::{Evidence, tag_of},
    fields::{self, Names},
    names_the_issue, same_issue,
    signs::HISTORY,
    subject,
};
use crate::{
    client::{Call, Reader, endpoint},
    input::{Check, IssueKey, Name, Text, refused},
    resolve::Aim,
};
use plan::{Moving, Standing};

/// Changes the status of an issue.
pub(super) struct UpdateIssueStatus;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["status"] }, { "required": ["transition"] }]))]
pub(super) struct Input {
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

#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub(super) struct Output {
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
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Moved {
    output: Output,
    /// Whether the comment was part of it.
    commented: bool,
}

/// One of its effects.
pub(super) enum ToMove {
    Transition(Arc<(Moving, Standing)>),
    /// The comment, and what the transition gave.
    Comment(Output),
}

/// The name of its first effect. A comment that is not part of it is the second.
const TRANSITION: &str = "transition";

/// What is to be done.
pub(super) struct Ready {
    /// What the transition gives, or has given.
    moved: Moved,
    /// The transition, where there is one left to make.
    left: Option<Arc<(Moving, Standing)>>,
}

#[async_trait]
impl JiraActivity for UpdateIssueStatus {
    type Input = Input;
    type Output = Output;
    type Reads = Ready;
    type Effect = ToMove;

    fn description(&self) -> Description {
        Facts {
            name: "jira.update_issue_status",
            summary: "Changes the status of an issue by a transition of its workflow.",
            on: "the issue",
            nullable: &[],
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
                    endpoint::GET_COMMENTS.operation(),
                    endpoint::GET_COMMENT_PROPERTY.operation(),
                    endpoint::MY_PERMISSIONS.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
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
        .describe::<Self>()
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

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Ready, Failure> {
        if attempt.done.has(TRANSITION) {
            return Ok(Ready { moved: attempt.done.read(TRANSITION)?, left: None });
        }
        let aim = aim(attempt.input)?;
        let plan = plan::read(reader, attempt.input, aim).await?;
        Ok(Ready { moved: plan.moved(), left: plan.moving.map(|moving| Arc::new((moving, plan.standing))) })
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, reads: &Ready) -> Result<Vec<Prepared<ToMove>>, Failure> {
        let transition = reads.left.as_ref().map(transition);
        let Moved { output, commented } = &reads.moved;
        let document = attempt.input.comment.clone().and_then(|text| text.0.into_document());
        let comment = document
            .filter(|_| !commented)
            .map(|document| comment(&output.key, &document, ToMove::Comment(output.clone())));
        Ok(transition.into_iter().chain(comment).collect())
    }

    async fn output(&self, _: &Attempt<'_, Input>, reads: Ready, _: &Reader) -> Result<Output, Failure> {
        Ok(reads.moved.output)
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let tag = tag_of(attempt, open);
        if open.id.name.as_str() == COMMENT {
            return comment_evidence(reader, attempt.input.issue.as_str(), (open, &tag)).await;
        }
        moved::evidence(reader, open, &tag).await
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let OpenEffect { id, intent, .. } = open;
        if id.name.as_str() == COMMENT {
            return adopted_comment(reader, &attempt.input.issue, (open, &tag_of(attempt, open)), key).await;
        }
        names_the_issue(intent, key)?;
        Ok(intent.baseline["moved"].clone())
    }
}

#[async_trait]
impl Sending<Input> for ToMove {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let sent = sender.send().await;
        match self {
            Self::Transition(transition) => {
                if let Err(error) = sent {
                    let (moving, standing) = &**transition;
                    conflict::decide(sender.reader(), error, &sender.tag(), moving, standing).await?;
                }
                Ok(sender.predicted())
            }
            Self::Comment(output) => {
                let added = sent.map_err(|error| after(error.into(), output))?;
                Ok(json!({ "id": added["id"] }))
            }
        }
    }
}

/// The transition: the first effect.
fn transition(left: &Arc<(Moving, Standing)>) -> Prepared<ToMove> {
    let (moving, standing) = &**left;
    let (Standing { id, key, from, history }, to) = (standing, &moving.transition.to);
    let moved = moving.moved(standing);
    let words = format!("change the status of issue {key} from {} to {}", from.name, to.name);
    let baseline =
        json!({ "key": key, "id": id, "status": from.id, "wanted": to.id, "moved": moved, "history": history });
    let call = Call::new(&endpoint::DO_TRANSITION, [key], format!("issue `{key}`"));
    let call = call.body(moving.body()).writes_to(key);
    let effect = Prepared::new(TRANSITION, format!("issue {key}"), words, call, ToMove::Transition(left.clone()));
    effect.seen_at(key, HISTORY).known(|effect| {
        effect.on(key).with_baseline(baseline).changing("status", json!(from.name), json!(to.name)).giving(json!(moved))
    })
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
