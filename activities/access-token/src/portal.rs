//! The Jira Portal URL: a site's address as people paste it, and what the site says of itself before any secret goes there.

#[cfg(test)]
mod tests;

use std::fmt;

use reqwest::{
    Method, StatusCode, Url,
    header::{ACCEPT, HeaderValue, LOCATION},
};
use serde::{Deserialize, de::DeserializeOwned};

use flowrun_http::{ClientError, Http, HttpRequest, Settings, Transport, TransportError, is_loopback, without_query};

/// What a site says of itself is short.
const LONGEST_BODY: usize = 64 * 1024;

/// The address of a Jira site, without what people paste behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalUrl(Url);

/// Why an address is not that of a Jira Cloud site.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// It is no address.
    #[error("`{0}` is not the address of a Jira site")]
    NoUrl(String),
    /// Secrets would go there unencrypted.
    #[error("`{0}` is not encrypted: access tokens go over `https` only")]
    Plain(String),
    /// The site cannot be asked.
    #[error("`{site}` cannot be reached: {cause}")]
    NotReached {
        /// The address.
        site: PortalUrl,
        /// The innermost cause.
        cause: String,
    },
    /// It sends elsewhere.
    #[error("`{site}` leads elsewhere, to `{to}`")]
    Redirected {
        /// The address.
        site: PortalUrl,
        /// Where it leads.
        to: String,
    },
    /// It cannot answer now.
    #[error("`{site}` cannot answer ({status})")]
    Unavailable {
        /// The address.
        site: PortalUrl,
        /// The status.
        status: u16,
    },
    /// There is no Jira.
    #[error("there is no Jira Cloud site at `{site}`")]
    NotJira {
        /// The address.
        site: PortalUrl,
    },
    /// Jira, but not Cloud.
    #[error(
        "`{site}` is Jira Data Center{version}, not Jira Cloud: it has neither Atlassian Document Format nor version 3 of the REST interface"
    )]
    DataCenter {
        /// The address.
        site: PortalUrl,
        /// Its version, after a space.
        version: String,
    },
    /// The HTTP client could not be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TenantInfo {
    cloud_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerInfo {
    deployment_type: String,
    #[serde(default)]
    version: Option<String>,
}

impl PortalUrl {
    /// Reads an address: what is behind the host is left out, and `https://` may be.
    ///
    /// # Errors
    /// When it is none, or is plain HTTP and not on this machine.
    pub fn parse(text: &str) -> Result<Self, PortalError> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let no_url = || PortalError::NoUrl(shown(text));
        let url = Url::parse(&whole).map_err(|_| no_url())?;
        if !url.has_host() || !url.username().is_empty() || url.password().is_some() {
            return Err(no_url());
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) || is_named_loopback(&url) => {}
            "http" => return Err(PortalError::Plain(shown(text))),
            _ => return Err(no_url()),
        }
        Ok(Self(Url::parse(&url.origin().ascii_serialization()).expect("an origin with a host is an address")))
    }

    /// Whether both are addresses of the same host.
    pub fn is_same_site(&self, other: &Self) -> bool {
        let place = |url: &Url| (url.host_str().map(str::to_lowercase), url.port_or_known_default());
        place(&self.0) == place(&other.0)
    }

    /// What people call the site: the first word of its host's name. An address of this machine has none, and is called by
    /// itself.
    pub(super) fn site_name(&self) -> &str {
        match self.0.domain().filter(|domain| *domain != "localhost") {
            Some(domain) => domain.split('.').next().unwrap_or_default(),
            None => self.0.authority(),
        }
    }

    /// Asks the site for its cloud id. No secret is sent.
    ///
    /// # Errors
    /// When there is no Jira Cloud at the address, or it gives no usable answer.
    pub(super) async fn cloud_id(&self, settings: &Settings) -> Result<String, PortalError> {
        let http = Http::new(settings, &self.0)?;
        let told = match self.ask(&http, "/_edge/tenant_info").await {
            Ok(Some(TenantInfo { cloud_id })) => return Ok(cloud_id),
            Ok(None) => PortalError::NotJira { site: self.clone() },
            // Data Center may lead to its login page instead of saying that there is no such thing.
            Err(redirected @ PortalError::Redirected { .. }) => redirected,
            Err(error) => return Err(error),
        };
        match self.ask(&http, "/rest/api/2/serverInfo").await? {
            Some(ServerInfo { deployment_type, version }) if deployment_type != "Cloud" => {
                let version = version.map(|version| format!(" {}", shown(&version))).unwrap_or_default();
                Err(PortalError::DataCenter { site: self.clone(), version })
            }
            _ => Err(told),
        }
    }

    /// The answer at `path`; `None` where the site has no such thing.
    async fn ask<T: DeserializeOwned>(&self, transport: &dyn Transport, path: &str) -> Result<Option<T>, PortalError> {
        let site = || self.clone();
        let not_reached = |error: TransportError| PortalError::NotReached { site: site(), cause: error.cause() };
        let mut address = self.0.clone();
        address.set_path(path);
        let headers = [(ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect();
        let answer = transport.send(HttpRequest::new(Method::GET, address, headers)).await.map_err(not_reached)?;
        let status = answer.status;
        if status.is_redirection() {
            let to = answer.headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            return Err(PortalError::Redirected { site: site(), to: shown(&without_query(to.to_owned())) });
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(PortalError::Unavailable { site: site(), status: status.as_u16() });
        }
        let Some(body) = answer.bytes(LONGEST_BODY).await.map_err(not_reached)? else { return Ok(None) };
        Ok(serde_json::from_slice(&body).ok().filter(|_| status == StatusCode::OK))
    }
}

impl fmt::Display for PortalUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl PortalError {
    /// What to do.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoUrl(_) | Self::NotJira { .. } => {
                "give the address that Jira has in the browser: `https://NAME.atlassian.net`"
            }
            Self::Plain(_) => "begin the address with `https://`",
            Self::NotReached { .. } => "check the address, the network, and the proxy settings of the environment",
            Self::Redirected { .. } => "if that is the site, give its address; redirects are not followed",
            Self::Unavailable { .. } => "try again later",
            Self::DataCenter { .. } => "flowrun talks to Jira Cloud only; personal access tokens do not help",
            Self::Client(_) => return None,
        })
    }
}

/// Whether a host has a name that stands for this machine: `second.localhost`. Secrets go to plain loopback addresses only.
fn is_named_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.ends_with(".localhost"))
}

/// The beginning of a text, without what would garble a message or be a secret.
fn shown(text: &str) -> String {
    let text = text.rsplit_once('@').map_or(text, |(_, after)| after);
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
