//! Every secret of the procedures, searched for in all that is logged at trace level and in all that can be printed.

use std::{
    io::{Result, Write},
    sync::{Arc, Mutex},
};

use flowrun_access_token::{
    Consent, OAuthSecrets, Secrets, StoredToken, add_api_token, add_oauth, add_service_account,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing::{Level, subscriber::set_default};

use super::person::{app, control, decides, name, oauth, scopes};
use crate::site::{DEVELOPER, REPORTER, Site};

/// Collects what is logged.
#[derive(Clone, Default)]
pub(super) struct Log(pub(super) Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The secrets of an access token, and all that can be printed of it.
fn opened(kept: &StoredToken) -> (Vec<SecretString>, String) {
    let secrets = match kept.secrets.clone() {
        Secrets::OAuth(OAuthSecrets { client_secret, bearer, refresh_token, .. }) => {
            vec![client_secret, bearer, refresh_token.expect("offline access was asked for")]
        }
        Secrets::ServiceAccount { client_secret, bearer } => vec![client_secret, bearer],
        Secrets::ApiToken(token) => vec![token],
    };
    (secrets, format!("{kept:?} {}", serde_json::to_string(&kept.token).expect("JSON")))
}

#[tokio::test]
async fn no_secret_is_logged_or_printed() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(move || writer.clone());
    let site = Site::start().await;
    let (oauth, app) = (oauth(&site), app(&site));
    let consent = Consent::new(oauth.provider(), &app, &scopes(&["read:jira-user"])).expect("a consent");
    let address = decides(&consent, &[("decision", "accept"), ("user", DEVELOPER), ("site", "")]).await;
    let account = control(&site, "apps", json!({ "service_account": REPORTER, "scopes": ["read:jira-user"] })).await;
    let text = |name: &str| account[name].as_str().expect("a text").to_owned();
    let description = site.sandbox.description();
    let user = description.users.iter().find(|user| user.email == DEVELOPER).expect("a user");

    let code_text = SecretString::from(address.split(['=', '&']).nth(1).expect("a code"));

    let logging = set_default(subscriber.finish());
    let code = consent.read(&address).expect("a code");
    let mut printed = format!("{consent:?} {app:?} {code:?}");
    let tokens = oauth.exchange(&app, code).await.expect("tokens");
    let refused = oauth.refresh(&app.client_id, &app.client_secret, &code_text).await.expect_err("it is a code");
    printed += &format!("{tokens:?} {refused:?} {refused}");
    let portal = Some(description.site_url.as_str());
    let kept = [
        add_oauth(&oauth, name(), &app, &tokens, portal).await,
        add_service_account(&oauth, name(), &text("client_id"), text("client_secret").into(), portal).await,
        add_api_token(&oauth, name(), &description.site_url, DEVELOPER, user.scoped_api_token.as_str().into()).await,
    ];
    drop(logging);

    let mut secrets: Vec<SecretString> = vec![code_text];
    for kept in kept {
        let (of_it, shown) = opened(&kept.expect("an access token"));
        secrets.extend(of_it);
        printed += &shown;
    }
    let logged = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
    assert!(logged.contains("Atlassian gave a bearer"), "{logged}");
    assert_eq!(secrets.len(), 7);
    for secret in &secrets {
        assert!(!logged.contains(secret.expose_secret()) && !printed.contains(secret.expose_secret()));
    }
}
