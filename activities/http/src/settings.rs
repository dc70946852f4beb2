//! How patiently is spoken over the network, and who is trusted.

use std::time::Duration;

use reqwest::Url;

use crate::{
    ClientError,
    address::is_loopback,
    tls::{self, ExtraRoots},
};

/// How patient a client is, and whom it trusts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a request may take in all.
    pub timeout: Duration,
    /// For how long a request whose answer was lost may still be done by whom it was sent to.
    pub landing: Duration,
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
            landing: Duration::from_secs(60),
            ca_bundle: None,
            user_agent: concat!("flowrun/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Settings {
    /// An HTTP client for `base`.
    pub(super) fn http(&self, base: &Url) -> Result<reqwest::Client, ClientError> {
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
