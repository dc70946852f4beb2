//! Comments by their ids, and their properties.

use flowrun_jira_sandbox::{Adjustments, Options, Switches};
use serde_json::json;

use crate::client::{Client, document, start};

const LIST: &str = "/rest/api/3/comment/list";

#[tokio::test]
async fn several_comments_by_their_ids() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let comment = json!({
        "body": document("For administrators"),
        "visibility": { "type": "role", "value": "Administrators" },
        "properties": [{ "key": "flowrun", "value": { "run": 1 } }],
    });
    let id = admin.post("/rest/api/3/issue/OPS-2/comment", comment).await.body["id"].clone();
    let id: u64 = id.as_str().and_then(|id| id.parse().ok()).expect("an id");
    let ids = json!({ "ids": [id, 10000, 99999] });

    let plain = admin.post(LIST, ids.clone()).await.body;
    assert_eq!((plain["total"].as_u64(), plain["values"][0].get("properties")), (Some(2), None));
    let full = admin.post(&format!("{LIST}?expand=properties"), ids.clone()).await.body;
    assert_eq!(full["values"][0]["properties"], json!([{ "key": "flowrun", "value": { "run": 1 } }]));
    // What is restricted is left out.
    assert_eq!(robin.post(LIST, ids).await.body["total"], 1);
    for body in [json!({ "ids": ["10000"] }), json!({ "ids": (0..1001).collect::<Vec<_>>() }), json!({ "id": [1] })] {
        assert_eq!(admin.post(LIST, body).await.status, 400);
    }
}

#[tokio::test]
async fn properties_are_set_and_deleted() {
    let revoked =
        ["EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS"].map(|key| ("robin@example.com".to_owned(), key.to_owned()));
    let adjustments = Adjustments { revoked: revoked.to_vec(), ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let path = "/rest/api/3/comment/10000/properties/seen";
    assert_eq!(admin.put(path, json!({ "by": "me" })).await.status, 201);
    assert_eq!(admin.put(path, json!(null)).await.status, 200);
    assert_eq!(admin.get(path).await.body, json!({ "key": "seen", "value": null }));
    let robin = Client::gateway(&sandbox, "robin@example.com");
    assert_eq!(robin.put(path, json!(1)).await.status, 403);
    assert_eq!(robin.delete(path).await.status, 403);
    assert_eq!(admin.delete(path).await.status, 204);
    assert_eq!(admin.delete(path).await.status, 404);
    assert_eq!(admin.put("/rest/api/3/comment/99999/properties/seen", json!(1)).await.status, 404);
    let long = "x".repeat(256);
    assert_eq!(admin.put(&format!("/rest/api/3/comment/10000/properties/{long}"), json!(1)).await.status, 400);
    assert_eq!(admin.put(path, json!("x".repeat(32_768))).await.status, 400);
    assert_eq!(sandbox.effects().len(), 3);
}

/// Every refusal of `addComment`, by status.
#[tokio::test]
async fn what_is_refused_of_a_new_comment() {
    let switches = Switches { most_comments: 2, ..Switches::default() };
    let sandbox = start(Options { switches, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let unscoped = Client::scoped(&sandbox, "admin@example.com", &["read:jira-work"]);
    let robin = Client::gateway(&sandbox, "robin@example.com");
    let path = "/rest/api/3/issue/OPS-1/comment";
    let good = json!({ "body": document("a") });
    let role = json!({ "type": "role", "value": "Nobody" });
    for (client, path, body, status) in [
        (&admin, path, json!({}), 400),
        (&admin, path, json!({ "body": "text" }), 400),
        (&admin, path, json!({ "body": document("a"), "visibility": role }), 400),
        (&admin, path, json!({ "body": document("a"), "properties": [{ "key": "" }] }), 400),
        (&robin, path, good.clone(), 400),
        (&unscoped, path, good.clone(), 401),
        (&admin, "/rest/api/3/issue/OPS-99/comment", good.clone(), 404),
        (&admin, path, good.clone(), 201),
        (&admin, path, good.clone(), 413),
        (&admin, "/rest/api/3/issue/OPS-2/comment", good.clone(), 201),
    ] {
        let answer = client.post(path, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
    }
    assert_eq!(sandbox.effects().len(), 2);
}
