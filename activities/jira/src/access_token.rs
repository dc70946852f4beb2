//! Access tokens: named credentials for one Jira site each, as on AgilePoint's access token screen.
//!
//! An [`AccessToken`] says all that may be shown; its [`Secrets`] go beside it and can be neither printed nor serialised.
//! "Bearer" is the string that OAuth sends with each request; "access token" is always the whole.

mod name;
mod provider;
mod record;
mod secrets;

pub use name::{BadTokenName, TokenName};
pub use provider::{Provider, ProviderError};
pub use record::{AccessToken, Account, Grant, Kept, OAuthGrant, Site};
pub use secrets::{OAuthSecrets, Secrets};
