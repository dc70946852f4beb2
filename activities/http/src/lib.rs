//! What carries the requests of flowrun's activities: a [`Transport`], the TLS beneath it, and whose credential a request has.
//!
//! All that flowrun sends goes through here: to Jira, and to the authorization server that gives access tokens. What an answer repeats of
//! a credential is known by [`Repeated`], and taken out by whoever reads it.

mod address;
mod connection;
mod credential;
mod credentials;
mod error;
mod error_text;
mod repeated;
mod retry_after;
mod settings;
mod tls;
mod transport;

pub use address::{PATH_PART, base_url, is_loopback, without_query};
pub use connection::Connection;
pub use credential::Credential;
pub use credentials::{Credentials, FixedCredential, GrantedScopes};
pub use error::ClientError;
pub use error_text::ErrorText;
pub use repeated::Repeated;
pub use retry_after::{later, retry_after};
pub use settings::Settings;
pub use tls::on_this_machine;
pub use transport::{Http, HttpAnswer, HttpRequest, RequestBody, Transport, TransportError, UnreadableBody};
