//! A screen: which fields a request may set, whatever it is that shows it: a create, an edit or a transition.

use flowrun_engine::activity::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Field, Named, choose, list, list_of};
use crate::{
    input::{cut, refused},
    permission::{ASSIGN_ISSUES, MODIFY_REPORTER, SCHEDULE_ISSUES, SET_ISSUE_SECURITY},
};

/// The fields that may be set in one place.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// Which screen: "the create screen of Bug in OPS".
    pub(crate) name: String,
    /// The fields, in the order of the screen.
    pub(crate) fields: Vec<Field>,
}

/// Screens are longer than lists of options, and whoever misses a field looks for it among all.
const FIELDS_SHOWN: usize = 50;

impl Screen {
    /// A screen as edit and transition metadata give it: an object with a field under each id.
    pub(crate) fn of_object(name: String, fields: &Value) -> Result<Self, serde_json::Error> {
        let empty = Map::new();
        let fields = fields.as_object().unwrap_or(&empty).iter().map(|(id, metadata)| {
            let field = Field::deserialize(metadata)?;
            Ok(Field { field_id: id.clone(), ..field })
        });
        Ok(Self { fields: fields.collect::<Result<_, _>>()?, name })
    }

    /// The field with this id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.field_id == id)
    }

    /// The field that is named so, or has this id.
    pub(crate) fn field(&self, name: &str) -> Result<&Field, Failure> {
        if let Some(field) = self.by_id(name) {
            return Ok(field);
        }
        let candidates: Vec<_> = self.fields.iter().map(Field::named).collect();
        let lower = name.trim().to_lowercase();
        let known = candidates.iter().any(|candidate| candidate.name.to_lowercase() == lower);
        if !known {
            return Err(self.absent(name));
        }
        let chosen = choose("field", name, &candidates).map_err(refused)?;
        self.by_id(&chosen.id).ok_or_else(|| self.absent(name))
    }

    /// A field that is not there; some are there only for users with a permission.
    fn absent(&self, name: &str) -> Failure {
        let lower = name.trim().to_lowercase();
        if let Some(way) = super::other_way(&lower) {
            return refused(format!("field `{name}` is not on {self}")).with_help(way);
        }
        let failure = refused(self.off_screen(name));
        let key = match lower.as_str() {
            "assignee" => ASSIGN_ISSUES,
            "reporter" => MODIFY_REPORTER,
            "duedate" | "due date" => SCHEDULE_ISSUES,
            "security" | "security level" => SET_ISSUE_SECURITY,
            _ => return failure,
        };
        failure.with_help(format!("Jira also leaves it out for users without the permission `{key}`"))
    }

    /// "field `x` is not on the create screen of Bug in OPS; it has …"
    pub(crate) fn off_screen(&self, name: &str) -> String {
        let fields: Vec<_> = self.fields.iter().filter(|field| field.takes("set")).map(Field::named).collect();
        let shown = cut(name);
        if fields.is_empty() {
            return format!("field `{shown}` is not on {self}, which has none that can be set");
        }
        let similar = super::similar(name, &fields);
        format!("field `{shown}` is not on {self}; it has {}{similar}", list_of(FIELDS_SHOWN, &fields))
    }

    /// The required fields that `given` lacks and that Jira fills in by no default.
    pub(crate) fn missing(&self, given: &Map<String, Value>) -> Vec<&Field> {
        let lacks = |field: &&Field| {
            let given = given.get(&field.field_id).is_some_and(|value| !value.is_null());
            field.required && !field.has_default_value && !given
        };
        self.fields.iter().filter(lacks).collect()
    }
}

impl std::fmt::Display for Screen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl Field {
    /// Its name, with what it may be: "`Found in` (one of `Production`, `Staging`)".
    pub(crate) fn with_allowed(&self) -> String {
        let allowed: Vec<Named> = self.allowed();
        let values = if allowed.is_empty() { String::new() } else { format!(" (one of {})", list(&allowed)) };
        format!("`{}`{values}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn screen() -> Screen {
        let fields = json!({
            "summary": { "name": "Summary", "required": true, "schema": { "type": "string", "system": "summary" }, "operations": ["set"] },
            "customfield_7": { "name": "Severity", "required": true, "schema": { "type": "option" },
                               "allowedValues": [{ "id": "1", "value": "High" }, { "id": "2", "value": "Low" }] },
            "customfield_8": { "name": "Team", "required": true, "hasDefaultValue": true, "schema": { "type": "string" } },
            "customfield_9": { "name": "severity", "schema": { "type": "string" } },
        });
        Screen::of_object("the edit screen of OPS-1".into(), &fields).expect("a screen")
    }

    #[test]
    fn fields_are_found_by_id_and_name() {
        let screen = screen();
        let found =
            |name: &str| screen.field(name).map(|field| field.field_id.clone()).map_err(|failed| failed.message);
        assert_eq!(found("customfield_7"), Ok("customfield_7".into()));
        assert_eq!(found("Severity"), Ok("customfield_7".into()));
        assert_eq!(found("SUMMARY"), Ok("summary".into()));
        assert_snapshot!(found("SEVERITY").unwrap_err(), @"the field `SEVERITY` is ambiguous: give the id, `customfield_7` (Severity) or `customfield_9` (severity)");
        assert_snapshot!(found("Sumary").unwrap_err(), @"field `Sumary` is not on the edit screen of OPS-1; it has `Summary`, `Severity`, `Team`, `severity`; did you mean `Summary`?");
        let none = Screen { fields: Vec::new(), ..screen.clone() };
        assert_snapshot!(none.off_screen("x"), @"field `x` is not on the edit screen of OPS-1, which has none that can be set");
    }

    #[test]
    fn missing_fields_are_named_with_what_they_may_be() {
        let given = json!({ "summary": null });
        let missing: Vec<_> =
            screen().missing(given.as_object().unwrap()).into_iter().map(Field::with_allowed).collect();
        assert_eq!(missing, ["`Summary`", "`Severity` (one of `High`, `Low`)"]);
    }
}
