//! How a running sandbox describes itself: where it is, and as whom it can be used.

use serde::{Deserialize, Serialize};

use crate::oauth::AppDescription;

/// How to reach a sandbox, and as whom. The first user is the administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The site's own address, for Basic with an API token.
    pub site_url: String,
    /// The address of the gateway; below it `/ex/jira/{cloud_id}`, for bearer tokens.
    pub gateway_url: String,
    /// The site's cloud id.
    pub cloud_id: String,
    /// The app that can ask for consents.
    pub app: AppDescription,
    /// The users, the administrator first.
    pub users: Vec<UserDescription>,
}

/// A user of a sandbox, with credentials that are good for this sandbox only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDescription {
    /// The e-mail address.
    pub email: String,
    /// The account id.
    pub account_id: String,
    /// The API token, for Basic at the site's own path.
    pub api_token: String,
    /// The bearer token, for the gateway.
    pub bearer_token: String,
    /// The scopes of the bearer token.
    pub scopes: Vec<String>,
    /// An API token with scopes, for Basic at the gateway.
    pub scoped_api_token: String,
}
