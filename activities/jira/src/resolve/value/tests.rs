//! What each kind of field takes, and what it says of the rest.

use insta::assert_snapshot;

use super::*;
use crate::{client::Client, resolve::Assignable};

/// A field with a schema and allowed values.
fn field(schema: Value, allowed_values: Value) -> Field {
    let metadata =
        json!({ "fieldId": "customfield_1", "name": "F", "schema": schema, "allowedValues": allowed_values });
    serde_json::from_value(metadata).expect("a field")
}

async fn converted(field: &Field, given: Value) -> String {
    let client = Client::offline();
    match field.value(given, Users::new(client.reader(), Assignable::Project("OPS"))).await {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "nothing".into(),
        Err(failure) => failure.message,
    }
}

fn colours() -> Value {
    json!([{ "id": "1", "value": "Red" }, { "id": "2", "value": "Green", "children": [{ "id": "3", "value": "Lime" }] },
           { "id": "4", "value": "a > b" }])
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
        ("date", json!("2026-02-30")),
        ("datetime", json!("2026-01-31T09:00:00.000+0000")),
        ("datetime", json!("2026-01-31T09:00:00+01:00")),
        ("datetime", json!("2026-01-31")),
        ("datetime", json!("2026-02-30T09:00:00Z")),
        ("user", json!("5b10a2844c20165700ede21g")),
        ("user", json!("Ann Lee")),
        ("group", json!("jira-users")),
        ("project", json!("WEB")),
        ("version", json!("1.0")),
        ("issuelink", json!("OPS-7")),
        ("issuelink", json!(10042)),
        ("issuelink", json!("OPS")),
        ("timetracking", json!("2d 4h")),
        ("timetracking", json!("2 days")),
        ("timetracking", json!({ "remainingEstimate": "1h" })),
        ("any", json!([1, { "a": 2 }])),
        ("option", json!({ "id": "9" })),
    ];
    let cases = cases.map(|(kind, given)| (field(json!({ "type": kind }), Value::Null), given));
    assert_snapshot!(shown(cases).await, @r#"
    string "a" → "a"
    string 7 → "7"
    string ["a"] → field `F` takes a string, not `["a"]`
    string null → null
    number "2.5" → 2.5
    number 3 → 3
    number "many" → field `F` takes a number, not `"many"`
    number "inf" → field `F` takes a number, not `"inf"`
    date "2026-01-31" → "2026-01-31"
    date "2026-1-31" → field `F` takes a date such as `2026-01-31`, not `2026-1-31`
    date "2026-02-30" → field `F` takes a date such as `2026-01-31`, not `2026-02-30`
    datetime "2026-01-31T09:00:00.000+0000" → "2026-01-31T09:00:00.000+0000"
    datetime "2026-01-31T09:00:00+01:00" → "2026-01-31T08:00:00.000+0000"
    datetime "2026-01-31" → field `F` takes a date and time such as `2026-01-31T09:30:00+01:00`, not `2026-01-31`
    datetime "2026-02-30T09:00:00Z" → field `F` takes a date and time such as `2026-01-31T09:30:00+01:00`, not `2026-02-30T09:00:00Z`
    user "5b10a2844c20165700ede21g" → {"id":"5b10a2844c20165700ede21g"}
    user "Ann Lee" → field `F`: `Ann Lee` is not a user: give an e-mail address, an account id or `me`
    group "jira-users" → {"name":"jira-users"}
    project "WEB" → {"key":"WEB"}
    version "1.0" → {"name":"1.0"}
    issuelink "OPS-7" → {"key":"OPS-7"}
    issuelink 10042 → {"id":"10042"}
    issuelink "OPS" → field `F` takes an issue's key, such as `OPS-7`, or its id, not `OPS`
    timetracking "2d 4h" → {"originalEstimate":"2d 4h"}
    timetracking "2 days" → field `F` takes an estimate such as `2d 4h 30m`, not `2 days`
    timetracking {"remainingEstimate":"1h"} → {"remainingEstimate":"1h"}
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
        (option(), json!(["Red"])),
        (several(), json!(["Red", "2"])),
        (several(), json!("Red")),
        (several(), json!(["Red", { "id": "5" }])),
        (several(), json!({ "value": "Red" })),
        (several(), json!([{ "value": "Blue" }])),
        (several(), json!([])),
        (several(), json!(null)),
        (cascading(), json!(["Green", "Lime"])),
        (cascading(), json!("Green > lime")),
        (cascading(), json!("a > b")),
        (cascading(), json!("Red")),
        (cascading(), json!(["Red", "Lime"])),
        (cascading(), json!("Green > Lyme")),
        (cascading(), json!({ "value": "Green", "child": { "value": "Lime" } })),
        (cascading(), json!({ "value": "Green", "child": { "value": "Red" } })),
        (cascading(), json!({ "value": "Green", "child": { "id": "3" } })),
        (cascading(), json!(["Green", "Lime", "x"])),
        (cascading(), json!([])),
    ];
    assert_snapshot!(shown(cases).await, @r#"
    option "green" → {"id":"2"}
    option "Blue" → field `F`: there is no option `Blue` among `Red`, `Green`, `a > b`
    option ["Red"] → field `F` takes one of `Red`, `Green`, `a > b`, not `["Red"]`
    array ["Red","2"] → [{"id":"1"},{"id":"2"}]
    array "Red" → [{"id":"1"}]
    array ["Red",{"id":"5"}] → [{"id":"1"},{"id":"5"}]
    array {"value":"Red"} → [{"id":"1"}]
    array [{"value":"Blue"}] → field `F`: there is no option `Blue` among `Red`, `Green`, `a > b`
    array [] → []
    array null → null
    option-with-child ["Green","Lime"] → {"id":"2","child":{"id":"3"}}
    option-with-child "Green > lime" → {"id":"2","child":{"id":"3"}}
    option-with-child "a > b" → {"id":"4"}
    option-with-child "Red" → {"id":"1"}
    option-with-child ["Red","Lime"] → field `F`: below `Red` there is no option `Lime`, nor any other
    option-with-child "Green > Lyme" → field `F`: below `Green` there is no option `Lyme` among `Lime`; did you mean `Lime`?
    option-with-child {"value":"Green","child":{"value":"Lime"}} → {"id":"2","child":{"id":"3"}}
    option-with-child {"value":"Green","child":{"value":"Red"}} → field `F`: below `Green` there is no option `Red` among `Lime`
    option-with-child {"value":"Green","child":{"id":"3"}} → {"value":"Green","child":{"id":"3"}}
    option-with-child ["Green","Lime","x"] → field `F` takes an option and one below it: `[parent, child]`, or `parent > child`
    option-with-child [] → field `F` takes an option and one below it: `[parent, child]`, or `parent > child`
    "#);
}

#[tokio::test]
async fn what_a_site_or_project_has_names_for_is_chosen_by_name_or_id() {
    let named = json!([{ "id": "10000", "name": "1.0" }, { "id": "10001", "name": "2.0" }]);
    let one = |kind: &str| field(json!({ "type": kind }), named.clone());
    let several = |kind: &str| field(json!({ "type": "array", "items": kind }), named.clone());
    let cases = [
        (one("priority"), json!("2.0")),
        (one("version"), json!(10001)),
        (one("securitylevel"), json!("3.0")),
        (one("resolution"), json!("1")),
        (several("version"), json!(["1.0", "2.0"])),
        (several("component"), json!(["1.0", "3"])),
    ];
    assert_snapshot!(shown(cases).await, @r#"
    priority "2.0" → {"id":"10001"}
    version 10001 → {"id":"10001"}
    securitylevel "3.0" → field `F`: there is no security level `3.0` among `1.0`, `2.0`
    resolution "1" → field `F`: there is no resolution `1` among `1.0`, `2.0`
    array ["1.0","2.0"] → [{"id":"10000"},{"id":"10001"}]
    array ["1.0","3"] → field `F`: there is no component `3` among `1.0`, `2.0`
    "#);
}

#[tokio::test]
async fn texts_are_labels_addresses_documents_or_as_they_are() {
    let texts = |schema: Value| field(schema, Value::Null);
    let custom = |kind: &str| texts(json!({ "type": "string", "custom": format!("x:{kind}") }));
    let cases = [
        (texts(json!({ "type": "array", "items": "string" })), json!(["a b"])),
        (texts(json!({ "type": "array", "items": "string", "system": "labels" })), json!(["a b"])),
        (texts(json!({ "type": "array", "items": "string", "custom": "x:labels" })), json!([""])),
        (texts(json!({ "type": "array", "items": "json" })), json!(42)),
        (texts(json!({ "type": "array", "items": "user" })), json!(["5b10a2844c20165700ede21g"])),
        (texts(json!({ "type": "array", "items": "group" })), json!(["jira-users"])),
        (custom("url"), json!("https://example.com/a?b#c")),
        (custom("url"), json!("https://bücher.example/ä")),
        (custom("url"), json!("example.com")),
        (custom("textfield"), json!("one\ntwo")),
        (texts(json!({ "type": "string", "system": "summary" })), json!("one\ntwo")),
        (custom("textarea"), json!("x")),
        (custom("textarea"), json!("")),
        (custom("textarea"), json!(null)),
        (custom("textarea"), json!(5)),
    ];
    assert_snapshot!(shown(cases).await, @r#"
    array ["a b"] → ["a b"]
    array ["a b"] → field `F`: the label `a b` must be one word
    array [""] → field `F`: the label `` must be one word
    array 42 → 42
    array ["5b10a2844c20165700ede21g"] → [{"id":"5b10a2844c20165700ede21g"}]
    array ["jira-users"] → [{"name":"jira-users"}]
    string "https://example.com/a?b#c" → "https://example.com/a?b#c"
    string "https://bücher.example/ä" → "https://bücher.example/ä"
    string "example.com" → field `F` takes an address such as `https://example.com/page`, not `example.com`
    string "one\ntwo" → field `F` takes one line, and this has a line break
    string "one\ntwo" → field `F` takes one line, and this has a line break
    string "x" → {"version":1,"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}
    string "" → nothing
    string null → null
    string 5 → field `F`: a rich text is Markdown, or an ADF document: an object with `type: doc`, `version: 1` and a list `content`
    "#);
}

#[tokio::test]
async fn what_no_request_sets_says_what_does() {
    let system = |name: &str, operations: Value| {
        let metadata = json!({ "name": "F", "schema": { "type": "any", "system": name }, "operations": operations });
        serde_json::from_value::<Field>(metadata).expect("a field")
    };
    let cases = [
        (system("attachment", json!(["set"])), json!("a.txt")),
        (system("comment", json!(["add", "edit"])), json!("c")),
        (system("issuetype", json!(["set"])), json!("Bug")),
        (system("status", json!([])), json!("Done")),
        (system("issuelinks", json!(["add"])), json!("OPS-1")),
        (system("worklog", json!([])), json!(null)),
        (system("environment", json!(["set"])), json!(null)),
    ];
    assert_snapshot!(shown(cases).await, @r#"
    any "a.txt" → field `F` cannot be set: files are attached by `jira.add_attachment`
    any "c" → field `F` cannot be set: comments are added by `jira.add_comments`
    any "Bug" → field `F` cannot be set: it is chosen when an issue is created
    any "Done" → field `F` cannot be set: a status is changed by `jira.update_issue_status`
    any "OPS-1" → field `F` cannot be set: Jira does not take it in this request
    any null → field `F` cannot be set: Jira does not take it in this request
    any null → null
    "#);
}
