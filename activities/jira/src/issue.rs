//! An issue as processes see it: the fields that all have, and further ones by name.

use flowrun_engine::activity::Failure;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    adf,
    client::{ErrorKind, JiraError},
    input::refused,
    resolve::{Named, choose},
};

/// The fields that [`Details`] is made of.
pub(crate) const FIELDS: [&str; 11] = [
    "summary",
    "description",
    "status",
    "issuetype",
    "project",
    "assignee",
    "reporter",
    "priority",
    "labels",
    "created",
    "updated",
];

/// An issue.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Details {
    /// The id.
    id: String,
    /// The key, such as `OPS-7`. An issue that was moved has a new one.
    key: String,
    /// Where to open it in a browser.
    url: String,
    /// The project's key.
    project: String,
    /// The issue type's name.
    issue_type: String,
    /// One line that says what the issue is.
    summary: String,
    /// The description, as Markdown; empty if there is none.
    #[schemars(extend("x-text" = "markdown"))]
    description: String,
    /// The status's name.
    status: String,
    /// The status's category: `new`, `indeterminate` or `done`.
    status_category: String,
    /// Who works on it; null if nobody does.
    assignee: Option<Person>,
    /// Who reported it; null if nobody did.
    reporter: Option<Person>,
    /// The priority's name; null if it has none.
    priority: Option<String>,
    /// The labels.
    labels: Vec<String>,
    /// When it was created: `2026-01-31T09:30:00Z`.
    created: String,
    /// When it was last changed.
    updated: String,
    /// The further fields that were asked for, under the names they were asked by.
    #[schemars(extend("additionalProperties" = { "x-text": "field" }))]
    fields: Map<String, Value>,
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct Person {
    /// The account id.
    account_id: String,
    /// The name that Jira shows.
    display_name: Option<String>,
    /// The e-mail address; null if the person hides it.
    email: Option<String>,
}

impl Details {
    /// Reads Jira's answer. `wanted` are further fields, each with the name that it was asked for by.
    pub(crate) fn read(bean: &Value, wanted: &[Named], url: impl Fn(&str) -> String) -> Result<Self, Failure> {
        let key = bean["key"].as_str().ok_or_else(|| unreadable("it has no `key`"))?;
        let fields = &bean["fields"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let labels = fields["labels"].as_array().into_iter().flatten();
        Ok(Self {
            id: bean["id"].as_str().ok_or_else(|| unreadable("it has no `id`"))?.to_owned(),
            url: url(key),
            key: key.to_owned(),
            project: text(&fields["project"]["key"]),
            issue_type: text(&fields["issuetype"]["name"]),
            summary: text(&fields["summary"]),
            description: adf::to_markdown(&fields["description"]),
            status: text(&fields["status"]["name"]),
            status_category: text(&fields["status"]["statusCategory"]["key"]),
            assignee: person(&fields["assignee"]),
            reporter: person(&fields["reporter"]),
            priority: fields["priority"]["name"].as_str().map(str::to_owned),
            labels: labels.filter_map(Value::as_str).map(str::to_owned).collect(),
            created: instant(&text(&fields["created"])),
            updated: instant(&text(&fields["updated"])),
            fields: wanted.iter().map(|field| (field.name.clone(), simple(&bean["fields"][&field.id]))).collect(),
        })
    }
}

/// The fields that an answer with `expand=names` has.
pub(crate) fn fields_of(answer: &Value) -> Vec<Named> {
    let names = answer["names"].as_object().into_iter().flatten();
    names.filter_map(|(id, name)| Some(Named { id: id.clone(), name: name.as_str()?.to_owned() })).collect()
}

/// The fields of `wanted`, named as they are asked for: by name or id.
pub(crate) fn asked_for(wanted: &[String], fields: &[Named]) -> Result<Vec<Named>, Failure> {
    let one = |name: &String| choose("field", name, fields).map(|field| Named { name: name.clone(), ..field.clone() });
    wanted.iter().map(|name| one(name).map_err(|cause| refused(cause).with_field("fields"))).collect()
}

/// A field's value in the form that people would write it in: a name instead of an object that has one.
fn simple(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(simple).collect(),
        Value::Object(fields) => {
            if value["type"] == "doc" {
                return adf::to_markdown(value).into();
            }
            if let Some(child) = fields.get("child") {
                return Value::Array(vec![fields["value"].clone(), simple(child)]);
            }
            let telling = ["accountId", "value", "name", "key"].into_iter().find_map(|name| fields.get(name));
            telling.filter(|telling| telling.is_string()).unwrap_or(value).clone()
        }
        other => other.clone(),
    }
}

fn person(user: &Value) -> Option<Person> {
    let text = |name: &str| user[name].as_str().map(str::to_owned);
    Some(Person { account_id: text("accountId")?, display_name: text("displayName"), email: text("emailAddress") })
}

/// Jira writes the offset without a colon, which few others read.
fn instant(text: &str) -> String {
    let read = jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text);
    read.or_else(|_| text.parse::<jiff::Timestamp>()).map_or_else(|_| text.to_owned(), |instant| instant.to_string())
}

fn unreadable(cause: &str) -> JiraError {
    JiraError::of_read("an issue", ErrorKind::Unreadable(cause.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants_are_written_as_everybody_reads_them() {
        assert_eq!(instant("2026-09-25T22:42:39.399-0300"), "2026-09-26T01:42:39.399Z");
        assert_eq!(instant("2026-09-25T22:42:39.000+0000"), "2026-09-25T22:42:39Z");
        assert_eq!(instant("2026-09-25T22:42:39Z"), "2026-09-25T22:42:39Z");
        assert_eq!(instant("yesterday"), "yesterday");
    }

    /// The shapes that docs/language.md tells.
    #[test]
    fn values_are_simple() {
        let document = adf::from_markdown("**x**").unwrap();
        let expected = [
            (json!(3.5), json!(3.5)),
            (json!(null), json!(null)),
            (json!({ "self": "…", "value": "Red", "id": "1" }), json!("Red")),
            (json!([{ "name": "v1", "id": "1" }, { "name": "v2", "id": "2" }]), json!(["v1", "v2"])),
            (json!({ "accountId": "5b1", "displayName": "Ann" }), json!("5b1")),
            (json!({ "value": "Europe", "child": { "value": "Graz" } }), json!(["Europe", "Graz"])),
            (json!([{ "accountId": "5b1" }, { "accountId": "5b2" }]), json!(["5b1", "5b2"])),
            (json!({ "id": "1", "key": "OPS-1", "fields": {} }), json!("OPS-1")),
            (json!([{ "id": 5, "name": "Two", "state": "active", "boardId": 1 }]), json!(["Two"])),
            (json!(["a", "b"]), json!(["a", "b"])),
            (json!("2026-01-31T09:30:00.000+0000"), json!("2026-01-31T09:30:00.000+0000")),
            (document, json!("**x**")),
            (json!({ "progress": 0, "total": 0 }), json!({ "progress": 0, "total": 0 })),
        ];
        for (value, simplified) in expected {
            assert_eq!(simple(&value), simplified);
        }
    }

    #[test]
    fn an_issue_without_everything_is_read() {
        let bean = json!({ "id": "1", "key": "OPS-1", "fields": { "summary": "s" } });
        let details = Details::read(&bean, &[], |key| format!("https://x/browse/{key}")).unwrap();
        assert_eq!((details.summary.as_str(), details.description.as_str()), ("s", ""));
        assert!(details.assignee.is_none() && details.priority.is_none());
    }

    #[test]
    fn a_field_that_is_not_there_is_named() {
        let bean = json!({ "id": "1", "key": "OPS-1", "fields": { "customfield_1": { "value": "High" } },
                           "names": { "customfield_1": "Severity" } });
        let fields = fields_of(&bean);
        let wanted = asked_for(&["severity".into()], &fields).unwrap();
        let details = Details::read(&bean, &wanted, str::to_owned).unwrap();
        assert_eq!(details.fields["severity"], "High");
        let failure = asked_for(&["Severty".into()], &fields).unwrap_err();
        assert_eq!(failure.message, "there is no field `Severty` among `Severity`; did you mean `Severity`?");
    }
}
