//! To which Jira the client talks, as whom, and how patiently.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::utf8_percent_encode;
use reqwest::{Url, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use super::{
    ClientError, Credentials, Repeated,
    call::PATH_PART,
    tls::{self, ExtraRoots},
};

/// A Jira site and an access token for it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where requests go: the site's own address, or [`gateway_base`] for OAuth and scoped API tokens.
    pub api_base: String,
    /// The site as people open it in a browser; links begin with it.
    pub site_url: String,
    /// Who asks.
    pub credentials: Arc<dyn Credentials>,
}

/// Who asks.
#[derive(Clone)]
pub enum Credential {
    /// An OAuth access token.
    Bearer(SecretString),
    /// An API token of a user.
    Basic {
        /// The user's e-mail address.
        email: String,
        /// The API token.
        token: SecretString,
    },
}

/// How patient the client is, and whom it trusts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a request may take in all.
    pub timeout: Duration,
    /// Root certificates to trust besides the machine's, in PEM.
    pub ca_bundle: Option<Vec<u8>>,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(25),
            ca_bundle: None,
            user_agent: concat!("flowrun/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The address of the site `cloud_id` behind Atlassian's gateway.
pub fn gateway_base(gateway: &str, cloud_id: &str) -> String {
    format!("{}/ex/jira/{}", gateway.trim_end_matches('/'), utf8_percent_encode(cloud_id, PATH_PART))
}

impl Credential {
    /// Whether it is the same as `other`.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// The value of the `Authorization` header, marked so that it is not shown; `None` where it has characters that no header can have.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.text()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What an answer may repeat of it.
    pub(super) fn repeated(&self) -> Repeated {
        match self {
            Self::Bearer(token) => Repeated::of([token.expose_secret()]),
            Self::Basic { email, token } => Repeated::of([token.expose_secret(), &*pair(email, token)]),
        }
    }

    fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Self::Basic { email, token } => format!("Basic {}", BASE64_STANDARD.encode(&*pair(email, token))),
        })
    }
}

/// What Basic authentication encodes.
fn pair(email: &str, token: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(format!("{email}:{}", token.expose_secret()))
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(_) => formatter.write_str("Bearer(…)"),
            Self::Basic { email, .. } => write!(formatter, "Basic({email}, …)"),
        }
    }
}

impl Settings {
    /// An HTTP client for `base`.
    pub(crate) fn http(&self, base: &Url) -> Result<reqwest::Client, ClientError> {
        let extra = self.ca_bundle.as_deref().map(ExtraRoots::read).transpose()?.unwrap_or_default();
        let builder = if base.scheme() == "https" { tls::secured(extra)? } else { tls::open() };
        let mut builder = builder
            // A redirect would carry the body, and perhaps the token, to another host.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            // A write on a connection that the server just closed is in doubt: do not keep them long.
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(&self.user_agent);
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        builder.build().map_err(ClientError::Http)
    }
}

/// Reads an address; secrets go over TLS, except on this machine.
pub(crate) fn base_url(text: &str) -> Result<Url, ClientError> {
    let refused = || ClientError::Address { address: text.to_owned() };
    let url = Url::parse(text).map_err(|_| refused())?;
    let plain = url.scheme() == "http" && is_loopback(&url);
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if (url.scheme() == "https" || plain) && url.has_host() && bare && url.fragment().is_none() {
        Ok(url)
    } else {
        Err(refused())
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_takes_the_site_as_one_part() {
        let base = gateway_base("https://api.atlassian.com/", "11223344-a1b2");
        assert_eq!(base, "https://api.atlassian.com/ex/jira/11223344-a1b2");
        assert_eq!(gateway_base("http://127.0.0.1:1", "a/../b"), "http://127.0.0.1:1/ex/jira/a%2F..%2Fb");
    }

    #[test]
    fn addresses_are_checked() {
        let expected = [
            ("https://acme.atlassian.net", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080/ex/jira/x", true),
            ("http://localhost:1", true),
            ("https://xn--bcher-kva.example", true),
            // The build has no tables of the letters that a name may have beyond these.
            ("https://bücher.example", false),
            ("http://acme.atlassian.net", false),
            ("https://user:secret@acme.atlassian.net", false),
            ("https://acme.atlassian.net?x=1", false),
            ("acme.atlassian.net", false),
            ("file:///etc/passwd", false),
        ];
        for (address, accepted) in expected {
            assert_eq!(base_url(address).is_ok(), accepted, "{address}");
        }
    }

    #[test]
    fn a_credential_is_never_shown() {
        let secret = || SecretString::from("s3cr3t-canary");
        let basic = Credential::Basic { email: "ann@example.com".into(), token: secret() };
        for credential in [Credential::Bearer(secret()), basic] {
            let header = credential.header().unwrap();
            assert!(header.is_sensitive());
            let shown = format!("{credential:?} {header:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
