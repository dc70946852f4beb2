//! Access tokens for tests: each secret has the word `canary` in it, so that whatever shows one is found.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use flowrun_engine::clock::Clock;
use flowrun_http::{Connection, Settings};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::{
    AccessToken, Account, AccountError, Grant, OAuthGrant, OAuthSecrets, Product, Provider, Secrets, Site, StoredToken,
};

/// The secrets of [`oauth`].
pub(super) const CANARIES: [&str; 3] = ["client-secret-canary", "bearer-canary-0", "refresh-canary-0"];

/// When all of them were made.
pub(super) fn made_at() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().expect("a time")
}

/// When their bearers expire.
pub(super) fn expires_at() -> Timestamp {
    "2026-01-31T13:00:00Z".parse().expect("a time")
}

/// A person's consent.
pub(super) fn oauth(name: &str) -> StoredToken {
    let grant = OAuthGrant {
        client_id: "app".into(),
        callback_url: "http://localhost:8971/callback".into(),
        scopes: ["read:jira-work".to_owned()].into(),
        granted_at: made_at(),
        refreshed_at: made_at(),
        expires_at: expires_at(),
        refreshing_since: None,
        refused: None,
    };
    let [client_secret, bearer, refresh_token] = CANARIES.map(Into::into);
    let secrets =
        OAuthSecrets { client_secret, bearer, refresh_token: Some(refresh_token), previous_refresh_token: None };
    kept(name, Grant::OAuth(grant), Secrets::OAuth(secrets))
}

/// A service account.
pub(super) fn service_account(name: &str) -> StoredToken {
    let scopes = ["read:jira-work".to_owned()].into();
    let grant = Grant::ServiceAccount { client_id: "robot".into(), scopes, expires_at: expires_at() };
    let [client_secret, bearer, _] = CANARIES.map(Into::into);
    kept(name, grant, Secrets::ServiceAccount { client_secret, bearer })
}

/// An API token.
pub(super) fn api_token(name: &str) -> StoredToken {
    let secrets = Secrets::ApiToken("api-token-canary".into());
    kept(name, Grant::ApiToken { email: "ann@example.com".into() }, secrets)
}

fn kept(name: &str, grant: Grant, secrets: Secrets) -> StoredToken {
    let site = Site {
        cloud_id: "11223344-a1b2-3b33-c444-def123456789".into(),
        name: "acme".into(),
        url: "https://acme.atlassian.net".into(),
    };
    let account = Account { account_id: "5b10".into(), display_name: "Ann".into(), email: None };
    let token = AccessToken {
        name: name.parse().expect("a name"),
        provider: Provider::Atlassian,
        site,
        account: Some(account),
        grant,
        created_at: made_at(),
    };
    StoredToken { token, secrets }
}

/// All secrets of an access token, to be compared.
pub(super) fn secrets(secrets: &Secrets) -> Vec<Option<&str>> {
    match secrets {
        Secrets::OAuth(OAuthSecrets { client_secret, bearer, refresh_token, previous_refresh_token }) => vec![
            Some(client_secret.expose_secret()),
            Some(bearer.expose_secret()),
            refresh_token.as_ref().map(ExposeSecret::expose_secret),
            previous_refresh_token.as_ref().map(ExposeSecret::expose_secret),
        ],
        Secrets::ServiceAccount { client_secret, bearer } => {
            vec![Some(client_secret.expose_secret()), Some(bearer.expose_secret())]
        }
        Secrets::ApiToken(token) => vec![Some(token.expose_secret())],
    }
}

/// A product whose scopes have `jira` in them, and which knows no account.
#[derive(Debug)]
pub(super) struct Jira;

#[async_trait]
impl Product for Jira {
    fn has_one_of(&self, scopes: &BTreeSet<String>) -> bool {
        scopes.iter().any(|scope| scope.contains("jira"))
    }

    fn gateway_base(&self, gateway: &str, cloud_id: &str) -> String {
        format!("{gateway}/ex/jira/{cloud_id}")
    }

    async fn account(&self, _: Connection, _: &Settings, _: Arc<dyn Clock>) -> Result<Option<Account>, AccountError> {
        Err(AccountError::NotRecognised)
    }
}
