//! What the history of an issue tells, and properties of issues by themselves.

use flowrun_jira_sandbox::{Options, Switches};
use serde_json::json;

use crate::client::{Client, start};

const ADMIN: &str = "admin@example.com";

#[tokio::test]
async fn the_history_tells_who_changed_what_from_what_to_what() {
    let sandbox = start(Options::default()).await;
    let (admin, dana) = (Client::gateway(&sandbox, ADMIN), Client::gateway(&sandbox, "dana@example.com"));
    let edit = json!({
        "fields": {
            "priority": { "name": "Low" },
            "labels": ["a", "b"],
            "summary": "Move the shop to the new design",
            "customfield_10107": [{ "value": "iOS" }],
            "assignee": null,
        },
        "historyMetadata": { "type": "flowrun", "description": "run 1" },
    });
    assert_eq!(admin.put("/rest/api/3/issue/WEB-1", edit).await.status, 204);
    assert_eq!(
        dana.post("/rest/api/3/issue/WEB-1/transitions", json!({ "transition": { "id": "21" } })).await.status,
        204
    );
    assert_eq!(dana.put("/rest/api/3/issue/WEB-1", json!({ "fields": { "labels": ["a", "b"] } })).await.status, 204);

    let changelog = admin.get("/rest/api/3/issue/WEB-1/changelog").await.body;
    assert_eq!((&changelog["total"], &changelog["isLast"]), (&json!(2), &json!(true)));
    let [first, second] = changelog["values"].as_array().expect("a list").as_slice() else { panic!("two entries") };
    assert_eq!(first["author"]["emailAddress"], ADMIN);
    assert_eq!(first["historyMetadata"]["description"], "run 1");
    let item =
        |field: &str| first["items"].as_array().expect("items").iter().find(|item| item["fieldId"] == field).cloned();
    assert_eq!(
        item("priority"),
        Some(json!({
            "field": "priority", "fieldtype": "jira", "fieldId": "priority",
            "from": "3", "fromString": "Medium", "to": "4", "toString": "Low",
        }))
    );
    assert_eq!(item("labels").map(|item| item["toString"].clone()), Some(json!("a b")));
    assert_eq!(item("summary"), None);
    assert_eq!(
        item("assignee").map(|item| (item["fromString"].clone(), item.get("to").is_none(), item["toString"].clone())),
        Some((json!("Dana Developer"), true, json!("")))
    );
    let platforms = item("customfield_10107").expect("an item");
    assert_eq!(
        (&platforms["field"], &platforms["fieldtype"], &platforms["toString"]),
        (&json!("Platforms"), &json!("custom"), &json!("iOS"))
    );
    assert_eq!(
        second["items"],
        json!([{
            "field": "status", "fieldtype": "jira", "fieldId": "status",
            "from": "10001", "fromString": "In Progress", "to": "10003", "toString": "In Review",
        }])
    );

    let inside = admin.get("/rest/api/3/issue/WEB-1?expand=changelog").await.body["changelog"].clone();
    assert_eq!(inside["histories"], json!([second, first]));
    let page = admin.get("/rest/api/3/issue/WEB-1/changelog?startAt=1&maxResults=1").await.body;
    assert_eq!(page["values"], json!([second]));
}

#[tokio::test]
async fn an_empty_list_is_no_change_where_nothing_was_set() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let task = json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Task" }, "summary": "s" });
    assert_eq!(admin.post("/rest/api/3/issue", json!({ "fields": task })).await.body["key"], "OPS-6");
    for empty in [json!([]), json!(null)] {
        let edit = json!({ "fields": { "labels": empty, "components": empty } });
        assert_eq!(admin.put("/rest/api/3/issue/OPS-6", edit).await.status, 204);
    }
    assert_eq!(admin.get("/rest/api/3/issue/OPS-6/changelog").await.body["total"], 0);
    let shown = admin.get("/rest/api/3/issue/OPS-6").await.body;
    assert_eq!((&shown["fields"]["labels"], &shown["fields"]["components"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn the_metadata_of_a_history_is_kept_or_not() {
    for (history_metadata_kept, there) in [(true, true), (false, false)] {
        let switches = Switches { history_metadata_kept, ..Switches::default() };
        let sandbox = start(Options { switches, ..Options::default() }).await;
        let admin = Client::gateway(&sandbox, ADMIN);
        let edit = json!({ "fields": { "summary": "s" }, "historyMetadata": { "type": "flowrun" } });
        assert_eq!(admin.put("/rest/api/3/issue/OPS-1", edit).await.status, 204);
        let changelog = admin.get("/rest/api/3/issue/OPS-1/changelog").await.body;
        assert_eq!(changelog["values"][0].get("historyMetadata").is_some(), there);
    }
}

#[tokio::test]
async fn properties_are_set_and_deleted() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, ADMIN);
    let path = "/rest/api/3/issue/OPS-1/properties/flowrun";
    let long = format!("/rest/api/3/issue/OPS-1/properties/{}", "k".repeat(256));
    assert_eq!(admin.put(path, json!({ "run": 1 })).await.status, 201);
    assert_eq!(admin.put(path, json!(null)).await.status, 200);
    assert_eq!(admin.get(path).await.body, json!({ "key": "flowrun", "value": null }));
    assert_eq!(admin.put(&long, json!(1)).await.status, 400);
    assert_eq!(admin.put(path, json!("x".repeat(32_768))).await.status, 400);
    assert_eq!(admin.delete(path).await.status, 204);
    assert_eq!(admin.delete(path).await.status, 404);
    assert_eq!(admin.put("/rest/api/3/issue/OPS-99/properties/a", json!(1)).await.status, 404);
    let effects: Vec<_> = sandbox.effects().into_iter().map(|effect| effect.operation).collect();
    assert_eq!(effects, ["setIssueProperty", "setIssueProperty", "deleteIssueProperty"]);
}
