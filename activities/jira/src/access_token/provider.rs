//! Where access tokens come from: Atlassian, or a sandbox on this machine that plays it.

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::client::is_loopback;

/// The servers that give access tokens, and that take them.
///
/// Addresses are \[3LO\]'s: <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// `auth.atlassian.com` and `api.atlassian.com`.
    Atlassian,
    /// A sandbox that is served on loopback, at `http://HOST:PORT` without a path.
    Sandbox(String),
}

/// An address that no sandbox has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no sandbox: one is at `http://`, a loopback address and a port")]
pub struct ProviderError(String);

impl Provider {
    /// The sandbox at `url`; a path is left out.
    ///
    /// # Errors
    /// When it is not plain HTTP on a loopback address.
    pub fn sandbox(url: &str) -> Result<Self, ProviderError> {
        let refused = || ProviderError(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| refused())?;
        let bare = parsed.username().is_empty() && parsed.password().is_none();
        if parsed.scheme() != "http" || !is_loopback(&parsed) || !bare {
            return Err(refused());
        }
        Ok(Self::Sandbox(parsed.origin().ascii_serialization()))
    }

    /// Where a person consents.
    pub fn authorize_url(&self) -> String {
        self.at("https://auth.atlassian.com", "/authorize")
    }

    /// Where codes and refresh tokens are changed for bearers.
    pub fn token_url(&self) -> String {
        self.at("https://auth.atlassian.com", "/oauth/token")
    }

    /// Which sites a bearer opens.
    pub fn resources_url(&self) -> String {
        self.at("https://api.atlassian.com", "/oauth/token/accessible-resources")
    }

    /// The gateway that bearers and scoped API tokens go through.
    pub fn gateway_url(&self) -> String {
        self.at("https://api.atlassian.com", "")
    }

    fn at(&self, atlassian: &str, path: &str) -> String {
        match self {
            Self::Atlassian => format!("{atlassian}{path}"),
            Self::Sandbox(base) => format!("{base}{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_on_this_machine_only() {
        let found = Provider::sandbox("http://127.0.0.1:8080/x").map(|provider| provider.token_url());
        assert_eq!(found.as_deref(), Ok("http://127.0.0.1:8080/oauth/token"));
        for url in ["https://127.0.0.1:1", "http://acme.atlassian.net", "http://a@127.0.0.1:1", "127.0.0.1:1"] {
            assert!(Provider::sandbox(url).is_err(), "{url}");
        }
    }
}
