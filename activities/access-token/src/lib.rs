//! Access tokens: named credentials for one site of Atlassian's each, as on AgilePoint's access token screen.
//!
//! How they are got (`consent`, `listener`, `oauth`, `add`), kept (`store`) and renewed (`credentials`). What a product alone knows, such
//! as whose a credential is, it is asked for: a [`Product`] comes in.
//!
//! An [`AccessToken`] says all that may be shown; its [`Secrets`] go beside it and can be neither printed nor serialised.
//! "Bearer" is the string that OAuth sends with each request; "access token" is always the whole.

mod add;
mod callback;
mod consent;
mod credentials;
mod environment;
mod listener;
mod name;
mod oauth;
mod oauth_error;
mod portal;
mod product;
mod provider;
mod record;
#[cfg(test)]
mod sample;
mod scopes;
mod secrets;
mod site;
mod store;

pub use add::{AddError, add_api_token, add_oauth, add_service_account};
pub use callback::{BadCallbackUrl, CallbackUrl};
pub use consent::{App, Consent, ConsentCode, OFFLINE_ACCESS};
pub use credentials::{KeptCredentials, api_base};
pub use environment::{EnvironmentError, EnvironmentToken, from_environment, variable_of};
pub use listener::{ListenError, Listener};
pub use name::{BadTokenName, TokenName};
pub use oauth::{IssuedTokens, OAuth, Resource};
pub use oauth_error::OAuthError;
pub use portal::{PortalError, PortalUrl};
pub use product::{AccountError, Product};
pub use provider::{Provider, ProviderError, SandboxUrl};
pub use record::{AccessToken, Account, Grant, OAuthGrant, REUSE_LEEWAY, Refusal, Site, StoredToken, UNUSED_DAYS};
pub use scopes::{MOST_SCOPES, with_granted};
pub use secrets::{OAuthSecrets, Secrets};
pub use site::{SiteError, choose_site};
pub use store::{
    Keyring, KeyringError, ListedToken, PassphraseUse, Sealing, StoreError, TokenLock, TokenStore, Unlock,
};
