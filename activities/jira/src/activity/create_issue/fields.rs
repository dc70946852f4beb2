//! The `fields` of a create: inputs to fields of the create screen, and Jira's complaints back to inputs.

use flowrun_engine::activity::Failure;
use serde_json::{Map, Value, json};

use super::Input;
use crate::{
    client::{Client, JiraError},
    input::{Name, refused},
    resolve::{CreateScreen, Field, Users, list},
};

/// Inputs that have a name of their own, and the field that each sets.
const NAMED: [(&str, &str); 9] = [
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
const NEVER_MISSING: [&str; 3] = ["project", "issuetype", "reporter"];

/// The fields of the request: names resolved, values in Jira's form. What is required and missing is named.
pub(super) async fn fill(client: &Client, input: Input, screen: &CreateScreen) -> Result<Map<String, Value>, Failure> {
    let project = screen.project.clone();
    let users = Users::new(client, project.as_str());
    let mut fields = Map::new();
    fields.insert(
        "project".into(),
        if project.is_id() { json!({ "id": project.0 }) } else { json!({ "key": project.0 }) },
    );
    fields.insert("issuetype".into(), json!({ "id": screen.issue_type.id }));
    for (name, id, given) in named(&input) {
        let Some(value) = named_value(id, given, screen, users).await.map_err(|failure| blame(failure, name))? else {
            continue;
        };
        fields.insert(id.into(), value);
    }
    for (name, given) in input.fields {
        let place = format!("fields.{name}");
        let (id, value) = further(&name, given, (screen, users)).await.map_err(|failure| blame(failure, &place))?;
        if fields.contains_key(&id) {
            return Err(refused(format!("`fields` gives `{name}`, which is given already")).with_field(place));
        }
        if let Some(value) = value {
            fields.insert(id, value);
        }
    }
    require(screen, &fields)?;
    Ok(fields)
}

/// The inputs that are written: their name, their field, and the value.
fn named(input: &Input) -> Vec<(&'static str, &'static str, Value)> {
    let names = |names: &Vec<Name>| names.iter().map(Name::as_str).collect::<Value>();
    let given = [
        Some(json!(input.summary)),
        input.description.as_ref().map(|text| text.0.to_value()),
        input.assignee.as_ref().filter(|who| who.as_deref() != Some("default")).map(|who| json!(who)),
        input.reporter.as_ref().map(|who| json!(who)),
        input.priority.as_ref().map(|priority| json!(priority.as_str())),
        input.labels.as_ref().map(|labels| labels.iter().map(|label| label.0.as_str()).collect()),
        input.components.as_ref().map(names),
        input.parent.as_ref().map(|parent| {
            let name = if parent.is_id() { "id" } else { "key" };
            json!({ name: parent.as_str() })
        }),
        input.due_date.as_ref().map(|date| json!(date)),
    ];
    NAMED.into_iter().zip(given).filter_map(|((name, id), given)| Some((name, id, given?))).collect()
}

/// The value of a field that an input of its own sets.
async fn named_value(
    id: &str,
    given: Value,
    screen: &CreateScreen,
    users: Users<'_>,
) -> Result<Option<Value>, Failure> {
    // Every screen has these two, whatever the metadata lists.
    if matches!(id, "summary" | "parent") {
        return Ok(Some(given));
    }
    screen.field(id)?.value(given, users).await
}

/// The id and the value of a field that `fields` sets.
async fn further(
    name: &str,
    given: Value,
    (screen, users): (&CreateScreen, Users<'_>),
) -> Result<(String, Option<Value>), Failure> {
    let field = screen.field(name)?;
    if matches!(field.field_id.as_str(), "project" | "issuetype") {
        return Err(refused(format!("field `{name}` has an input of its own")));
    }
    Ok((field.field_id.clone(), field.value(given, users).await?))
}

/// Refuses, naming all required fields that are missing and what they may be.
fn require(screen: &CreateScreen, fields: &Map<String, Value>) -> Result<(), Failure> {
    let is_missing = |field: &&Field| {
        let given = fields.get(&field.field_id).is_some_and(|value| !value.is_null());
        field.required && !field.has_default_value && !given && !NEVER_MISSING.contains(&field.field_id.as_str())
    };
    let missing: Vec<_> = screen.fields.iter().filter(is_missing).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let shown: Vec<_> = missing.iter().map(|field| shown(field)).collect();
    let message = format!("{screen} requires {}", shown.join(", "));
    let help = "give each under its own input, or under `fields` by its name";
    Err(refused(message).with_field(input_name(first)).with_help(help))
}

/// The name of a missing field, with what it may be.
fn shown(field: &Field) -> String {
    let allowed = field.allowed();
    let values = if allowed.is_empty() { String::new() } else { format!(" (one of {})", list(&allowed)) };
    format!("`{}`{values}", field.name)
}

/// Where an author writes a field.
fn input_name(field: &Field) -> String {
    let named = NAMED.iter().find(|(_, id)| *id == field.field_id);
    named.map_or_else(|| format!("fields.{}", field.name), |(name, _)| (*name).to_owned())
}

/// Jira's refusal, in terms of the inputs: fields by their names, and what the create screen has.
pub(super) fn explain(error: JiraError, screen: &CreateScreen) -> Failure {
    let Some((first, _)) = error.words.fields.first() else { return error.into() };
    let field = screen.fields.iter().find(|field| field.field_id == *first);
    let blamed = field.map_or_else(|| first.clone(), input_name);
    let told = error.words.fields.iter().map(|(id, words)| {
        let field = screen.fields.iter().find(|field| field.field_id == *id);
        let name = field.map_or(id.as_str(), |field| field.name.as_str());
        if words.contains("not on the appropriate screen") {
            return screen.off_screen(name);
        }
        format!("field `{name}`: {words}")
    });
    let told: Vec<_> = error.words.messages.iter().cloned().chain(told).collect();
    let status = error.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let message = format!("Jira refuses the new issue{status}: {}", told.join("; "));
    Failure { message, ..Failure::from(error) }.with_field(blamed)
}

fn blame(failure: Failure, place: &str) -> Failure {
    if failure.field.is_some() { failure } else { failure.with_field(place) }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::{client::Kind, resolve::Named};

    #[test]
    fn a_refusal_is_told_in_terms_of_the_inputs() {
        let field = |id: &str, name: &str| {
            serde_json::from_value::<Field>(json!({ "fieldId": id, "name": name })).expect("a field")
        };
        let screen = CreateScreen {
            project: Name("OPS".into()),
            issue_type: Named { id: "1".into(), name: "Bug".into() },
            fields: vec![field("summary", "Summary"), field("customfield_7", "Severity"), field("duedate", "Due date")],
        };
        let off = "Field 'versions' cannot be set. It is not on the appropriate screen, or unknown.";
        let mut error = JiraError::of_read("a new issue", Kind::Refused);
        error.status = Some(400);
        error.words.messages = vec!["Something is wrong.".into()];
        error.words.fields =
            vec![("customfield_7".into(), "Severity is required.".into()), ("versions".into(), off.into())];
        let failure = explain(error.clone(), &screen);
        assert_eq!(failure.field.as_deref(), Some("fields.Severity"));
        assert_snapshot!(failure.message, @"Jira refuses the new issue (400): Something is wrong.; field `Severity`: Severity is required.; field `versions` is not on the create screen of Bug in OPS; it has `Summary`, `Severity`, `Due date`");

        error.words.fields = vec![("duedate".into(), "is in the past".into())];
        assert_eq!(explain(error.clone(), &screen).field.as_deref(), Some("due_date"));
        error.words.fields.clear();
        assert_eq!(explain(error, &screen).field, None);
    }
}
