//! What people write for a field, in the form that Jira takes for a field of its type.

use flowrun_engine::activity::Failure;
use serde_json::{Value, json};

use super::{Field, Named, Users, choose, field};
use crate::{adf::RichText, input::refused};

impl Field {
    /// `given` in the form that Jira takes; `None` if there is nothing in it. An object is passed on as it is, unless
    /// the field is a rich text: there it must be an ADF document.
    pub(crate) async fn value(&self, given: Value, users: Users<'_>) -> Result<Option<Value>, Failure> {
        if self.is_rich_text() {
            let text = RichText::of(given).map_err(|cause| refused(format!("{self}: {cause}")))?;
            return Ok(text.into_document());
        }
        if given.is_null() || given.is_object() {
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
            values.push(if item.is_object() { item } else { self.single(kind, item, users).await? });
        }
        Ok(Some(Value::Array(values)))
    }

    async fn single(&self, kind: &str, given: Value, users: Users<'_>) -> Result<Value, Failure> {
        match kind {
            "user" => {
                let who = self.text(&given)?;
                let account_id = users.account_id(&who).await.map_err(|cause| self.blame(cause))?;
                Ok(json!({ "id": account_id }))
            }
            "option" | "priority" | "component" | "version" | "resolution" | "issuetype" | "securitylevel" => {
                self.chosen(kind, &given)
            }
            "group" => Ok(json!({ "name": self.text(&given)? })),
            "project" => Ok(json!({ "key": self.text(&given)? })),
            "issuelink" => Ok(json!({ "key": self.text(&given)? })),
            "number" => self.number(given),
            "date" => self.date(&given),
            "string" => self.text(&given).and_then(|text| self.word(text)),
            _ => Ok(given),
        }
    }

    fn chosen(&self, kind: &str, given: &Value) -> Result<Value, Failure> {
        let wanted = self.text(given)?;
        let kind = match kind {
            "securitylevel" => "security level",
            "issuetype" => "issue type",
            kind => kind,
        };
        let candidates = self.allowed();
        if candidates.is_empty() && self.allowed_values.is_none() {
            // Too many to list: Jira looks it up.
            let key = if kind == "option" { "value" } else { "name" };
            return Ok(json!({ key: wanted }));
        }
        let chosen = choose(kind, &wanted, &candidates).map_err(|cause| refused(format!("{self}: {cause}")))?;
        Ok(json!({ "id": chosen.id }))
    }

    /// A list of an option and one below it, or an option alone.
    fn cascading(&self, given: &Value) -> Result<Value, Failure> {
        let wanted = match given {
            Value::Array(names) => names.iter().map(|name| self.text(name)).collect::<Result<Vec<_>, _>>()?,
            name => vec![self.text(name)?],
        };
        let [parent, children @ ..] = wanted.as_slice() else {
            return Err(refused(format!("{self} takes an option and one below it: `[parent, child]`")));
        };
        let pick = |name: &str, values: &[Named]| {
            choose("option", name, values).cloned().map_err(|cause| refused(format!("{self}: {cause}")))
        };
        let parent = pick(parent, &self.allowed())?;
        let [child] = children else { return Ok(json!({ "id": parent.id })) };
        let below = self.allowed_values.iter().flatten().find(|value| value["id"] == parent.id.as_str());
        let below = below.and_then(|value| value["children"].as_array()).into_iter().flatten();
        let child = pick(child, &below.filter_map(field::allowed).collect::<Vec<_>>())?;
        Ok(json!({ "id": parent.id, "child": { "id": child.id } }))
    }

    fn number(&self, given: Value) -> Result<Value, Failure> {
        if given.is_number() {
            return Ok(given);
        }
        let number =
            given.as_str().and_then(|text| text.trim().parse::<f64>().ok()).filter(|number| number.is_finite());
        number.map(Value::from).ok_or_else(|| refused(format!("{self} takes a number, not `{given}`")))
    }

    fn date(&self, given: &Value) -> Result<Value, Failure> {
        let text = self.text(given)?;
        match text.parse::<jiff::civil::Date>() {
            Ok(date) if date.to_string() == text => Ok(text.into()),
            _ => Err(refused(format!("{self} takes a date such as `2026-01-31`, not `{text}`"))),
        }
    }

    /// A label is one word.
    fn word(&self, text: String) -> Result<Value, Failure> {
        let is_label = self.schema.system.as_deref() == Some("labels")
            || self.schema.custom.as_deref().is_some_and(|custom| custom.ends_with(":labels"));
        if is_label && (text.is_empty() || text.contains(char::is_whitespace)) {
            return Err(refused(format!("{self}: the label `{text}` must be one word")));
        }
        Ok(text.into())
    }

    fn text(&self, given: &Value) -> Result<String, Failure> {
        match given {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            other => Err(refused(format!("{self} takes a text, not `{other}`"))),
        }
    }

    fn blame(&self, failure: Failure) -> Failure {
        Failure { message: format!("{self}: {}", failure.message), ..failure }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "field `{}`", self.name)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::client::Client;

    /// A field with a schema and allowed values.
    fn field(schema: Value, allowed_values: Value) -> Field {
        let metadata =
            json!({ "fieldId": "customfield_1", "name": "F", "schema": schema, "allowedValues": allowed_values });
        serde_json::from_value(metadata).expect("a field")
    }

    async fn converted(field: &Field, given: Value) -> String {
        let client = Client::offline();
        match field.value(given, Users::new(&client, "OPS")).await {
            Ok(Some(value)) => value.to_string(),
            Ok(None) => "nothing".into(),
            Err(failure) => failure.message,
        }
    }

    fn colours() -> Value {
        json!([{ "id": "1", "value": "Red" }, { "id": "2", "value": "Green", "children": [{ "id": "3", "value": "Lime" }] }])
    }

    async fn shown(cases: impl IntoIterator<Item = (Field, Value)>) -> String {
        let mut lines = Vec::new();
        for (field, given) in cases {
            lines.push(format!("{} {given} → {}", field.schema.name, converted(&field, given.clone()).await));
        }
        lines.join("\n")
    }

    #[tokio::test]
    async fn single_values_take_the_form_of_their_field() {
        let cases = [
            ("string", json!("a")),
            ("string", json!(7)),
            ("string", json!(["a"])),
            ("string", json!(null)),
            ("number", json!("2.5")),
            ("number", json!(3)),
            ("number", json!("many")),
            ("number", json!("inf")),
            ("date", json!("2026-01-31")),
            ("date", json!("2026-1-31")),
            ("datetime", json!("2026-01-31T09:00:00.000+0000")),
            ("user", json!("5b10a2844c20165700ede21g")),
            ("group", json!("jira-users")),
            ("project", json!("WEB")),
            ("version", json!("1.0")),
            ("any", json!([1, { "a": 2 }])),
            ("option", json!({ "id": "9" })),
        ];
        let cases = cases.map(|(kind, given)| (field(json!({ "type": kind }), Value::Null), given));
        assert_snapshot!(shown(cases).await, @r#"
        string "a" → "a"
        string 7 → "7"
        string ["a"] → field `F` takes a text, not `["a"]`
        string null → null
        number "2.5" → 2.5
        number 3 → 3
        number "many" → field `F` takes a number, not `"many"`
        number "inf" → field `F` takes a number, not `"inf"`
        date "2026-01-31" → "2026-01-31"
        date "2026-1-31" → field `F` takes a date such as `2026-01-31`, not `2026-1-31`
        datetime "2026-01-31T09:00:00.000+0000" → "2026-01-31T09:00:00.000+0000"
        user "5b10a2844c20165700ede21g" → {"id":"5b10a2844c20165700ede21g"}
        group "jira-users" → {"name":"jira-users"}
        project "WEB" → {"key":"WEB"}
        version "1.0" → {"name":"1.0"}
        any [1,{"a":2}] → [1,{"a":2}]
        option {"id":"9"} → {"id":"9"}
        "#);
    }

    #[tokio::test]
    async fn options_are_named() {
        let option = || field(json!({ "type": "option" }), colours());
        let several = || field(json!({ "type": "array", "items": "option" }), colours());
        let cascading = || field(json!({ "type": "option-with-child" }), colours());
        let cases = [
            (option(), json!("green")),
            (option(), json!("Blue")),
            (several(), json!(["Red", "2"])),
            (several(), json!("Red")),
            (several(), json!(["Red", { "id": "5" }])),
            (cascading(), json!(["Green", "Lime"])),
            (cascading(), json!("Red")),
            (cascading(), json!(["Red", "Lime"])),
        ];
        assert_snapshot!(shown(cases).await, @r#"
        option "green" → {"id":"2"}
        option "Blue" → field `F`: there is no option `Blue` among `Red`, `Green`
        array ["Red","2"] → [{"id":"1"},{"id":"2"}]
        array "Red" → [{"id":"1"}]
        array ["Red",{"id":"5"}] → [{"id":"1"},{"id":"5"}]
        option-with-child ["Green","Lime"] → {"id":"2","child":{"id":"3"}}
        option-with-child "Red" → {"id":"1"}
        option-with-child ["Red","Lime"] → field `F`: there is no option `Lime`, nor any other
        "#);
    }

    #[tokio::test]
    async fn texts_are_labels_documents_or_as_they_are() {
        let texts = |schema: Value| field(schema, Value::Null);
        let document = || texts(json!({ "type": "string", "custom": "x:textarea" }));
        let cases = [
            (texts(json!({ "type": "array", "items": "string" })), json!(["a b"])),
            (texts(json!({ "type": "array", "items": "string", "system": "labels" })), json!(["a b"])),
            (texts(json!({ "type": "array", "items": "json" })), json!(42)),
            (document(), json!("x")),
            (document(), json!("")),
            (document(), json!(5)),
        ];
        assert_snapshot!(shown(cases).await, @r#"
        array ["a b"] → ["a b"]
        array ["a b"] → field `F`: the label `a b` must be one word
        array 42 → 42
        string "x" → {"version":1,"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}
        string "" → nothing
        string 5 → field `F`: a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`
        "#);
    }
}
