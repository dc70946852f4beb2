//! Assignments: who may be assigned, by whom, how the body says it, and what the history tells.

use flowrun_jira_sandbox::{Adjustments, Options, Sandbox, Switches};
use serde_json::{Value, json};

use crate::client::{Client, start};

const PATH: &str = "/rest/api/3/issue/OPS-1/assignee";

async fn assignee(client: &Client) -> Value {
    client.get("/rest/api/3/issue/OPS-1?fields=assignee").await.body["fields"]["assignee"]["accountId"].clone()
}

async fn without(email: &str, key: &str, switches: Switches) -> Sandbox {
    let adjustments = Adjustments { revoked: vec![(email.to_owned(), key.to_owned())], ..Adjustments::default() };
    start(Options { adjustments, switches, ..Options::default() }).await
}

#[tokio::test]
async fn an_account_nobody_and_the_default() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let [first, second] = [0, 1].map(|user: usize| sandbox.description().users[user].account_id.clone());
    for (account, expected) in [
        (json!(second), json!(second)),
        (json!(first), json!(first)),
        // The project's default is nobody.
        (json!("-1"), Value::Null),
        (json!(second), json!(second)),
        (Value::Null, Value::Null),
    ] {
        let answer = admin.put(PATH, json!({ "accountId": account })).await;
        assert_eq!((answer.status, &answer.body), (204, &Value::Null), "{account}");
        assert_eq!(assignee(&admin).await, expected, "{account}");
    }
    let effects = sandbox.effects();
    assert_eq!(effects.len(), 5);
    assert_eq!((effects[0].operation.as_str(), effects[0].issue.as_deref()), ("assignIssue", Some("OPS-1")));
    // A project whose default is its lead.
    assert_eq!(admin.put("/rest/api/3/issue/WEB-1/assignee", json!({ "accountId": "-1" })).await.status, 204);
    let web = admin.get("/rest/api/3/issue/WEB-1?fields=assignee").await.body;
    assert_eq!(web["fields"]["assignee"]["accountId"], json!(second));
}

#[tokio::test]
async fn what_is_refused() {
    let sandbox = start(Options::default()).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let account = &sandbox.description().users[1].account_id;
    for (path, body, status, message) in [
        (PATH, json!({ "accountId": "nobody" }), 400, "User 'nobody' does not exist."),
        (PATH, json!({}), 400, "must be provided"),
        (PATH, json!({ "name": "dana" }), 400, "'accountId' must be the only user identifying"),
        (PATH, json!({ "key": "dana" }), 400, "'accountId' must be the only user identifying"),
        (PATH, json!({ "accountId": account, "name": "dana" }), 400, "'accountId' must be the only"),
        (PATH, json!({ "accountId": 5 }), 400, "Invalid request payload"),
        (PATH, json!({ "assignee": account }), 400, "Invalid request payload"),
        (PATH, json!([account]), 400, "an object is expected"),
        ("/rest/api/3/issue/OPS-99/assignee", json!({ "accountId": account }), 404, "Issue does not exist"),
    ] {
        let answer = admin.put(path, body.clone()).await;
        let said = answer.body.to_string();
        assert_eq!((answer.status, said.contains(message)), (status, true), "{body}: {said}");
    }
    let robin = Client::gateway(&sandbox, "robin@example.com");
    assert_eq!(robin.put(PATH, json!({ "accountId": account })).await.status, 403);
    let unscoped = Client::scoped(&sandbox, "admin@example.com", &["read:jira-work"]);
    assert_eq!(unscoped.put(PATH, json!({ "accountId": account })).await.status, 401);
    assert_eq!(sandbox.effects(), []);

    let hidden = without("dana@example.com", "BROWSE_PROJECTS", Switches::default()).await;
    let dana = Client::gateway(&hidden, "dana@example.com");
    assert_eq!(dana.put(PATH, json!({ "accountId": account })).await.status, 404);
}

#[tokio::test]
async fn assignable_users_only_unless_a_switch_says_else() {
    for (assignee_must_be_assignable, status) in [(true, 400), (false, 204)] {
        let switches = Switches { assignee_must_be_assignable, ..Switches::default() };
        let sandbox = without("dana@example.com", "ASSIGNABLE_USER", switches).await;
        let admin = Client::gateway(&sandbox, "admin@example.com");
        let account = &sandbox.description().users[1].account_id;
        let answer = admin.put(PATH, json!({ "accountId": account })).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}
