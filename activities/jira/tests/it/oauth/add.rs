//! From a consent, a service account or an API token to an access token.

use flowrun_access_token::{
    AddError, Grant, OAuthError, SiteError, StoredToken, add_api_token, add_oauth, add_service_account,
};
use flowrun_engine::clock::{Clock, SystemClock};
use flowrun_jira_sandbox::{Fault, FaultError, FaultRule, Faults, ListedScopes, Options, Switches, ToldScopes};
use serde_json::json;

use super::person::{app, consents, control, name, oauth, scopes};
use crate::site::{DEVELOPER, REPORTER, Site};

const SCOPES: [&str; 3] = ["read:jira-user", "read:jira-work", "write:jira-work"];

fn shown(kept: &StoredToken) -> String {
    format!("{kept:?} {}", serde_json::to_string(&kept.token).expect("JSON"))
}

#[tokio::test]
async fn a_consent_becomes_an_access_token() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let tokens = oauth.exchange(&app, consents(&site, &app, DEVELOPER, &SCOPES).await).await.expect("tokens");
    let Err(AddError::Site(SiteError::Several { granted })) = add_oauth(&oauth, name(), &app, &tokens, None).await
    else {
        panic!("two sites were granted");
    };
    assert_eq!(granted.iter().map(|site| site.name.as_str()).collect::<Vec<_>>(), ["sandbox", "second"]);
    let portal = format!("{}/jira/your-work", granted[0].url);
    let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
    assert_eq!(kept.token.site.cloud_id, site.sandbox.description().cloud_id);
    assert_eq!(kept.token.account.as_ref().and_then(|account| account.email.as_deref()), Some(DEVELOPER));
    let Grant::OAuth(grant) = &kept.token.grant else { panic!("{kept:?}") };
    assert_eq!(grant.scopes, scopes(&["offline_access", "read:jira-user", "read:jira-work", "write:jira-work"]));
    assert!(grant.expires_at > grant.granted_at);
    assert!(!shown(&kept).contains("sandbox-client-secret-"), "{}", shown(&kept));
    site.end();
}

/// Nothing promises that an answer tells the scopes, its type or how long it lasts.
#[tokio::test]
async fn an_answer_need_not_tell_what_it_gives() {
    let told = scopes(&["offline_access", "read:jira-user", "read:jira-work", "write:jira-work"]);
    for (token_scope_given, expected) in [
        (ToldScopes::Always, [Some(&told), Some(&told)]),
        (ToldScopes::ButForRefreshes, [Some(&told), None]),
        (ToldScopes::Never, [None, None]),
    ] {
        let (token_lifetime_given, token_type_given) = (false, token_scope_given == ToldScopes::Always);
        let switches = Switches { token_scope_given, token_lifetime_given, token_type_given, ..Switches::default() };
        let site = Site::with(Options { switches, ..Options::default() }).await;
        let (oauth, app) = (oauth(&site), app(&site));
        let tokens = oauth.exchange(&app, consents(&site, &app, DEVELOPER, &SCOPES).await).await.expect("tokens");
        let portal = site.sandbox.description().site_url;
        let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
        // Where it does not tell, the list of sites does, which has Confluence's of the same site, too.
        assert_eq!(kept.token.grant.scopes(), Some(&told));
        let refresh_token = tokens.refresh_token.as_ref().expect("a refresh token");
        let next = oauth.refresh(&app.client_id, &app.client_secret, refresh_token).await.expect("tokens");
        assert_eq!([tokens.scopes.as_ref(), next.scopes.as_ref()], expected);
        let lasts = next.expires_at.duration_since(SystemClock.now()).as_mins();
        assert!((50..=60).contains(&lasts), "an hour, which is usual, and not {lasts} minutes");
    }
}

/// Nothing documents whose scopes the list of sites has.
#[tokio::test]
async fn the_scopes_are_those_of_the_consent_whatever_the_list_of_sites_says() {
    let switches = Switches { listed_scopes: ListedScopes::OfApp, ..Switches::default() };
    let site = Site::with(Options { switches, ..Options::default() }).await;
    let (oauth, app) = (oauth(&site), app(&site));
    let tokens =
        oauth.exchange(&app, consents(&site, &app, DEVELOPER, &["read:jira-user"]).await).await.expect("tokens");
    let portal = site.sandbox.description().site_url;
    let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
    assert_eq!(kept.token.grant.scopes(), Some(&scopes(&["offline_access", "read:jira-user"])));
}

#[tokio::test]
async fn the_second_site_can_be_chosen() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let tokens = oauth.exchange(&app, consents(&site, &app, DEVELOPER, &SCOPES).await).await.expect("tokens");
    let port = site.sandbox.description().site_url.rsplit_once(':').expect("a port").1.to_owned();
    let portal = format!("http://Second.localhost:{port}/");
    let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
    assert_eq!(kept.token.site.name, "second");
    let refused = add_oauth(&oauth, name(), &app, &tokens, Some("https://acne.atlassian.net")).await.unwrap_err();
    assert_eq!(refused.code().to_string(), "FR0906");
    assert!(refused.to_string().contains("second.localhost"), "{refused}");
}

#[tokio::test]
async fn without_the_scope_nobody_tells_whose_it_is() {
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let code = consents(&site, &app, DEVELOPER, &["read:jira-work"]).await;
    let tokens = oauth.exchange(&app, code).await.expect("tokens");
    let portal = site.sandbox.description().site_url.clone();
    let kept = add_oauth(&oauth, name(), &app, &tokens, Some(&portal)).await.expect("an access token");
    assert_eq!(kept.token.account, None);
}

#[tokio::test]
async fn a_service_account_needs_no_person() {
    let site = Site::start().await;
    let oauth = oauth(&site);
    let account = control(&site, "apps", json!({ "service_account": REPORTER, "scopes": SCOPES })).await;
    let text = |name: &str| account[name].as_str().expect("a text").to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let kept = add_service_account(&oauth, name(), &id, secret.clone().into(), None).await.expect("an access token");
    assert_eq!(kept.token.account.as_ref().and_then(|account| account.email.as_deref()), Some(REPORTER));
    assert!(!shown(&kept).contains(&secret));
    let wrong = add_service_account(&oauth, name(), &id, "other".into(), None).await.unwrap_err();
    assert_eq!(wrong.code().to_string(), "FR0905");
    site.end();
}

/// Nothing documents whether service accounts have a list of sites.
#[tokio::test]
async fn a_service_account_without_a_list_of_sites_asks_the_site_itself() {
    let fault = Fault::ErrorBefore(FaultError { status: 403, body: Some(json!({})), retry_after: None });
    let operation = Some("accessible-resources".into());
    let rule = FaultRule { operation, issue: None, skip: 0, times: None, fault };
    let site = Site::with(Options { faults: Faults { rules: vec![rule] }, ..Options::default() }).await;
    let account = control(&site, "apps", json!({ "service_account": REPORTER, "scopes": SCOPES })).await;
    let text = |name: &str| account[name].as_str().expect("a text").to_owned();
    let (oauth, description) = (oauth(&site), site.sandbox.description());
    let add = async |portal| {
        add_service_account(&oauth, name(), &text("client_id"), text("client_secret").into(), portal).await
    };
    let kept = add(Some(description.site_url.as_str())).await.expect("an access token");
    assert_eq!(kept.token.site.cloud_id, description.cloud_id);
    let refused = add(None).await.unwrap_err();
    assert!(matches!(refused, AddError::OAuth(OAuthError::Refused { status: 403, .. })), "{refused}");
}

#[tokio::test]
async fn an_api_token_tells_by_itself_whether_it_has_scopes() {
    let site = Site::start().await;
    let (oauth, description) = (oauth(&site), site.sandbox.description());
    let user = description.users.iter().find(|user| user.email == DEVELOPER).expect("a user");
    let add = async |token: &str| add_api_token(&oauth, name(), &description.site_url, DEVELOPER, token.into()).await;
    let plain = add(&user.api_token).await.expect("an access token");
    assert_eq!(plain.token.grant, Grant::ApiToken { email: DEVELOPER.into() });
    assert_eq!(plain.token.site.cloud_id, description.cloud_id);
    let scoped = add(&user.scoped_api_token).await.expect("an access token");
    assert_eq!(scoped.token.grant, Grant::ScopedApiToken { email: DEVELOPER.into() });
    let refused = add("wrong").await.unwrap_err();
    assert!(matches!(refused, AddError::ApiTokenRefused { .. }), "{refused}");
    assert!(refused.to_string().contains("neither") && refused.help().is_some());
    assert!(![shown(&plain), shown(&scoped)].concat().contains("sandbox-api-"));
}
