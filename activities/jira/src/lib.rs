//! The Jira activities, the Jira client and preflight facts for flowrun.
//!
//! [`catalogue`] gives the activities over a [`Client`]; [`JiraAuthority`] knows what its access token and user may do.

mod account;
mod activity;
mod adf;
mod authority;
mod client;
mod files;
mod input;
mod issue;
mod jql;
mod markdown;
mod number;
mod permission;
mod product;
mod resolve;
mod scope;
mod wanted_scopes;

pub use account::account;
pub use activity::{EMBEDDED_SITE, catalogue};
pub use authority::JiraAuthority;
pub use client::{Client, ClientParts, Reader, gateway_base};
pub use files::Files;
pub use flowrun_http::{
    ClientError, Connection, Credential, Credentials, FixedCredential, GrantedScopes, HttpAnswer, HttpRequest,
    RequestBody, Settings, Transport, TransportError, UnreadableBody, on_this_machine,
};
pub use product::Jira;
pub use scope::{ConsoleScope, console_name, scope_names};
pub use wanted_scopes::{ScopeStyle, all_scopes, is_of_use, known_scopes, needed_scopes};
