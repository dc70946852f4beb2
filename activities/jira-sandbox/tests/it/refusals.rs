//! What Jira refuses, as a table: who asks for what, and the refusal in Jira's form.

use flowrun_jira_sandbox::{Adjustments, Options};
use serde_json::{Value, json};

use crate::client::{Client, document, start};

/// A good body of a create, with some fields changed; a null takes a field out.
fn bug(changes: Value) -> Value {
    let mut fields =
        json!({ "project": { "key": "OPS" }, "issuetype": { "name": "Bug" }, "summary": "Login page is blank" });
    for (field, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(fields.as_object_mut().expect("an object").remove(field)),
            value => fields[field] = value.clone(),
        }
    }
    json!({ "fields": fields })
}

#[tokio::test]
async fn fields_of_a_create() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let not_on_screen =
        |field: &str| format!("Field '{field}' cannot be set. It is not on the appropriate screen, or unknown.");
    let adf = "Operation value must be an Atlassian Document (see the Atlassian Document Format)";
    let empty_text = document("");
    for (changes, field, message) in [
        (json!({ "summary": null }), "summary", "You must specify a summary of the issue."),
        (json!({ "summary": " " }), "summary", "You must specify a summary of the issue."),
        (json!({ "summary": "a\nb" }), "summary", "The summary is invalid because it contains newline characters."),
        (json!({ "summary": "x".repeat(256) }), "summary", "Summary can't exceed 255 characters."),
        (json!({ "summary": 5 }), "summary", "Operation value must be a string"),
        (json!({ "project": null }), "project", "Specify a valid project ID or key"),
        (json!({ "project": { "key": "NONE" } }), "project", "Specify a valid project ID or key"),
        (json!({ "project": { "id": "OPS" } }), "project", "Specify a valid project ID or key"),
        (json!({ "project": { "key": "10000" } }), "project", "Specify a valid project ID or key"),
        (json!({ "issuetype": null }), "issuetype", "Specify an issue type"),
        (json!({ "issuetype": { "name": "Epic" } }), "issuetype", "Specify a valid issue type"),
        (json!({ "description": "plain" }), "description", adf),
        (json!({ "description": empty_text }), "description", adf),
        (json!({ "customfield_10102": "plain" }), "customfield_10102", adf),
        (json!({ "nonsense": 1 }), "nonsense", &not_on_screen("nonsense")),
        (json!({ "customfield_10103": 3 }), "customfield_10103", &not_on_screen("customfield_10103")),
        (json!({ "status": { "name": "Done" } }), "status", &not_on_screen("status")),
        (json!({ "parent": { "key": "OPS-1" } }), "parent", &not_on_screen("parent")),
        (json!({ "labels": ["a b"] }), "labels", "The label 'a b' contains spaces which is invalid."),
        (json!({ "labels": "a" }), "labels", "data was not an array"),
        (json!({ "labels": ["a", 5] }), "labels", "string expected at index 1"),
        (json!({ "priority": { "name": "Urgent" } }), "priority", "The priority selected is invalid."),
        (json!({ "components": [{ "name": "Kitchen" }] }), "components", "Component name 'Kitchen' is not valid"),
        (json!({ "assignee": { "id": "nobody" } }), "assignee", "User 'nobody' does not exist."),
        (json!({ "assignee": { "name": "bob" } }), "assignee", "Assignee: an accountId is expected"),
        (json!({ "duedate": "-000001-01-01" }), "duedate", "Error parsing date string: -000001-01-01"),
        (json!({ "duedate": "1.12.2026" }), "duedate", "Error parsing date string: 1.12.2026"),
        (json!({ "customfield_10101": 5 }), "customfield_10101", "Operation value must be a string"),
        (json!({ "customfield_10104": { "value": "Moon" } }), "customfield_10104", "Option value 'Moon' is not valid"),
        (
            json!({ "issuetype": { "name": "Sub-task" } }),
            "parent",
            "Issue type is a sub-task but parent issue key or id not specified.",
        ),
        (
            json!({ "issuetype": { "name": "Sub-task" }, "parent": { "key": "OPS-99" } }),
            "parent",
            "Could not find valid 'id' or 'key' for the parent issue.",
        ),
        (
            json!({ "issuetype": { "name": "Sub-task" }, "parent": { "id": "OPS-1" } }),
            "parent",
            "Could not find valid 'id' or 'key' for the parent issue.",
        ),
        (
            json!({ "issuetype": { "name": "Sub-task" }, "parent": { "key": "WEB-1" } }),
            "parent",
            "The parent issue is not in the same project as the sub-task.",
        ),
        (json!({ "attachment": [] }), "attachment", "Field does not support update 'attachment'"),
        (
            json!({ "issuetype": { "name": "Sub-task" }, "parent": { "key": "OPS-4" } }),
            "parent",
            "Given parent issue does not belong to appropriate hierarchy.",
        ),
        (
            json!({ "issuetype": { "name": "Story" }, "customfield_10103": "3" }),
            "customfield_10103",
            "Operation value must be a number",
        ),
    ] {
        let answer = admin.post("/rest/api/3/issue", bug(changes.clone())).await;
        let expected = json!({ "errorMessages": [], "errors": { field: message } });
        assert_eq!((answer.status, answer.body), (400, expected), "{changes}");
    }
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn all_faults_of_a_create_are_reported_at_once() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let answer = admin.post("/rest/api/3/issue", bug(json!({ "summary": null, "labels": ["a b"], "x": 1 }))).await;
    let mut fields: Vec<_> = answer.body["errors"].as_object().expect("errors").keys().collect();
    fields.sort();
    assert_eq!(fields, ["labels", "summary", "x"]);
}

#[tokio::test]
async fn a_field_that_an_administrator_requires() {
    let required = vec![("Bug".to_owned(), "customfield_10101".to_owned())];
    let sandbox =
        start(Options { adjustments: Adjustments { required, ..Adjustments::default() }, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let answer = admin.post("/rest/api/3/issue", bug(json!({}))).await;
    assert_eq!(answer.body["errors"], json!({ "customfield_10101": "Customer is required." }));
    let metadata = admin.get("/rest/api/3/issue/createmeta/OPS/issuetypes/10001").await.body;
    let fields = metadata["fields"].as_array().expect("fields");
    let required: Vec<_> =
        fields.iter().filter(|field| field["required"] == true && field["hasDefaultValue"] == false).collect();
    let required: Vec<_> = required.iter().map(|field| field["fieldId"].as_str().expect("an id")).collect();
    assert_eq!(required, ["issuetype", "project", "summary", "customfield_10101"]);
    assert_eq!(admin.post("/rest/api/3/issue", bug(json!({ "customfield_10101": "ACME" }))).await.status, 201);
}

#[tokio::test]
async fn bodies_of_other_shapes() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let long = json!([{ "key": "k", "value": "x".repeat(32_768) }]);
    let with = |name: &str, value: Value| {
        let mut body = bug(json!({}));
        body[name] = value;
        body
    };
    let asked_of = |projects: u64| {
        let projects: Vec<_> = (0..projects).collect();
        json!({ "projectPermissions": [{ "permissions": ["EDIT_ISSUES"], "projects": projects }] })
    };
    for (path, body, status) in [
        ("issue", json!([]), 400),
        ("issue", json!({}), 400),
        ("issue", with("properties", json!({})), 400),
        ("issue", with("properties", json!([{ "key": "", "value": 1 }])), 400),
        ("issue", with("properties", json!([{ "key": "k" }])), 400),
        ("issue", with("properties", json!([{ "key": "k".repeat(256), "value": 1 }])), 400),
        ("issue", with("properties", long), 400),
        ("issue", with("properties", json!(["k"])), 400),
        ("issue", with("properties", json!([{ "key": "k", "value": 1, "more": 2 }])), 400),
        ("issue", with("historyMetadata", json!("why")), 400),
        ("issue/OPS-1/transitions", json!({ "transition": { "id": "31" }, "historyMetadata": ["why"] }), 400),
        ("issue", with("update", json!({ "labels": [{ "add": "a" }] })), 501),
        ("issue", with("transition", json!({ "id": "21" })), 501),
        ("issue/OPS-1/comment", json!({}), 400),
        ("issue/OPS-1/comment", json!({ "body": "plain" }), 400),
        ("issue/OPS-1/comment", json!({ "body": { "type": "doc", "version": 1, "content": [] } }), 400),
        (
            "issue/OPS-1/comment",
            json!({ "body": document("a"), "visibility": { "type": "role", "value": "Nobody" } }),
            400,
        ),
        ("issue/OPS-1/comment", json!({ "body": document("a"), "visibility": { "value": "Member" } }), 400),
        ("issue/bulkfetch", json!({ "issueIdsOrKeys": [] }), 400),
        ("issue/bulkfetch", json!({ "issueIdsOrKeys": ["OPS-1", 10002] }), 400),
        ("issue/bulkfetch", json!({ "issueIdsOrKeys": ["OPS-1"], "more": 1 }), 400),
        ("issue/bulkfetch", json!({ "issueIdsOrKeys": ["OPS-1"], "fieldsByKeys": "true" }), 400),
        ("issue/bulkfetch", json!({}), 400),
        ("comment/list", json!({}), 400),
        ("comment/list", json!({ "ids": [] }), 200),
        ("search/jql", json!({ "jql": "project = OPS", "fieldsByKeys": "true" }), 400),
        ("permissions/check", json!({ "more": 1 }), 400),
        ("permissions/check", json!({ "accountId": 5 }), 400),
        ("permissions/check", json!({ "projectPermissions": ["EDIT_ISSUES"] }), 400),
        ("permissions/check", json!({ "projectPermissions": [{ "projects": [10000] }] }), 400),
        ("permissions/check", json!({ "projectPermissions": [{ "permissions": ["EDIT_ISSUES"], "more": 1 }] }), 400),
        ("permissions/check", asked_of(1001), 400),
        ("permissions/check", asked_of(1000), 200),
        ("permissions/check", json!({ "globalPermissions": ["NONSENSE"] }), 400),
        ("permissions/check", json!({ "globalPermissions": ["EDIT_ISSUES"] }), 400),
    ] {
        let answer = admin.post(&format!("/rest/api/3/{path}"), body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body} {}", answer.body);
        assert!(status == 200 || answer.body["errors"].is_object(), "{}", answer.body);
    }
    assert_eq!(sandbox.effects(), []);
}

#[tokio::test]
async fn the_type_of_a_body_is_read_in_either_case() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (content_type, status) in [
        ("Application/JSON;charset=UTF-8", 200),
        (" application/json ", 200),
        ("application/jsonp", 415),
        ("json", 415),
    ] {
        let answer = admin.post_text("/rest/api/3/search/jql", content_type, r#"{"jql":"project=OPS"}"#).await;
        assert_eq!(answer.status, status, "{content_type}");
    }
}

#[tokio::test]
async fn a_page_that_starts_beyond_all_is_empty() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for path in ["project/search", "issue/OPS-1/changelog"] {
        let answer = admin.get(&format!("/rest/api/3/{path}?startAt={}&maxResults=1", usize::MAX)).await;
        let body = &answer.body;
        assert_eq!((answer.status, &body["isLast"], &body["values"]), (200, &json!(true), &json!([])), "{path}");
    }
}

#[tokio::test]
async fn deleting() {
    let sandbox = start(Options::default()).await;
    let (admin, robin) =
        (Client::gateway(&sandbox, "admin@example.com"), Client::gateway(&sandbox, "robin@example.com"));
    for (client, path, status) in [
        (&robin, "OPS-1", 403),
        (&robin, "OPS-99", 404),
        (&admin, "OPS-99", 404),
        (&admin, "OPS-3", 400),
        (&admin, "OPS-3?deleteSubtasks=false", 400),
        (&admin, "OPS-3?deleteSubtasks=true", 204),
        (&admin, "OPS-4", 404),
        (&admin, "OPS-3", 404),
    ] {
        let answer = client.delete(&format!("/rest/api/3/issue/{path}")).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
    }
    assert_eq!(sandbox.effects().len(), 1);
}

#[tokio::test]
async fn what_may_not_be_browsed_is_not_there() {
    let revoked = vec![("dana@example.com".to_owned(), "BROWSE_PROJECTS".to_owned())];
    let sandbox =
        start(Options { adjustments: Adjustments { revoked, ..Adjustments::default() }, ..Options::default() }).await;
    let dana = Client::gateway(&sandbox, "dana@example.com");
    for (path, status) in [
        ("issue/OPS-1", 404),
        ("issue/OPS-1/comment", 404),
        ("comment/10000/properties", 404),
        ("project/OPS", 404),
        ("issue/createmeta/OPS/issuetypes", 400),
        ("mypermissions?permissions=CREATE_ISSUES&projectKey=OPS", 404),
        ("mypermissions?permissions=CREATE_ISSUES&issueKey=OPS-1", 404),
        ("user/assignable/search?project=OPS", 404),
    ] {
        assert_eq!(dana.get(&format!("/rest/api/3/{path}")).await.status, status, "{path}");
    }
    assert_eq!(dana.get("/rest/api/3/project/search").await.body["total"], 0);
    assert_eq!(dana.delete("/rest/api/3/issue/OPS-1").await.status, 404);
    let comment = json!({ "body": document("a") });
    assert_eq!(dana.post("/rest/api/3/issue/OPS-1/comment", comment).await.status, 404);
    let create = dana.post("/rest/api/3/issue", bug(json!({}))).await;
    assert_eq!((create.status, &create.body["errors"]["project"]), (400, &json!("Specify a valid project ID or key")));
}

#[tokio::test]
async fn permissions_that_are_asked_for() {
    let sandbox = start(Options::default()).await;
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let all = "BROWSE_PROJECTS,CREATE_ISSUES,ADD_COMMENTS,DELETE_ISSUES,ADMINISTER";
    let answer = robin.get(&format!("/rest/api/3/mypermissions?permissions={all}&issueKey=OPS-1")).await;
    let held: Vec<_> = answer.body["permissions"].as_object().expect("permissions").iter().collect();
    let held: Vec<_> =
        held.into_iter().filter(|(_, shown)| shown["havePermission"] == true).map(|(key, _)| key).collect();
    assert_eq!(held, ["BROWSE_PROJECTS", "CREATE_ISSUES"]);
    for query in ["permissions=NONSENSE", "permissions=", "permissions=EDIT_ISSUES&commentId=10000"] {
        assert_eq!(robin.get(&format!("/rest/api/3/mypermissions?{query}")).await.status, 400, "{query}");
    }
    for (context, status) in [
        ("projectId=10000", 200),
        ("projectKey=OPS", 200),
        ("issueId=10001", 200),
        ("projectId=OPS", 404),
        ("projectKey=10000", 404),
        ("issueId=OPS-1", 404),
        ("issueKey=10001", 404),
        ("projectUuid=1", 501),
    ] {
        let path = format!("/rest/api/3/mypermissions?permissions=EDIT_ISSUES&{context}");
        assert_eq!(robin.get(&path).await.status, status, "{context}");
    }
    let other = json!({ "accountId": sandbox.description().users[0].account_id });
    assert_eq!(robin.post("/rest/api/3/permissions/check", other).await.status, 403);
}

#[tokio::test]
async fn a_restricted_comment_is_seen_by_its_role_only() {
    let sandbox = start(Options::default()).await;
    let (admin, dana) = (Client::gateway(&sandbox, "admin@example.com"), Client::gateway(&sandbox, "dana@example.com"));
    let body = json!({ "body": document("secret"), "visibility": { "type": "role", "value": "Administrators" } });
    let comment = admin.post("/rest/api/3/issue/OPS-2/comment", body).await;
    let id = comment.body["id"].as_str().expect("an id").to_owned();
    for (client, status, total) in [(&admin, 200, 1), (&dana, 404, 0)] {
        assert_eq!(client.get(&format!("/rest/api/3/issue/OPS-2/comment/{id}")).await.status, status);
        assert_eq!(client.get("/rest/api/3/issue/OPS-2/comment").await.body["total"], total);
        let issue = client.get("/rest/api/3/issue/OPS-2?fields=comment").await;
        assert_eq!(issue.body["fields"]["comment"]["total"], total);
    }
}
