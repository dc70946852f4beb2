//! Where access tokens come from: Atlassian, or a sandbox on this machine that plays it.

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use flowrun_http::is_loopback;

/// The servers that give access tokens, and that take them.
///
/// Addresses are \[3LO\]'s: <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// `auth.atlassian.com` and `api.atlassian.com`.
    Atlassian,
    /// A sandbox that is served on this machine.
    Sandbox(SandboxUrl),
}

/// `http://HOST:PORT` on loopback, without a path: secrets go there, so nothing else is ever read as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SandboxUrl(String);

/// An address that no sandbox has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a sandbox: one is at `http://`, a loopback address and a port")]
pub struct ProviderError(String);

impl Provider {
    /// The sandbox at `url`; a path is left out.
    ///
    /// # Errors
    /// When it is not plain HTTP on a loopback address.
    pub fn sandbox(url: &str) -> Result<Self, ProviderError> {
        url.to_owned().try_into().map(Self::Sandbox)
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
            Self::Sandbox(SandboxUrl(base)) => format!("{base}{path}"),
        }
    }
}

impl TryFrom<String> for SandboxUrl {
    type Error = ProviderError;

    fn try_from(url: String) -> Result<Self, ProviderError> {
        let Ok(parsed) = Url::parse(&url) else { return Err(ProviderError(url)) };
        let bare = parsed.username().is_empty() && parsed.password().is_none();
        let is_sandbox = parsed.scheme() == "http" && is_loopback(&parsed) && bare;
        if is_sandbox { Ok(Self(parsed.origin().ascii_serialization())) } else { Err(ProviderError(url)) }
    }
}

impl From<SandboxUrl> for String {
    fn from(url: SandboxUrl) -> Self {
        url.0
    }
}

impl fmt::Display for SandboxUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
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
            let kept = serde_json::json!({ "sandbox": url });
            assert!(serde_json::from_value::<Provider>(kept).is_err(), "{url}");
        }
    }
}
