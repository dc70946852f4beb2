//! Users: one, searches, and who can be assigned.

use flowrun_jira_sandbox::{Adjustments, Options, Sandbox};
use serde_json::Value;

use crate::client::{Answer, Client, start};

async fn without(revoked: &[(&str, &str)]) -> Sandbox {
    let revoked = revoked.iter().map(|(email, key)| ((*email).to_owned(), (*key).to_owned())).collect();
    let adjustments = Adjustments { revoked, ..Adjustments::default() };
    start(Options { adjustments, ..Options::default() }).await
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.body.as_array().expect("users").iter().filter_map(|user| user["displayName"].as_str()).collect()
}

#[tokio::test]
async fn searches_match_prefixes() {
    let sandbox = without(&[]).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    for (query, found) in [
        ("query=dana@example.com", vec!["Dana Developer"]),
        ("query=DANA", vec!["Dana Developer"]),
        ("query=dev", vec!["Dana Developer"]),
        ("query=ana", vec![]),
        ("query=&maxResults=2", vec!["Alex Admin", "Dana Developer"]),
        ("query=&startAt=2", vec!["Robin Reporter"]),
        ("accountId=6410a7e1c3d5f20b6c1e0a03", vec!["Robin Reporter"]),
        ("accountId=nobody", vec![]),
    ] {
        assert_eq!(names(&admin.get(&format!("/rest/api/3/user/search?{query}")).await), found, "{query}");
        let assignable = admin.get(&format!("/rest/api/3/user/assignable/search?project=OPS&{query}")).await;
        assert_eq!(names(&assignable), found, "{query}");
    }
    for path in ["search?", "search?query=a&accountId=b", "assignable/search?query=a"] {
        assert_eq!(admin.get(&format!("/rest/api/3/user/{path}")).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn who_can_be_assigned_and_who_may_look() {
    let (dana, robin) = ("dana@example.com", "robin@example.com");
    let sandbox = without(&[(dana, "ASSIGNABLE_USER"), (robin, "USER_PICKER")]).await;
    let admin = Client::gateway(&sandbox, "admin@example.com");
    let path = "/rest/api/3/user/assignable/search?issueKey=OPS-1";
    assert_eq!(names(&admin.get(path).await), ["Alex Admin", "Robin Reporter"]);
    // The page is cut before those who cannot be assigned are left out.
    assert_eq!(names(&admin.get(&format!("{path}&maxResults=2")).await), ["Alex Admin"]);
    assert_eq!(admin.get("/rest/api/3/user/assignable/search?issueKey=OPS-99&query=a").await.status, 404);
    assert_eq!(admin.get("/rest/api/3/user/assignable/search?project=NONE&query=a").await.status, 404);

    let robin = Client::gateway(&sandbox, robin);
    assert_eq!(names(&robin.get("/rest/api/3/user/search?query=a").await), Vec::<&str>::new());
    assert_eq!(names(&robin.get(path).await), Vec::<&str>::new());
}

#[tokio::test]
async fn one_user() {
    let sandbox = without(&[("robin@example.com", "USER_PICKER")]).await;
    let users = sandbox.description().users;
    let get = |email: &'static str, account: String| {
        let client = Client::gateway(&sandbox, email);
        async move { client.get(&format!("/rest/api/3/user?accountId={account}")).await }
    };
    assert_eq!(get("admin@example.com", users[1].account_id.clone()).await.body["displayName"], "Dana Developer");
    assert_eq!(get("admin@example.com", "nobody".to_owned()).await.status, 404);
    assert_eq!(get("robin@example.com", users[1].account_id.clone()).await.status, 403);
    assert_eq!(get("robin@example.com", users[2].account_id.clone()).await.status, 200);
    let myself = Client::gateway(&sandbox, "robin@example.com").get("/rest/api/3/myself?expand=groups").await.body;
    assert_eq!(myself["groups"]["items"][0]["name"], Value::from("jira-users"));
}
