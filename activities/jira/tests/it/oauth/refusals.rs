//! Every refusal of the authorization server: its code, its words, and what to do.

use flowrun_access_token::{App, Consent, OAuthError};
use flowrun_jira_sandbox::{
    Fault, FaultError, FaultRateLimit, FaultRule, Faults, GrantRefusal, GrantRefusalName, Options, Switches,
};
use serde_json::{Value, json};

use super::person::{app, consents, control, decides, oauth, scopes};
use crate::site::{DEVELOPER, Site};

async fn refused(fault: Fault) -> OAuthError {
    let rule = FaultRule { operation: Some("token".into()), issue: None, skip: 0, times: Some(1), fault };
    let site = Site::with(Options { faults: Faults { rules: vec![rule] }, ..Options::default() }).await;
    oauth(&site).refresh("key", &"secret".into(), &"old".into()).await.expect_err("the sandbox refuses")
}

fn answered(status: u16, body: Value) -> Fault {
    Fault::ErrorBefore(FaultError { status, body: Some(body), retry_after: None })
}

#[tokio::test]
async fn refusals_of_a_refresh() {
    let refusal = |error: &str, words: &str| json!({ "error": error, "error_description": words });
    let cases = [
        (403, refusal("invalid_grant", "Unknown or invalid refresh token."), "FR0903", true),
        (400, refusal("invalid_grant", "Unknown or invalid refresh token."), "FR0903", true),
        (403, refusal("unauthorized_client", "refresh_token is invalid"), "FR0903", true),
        (401, refusal("access_denied", "Unauthorized"), "FR0905", true),
        (401, refusal("invalid_client", "Client authentication failed"), "FR0905", true),
        (401, json!({}), "FR0905", true),
        (403, json!({ "message": "blocked" }), "FR0905", false),
        (404, json!({}), "FR0905", false),
        (503, json!({}), "FR0706", false),
    ];
    for (status, body, code, needs_grant) in cases {
        let error = refused(answered(status, body.clone())).await;
        assert_eq!(error.code().to_string(), code, "{status} {body}: {error}");
        assert_eq!(error.needs_grant(), needs_grant, "{status} {body}: {error}");
        assert_eq!(error.is_transient(), status == 503, "{status} {body}: {error}");
    }
}

#[tokio::test]
async fn what_is_between_may_answer_too() {
    let limited = FaultRateLimit { retry_after: Some(30), ..FaultRateLimit::default() };
    let limited = refused(Fault::RateLimit(limited)).await;
    assert!(limited.not_before().is_some() && limited.is_transient(), "{limited:?}");
    let page = refused(Fault::Html { status: 502 }).await;
    assert!(matches!(&page, OAuthError::Unavailable { status: 502, said, .. } if !said.contains('<')), "{page:?}");
    for fault in [Fault::DropReply, Fault::CutReply, Fault::Reset { after: true }] {
        let broken = refused(fault).await;
        assert!(matches!(broken, OAuthError::Broken { .. }) && broken.is_transient(), "{broken:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_told_in_both_ways() {
    for wrong_secret_is_invalid_client in [false, true] {
        let switches = Switches { wrong_secret_is_invalid_client, ..Switches::default() };
        let site = Site::with(Options { switches, ..Options::default() }).await;
        let right = app(&site);
        let code = consents(&site, &right, DEVELOPER, &["read:jira-work"]).await;
        let wrong = App { client_secret: "wrong".into(), ..right.clone() };
        let error = oauth(&site).exchange(&wrong, code.clone()).await.unwrap_err();
        assert!(matches!(error, OAuthError::WrongClient { .. }), "{error:?}");
        oauth(&site).exchange(&right, code).await.expect("the code is still good");
    }
}

#[tokio::test]
async fn a_code_works_once_and_for_minutes() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
    oauth.exchange(&app, code.clone()).await.expect("tokens");
    let used = oauth.exchange(&app, code).await.unwrap_err();
    assert!(matches!(used, OAuthError::CodeRefused { .. }), "{used:?}");
    let old = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
    control(&site, "clock", json!({ "advance_seconds": 600 })).await;
    let old = oauth.exchange(&app, old).await.unwrap_err();
    assert!(matches!(old, OAuthError::CodeRefused { .. }), "{old:?}");
}

/// Atlassian documents one status and one name, for refreshes; others were seen.
#[tokio::test]
async fn what_is_not_taken_is_understood_by_whatever_status_and_name() {
    for refused_grant in [GrantRefusal::Forbidden, GrantRefusal::BadRequest, GrantRefusal::Unauthorized] {
        for refused_grant_name in [GrantRefusalName::InvalidGrant, GrantRefusalName::UnauthorizedClient] {
            let switches = Switches { refused_grant, refused_grant_name, ..Switches::default() };
            let site = Site::with(Options { switches, ..Options::default() }).await;
            let (oauth, app) = (oauth(&site), app(&site));
            let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
            oauth.exchange(&app, code.clone()).await.expect("tokens");
            let used = oauth.exchange(&app, code).await.unwrap_err();
            assert!(matches!(used, OAuthError::CodeRefused { .. }), "{used:?}");
            let unknown = oauth.refresh(&app.client_id, &app.client_secret, &"old".into()).await.unwrap_err();
            assert!(matches!(unknown, OAuthError::InvalidGrant { .. }), "{unknown:?}");
            let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
            let elsewhere = App { callback: "http://localhost:8971/other".parse().expect("a callback URL"), ..app };
            let mismatch = oauth.exchange(&elsewhere, code).await.unwrap_err();
            assert!(matches!(mismatch, OAuthError::CallbackMismatch { .. }), "{mismatch:?}");
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_ten_minutes_is_told() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    control(&site, "clock", json!({ "advance_seconds": 600 })).await;
    let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
    let tokens = oauth.exchange(&app, code).await.expect("tokens");
    let ahead = tokens.clock_ahead.expect("the clocks differ").as_secs();
    assert!((-660..=-540).contains(&ahead), "{ahead}");
}

#[tokio::test]
async fn another_callback_url_ends_on_a_page_that_can_be_pasted() {
    let site = Site::start().await;
    let other = App { callback: "http://localhost:8971/other".parse().expect("a callback URL"), ..app(&site) };
    let consent = Consent::new(oauth(&site).provider(), &other, &scopes(&["read:jira-work"])).expect("a consent");
    let error = consent.read(&decides(&consent, &[]).await).unwrap_err();
    assert_eq!(error, OAuthError::CallbackMismatch { callback: other.callback.clone() });
    let code = consents(&site, &app(&site), DEVELOPER, &["read:jira-work"]).await;
    let error = oauth(&site).exchange(&other, code).await.unwrap_err();
    assert_eq!(error, OAuthError::CallbackMismatch { callback: other.callback });
    assert!(error.help().is_some_and(|help| help.contains("http://localhost:8971/other")));
}

#[tokio::test]
async fn a_refused_consent_is_told() {
    let site = Site::start().await;
    let consent = Consent::new(oauth(&site).provider(), &app(&site), &scopes(&["read:jira-work"])).expect("a consent");
    let error = consent.read(&decides(&consent, &[("decision", "cancel")]).await).unwrap_err();
    assert!(matches!(error, OAuthError::ConsentRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_refresh_token_goes_on_after_leeway_only_once() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
    let first = oauth.exchange(&app, code).await.expect("tokens").refresh_token.expect("a refresh token");
    oauth.refresh(&app.client_id, &app.client_secret, &first).await.expect("tokens");
    oauth.refresh(&app.client_id, &app.client_secret, &first).await.expect("tokens, within the leeway");
    control(&site, "clock", json!({ "advance_seconds": 700 })).await;
    let reused = oauth.refresh(&app.client_id, &app.client_secret, &first).await.unwrap_err();
    assert!(matches!(reused, OAuthError::InvalidGrant { .. }), "{reused:?}");
}
