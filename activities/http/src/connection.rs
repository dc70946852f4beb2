//! With which site is talked, and as whom.

use std::sync::Arc;

use crate::Credentials;

/// A site and an access token for it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where requests go: the site's own address, or its place behind a gateway.
    pub api_base: String,
    /// The site as people open it in a browser; links begin with it.
    pub site_url: String,
    /// Who asks.
    pub credentials: Arc<dyn Credentials>,
}
