//! The gateway takes what the authorization server gave, and API tokens with scopes.

use flowrun_jira_sandbox::Switches;
use serde_json::json;

use super::app::{ADMIN, DANA, SCOPES, app};
use crate::client::Client;

#[tokio::test]
async fn a_bearer_works_until_it_expires() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    for (seconds, status) in [(3599, 200), (1, 401)] {
        app.advance(seconds).await;
        assert_eq!(app.myself(&tokens["access_token"]).await.status, status);
    }
    let expired = app.myself(&tokens["access_token"]).await;
    // A plain one: nothing is said of scopes.
    assert_eq!(expired.body, json!({ "code": 401, "message": "Unauthorized" }));
}

#[tokio::test]
async fn a_bearer_has_its_scopes_and_no_others() {
    let app = app(Switches::default()).await;
    let tokens = app.consent("read:jira-work", &[]).await;
    let refused = app.myself(&tokens["access_token"]).await;
    assert_eq!((refused.status, &refused.body["message"]), (401, &json!("Unauthorized; scope does not match")));
}

#[tokio::test]
async fn a_bearer_is_nothing_at_the_site() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a bearer"));
    assert_eq!(app.read("/rest/api/3/myself", &bearer).await.status, 401);
}

#[tokio::test]
async fn an_api_token_with_scopes_is_for_the_gateway_and_one_without_for_the_site() {
    let app = app(Switches::default()).await;
    let description = app.sandbox.description();
    let user = &description.users[0];
    let at_gateway = format!("/ex/jira/{}/rest/api/3", description.cloud_id);
    let scoped = Client::basic(ADMIN, &user.scoped_api_token);
    let plain = Client::basic(ADMIN, &user.api_token);
    assert_eq!(app.read(&format!("{at_gateway}/issue/OPS-1"), &scoped).await.status, 200);
    assert_eq!(app.read("/rest/api/3/issue/OPS-1", &scoped).await.status, 401);
    assert_eq!(app.read(&format!("{at_gateway}/issue/OPS-1"), &plain).await.status, 401);
    assert_eq!(app.read("/rest/api/3/issue/OPS-1", &plain).await.status, 200);
    let refused = app.read(&format!("{at_gateway}/permissions"), &scoped).await;
    assert_eq!((refused.status, &refused.body["message"]), (401, &json!("Unauthorized; scope does not match")));
    let other = Client::basic(DANA, &user.scoped_api_token);
    assert_eq!(app.read(&format!("{at_gateway}/myself"), &other).await.status, 401);
}

#[tokio::test]
async fn answers_have_the_date_of_the_world() {
    let app = app(Switches::default()).await;
    let client = Client::new(app.sandbox.description().site_url, None);
    let mut dates = Vec::new();
    for _ in 0..2 {
        let (_, headers, _) = client.attempt(("GET", "/_edge/tenant_info"), None).await.expect("an answer");
        dates.push(headers["date"].to_str().expect("a text").to_owned());
        app.advance(600).await;
    }
    assert_eq!(dates, ["Wed, 18 Nov 2026 11:06:40 GMT", "Wed, 18 Nov 2026 11:16:40 GMT"]);
}
