//! Version 2 of the API: reads with rich text as wiki markup, and everything else by its name.

use flowrun_jira_sandbox::Options;
use serde_json::json;

use crate::client::{Client, document, start};

#[tokio::test]
async fn reads_are_those_of_version_3_with_text() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let body = json!({ "body": document("Seen"), "properties": [{ "key": "flowrun", "value": document("kept") }] });
    assert_eq!(admin.post("/rest/api/3/issue/OPS-1/comment", body).await.status, 201);

    let issue = admin.get("/rest/api/2/issue/OPS-1").await.body;
    assert_eq!(issue["self"], format!("{}/rest/api/2/issue/10001", admin.base));
    assert_eq!(issue["fields"]["description"], "Search is slow for long queries");
    assert_eq!(issue["fields"]["comment"]["comments"][1]["body"], "Seen");
    let comments = admin.get("/rest/api/2/issue/OPS-1/comment?orderBy=-created").await.body;
    assert_eq!(comments["comments"][0]["body"], "Seen");
    let id = comments["comments"][0]["id"].as_str().expect("an id");
    let property = admin.get(&format!("/rest/api/2/comment/{id}/properties/flowrun")).await.body;
    assert_eq!(property["value"]["type"], "doc");
    let search = json!({ "jql": "key = OPS-1", "fields": ["description"] });
    let found = admin.post("/rest/api/2/search/jql", search).await.body;
    assert_eq!(found["issues"][0]["fields"]["description"], "Search is slow for long queries");
    for path in [
        "serverInfo",
        "myself",
        "field",
        "priority",
        "status",
        "issuetype",
        "project",
        "project/OPS",
        "project/search",
        "user/search?query=dana",
        "mypermissions?permissions=BROWSE_PROJECTS",
        "issue/createmeta/OPS/issuetypes",
        "issue/createmeta?projectKeys=OPS&expand=projects.issuetypes.fields",
        "project/type",
        "projectvalidate/key?key=NEW",
        "search/jql?jql=project%3DOPS",
    ] {
        let answer = admin.get(&format!("/rest/api/2/{path}")).await;
        assert_eq!((answer.status, answer.body.to_string().contains("/rest/api/3/")), (200, false), "{path}");
    }
}

#[tokio::test]
async fn everything_else_is_named() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (method, path, status, word) in [
        ("POST", "issue", 501, "createIssue"),
        ("POST", "issue/OPS-1/comment", 501, "addComment"),
        ("PUT", "issue/OPS-1/assignee", 501, "assignIssue"),
        ("DELETE", "issue/OPS-1", 501, "deleteIssue"),
        ("GET", "events", 501, "getEvents"),
        ("GET", "dashboard", 501, "GET /rest/api/2/dashboard"),
        ("GET", "search", 410, "removed"),
    ] {
        let answer = admin.request(method, &format!("/rest/api/2/{path}")).await;
        let said = answer.body["errorMessages"][0].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, said.contains(word)), (status, true), "{method} {path}: {said}");
    }
    assert_eq!(sandbox.effects(), []);
    let unscoped = Client::scoped(&sandbox, "admin@example.com", &["read:jira-user"]);
    assert_eq!(unscoped.get("/rest/api/2/issue/OPS-1").await.status, 401);
}

#[tokio::test]
async fn the_latest_version_is_version_3() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let issue = admin.get("/rest/api/latest/issue/OPS-1?fields=description").await.body;
    assert_eq!(issue["fields"]["description"]["type"], "doc");
    let comment = json!({ "body": document("Seen") });
    assert_eq!(admin.post("/rest/api/latest/issue/OPS-1/comment", comment).await.status, 201);
    assert_eq!(admin.get("/rest/api/latest/search?jql=x").await.status, 410);
    assert_eq!(admin.get("/rest/api/latest/nothing").await.status, 501);
}
