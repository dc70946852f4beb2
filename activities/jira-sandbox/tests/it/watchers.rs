//! Who watches issues.

use flowrun_jira_sandbox::{Adjustments, Options};
use serde_json::{Value, json};

use crate::client::{Client, start};

const WATCHERS: &str = "/rest/api/3/issue/OPS-1/watchers";
const ADMIN: &str = "6410a7e1c3d5f20b6c1e0a01";
const DANA: &str = "6410a7e1c3d5f20b6c1e0a02";
const ROBIN: &str = "6410a7e1c3d5f20b6c1e0a03";

/// Whom somebody sees watching, how many do, and whether it is also oneself.
async fn seen(client: &Client) -> (Vec<String>, Value, Value) {
    let shown = client.get(WATCHERS).await.body;
    let watchers = shown["watchers"].as_array().expect("watchers");
    let accounts = watchers.iter().map(|user| user["accountId"].as_str().expect("an account").to_owned());
    (accounts.collect(), shown["watchCount"].clone(), shown["isWatching"].clone())
}

#[tokio::test]
async fn watchers_are_added_and_seen() {
    let revoked = vec![("robin@example.com".to_owned(), "VIEW_VOTERS_AND_WATCHERS".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    assert_eq!(seen(&admin).await, (vec![], json!(0), json!(false)));
    for _ in 0..2 {
        assert_eq!(admin.post(WATCHERS, json!(DANA)).await.status, 204);
    }
    assert_eq!(seen(&admin).await, (vec![DANA.to_owned()], json!(1), json!(false)));
    assert_eq!(robin.post(WATCHERS, json!(ROBIN)).await.status, 204);
    assert_eq!(seen(&robin).await, (vec![ROBIN.to_owned()], json!(2), json!(true)), "only oneself");
    let inside = robin.get("/rest/api/3/issue/OPS-1?fields=watches").await.body;
    assert_eq!(inside["fields"]["watches"]["watchCount"], 2);
}

/// Every refusal of `addWatcher`, by status.
#[tokio::test]
async fn what_is_refused_of_a_watcher() {
    let revoked = vec![("robin@example.com".to_owned(), "MANAGE_WATCHERS".to_owned())];
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    let sandbox = start(Options { adjustments, ..Options::default() }).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let robin = Client::gateway(&sandbox, "robin@example.com");
    for (client, issue, body, status) in [
        (&admin, "OPS-1", json!({ "accountId": DANA }), 400),
        (&admin, "OPS-99", json!(DANA), 404),
        (&admin, "OPS-1", json!("nobody"), 404),
        (&admin, "HR-1", json!(DANA), 400),
        (&robin, "OPS-1", json!(ADMIN), 403),
        (&robin, "OPS-1", json!(ROBIN), 204),
    ] {
        let answer = client.post(&format!("/rest/api/3/issue/{issue}/watchers"), body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
    }
    assert_eq!(sandbox.effects().len(), 1);
}
