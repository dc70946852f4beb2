//! The documents of access tokens and of the sandbox's effects. No field of them is a secret.

use std::collections::BTreeSet;

use flowrun_access_token::{AccessToken, Grant, Provider, Refusal};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{ScopeLine, ShownToken};
use crate::{
    jira::tokens::{FoundToken, TokenState, grant_word},
    report::FORMAT_VERSION,
};

/// `flowrun token list`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TokensDocument {
    format_version: &'static str,
    /// The access tokens, in order of name.
    tokens: Vec<ListedView>,
}

/// An access token in the list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedView {
    /// Its name.
    name: String,
    /// `file`, `environment` or `systemd`.
    origin: &'static str,
    /// What is known of it; null where it cannot be read, and where it is not kept here.
    token: Option<TokenView>,
    /// Why it cannot be read; null where it can.
    problem: Option<String>,
}

/// `flowrun token add`, `flowrun token show` and `flowrun token refresh`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TokenDocument {
    format_version: &'static str,
    /// The access token.
    token: TokenView,
    /// Each scope that was granted or is needed.
    scopes: Vec<ScopeView>,
}

/// An access token: all of it that may be shown.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TokenView {
    /// Its name.
    name: String,
    /// `oauth`, `service-account`, `api-token` or `scoped-api-token`.
    kind: &'static str,
    /// `atlassian`, or the address of the sandbox that gave it.
    provider: String,
    /// The site.
    site: SiteView,
    /// Whose it is; null where it lacks the scope to tell.
    account: Option<AccountView>,
    /// The scopes that it was granted; null where nothing tells.
    scopes: Option<BTreeSet<String>>,
    /// The app's key; null where there is no app.
    consumer_key: Option<String>,
    /// The app's callback URL; null where there is none.
    callback_url: Option<String>,
    /// When it was first added.
    created_at: String,
    /// When the bearer expires; null where there is none.
    expires_at: Option<String>,
    /// When the bearer was last got anew; null where there is none.
    refreshed_at: Option<String>,
    /// When a refresh began whose end is not written; null where there is none.
    refreshing_since: Option<String>,
    /// That Atlassian refused to renew it last, which a new consent mends; null where it did not.
    refused: Option<RefusalView>,
}

/// A refusal to renew an access token.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RefusalView {
    /// When.
    at: String,
    /// Why, as far as it can be told.
    why: String,
}

/// A Jira site.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SiteView {
    cloud_id: String,
    name: String,
    url: String,
}

/// An Atlassian account.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AccountView {
    account_id: String,
    display_name: String,
    email: Option<String>,
}

/// A scope of an access token.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ScopeView {
    /// Its key.
    key: String,
    /// Its name in the developer console, where it has one.
    console_name: Option<&'static str>,
    /// Whether it was granted; null where nothing tells.
    granted: Option<bool>,
    /// Whether it is needed: by the definitions that were named, else by an activity.
    needed: bool,
}

/// `flowrun token remove`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RemovedTokenDocument {
    format_version: &'static str,
    /// The name of the access token that is forgotten.
    removed: String,
    /// Where a person takes back the consent itself, which goes on; null where there is none.
    consent_at: Option<String>,
}

/// `flowrun sandbox effects`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EffectsDocument {
    format_version: &'static str,
    /// What was changed in the sandbox, in order: `seq`, `time`, `operation`, `method`, `path`, `issue`, `account`,
    /// `body`, `status`, `replied`.
    effects: Vec<Value>,
}

impl TokensDocument {
    /// These access tokens.
    pub(crate) fn new(tokens: &[FoundToken]) -> Self {
        let view = |found: &FoundToken| ListedView {
            name: found.name.clone(),
            origin: found.origin.word(),
            token: if let TokenState::Kept(token) = &found.token { Some(TokenView::new(token)) } else { None },
            problem: if let TokenState::Unreadable { problem, .. } = &found.token {
                Some(problem.clone())
            } else {
                None
            },
        };
        Self { format_version: FORMAT_VERSION, tokens: tokens.iter().map(view).collect() }
    }
}

impl TokenDocument {
    /// An access token, and its scopes beside what is needed.
    pub(crate) fn new(shown: &ShownToken<'_>) -> Self {
        let view = |scope: &ScopeLine| ScopeView {
            key: scope.key.clone(),
            console_name: scope.console_name,
            granted: scope.granted,
            needed: scope.is_needed,
        };
        let scopes = shown.scopes.iter().map(view).collect();
        Self { format_version: FORMAT_VERSION, token: TokenView::new(shown.token), scopes }
    }
}

impl TokenView {
    fn new(token: &AccessToken) -> Self {
        let oauth = if let Grant::OAuth(grant) = &token.grant { Some(grant) } else { None };
        let written = |at: Timestamp| at.to_string();
        Self {
            name: token.name.to_string(),
            kind: grant_word(&token.grant),
            provider: match &token.provider {
                Provider::Atlassian => "atlassian".to_owned(),
                Provider::Sandbox(base) => base.to_string(),
            },
            site: SiteView {
                cloud_id: token.site.cloud_id.clone(),
                name: token.site.name.clone(),
                url: token.site.url.clone(),
            },
            account: token.account.as_ref().map(|account| AccountView {
                account_id: account.account_id.clone(),
                display_name: account.display_name.clone(),
                email: account.email.clone(),
            }),
            scopes: token.grant.scopes().cloned(),
            consumer_key: match &token.grant {
                Grant::OAuth(grant) => Some(grant.client_id.clone()),
                Grant::ServiceAccount { client_id, .. } => Some(client_id.clone()),
                Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => None,
            },
            callback_url: oauth.map(|grant| grant.callback_url.clone()),
            created_at: written(token.created_at),
            expires_at: token.grant.expires_at().map(written),
            refreshed_at: oauth.map(|grant| written(grant.refreshed_at)),
            refreshing_since: oauth.and_then(|grant| grant.refreshing_since).map(written),
            refused: token.grant.refused().map(RefusalView::new),
        }
    }
}

impl RefusalView {
    fn new(refusal: &Refusal) -> Self {
        Self { at: refusal.at.to_string(), why: refusal.why.clone() }
    }
}

impl RemovedTokenDocument {
    /// The access token of this name is forgotten.
    pub(crate) fn new(name: String, consent_at: Option<String>) -> Self {
        Self { format_version: FORMAT_VERSION, removed: name, consent_at }
    }
}

impl EffectsDocument {
    /// These effects.
    pub(crate) fn new(effects: Vec<Value>) -> Self {
        Self { format_version: FORMAT_VERSION, effects }
    }
}

#[cfg(test)]
mod tests {
    use schemars::schema_for;

    use super::*;
    use crate::report::schemas;

    #[test]
    fn the_schemas_that_are_checked_in_are_those_of_the_types() {
        schemas::check([
            ("effects", schema_for!(EffectsDocument)),
            ("token", schema_for!(TokenDocument)),
            ("token-list", schema_for!(TokensDocument)),
            ("token-remove", schema_for!(RemovedTokenDocument)),
        ]);
    }
}
