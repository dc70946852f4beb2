//! What is known of an access token and may be shown, and the whole of it with its secrets.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::{OAuthSecrets, Provider, Secrets, TokenName};

/// For so long Atlassian takes a refresh token again that was used \[3LO\].
pub const REUSE_LEEWAY: Duration = Duration::from_secs(10 * 60);

/// For so many days Atlassian keeps a refresh token that nobody uses \[3LO\].
pub const UNUSED_DAYS: i64 = 90;

/// All of an access token that is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Its name.
    pub name: TokenName,
    /// Where it comes from.
    pub provider: Provider,
    /// The site that it is for.
    pub site: Site,
    /// Whose it is; `None` where it lacks the scope to tell.
    pub account: Option<Account>,
    /// What it is, and what it was granted.
    pub grant: Grant,
    /// When it was first added.
    pub created_at: Timestamp,
}

/// A Jira site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its id behind the gateway.
    pub cloud_id: String,
    /// Its name, as people chose it.
    pub name: String,
    /// Its address, as people open it: `https://acme.atlassian.net`, no slash at the end.
    pub url: String,
}

/// An Atlassian account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub account_id: String,
    /// The name that people see.
    pub display_name: String,
    /// Its e-mail address, where the account shows it.
    pub email: Option<String>,
}

/// What an access token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// OAuth 2.0 (3LO): a person's consent.
    #[serde(rename = "oauth")]
    OAuth(OAuthGrant),
    /// OAuth 2.0 by client credentials: a service account.
    ServiceAccount {
        /// Its client id.
        client_id: String,
        /// The scopes that the last answer named.
        scopes: BTreeSet<String>,
        /// When its bearer expires.
        expires_at: Timestamp,
    },
    /// An API token of a user, for the site's own address. It may do all that the user may.
    ApiToken {
        /// The user's e-mail address.
        email: String,
    },
    /// An API token with scopes, for the gateway. Which scopes, nothing tells.
    ScopedApiToken {
        /// The user's e-mail address.
        email: String,
    },
}

/// A person's consent for an app, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthGrant {
    /// The app's client id; AgilePoint's Consumer Key.
    pub client_id: String,
    /// The callback URL that the app has, to the letter.
    pub callback_url: String,
    /// The scopes that the last answer named.
    pub scopes: BTreeSet<String>,
    /// When the person consented.
    pub granted_at: Timestamp,
    /// When the bearer was last got anew; at first when it was granted.
    pub refreshed_at: Timestamp,
    /// When the bearer expires.
    pub expires_at: Timestamp,
    /// When a refresh began whose end is not written: it is under way, or its process died.
    pub refreshing_since: Option<Timestamp>,
    /// That Atlassian refused the refresh token last, if it did. It is asked again all the same: a refusal can be a mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// That Atlassian refused the refresh token: as far as that is known, only a new consent helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// Why, as far as it can be told, with Atlassian's words.
    pub why: String,
}

impl Grant {
    /// The scopes, where they are known.
    pub fn scopes(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::OAuth(grant) => Some(&grant.scopes),
            Self::ServiceAccount { scopes, .. } => Some(scopes),
            Self::ApiToken { .. } | Self::ScopedApiToken { .. } => None,
        }
    }

    /// That Atlassian refused its refresh token last, if it did.
    pub fn refused(&self) -> Option<&Refusal> {
        match self {
            Self::OAuth(grant) => grant.refused.as_ref(),
            Self::ServiceAccount { .. } | Self::ApiToken { .. } | Self::ScopedApiToken { .. } => None,
        }
    }

    /// When the bearer expires; `None` where there is none.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::OAuth(grant) => Some(grant.expires_at),
            Self::ServiceAccount { expires_at, .. } => Some(*expires_at),
            Self::ApiToken { .. } | Self::ScopedApiToken { .. } => None,
        }
    }
}

/// An access token with its secrets.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// What may be shown.
    pub token: AccessToken,
    /// What may not.
    pub secrets: Secrets,
}

impl StoredToken {
    /// Whether both were added by the same call: renewing changes neither.
    pub fn is_of_same_add(&self, other: &Self) -> bool {
        self.token.site == other.token.site && self.lasting() == other.lasting()
    }

    /// What no renewal changes: whose it is, since when, and the secret that is never renewed.
    fn lasting(&self) -> (&str, Option<Timestamp>, &str) {
        let (whose, granted_at) = match &self.token.grant {
            Grant::OAuth(grant) => (&grant.client_id, Some(grant.granted_at)),
            Grant::ServiceAccount { client_id, .. } => (client_id, None),
            Grant::ApiToken { email } | Grant::ScopedApiToken { email } => (email, None),
        };
        let secret = match &self.secrets {
            Secrets::OAuth(OAuthSecrets { client_secret, .. }) | Secrets::ServiceAccount { client_secret, .. } => {
                client_secret
            }
            Secrets::ApiToken(token) => token,
        };
        (whose, granted_at, secret.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::sample;

    #[test]
    fn a_renewal_makes_no_other_access_token_and_a_new_consent_does() {
        let (kept, mut renewed, mut anew) = (sample::oauth("acme"), sample::oauth("acme"), sample::oauth("acme"));
        let (Grant::OAuth(renewal), Secrets::OAuth(secrets)) = (&mut renewed.token.grant, &mut renewed.secrets) else {
            panic!("a consent")
        };
        renewal.refreshed_at += SignedDuration::from_hours(1);
        secrets.bearer = "another bearer".into();
        assert!(kept.is_of_same_add(&renewed));
        let Grant::OAuth(grant) = &mut anew.token.grant else { panic!("a consent") };
        grant.granted_at += SignedDuration::from_secs(1);
        assert!(!kept.is_of_same_add(&anew));
        let other = StoredToken { secrets: Secrets::ApiToken("another".into()), ..sample::api_token("acme") };
        assert!(!sample::api_token("acme").is_of_same_add(&other));
        assert!(!kept.is_of_same_add(&sample::api_token("acme")));
    }
}
