//! Editing issues: what each type of field takes, what is refused, and what comes of it.

use flowrun_jira_sandbox::{Adjustments, EditRefusal, Options, Sandbox, Seed, Switches};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

const ADMIN: &str = "admin@example.com";
const DANA: &str = "dana@example.com";
const ROBIN: &str = "robin@example.com";
const DANA_ID: &str = "6410a7e1c3d5f20b6c1e0a02";

async fn without(revoked: &[(&str, &str)], switches: Switches) -> Sandbox {
    let revoked = revoked.iter().map(|(email, key)| ((*email).to_owned(), (*key).to_owned())).collect();
    start(Options { adjustments: Adjustments { revoked, ..Adjustments::default() }, switches, ..Options::default() })
        .await
}

#[tokio::test]
async fn every_type_of_field_is_set_and_shown() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (field, value, pointer, shown) in [
        ("summary", json!("New"), "", json!("New")),
        ("description", document("d"), "/content/0/content/0/text", json!("d")),
        ("environment", document("e"), "/content/0/content/0/text", json!("e")),
        ("priority", json!({ "name": "high" }), "/id", json!("2")),
        ("assignee", json!({ "accountId": DANA_ID }), "/emailAddress", json!(DANA)),
        ("assignee", json!({ "accountId": "-1" }), "/emailAddress", json!(DANA)),
        ("assignee", json!(null), "", json!(null)),
        ("labels", json!(["b", "a", "b"]), "", json!(["b", "a"])),
        ("components", json!([{ "name": "shop" }]), "/0/id", json!("10010")),
        ("versions", json!([{ "id": "10020" }]), "/0/released", json!(true)),
        ("fixVersions", json!([{ "name": "2.0" }, { "name": "1.1" }]), "/1/name", json!("1.1")),
        ("duedate", json!("2026-12-24"), "", json!("2026-12-24")),
        ("customfield_10101", json!("ACME"), "", json!("ACME")),
        ("customfield_10102", document("s"), "/type", json!("doc")),
        ("customfield_10103", json!(1.5), "", json!(1.5)),
        ("customfield_10104", json!({ "value": "Staging" }), "/id", json!("10202")),
        ("customfield_10105", json!({ "id": DANA_ID }), "/displayName", json!("Dana Developer")),
        ("customfield_10106", json!("2026-02-28"), "", json!("2026-02-28")),
        ("customfield_10107", json!([{ "value": "iOS" }, { "id": "10211" }]), "/1/value", json!("Web")),
        ("customfield_10108", json!({ "value": "Asia", "child": { "id": "10234" } }), "/child/value", json!("India")),
        ("customfield_10108", json!({ "id": "10221" }), "/value", json!("Europe")),
        ("customfield_10109", json!([{ "accountId": DANA_ID }]), "/0/emailAddress", json!(DANA)),
        ("customfield_10110", json!({ "name": "1.0" }), "/id", json!("10020")),
        ("customfield_10111", json!([{ "name": "1.0" }]), "/0/id", json!("10020")),
        ("customfield_10112", json!("https://example.com/a"), "", json!("https://example.com/a")),
        ("customfield_10113", json!(["x"]), "", json!(["x"])),
        ("customfield_10114", json!("2026-12-01T10:00:00.000+0100"), "", json!("2026-12-01T09:00:00.000+0000")),
    ] {
        let answer = admin.put("/rest/api/3/issue/WEB-1", json!({ "fields": { field: value } })).await;
        assert_eq!(answer.status, 204, "{field} {value} {}", answer.body);
        let read = admin.get("/rest/api/3/issue/WEB-1").await;
        assert_eq!(read.body["fields"][field].pointer(pointer), Some(&shown), "{field} {value}");
    }
}

#[tokio::test]
async fn values_that_are_refused() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let adf = "Operation value must be an Atlassian Document (see the Atlassian Document Format)";
    let screen =
        |field: &str| format!("Field '{field}' cannot be set. It is not on the appropriate screen, or unknown.");
    for (field, value, message) in [
        ("summary", json!(null), "You must specify a summary of the issue.".to_owned()),
        ("reporter", json!(null), "Reporter is required.".to_owned()),
        ("description", json!("plain"), adf.to_owned()),
        ("environment", json!("plain"), adf.to_owned()),
        ("status", json!({ "name": "Done" }), screen("status")),
        ("resolution", json!({ "name": "Done" }), screen("resolution")),
        ("project", json!({ "key": "OPS" }), screen("project")),
        ("nonsense", json!(1), screen("nonsense")),
        ("comment", json!("c"), screen("comment")),
        ("worklog", json!([]), screen("worklog")),
        ("attachment", json!([]), "Field does not support update 'attachment'".to_owned()),
        ("versions", json!([{ "name": "3.0" }]), "Version name '3.0' is not valid".to_owned()),
        ("versions", json!([{ "name": "0.9" }]), "Version name '0.9' is not valid".to_owned()),
        ("customfield_10107", json!({ "value": "Web" }), "data was not an array".to_owned()),
        ("customfield_10107", json!([{ "value": "BeOS" }]), "Option value 'BeOS' is not valid".to_owned()),
        (
            "customfield_10108",
            json!({ "value": "Asia", "child": { "value": "France" } }),
            "Option value 'France' is not valid".to_owned(),
        ),
        ("customfield_10108", json!("Asia"), "Specify a valid 'id' or 'value' for Region".to_owned()),
        ("customfield_10112", json!("example.com"), "Not a valid URL: example.com".to_owned()),
        ("customfield_10114", json!("tomorrow"), "Error parsing time string: tomorrow".to_owned()),
        ("customfield_10106", json!("2026-02-30"), "Error parsing date string: 2026-02-30".to_owned()),
        ("security", json!({ "name": "Secret" }), "The security level selected is invalid.".to_owned()),
    ] {
        let answer = admin.put("/rest/api/3/issue/WEB-1", json!({ "fields": { field: value } })).await;
        let expected = json!({ "errorMessages": [], "errors": { field: message } });
        assert_eq!((answer.status, answer.body), (400, expected), "{field} {value}");
    }
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn updates_add_and_remove() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (field, operations, shown) in [
        ("labels", json!([{ "add": "b" }, { "add": "a" }]), json!(["b", "a"])),
        ("labels", json!([{ "remove": "b" }, { "remove": "c" }]), json!(["a"])),
        ("labels", json!([{ "set": ["x", "y"] }, { "remove": "x" }]), json!(["y"])),
        ("labels", json!([{ "remove": "y" }]), json!([])),
        ("customfield_10113", json!([{ "add": "t" }]), json!(["t"])),
        ("summary", json!([{ "set": "Set" }]), json!("Set")),
    ] {
        let answer = admin.put("/rest/api/3/issue/WEB-1", json!({ "update": { field: operations } })).await;
        assert_eq!(answer.status, 204, "{operations} {}", answer.body);
        let read = admin.get(&format!("/rest/api/3/issue/WEB-1?fields={field}")).await;
        assert_eq!(read.body["fields"][field], shown, "{operations}");
    }
    let things = json!({
        "components": [{ "add": { "name": "Shop" } }, { "add": { "name": "Search" } }, { "remove": { "id": "10010" } }],
        "fixVersions": [{ "add": { "name": "2.0" } }, { "remove": { "name": "1.1" } }],
        "customfield_10109": [{ "add": { "accountId": DANA_ID } }],
        "comment": [{ "add": { "body": document("with it") } }],
    });
    assert_eq!(admin.put("/rest/api/3/issue/WEB-1", json!({ "update": things })).await.status, 204);
    let fields = admin.get("/rest/api/3/issue/WEB-1").await.body["fields"].clone();
    let name = |pointer: &str| fields.pointer(pointer).cloned();
    assert_eq!(name("/components/0/name"), Some(json!("Search")));
    assert_eq!((name("/fixVersions/0/name"), name("/fixVersions/1")), (Some(json!("2.0")), None));
    assert_eq!(name("/comment/comments/0/author/emailAddress"), Some(json!(ADMIN)));
}

#[tokio::test]
async fn updates_that_are_refused() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let robin = Client::gateway(&sandbox, ROBIN);
    let comment = json!({ "comment": [{ "add": { "body": document("c") } }] });
    for (client, body) in [
        (&admin, json!({ "fields": { "labels": [] }, "update": { "labels": [{ "add": "a" }] } })),
        (&admin, json!({ "update": { "summary": [{ "add": "a" }] } })),
        (&admin, json!({ "update": { "labels": [{ "add": "a", "remove": "b" }] } })),
        (&admin, json!({ "update": { "labels": [{ "copy": "a" }] } })),
        (&admin, json!({ "update": { "labels": { "add": "a" } } })),
        (&admin, json!({ "update": { "labels": [{ "add": "a b" }] } })),
        (&admin, json!({ "update": { "comment": [{ "add": { "body": "plain" } }] } })),
        (&admin, json!({ "update": { "comment": [{ "edit": {} }] } })),
        (&admin, json!({ "fields": [] })),
        (&admin, json!([])),
        (&admin, json!({ "properties": [{ "key": "" }] })),
        (&robin, json!({ "update": comment })),
    ] {
        let answer = client.put("/rest/api/3/issue/WEB-1", body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.body);
    }
    for (issue, body, status) in [
        ("WEB-9", json!({}), 404),
        ("WEB-1", json!({ "update": { "issuelinks": [{ "add": {} }] } }), 501),
        ("WEB-1", json!({ "update": { "worklog": [{ "add": {} }] } }), 501),
    ] {
        assert_eq!(admin.put(&format!("/rest/api/3/issue/{issue}"), body).await.status, status);
    }
    let missing = admin.request("PUT", "/rest/api/3/issue/WEB-1").await;
    assert_eq!(missing.status, 400, "{}", missing.body);
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn permissions_of_an_edit_and_of_its_fields() {
    let edit = |field: &str, value: Value| json!({ "fields": { field: value } });
    for (key, issue, body, status) in [
        ("EDIT_ISSUES", "OPS-1", edit("summary", json!("s")), 400),
        ("BROWSE_PROJECTS", "OPS-1", edit("summary", json!("s")), 404),
        ("ASSIGN_ISSUES", "OPS-1", edit("assignee", json!(null)), 400),
        ("MODIFY_REPORTER", "OPS-1", edit("reporter", json!({ "id": DANA_ID })), 400),
        ("SCHEDULE_ISSUES", "OPS-1", edit("duedate", json!("2026-12-01")), 400),
        ("SET_ISSUE_SECURITY", "HR-2", json!({ "fields": { "summary": "s" } }), 204),
        ("ADD_COMMENTS", "OPS-1", json!({ "update": { "comment": [{ "add": { "body": document("c") } }] } }), 400),
    ] {
        let dana = (DANA, key);
        let sandbox = without(&[dana], Switches::default()).await;
        let answer = Client::gateway(&sandbox, DANA).put(&format!("/rest/api/3/issue/{issue}"), body.clone()).await;
        assert_eq!(answer.status, status, "{key} {}", answer.body);
        let allowed = without(&[], Switches::default()).await;
        let answer = Client::gateway(&allowed, DANA).put(&format!("/rest/api/3/issue/{issue}"), body).await;
        assert_eq!(answer.status, 204, "{key} {}", answer.body);
    }
}

#[tokio::test]
async fn parameters_of_an_edit() {
    let edit = json!({ "fields": { "summary": "s" } });
    for (email, switches, query, status) in [
        (ADMIN, Switches::default(), "notifyUsers=false", 204),
        (DANA, Switches::default(), "notifyUsers=false", 403),
        (DANA, Switches { quiet_edit_refused: false, ..Switches::default() }, "notifyUsers=false", 204),
        (ADMIN, Switches::default(), "returnIssue=true", 200),
        (ADMIN, Switches::default(), "overrideScreenSecurity=true", 403),
        (ADMIN, Switches::default(), "overrideEditableFlag=true", 403),
    ] {
        let sandbox = without(&[], switches).await;
        let answer =
            Client::gateway(&sandbox, email).put(&format!("/rest/api/3/issue/OPS-1?{query}"), edit.clone()).await;
        assert_eq!(answer.status, status, "{email} {query} {}", answer.body);
        if status == 200 {
            assert_eq!(answer.body["fields"]["summary"], "s");
        }
    }
}

#[tokio::test]
async fn rules_of_an_edit_that_are_not_verified() {
    let put = async |switches: Switches, revoked: &[(&str, &str)], body: Value| {
        let sandbox = without(revoked, switches).await;
        let dana = Client::gateway(&sandbox, DANA);
        let status = dana.put("/rest/api/3/issue/OPS-1", body).await.status;
        (status, dana.get("/rest/api/3/issue/OPS-1/properties/flowrun").await.status)
    };
    for (refusal, status) in [(EditRefusal::BadRequest, 400), (EditRefusal::Forbidden, 403)] {
        let switches = Switches { edit_without_permission: refusal, ..Switches::default() };
        assert_eq!(put(switches, &[(DANA, "EDIT_ISSUES")], json!({})).await.0, status);
    }
    for (edit_needs_screen, status) in [(true, 400), (false, 204)] {
        let switches = Switches { edit_needs_screen, ..Switches::default() };
        assert_eq!(put(switches, &[], json!({ "fields": { "environment": document("e") } })).await.0, status);
    }
    for (edit_properties_stored, status) in [(true, 200), (false, 404)] {
        let switches = Switches { edit_properties_stored, ..Switches::default() };
        let body = json!({ "properties": [{ "key": "flowrun", "value": 1 }] });
        assert_eq!(put(switches, &[], body).await, (204, status));
    }
}

#[tokio::test]
async fn edit_metadata_has_what_can_be_set() {
    let sandbox = without(&[(DANA, "ASSIGN_ISSUES")], Switches::default()).await;
    let fields = async |email: &str, issue: &str| {
        let answer = Client::gateway(&sandbox, email).get(&format!("/rest/api/3/issue/{issue}/editmeta")).await;
        answer.body["fields"].as_object().expect("fields").clone()
    };
    let of_admin = fields(ADMIN, "WEB-1").await;
    assert_eq!(of_admin["customfield_10107"]["operations"], json!(["add", "set", "remove"]));
    assert_eq!(of_admin["customfield_10108"]["allowedValues"][1]["children"][0]["value"], "Japan");
    assert_eq!(of_admin["fixVersions"]["allowedValues"].as_array().expect("versions").len(), 3);
    assert_eq!(of_admin["summary"]["required"], true);
    assert!(of_admin.contains_key("assignee") && of_admin.contains_key("comment") && !of_admin.contains_key("project"));
    assert!(!fields(DANA, "WEB-1").await.contains_key("assignee"));
    let blind = without(&[(DANA, "EDIT_ISSUES")], Switches::default()).await;
    let answer = Client::gateway(&blind, DANA).get("/rest/api/3/issue/OPS-1/editmeta").await;
    assert_eq!((answer.status, answer.body), (200, json!({ "fields": {} })));
}

#[tokio::test]
async fn a_parent_is_moved_and_not_taken_from_a_sub_task() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    for (body, status) in [
        (json!({ "fields": { "parent": { "key": "OPS-1" } } }), 204),
        (json!({ "fields": { "parent": { "key": "WEB-1" } } }), 400),
        (json!({ "fields": { "parent": { "key": "OPS-4" } } }), 400),
        (json!({ "update": { "parent": [{ "set": { "none": true } }] } }), 400),
    ] {
        let answer = admin.put("/rest/api/3/issue/OPS-4", body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
    }
    assert_eq!(admin.get("/rest/api/3/issue/OPS-4").await.body["fields"]["parent"]["key"], "OPS-1");
}

/// A sprint is set by its id alone, and shown as a list of objects.
#[tokio::test]
async fn a_sprint_is_set_by_a_number_and_shown_as_a_list() {
    let custom = "{ id: customfield_10020, name: Sprint, type: sprint, sprints: [\
                  { id: 4, name: One, state: closed }, { id: 5, name: Two, state: active }] }";
    let seed = Seed::built_in().text().replace("custom_fields:\n", &format!("custom_fields:\n  - {custom}\n"));
    let seed = seed.replace("      - customfield_10101\n", "      - customfield_10101\n      - customfield_10020\n");
    let sandbox = start(Options { seed: Some(Seed::parse(&seed).expect("a seed")), ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let shown = json!([{ "id": 5, "name": "Two", "state": "active", "boardId": 1 }]);
    for (value, status, after) in [
        (json!([{ "id": 5 }]), 400, json!(null)),
        (json!([5]), 400, json!(null)),
        (json!("5"), 400, json!(null)),
        (json!(6), 400, json!(null)),
        (json!(4), 400, json!(null)),
        (json!(5), 204, shown),
        (json!(null), 204, json!(null)),
    ] {
        let answer = admin.put("/rest/api/3/issue/WEB-1", json!({ "fields": { "customfield_10020": value } })).await;
        assert_eq!(answer.status, status, "{value}: {}", answer.body);
        let issue = admin.get("/rest/api/3/issue/WEB-1").await.body;
        assert_eq!(issue["fields"]["customfield_10020"], after, "{value}");
    }
}
