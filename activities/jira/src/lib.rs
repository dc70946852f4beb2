//! The Jira activities, the Jira client and preflight facts for flowrun.
//!
//! [`catalogue`] gives the activities over a [`Client`]; [`JiraAuthority`] knows what its access token and user may do.

pub mod access_token;
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
mod resolve;
mod scope;

pub use activity::catalogue;
pub use authority::JiraAuthority;
pub use client::{
    Client, ClientError, ClientParts, Connection, Credential, Credentials, FixedCredential, GrantedScopes, HttpAnswer,
    HttpRequest, Reader, RequestBody, Settings, Transport, TransportError, UnreadableBody, gateway_base,
    on_this_machine,
};
pub use files::Files;
