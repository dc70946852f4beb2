//! One grant for each app and account, and how tests take it away.

use flowrun_jira_sandbox::Switches;
use serde_json::{Value, json};

use super::app::{ADMIN, DANA, SCOPES, app};

#[tokio::test]
async fn a_new_consent_replaces_the_scopes_of_the_grant() {
    let app = app(Switches::default()).await;
    let first = app.consent(SCOPES, &[]).await;
    app.consent("read:jira-work offline_access", &[]).await;
    let refreshed = app.refresh(&first["refresh_token"]).await;
    assert_eq!(refreshed.body["scope"], "read:jira-work offline_access");
}

#[tokio::test]
async fn a_grant_that_is_taken_back_is_lost_for_good() {
    let app = app(Switches::default()).await;
    let (admin, dana) = (app.consent(SCOPES, &[]).await, app.consent(SCOPES, &[("user", DANA)]).await);
    let reply = app.post("/_sandbox/oauth/revoke", &json!({ "email": ADMIN })).await;
    assert_eq!((reply.status, reply.body), (200, json!({ "ended": 1 })));
    assert_eq!(app.myself(&admin["access_token"]).await.status, 401);
    assert_eq!(app.refresh(&admin["refresh_token"]).await.status, 403);
    assert_eq!(app.refresh(&dana["refresh_token"]).await.status, 200);
    assert_eq!(app.grants().await["families"][0]["ended"], "revoked");
    // A new consent gives a new one.
    let again = app.consent(SCOPES, &[]).await;
    assert_eq!(app.refresh(&again["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn bearers_can_be_made_to_expire_at_once() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let reply = app.post("/_sandbox/oauth/expire", &json!({})).await;
    assert_eq!((reply.status, reply.body), (200, json!({ "ended": 1 })));
    assert_eq!(app.myself(&tokens["access_token"]).await.status, 401);
    let next = app.refresh(&tokens["refresh_token"]).await;
    assert_eq!(app.myself(&next.body["access_token"]).await.status, 200);
}

#[tokio::test]
async fn a_bearer_without_a_site_expires_with_all() {
    let app = app(Switches::default()).await;
    let code = app.code(SCOPES, &[]).await;
    app.post("/_sandbox/oauth/revoke", &json!({})).await;
    assert_eq!(app.exchange(&code).await.status, 200);
    assert_eq!(app.post("/_sandbox/oauth/expire", &json!({})).await.body, json!({ "ended": 1 }));
}

#[tokio::test]
async fn the_bearers_of_a_user_an_app_or_a_site_can_be_made_to_expire() {
    let app = app(Switches::default()).await;
    let here = app.consent(SCOPES, &[]).await;
    let everywhere = app.consent(SCOPES, &[("user", DANA), ("site", "all")]).await;
    let sites = app.read("/oauth/token/accessible-resources", &bearer(&everywhere)).await.body;
    let (client_id, second) = (&app.client_id, &sites[2]["id"]);
    for (what, ended, status) in [
        (json!({ "client_id": "another" }), 0, 200),
        (json!({ "email": ADMIN, "site": second }), 0, 200),
        (json!({ "site": second }), 1, 200),
        (json!({ "site": second }), 0, 200),
        (json!({ "email": ADMIN, "client_id": client_id }), 1, 401),
    ] {
        assert_eq!(app.post("/_sandbox/oauth/expire", &what).await.body, json!({ "ended": ended }), "{what}");
        assert_eq!(app.myself(&here["access_token"]).await.status, status, "{what}");
    }
    assert_eq!(app.myself(&everywhere["access_token"]).await.status, 401);
}

fn bearer(tokens: &Value) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().expect("a bearer"))
}

#[tokio::test]
async fn a_scope_can_be_taken_from_a_grant() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let change = json!({ "email": ADMIN, "granted": false, "scopes": ["read:jira-user"] });
    assert_eq!(app.post("/_sandbox/grants", &change).await.status, 204);
    assert_eq!(app.myself(&tokens["access_token"]).await.body["message"], "Unauthorized; scope does not match");
}

#[tokio::test]
async fn what_is_shown_has_no_secrets() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let shown = app.grants().await.to_string();
    for secret in [&tokens["access_token"], &tokens["refresh_token"], &json!(app.client_secret)] {
        assert!(!shown.contains(secret.as_str().expect("a text")));
    }
}

#[tokio::test]
async fn what_the_control_interface_is_asked_is_checked() {
    let app = app(Switches::default()).await;
    for (path, body, status) in [
        ("/_sandbox/clock", json!({ "advance_seconds": "1" }), 400),
        ("/_sandbox/clock", json!({}), 400),
        ("/_sandbox/apps", json!({ "callback_url": "http://acme.example/", "scopes": [] }), 400),
        ("/_sandbox/apps", json!({ "callback_url": "https://acme.example/", "scopes": ["x"] }), 400),
        ("/_sandbox/apps", json!({ "service_account": "nobody@example.com", "scopes": [] }), 400),
        ("/_sandbox/oauth/revoke", json!({ "name": "x" }), 400),
        ("/_sandbox/oauth/expire", json!({ "user": "x" }), 400),
        ("/_sandbox/oauth/other", json!({}), 404),
    ] {
        assert_eq!(app.post(path, &body).await.status, status, "{path} {body}");
    }
}
