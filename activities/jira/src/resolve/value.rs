//! What people write for a field, in the form that Jira takes for a field of its type.
//!
//! Each type has a form that people write: a name where Jira has names, Markdown where it has documents. An object is
//! Jira's own form and passed on as it is. Null clears the field.

mod choice;
mod scalar;

pub(crate) use scalar::moment;

use flowrun_engine::activity::Failure;
use serde_json::{Value, json};

use super::{Field, Users};
use crate::{adf::RichText, input::refused, markdown::by_type};

impl Field {
    /// `given` in the form that Jira takes; `None` if there is nothing in it, null if it is null. An object is passed on
    /// as it is, unless the field is a rich text: there it must be an ADF document.
    pub(crate) async fn value(&self, given: Value, users: Users<'_>) -> Result<Option<Value>, Failure> {
        self.settable()?;
        let given = by_type(given, self.is_rich_text());
        if given.is_null() {
            return Ok(Some(Value::Null));
        }
        if self.is_rich_text() {
            let text = RichText::of(given).map_err(|cause| refused(format!("{self}: {cause}")))?;
            return Ok(text.into_document());
        }
        let given = self.by_name(given);
        if given.is_object() && self.schema.name != "array" {
            return Ok(Some(given));
        }
        if self.schema.name == "option-with-child" {
            return self.cascading(&given).map(Some);
        }
        if self.schema.name != "array" {
            return self.single(&self.schema.name, given, users).await.map(Some);
        }
        let kind = self.schema.items.as_deref().unwrap_or_default();
        if kind == "json" {
            // Sprints and their like: Jira takes the value itself, not a list of it.
            return Ok(Some(given));
        }
        let items = match given {
            Value::Array(items) => items,
            one => vec![one],
        };
        let mut values = Vec::new();
        for item in items {
            let item = self.by_name(item);
            values.push(if item.is_object() { item } else { self.single(kind, item, users).await? });
        }
        Ok(Some(Value::Array(values)))
    }

    /// Refuses a field that no request can set, and says what can.
    fn settable(&self) -> Result<(), Failure> {
        let other_way = self.schema.system.as_deref().and_then(super::other_way);
        if other_way.is_none() && self.takes("set") {
            return Ok(());
        }
        let why = other_way.unwrap_or("Jira does not take it in this request");
        Err(refused(format!("{self} cannot be set: {why}")))
    }

    async fn single(&self, kind: &str, given: Value, users: Users<'_>) -> Result<Value, Failure> {
        match kind {
            "user" => {
                let who = self.text(&given)?;
                let is_assignee = self.schema.system.as_deref() == Some("assignee");
                let found = if is_assignee { users.assignee(&who).await } else { users.account_id(&who).await };
                Ok(json!({ "id": found.map_err(|failure| self.blame(failure))? }))
            }
            "option" | "priority" | "component" | "version" | "resolution" | "issuetype" | "securitylevel" => {
                self.chosen(kind, &given)
            }
            "group" => Ok(json!({ "name": self.text(&given)? })),
            "project" => Ok(json!({ "key": self.text(&given)? })),
            "issuelink" => self.issue(&given),
            "number" => self.number(given),
            "date" => self.date(&given),
            "datetime" => self.instant(&given),
            "timetracking" => self.estimate(&given),
            "string" => self.string(&given),
            _ => Ok(given),
        }
    }

    fn blame(&self, failure: Failure) -> Failure {
        Failure { message: format!("{self}: {}", failure.message), ..failure }
    }
}

#[cfg(test)]
mod tests;
