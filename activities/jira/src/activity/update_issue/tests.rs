//! What the request says for the inputs.

use super::*;
use crate::client::Client;

async fn made(fields: Value) -> Result<Value, Failure> {
    let metadata = json!({
        "parent": { "name": "Parent", "schema": { "type": "issuelink", "system": "parent" }, "operations": ["set"] },
        "labels": { "name": "Labels", "schema": { "type": "array", "items": "string", "system": "labels" },
                    "operations": ["add", "set", "remove"] },
    });
    let screen = Screen::of_object("the edit screen of issue `OPS-4`".into(), &metadata).expect("a screen");
    let form = Form { screen: &screen, names: NAMES, changes: true, further: &[] };
    let input = json!({ "issue": "OPS-4", "fields": fields, "add_labels": ["a"], "remove_labels": ["b"] });
    let client = Client::offline();
    body(&input::read(&input)?, &form, Users::new(client.reader(), Assignable::Issue("OPS-4"))).await
}

#[tokio::test]
async fn a_parent_is_set_as_a_field_and_taken_away_by_an_operation() {
    let labels = json!([{ "add": "a" }, { "remove": "b" }]);
    let set = json!({ "fields": { "parent": { "key": "OPS-3" } }, "update": { "labels": labels } });
    assert_eq!(made(json!({ "Parent": "OPS-3" })).await, Ok(set));
    let taken = json!({ "labels": labels, "parent": [{ "set": { "none": true } }] });
    assert_eq!(made(json!({ "Parent": null })).await, Ok(json!({ "update": taken })));
}
