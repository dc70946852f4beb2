//! Inputs to the fields of a screen, what that needs, and Jira's complaints back to inputs.
//!
//! Shared by the activities that set fields: those of a new issue, of an issue, of a transition's screen.

use flowrun_engine::{
    activity::Failure,
    requirement::{Planned, Subject},
};
use serde_json::{Map, Value};

use super::Requirements;
use crate::{
    client::{ErrorKind, JiraError, endpoint},
    input::{is_email, refused},
    markdown::by_type,
    permission::{ASSIGN_ISSUES, LINK_ISSUES, MODIFY_REPORTER, RESOLVE_ISSUES, SCHEDULE_ISSUES, SET_ISSUE_SECURITY},
    resolve::{Field, Screen, Users},
};

/// The inputs of an activity that set a field, each with the field's id.
pub(super) type Names = &'static [(&'static str, &'static str)];

/// A screen to fill in.
pub(super) struct Form<'a> {
    /// Its fields.
    pub(super) screen: &'a Screen,
    /// The inputs that set some of them.
    pub(super) names: Names,
    /// Whether it changes an issue that is there: what is empty then clears its field.
    pub(super) changes: bool,
    /// The fields that `fields` names.
    pub(super) further: &'a [String],
}

impl Form<'_> {
    /// The fields of a request: names resolved, values in Jira's form. `own` are the values of inputs that have a name
    /// of their own, by the field's id; `further` those of `fields`; `done` is what is in Jira's form already.
    pub(super) async fn fill(
        &self,
        own: Vec<(&'static str, Value)>,
        further: Map<String, Value>,
        users: Users<'_>,
        mut done: Map<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let own = own.into_iter().map(|(id, value)| (id.to_owned(), self.input_of(id), value));
        let further = further.into_iter().map(|(name, value)| (name.clone(), format!("fields.{name}"), value));
        for (name, place, value) in own.chain(further) {
            let blame = |failure| blame(failure, &place);
            let field = self.screen.field(&name).map_err(blame)?;
            if done.contains_key(&field.field_id) {
                let message = format!("`fields` gives `{name}`, which is given already");
                return Err(refused(message).with_field(place));
            }
            let value = field.value(value, users).await.map_err(blame)?;
            if let Some(value) = self.kept(field, value).map_err(blame)? {
                done.insert(field.field_id.clone(), value);
            }
        }
        Ok(done)
    }

    /// The value as it is sent, if it is.
    fn kept(&self, field: &Field, value: Option<Value>) -> Result<Option<Value>, Failure> {
        if !self.changes {
            return Ok(value);
        }
        let value = value.unwrap_or_default();
        let clears = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if clears && field.required {
            return Err(refused(format!("{field} is required, and cannot be cleared")));
        }
        Ok(Some(value))
    }

    /// Refuses, naming all fields that are missing and what they may be.
    pub(super) fn require(&self, missing: &[&Field]) -> Result<(), Failure> {
        let Some(first) = missing.first() else { return Ok(()) };
        let shown: Vec<_> = missing.iter().map(|field| field.with_allowed()).collect();
        let message = format!("{} requires {}", self.screen, shown.join(", "));
        let help = "give each under its own input, or under `fields` by its name";
        Err(refused(message).with_field(self.place_of(first)).with_help(help))
    }

    /// Jira's refusal of `what`, in terms of the inputs: fields by their names, and what the screen has.
    pub(super) fn explain(&self, error: JiraError, what: &str) -> Failure {
        if error.kind != ErrorKind::Refused || error.words.is_empty() {
            return error.into();
        }
        let first = error.words.fields.first().map(|(id, _)| id.clone());
        let is_user = first.as_ref().and_then(|id| self.screen.by_id(id)).is_some_and(Field::is_user);
        let blamed = first.map(|id| self.screen.by_id(&id).map_or(id, |field| self.place_of(field)));
        let told = error.words.fields.iter().map(|(id, words)| {
            let field = self.screen.by_id(id);
            if words.contains("not on the appropriate screen") {
                return self.screen.off_screen(field.map_or(id.as_str(), |field| field.name.as_str()));
            }
            format!("field {}: {words}", field.map_or_else(|| format!("`{id}`"), Field::with_allowed))
        });
        let told: Vec<_> = error.words.messages.iter().cloned().chain(told).collect();
        let failure = Failure { field: blamed, ..error.retold(&format!("Jira refuses {what}"), told.join("; ")) };
        if is_user && failure.help.is_none() {
            return failure.with_help(
                "the account must exist, be active and, as an assignee, be assignable in the project; a user is named by \
                 an e-mail address, an account id or `me`",
            );
        }
        failure
    }

    /// Where an author wrote a field, or is to write it.
    fn place_of(&self, field: &Field) -> String {
        let lower = field.name.to_lowercase();
        let is_it = |written: &&String| **written == field.field_id || written.trim().to_lowercase() == lower;
        if let Some(written) = self.further.iter().find(is_it) {
            return format!("fields.{written}");
        }
        let has_input = self.names.iter().any(|(_, id)| *id == field.field_id);
        if has_input { self.input_of(&field.field_id) } else { format!("fields.{}", field.name) }
    }

    /// The input that sets a field.
    fn input_of(&self, id: &str) -> String {
        let named = self.names.iter().find(|(_, field)| *field == id);
        named.map_or(id, |(input, _)| *input).to_owned()
    }
}

fn blame(failure: Failure, place: &str) -> Failure {
    if failure.field.is_some() { failure } else { failure.with_field(place) }
}

/// Fields that need a permission of their own: id, name, permission, and what is said of it.
const GUARDED: [(&str, &str, &str, &str); 6] = [
    ("assignee", "assignee", ASSIGN_ISSUES, "sets `assignee`"),
    ("reporter", "reporter", MODIFY_REPORTER, "sets `reporter`"),
    ("duedate", "due date", SCHEDULE_ISSUES, "sets `due_date`"),
    ("security", "security level", SET_ISSUE_SECURITY, "sets the security level"),
    ("issuelinks", "linked issues", LINK_ISSUES, "links issues"),
    ("resolution", "resolution", RESOLVE_ISSUES, "sets `resolution`"),
];

/// What setting fields adds to the needs of a node, as far as it is known.
pub(super) fn needs(input: &Planned, names: Names, on: &Subject, mut needs: Requirements) -> Requirements {
    let further = further(input);
    for (id, reason) in [("assignee", "looks up `assignee`"), ("reporter", "looks up `reporter`")] {
        for value in values_of(id, id, input, names, &further) {
            needs = lookup(value.as_str().unwrap_or_default(), reason, needs);
        }
    }
    if further.iter().any(|(_, value)| names_users(value)) {
        let lookup = endpoint::ASSIGNABLE_USERS.operation();
        needs = needs.perhaps(lookup, "looks up e-mail addresses in `fields`, where a field takes users");
    }
    for (id, name, key, reason) in GUARDED {
        let mut values = values_of(id, name, input, names, &further).into_iter();
        // Jira itself chooses the default assignee.
        if values.any(|value| value.as_str() != Some("default")) {
            needs = needs.known_to_need(key, on, reason);
        }
    }
    needs
}

/// What is looked up for a user.
pub(super) fn lookup(who: &str, reason: &'static str, needs: Requirements) -> Requirements {
    match who.trim() {
        "me" => needs.call(endpoint::MYSELF.operation(), &Subject::Global, reason),
        email if is_email(email) => needs.call(endpoint::ASSIGNABLE_USERS.operation(), &Subject::Global, reason),
        _ => needs,
    }
}

/// Whether `fields` sets the field that Jira calls so, by its id or in other capitals.
pub(super) fn sets(input: &Planned, id: &str) -> bool {
    further(input).iter().any(|(written, _)| written.trim().to_lowercase() == id)
}

/// What is written for a field: under its own input, or in `fields` by its id or by the name that Jira gives it.
fn values_of(id: &str, name: &str, input: &Planned, names: Names, further: &[(String, Planned)]) -> Vec<Planned> {
    let own = names.iter().find(|(_, field)| *field == id).and_then(|(own, _)| input.field(own));
    let is_it = |written: &str| written == id || written.trim().to_lowercase() == name;
    let further = further.iter().filter(|(written, _)| is_it(written)).map(|(_, value)| value.clone());
    own.into_iter().chain(further).collect()
}

/// The fields that `fields` sets.
fn further(input: &Planned) -> Vec<(String, Planned)> {
    match input.field("fields") {
        Some(Planned::Known(Value::Object(fields))) => {
            fields.into_iter().map(|(name, value)| (name, Planned::Known(by_type(value, false)))).collect()
        }
        Some(Planned::Object(fields)) => fields.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        _ => Vec::new(),
    }
}

/// A text that has a form for rich texts too, as it is.
fn plain(value: Planned) -> Planned {
    match value {
        Planned::Known(value) => Planned::Known(by_type(value, false)),
        other => other,
    }
}

/// Whether a value is an e-mail address, or a list in which there is one.
fn names_users(value: &Planned) -> bool {
    match value {
        Planned::Known(Value::String(text)) => is_email(text),
        Planned::Known(Value::Array(items)) => items.iter().filter_map(Value::as_str).any(is_email),
        Planned::List(items) => items.iter().any(names_users),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_told_in_terms_of_the_inputs() {
        let fields = json!({
            "summary": { "name": "Summary" },
            "customfield_7": { "name": "Severity" },
            "duedate": { "name": "Due date" },
        });
        let screen = Screen::of_object("the create screen of Bug in OPS".into(), &fields).expect("a screen");
        let form = Form { screen: &screen, names: &[("due_date", "duedate")], changes: false, further: &[] };
        let off = "Field 'versions' cannot be set. It is not on the appropriate screen, or unknown.";
        let mut error = JiraError::of_read("a new issue", ErrorKind::Refused);
        error.status = Some(400);
        error.words.messages = vec!["Something is wrong.".into()];
        error.words.fields =
            vec![("customfield_7".into(), "Severity is required.".into()), ("versions".into(), off.into())];
        let failure = form.explain(error.clone(), "the new issue");
        assert_eq!(failure.field.as_deref(), Some("fields.Severity"));
        assert_snapshot!(failure.message, @"Jira refuses the new issue (400): Something is wrong.; field `Severity`: Severity is required.; field `versions` is not on the create screen of Bug in OPS; it has `Summary`, `Severity`, `Due date`");

        error.words.fields = vec![("duedate".into(), "is in the past".into())];
        assert_eq!(form.explain(error.clone(), "it").field.as_deref(), Some("due_date"));
        let further = ["Due Date".to_owned()];
        assert_eq!(
            Form { further: &further, ..form }.explain(error.clone(), "it").field.as_deref(),
            Some("fields.Due Date")
        );
        error.words.fields.clear();
        assert_eq!(Form { further: &[], ..form }.explain(error, "it").field, None);
    }
}
