//! Faults of the authorization server.

use flowrun_jira_sandbox::{Faults, Options, Switches};
use serde_json::json;

use super::app::{App, SCOPES, options};
use crate::{client::Client, client::start};

async fn with(rules: &str) -> App {
    let faults = Faults::parse(&format!("faults: [{rules}]")).expect("faults");
    App::of(start(Options { faults, ..options(Switches::default()) }).await)
}

#[tokio::test]
async fn each_endpoint_fails_by_its_name() {
    let app = with(
        "{ operation: token, error_before: { status: 500 } }, \
         { operation: token, rate_limit: { retry_after: 7 } }, \
         { operation: accessible-resources, html: { status: 502 } }, \
         { operation: authorize, html: { status: 503 } }",
    )
    .await;
    assert_eq!(app.get(app.address(SCOPES, &[])).await.status, 503);
    let code = app.code(SCOPES, &[]).await;
    assert_eq!((app.exchange(&code).await.status, app.exchange(&code).await.status), (500, 429));
    let tokens = app.exchange(&code).await.body;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a bearer"));
    let statuses = [502, 200];
    for status in statuses {
        assert_eq!(app.read("/oauth/token/accessible-resources", &bearer).await.status, status);
    }
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_has_happened() {
    for (fault, refreshes) in [("drop_reply: {}", 1), ("reset: { after: true }", 1), ("reset: {}", 0)] {
        let app = with(&format!("{{ operation: token, skip: 1, {fault} }}")).await;
        let tokens = app.consent(SCOPES, &[]).await;
        let client = Client::new(app.sandbox.description().site_url, None);
        let body = json!({
            "grant_type": "refresh_token",
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "refresh_token": tokens["refresh_token"],
        });
        assert!(client.attempt(("POST", "/oauth/token"), Some(&body)).await.is_err(), "{fault}");
        assert_eq!(app.grants().await["families"][0]["refreshes"], refreshes, "{fault}");
        // The old one still works.
        assert_eq!(app.refresh(&tokens["refresh_token"]).await.status, 200, "{fault}");
    }
}
