//! Refresh tokens rotate.

use flowrun_jira_sandbox::Switches;
use serde_json::{Value, json};

use super::app::{App, DANA, SCOPES, app};

const DAY: u64 = 24 * 3600;

fn assert_lost(reply: &super::app::Reply) {
    let expected = json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." });
    assert_eq!((reply.status, &reply.body), (403, &expected));
}

async fn refreshed(app: &App, tokens: &Value) -> Value {
    let reply = app.refresh(&tokens["refresh_token"]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

#[tokio::test]
async fn each_use_gives_a_new_one() {
    let app = app(Switches::default()).await;
    let first = app.consent(SCOPES, &[]).await;
    let second = refreshed(&app, &first).await;
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    assert_eq!(second["scope"], SCOPES);
    assert_eq!(app.myself(&second["access_token"]).await.status, 200);
    // The bearer before works until it expires.
    assert_eq!(app.myself(&first["access_token"]).await.status, 200);
}

#[tokio::test]
async fn a_used_one_works_for_ten_minutes_more() {
    let app = app(Switches::default()).await;
    let first = app.consent(SCOPES, &[]).await;
    let lost = refreshed(&app, &first).await;
    app.advance(600).await;
    let again = refreshed(&app, &first).await;
    assert_ne!(lost["refresh_token"], again["refresh_token"]);
    refreshed(&app, &again).await;
    let family = app.grants().await["families"][0].clone();
    assert_eq!((&family["refreshes"], &family["repeats"], &family["ended"]), (&json!(3), &json!(1), &Value::Null));
}

#[tokio::test]
async fn a_used_one_after_that_ends_the_family() {
    let app = app(Switches::default()).await;
    let first = app.consent(SCOPES, &[]).await;
    let other = app.consent(SCOPES, &[("user", DANA)]).await;
    let second = refreshed(&app, &first).await;
    app.advance(601).await;
    assert_lost(&app.refresh(&first["refresh_token"]).await);
    assert_lost(&app.refresh(&second["refresh_token"]).await);
    assert_eq!(app.grants().await["families"][0]["ended"], "reused");
    // Bearers go on, and so do other families.
    assert_eq!(app.myself(&second["access_token"]).await.status, 200);
    refreshed(&app, &other).await;
}

#[tokio::test]
async fn ninety_days_without_use_are_the_end() {
    let app = app(Switches::default()).await;
    let first = app.consent(SCOPES, &[]).await;
    app.advance(90 * DAY).await;
    let second = refreshed(&app, &first).await;
    app.advance(90 * DAY + 1).await;
    assert_lost(&app.refresh(&second["refresh_token"]).await);
}

#[tokio::test]
async fn a_year_is_the_end_by_a_switch() {
    for refresh_families_end in [true, false] {
        let app = app(Switches { refresh_families_end, ..Switches::default() }).await;
        let mut tokens = app.consent(SCOPES, &[]).await;
        for _ in 0..4 {
            app.advance(90 * DAY).await;
            tokens = refreshed(&app, &tokens).await;
        }
        app.advance(6 * DAY).await;
        let last = app.refresh(&tokens["refresh_token"]).await;
        assert_eq!(last.status, if refresh_families_end { 403 } else { 200 });
    }
}

#[tokio::test]
async fn what_is_no_refresh_token_of_the_app_is_unknown() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    for other in [json!("junk"), tokens["access_token"].clone(), json!("sandbox-refresh-"), json!("é")] {
        assert_lost(&app.refresh(&other).await);
    }
    let new = json!({ "callback_url": app.callback, "scopes": ["read:jira-work"] });
    let mut other = app.post("/_sandbox/apps", &new).await.body;
    other.as_object_mut().expect("an object").retain(|name, _| name.starts_with("client_"));
    other["grant_type"] = json!("refresh_token");
    other["refresh_token"] = tokens["refresh_token"].clone();
    assert_lost(&app.token(other).await);
    // None of that used it up, or ended its family.
    refreshed(&app, &tokens).await;
}

#[tokio::test]
async fn many_at_once_are_taken_one_by_one() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let asked = (0..20).map(|_| app.refresh(&tokens["refresh_token"]));
    let replies = futures_util::future::join_all(asked).await;
    let mut given: Vec<_> = replies.iter().map(|reply| reply.body["refresh_token"].to_string()).collect();
    given.sort();
    given.dedup();
    assert_eq!((given.len(), app.grants().await["families"][0]["refreshes"].as_u64()), (20, Some(20)));
}
