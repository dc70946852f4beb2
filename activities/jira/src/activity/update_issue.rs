//! `jira.update_issue`: one effect, all changes of an issue's fields in one request, tagged.

mod labels;
mod lost;

use std::sync::Arc;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Effect, Failure, OpenEffect, Problem},
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    evidence::{Evidence, newest_change, tag_of},
    fields::{self, Form, Names},
    issue_with_history,
    made::{self, Made},
    names_the_issue, same_issue,
    signs::HISTORY,
    subject, text,
};
use crate::{
    client::{Call, Reader, endpoint},
    input::{self, Check, IssueKey, Label, Name, Text},
    permission::EDIT_ISSUES,
    resolve::{Assignable, Screen, Users, edit_screen},
};

/// Changes fields of an issue.
pub(super) struct UpdateIssue;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// One line that says what the issue is.
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = r"^[^\r\n]*$"),
        extend("x-expected" = "one line"),
        example = &"The login page is blank"
    )]
    summary: Option<String>,
    /// The description: Markdown, or an ADF document. An empty text clears it.
    #[schemars(example = &"It is **blank** in every browser.")]
    description: Option<Text>,
    /// The priority: its name or id.
    #[schemars(example = &"High")]
    priority: Option<Name>,
    /// The labels that it has from now on: one word each. Not together with `add_labels` or `remove_labels`.
    #[schemars(example = ["login", "ui"])]
    labels: Option<Vec<Label>>,
    /// Labels that it gets besides those that it has.
    #[schemars(example = ["triaged"])]
    #[serde(default)]
    add_labels: Vec<Label>,
    /// Labels that are taken from it, if it has them.
    #[schemars(example = ["new"])]
    #[serde(default)]
    remove_labels: Vec<Label>,
    /// The day it is due: `2026-01-31`; null clears it.
    #[serde(default, deserialize_with = "input::written")]
    #[schemars(
        regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        extend("x-expected" = "a date, such as `2026-01-31`"),
        example = &"2026-01-31"
    )]
    due_date: Option<Option<String>>,
    /// Further fields, each under its name as Jira shows it, or its id (`customfield_10042`). Names of options, versions,
    /// components and users are resolved; an option below another is `[parent, child]` or `parent > child`; rich text is
    /// Markdown; an object is passed on as it is; null clears the field.
    #[serde(default)]
    #[schemars(extend("x-as-written" = true, "additionalProperties" = { "x-text": "field" }, "examples" = [{ "Found in": "Staging", "Fix versions": ["1.2"] }]))]
    fields: Map<String, Value>,
}

/// Inputs that have a name of their own, and the field that each sets.
const NAMES: Names = &[
    ("summary", "summary"),
    ("description", "description"),
    ("priority", "priority"),
    ("labels", "labels"),
    ("due_date", "duedate"),
];

/// All inputs that change anything.
const CHANGES: [&str; 8] =
    ["summary", "description", "priority", "labels", "add_labels", "remove_labels", "due_date", "fields"];

/// The name of its effect.
const UPDATE: &str = "update";

/// A change that can be sent, and the issue as it is before.
pub(super) struct Ready {
    screen: Screen,
    /// The names that `fields` gives.
    further: Vec<String>,
    /// The request, without its tag.
    body: Value,
    id: String,
    key: String,
    /// What is changed, by the fields' ids.
    former: Map<String, Value>,
    /// The newest entry of its history.
    history: Option<u64>,
}

impl Ready {
    fn form(&self) -> Form<'_> {
        form(&self.screen, &self.further)
    }

    /// The names of the fields that are changed.
    fn names(&self) -> String {
        let name = |id: &String| self.screen.by_id(id).map_or(id.as_str(), |field| field.name.as_str()).to_owned();
        changed(&self.body).iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

fn form<'a>(screen: &'a Screen, further: &'a [String]) -> Form<'a> {
    Form { screen, names: NAMES, changes: true, further }
}

/// The edit screen, on which there is something.
async fn editable(reader: &Reader, issue: &IssueKey) -> Result<Screen, Failure> {
    let screen = edit_screen(reader, issue).await?;
    if screen.fields.is_empty() {
        let message = format!("the user may not edit any field of {issue}");
        let help = format!("it needs the permission `{EDIT_ISSUES}`, and a status in which issues can be edited");
        return Err(Failure::permanent(Code::NOT_AUTHORISED, message).with_help(help));
    }
    Ok(screen)
}

#[async_trait]
impl JiraActivity for UpdateIssue {
    type Input = Input;
    type Output = made::Output;
    type Reads = Option<Arc<Ready>>;
    type Effect = Arc<Ready>;

    fn description(&self) -> Description {
        Facts {
            name: "jira.update_issue",
            summary: "Changes fields of an issue.",
            on: "the issue",
            nullable: &["due_date"],
            reads: true,
            always: const {
                &[endpoint::EDIT_ISSUE.operation(), endpoint::EDIT_FIELDS.operation(), endpoint::GET_ISSUE.operation()]
            },
            sometimes: const {
                &[
                    endpoint::ASSIGNABLE_USERS.operation(),
                    endpoint::FIND_USERS.operation(),
                    endpoint::MYSELF.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`due_date`: `…` is not a date: it takes one such as `2026-01-31`"),
                ("nothing is to be changed", "there is nothing to change: give `summary`, …"),
                ("labels are set and changed", "`labels` sets all labels: it cannot be given together with …"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("a field cannot be edited", "field `…` is not on the edit screen of issue `…`; it has …"),
                ("nothing can be edited", "the user may not edit any field of issue `…`"),
                ("a value is not among those allowed", "field `…`: there is no … `…` among …"),
                ("a required field is cleared", "field `…` is required, and cannot be cleared"),
                ("Jira refuses a value", "Jira refuses the change of issue `…` (400): …"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let needs = Requirements::default()
            .call(endpoint::EDIT_ISSUE.operation(), &issue, "changes the issue")
            .call(endpoint::EDIT_FIELDS.operation(), &issue, "reads the edit screen")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads what was there before");
        fields::needs(input, NAMES, &issue, needs).0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let check = Check::of(input).issue("issue").filled("summary").at_most("summary", input::LINE);
        let check = check.rich_text("description").day("due_date");
        labels::check(check, CHANGES).found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Arc<Ready>>, Failure> {
        if attempt.done.has(UPDATE) {
            return Ok(None);
        }
        let (input, given) = (attempt.input, &attempt.input.issue);
        let screen = editable(reader, given).await?;
        let further: Vec<_> = input.fields.keys().cloned().collect();
        let body = body(input, &form(&screen, &further), Users::new(reader, Assignable::Issue(given.as_str()))).await?;
        let changed = changed(&body);
        let before = issue_with_history(reader, given, &changed.join(",")).await?;
        let subject = given.to_string();
        let (id, key) = (text(&before, "id", &subject)?, text(&before, "key", &subject)?);
        let former = changed.iter().map(|id| (id.clone(), before["fields"][id].clone())).collect();
        let history = newest_change(&before);
        Ok(Some(Arc::new(Ready { screen, further, body, id, key, former, history })))
    }

    fn prepare(
        &self,
        attempt: &Attempt<'_, Input>,
        reads: &Option<Arc<Ready>>,
    ) -> Result<Vec<Prepared<Arc<Ready>>>, Failure> {
        let Some(ready) = reads else { return Ok(Vec::new()) };
        let (given, Ready { id, key, body, former, history, .. }) = (&attempt.input.issue, &**ready);
        let call = Call::new(&endpoint::EDIT_ISSUE, [given.as_str()], given.to_string());
        let words = format!("change {} of issue {key}", ready.names());
        let call = call.body(body.clone()).writes_to(&**key);
        let effect = Prepared::new(UPDATE, format!("issue {key}"), words, call, ready.clone());
        let effect = effect.seen_at(key, HISTORY);
        let change = |effect: Effect, (id, former): (&String, &Value)| {
            let to = if body["fields"][id].is_null() { &body["update"][id] } else { &body["fields"][id] };
            effect.changing(id, former.clone(), to.clone())
        };
        Ok(vec![effect.known(|effect| {
            let effect = effect
                .on(key)
                .with_baseline(json!({ "key": key, "id": id, "fields": former, "history": history }))
                .giving(json!(Made { id: id.clone(), key: key.clone() }));
            former.iter().fold(effect, change)
        })])
    }

    async fn output(
        &self,
        attempt: &Attempt<'_, Input>,
        _: Option<Arc<Ready>>,
        reader: &Reader,
    ) -> Result<made::Output, Failure> {
        Ok(made::output(reader, attempt.done.read(UPDATE)?))
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
        _: &Attempt<'_, Input>,
        OpenEffect { intent, .. }: &OpenEffect,
        key: &str,
        _: &Reader,
    ) -> Result<Value, Failure> {
        names_the_issue(intent, key)?;
        let text = |name: &str| text(&intent.baseline, name, &intent.target);
        Ok(json!(Made { id: text("id")?, key: text("key")? }))
    }
}

#[async_trait]
impl Sending<Input> for Arc<Ready> {
    async fn send(&self, attempt: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let explained = |error| self.form().explain(error, &format!("the change of {}", attempt.input.issue));
        sender.send().await.map_err(explained)?;
        Ok(sender.predicted())
    }
}

/// The body of the request, without its tag: names resolved, values in Jira's form.
async fn body(input: &Input, form: &Form<'_>, users: Users<'_>) -> Result<Value, Failure> {
    let mut update = Map::new();
    let (own, operations) = (own(input), labels::operations(&input.add_labels, &input.remove_labels));
    if !operations.is_empty() {
        labels::changeable(form.screen)?;
        update.insert("labels".into(), operations.into());
    }
    let mut fields = form.fill(own, input.fields.clone(), users, Map::new()).await?;
    // A parent is taken away by an operation of its own. \[SPEC\]
    if fields.get("parent").is_some_and(Value::is_null) {
        fields.remove("parent");
        update.insert("parent".into(), json!([{ "set": { "none": true } }]));
    }
    let parts = [("fields", fields), ("update", update)].into_iter().filter(|(_, part)| !part.is_empty());
    Ok(parts.map(|(name, part)| (name.to_owned(), part.into())).collect::<Map<_, _>>().into())
}

/// The values of the inputs that have a name of their own, by field, as they were written.
fn own(input: &Input) -> Vec<(&'static str, Value)> {
    let given = [
        ("summary", input.summary.as_ref().map(|summary| json!(summary))),
        ("description", input.description.as_ref().map(|text| text.0.to_value())),
        ("priority", input.priority.as_ref().map(|priority| json!(priority.as_str()))),
        ("labels", input.labels.as_ref().map(|labels| labels.iter().map(Label::as_str).collect())),
        ("duedate", input.due_date.as_ref().map(|date| json!(date))),
    ];
    given.into_iter().filter_map(|(id, value)| Some((id, value?))).collect()
}

/// The ids of the fields that a body changes.
fn changed(body: &Value) -> Vec<String> {
    let objects = [&body["fields"], &body["update"]].into_iter().filter_map(Value::as_object);
    objects.flat_map(Map::keys).cloned().collect()
}

#[cfg(test)]
mod tests;
