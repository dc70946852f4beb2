//! Access tokens: named credentials for one Jira site each, as on AgilePoint's access token screen.
//!
//! An [`AccessToken`] says all that may be shown; its [`Secrets`] go beside it and can be neither printed nor serialised.
//! "Bearer" is the string that OAuth sends with each request; "access token" is always the whole.

mod account;
mod add;
mod callback;
mod consent;
mod credentials;
mod environment;
mod listener;
mod name;
mod oauth;
mod portal;
mod provider;
mod record;
#[cfg(test)]
mod sample;
mod scopes;
mod secrets;
mod site;
mod store;

pub use account::account;
pub use add::{AddError, add_api_token, add_oauth, add_service_account};
pub use callback::{BadCallbackUrl, CallbackUrl};
pub use consent::{App, Code, Consent, OFFLINE_ACCESS};
pub use credentials::{KeptCredentials, api_base};
pub use environment::{EnvironmentError, Given, from_environment, variable_of};
pub use listener::{ListenError, Listener};
pub use name::{BadTokenName, TokenName};
pub use oauth::{OAuth, OAuthError, Resource, Tokens};
pub use portal::{PortalError, PortalUrl};
pub use provider::{Provider, ProviderError, SandboxUrl};
pub use record::{AccessToken, Account, Grant, Kept, OAuthGrant, REUSE_LEEWAY, Refusal, Site, UNUSED_DAYS};
pub use scopes::{
    ConsoleScope, MOST_SCOPES, ScopeStyle, all_scopes, console_name, is_of_use, known_scopes, needed_scopes,
    scope_names, with_granted,
};
pub use secrets::{OAuthSecrets, Secrets};
pub use site::{SiteError, choose_site};
pub use store::{Asked, Keyring, KeyringError, Listed, Locked, Sealing, StoreError, TokenStore, Unlock};
