//! The secrets of access tokens: a type that can be neither printed nor serialised.

use std::fmt;

use secrecy::SecretString;
use serde::Deserialize;

/// A secret as it stands in a document.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(super) struct WrittenSecret(pub(super) SecretString);

impl From<String> for WrittenSecret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// The secrets of one access token; of the same kind as its [`super::Grant`].
#[derive(Clone)]
pub enum Secrets {
    /// Of OAuth 2.0 (3LO).
    OAuth(OAuthSecrets),
    /// Of a service account.
    ServiceAccount {
        /// The client's secret.
        client_secret: SecretString,
        /// What requests carry.
        bearer: SecretString,
    },
    /// An API token, with scopes or without.
    ApiToken(SecretString),
}

/// The secrets of a person's consent.
#[derive(Clone)]
pub struct OAuthSecrets {
    /// The app's secret; AgilePoint's Consumer Secret.
    pub client_secret: SecretString,
    /// What requests carry.
    pub bearer: SecretString,
    /// What the next bearer is got with; `None` where `offline_access` was not granted.
    pub refresh_token: Option<SecretString>,
    /// The refresh token before, kept until the new one has worked.
    pub previous_refresh_token: Option<SecretString>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets(…)")
    }
}

impl fmt::Debug for OAuthSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OAuthSecrets(…)")
    }
}
