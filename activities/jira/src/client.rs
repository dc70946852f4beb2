//! The one client for Jira: it sends a request when its turn comes, and sorts the answer.
//!
//! It waits for nothing but a request's turn, if that comes in a moment, and repeats nothing, but for one thing: a request that was
//! refused because its credential is not recognised goes once more with a renewed one. A failure says when to come back; the
//! machine's timers do the waiting.

mod answer;
mod call;
mod connection;
mod credentials;
pub(crate) mod endpoint;
mod error;
mod memory;
mod rate;
mod reader;
mod received;
mod repeated;
mod site;
mod tag;
#[cfg(test)]
mod tests;
mod tls;
mod transport;
mod upload;
mod words;

use std::{fmt, sync::Arc};

use flowrun_engine::{
    activity::Service,
    clock::Clock,
    id::OperationId,
    random::{Random, SystemRandom},
};
use rustls::pki_types::pem;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use answer::without_query;
pub(crate) use call::Call;
pub use connection::{Connection, Credential, Settings, gateway_base};
pub(crate) use connection::{base_url, is_loopback};
pub use credentials::{Credentials, FixedCredential, GrantedScopes};
pub(crate) use error::{ErrorKind, JiraError};
pub(crate) use rate::{later, retry_after};
pub use reader::Reader;
pub(crate) use repeated::Repeated;
pub(crate) use tag::{TAG, tag};
pub use tls::on_this_machine;
pub(crate) use transport::Http;
pub use transport::{HttpAnswer, HttpRequest, RequestBody, Transport, TransportError, UnreadableBody};
pub(crate) use upload::Upload;
pub(crate) use words::ErrorText;

use endpoint::Writes;
use site::SiteClient;

/// A client for one Jira site, or for none. Copies of it share all that it knows.
#[derive(Clone)]
pub struct Client {
    reader: Reader,
}

/// What a client has of the world: what carries its requests, time and randomness.
#[derive(Clone)]
pub struct ClientParts {
    /// What carries requests.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Spreads those that wait, and draws the boundaries of forms.
    pub random: Arc<dyn Random>,
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not `https` one.
    #[error("`{address}` is not the address of a Jira site: it must be `https://…`, without user, query or fragment")]
    Address {
        /// The address.
        address: String,
    },
    /// The CA bundle is not PEM.
    #[error("the CA bundle cannot be read")]
    CaBundle(#[source] pem::Error),
    /// What stands as a certificate in the CA bundle is not one.
    #[error("the CA bundle has a certificate that cannot be used")]
    CaCertificate(#[source] rustls::Error),
    /// The CA bundle has no certificate.
    #[error("the CA bundle has no certificate in it")]
    EmptyCaBundle,
    /// There is no root certificate to trust.
    #[error("this machine has no root certificates")]
    Roots(#[source] rustls::Error),
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be made")]
    Http(#[source] reqwest::Error),
}

impl Client {
    /// A client without a site, for a catalogue that is only read: every request fails.
    pub fn offline() -> Self {
        Self { reader: Reader::new(None) }
    }

    /// A client for the site of `connection`, over the network. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address or the CA bundle cannot be used.
    pub fn connect(connection: Connection, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let transport = Arc::new(Http::new(settings, &base_url(&connection.api_base)?)?);
        Self::over(connection, settings, ClientParts { transport, clock, random: Arc::new(SystemRandom) })
    }

    /// The same, in surroundings that are given.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn over(connection: Connection, settings: &Settings, parts: ClientParts) -> Result<Self, ClientError> {
        let base = base_url(&connection.api_base)?;
        let site = SiteClient::new(base, connection, settings.timeout, parts);
        Ok(Self { reader: Reader::new(Some(Arc::new(site))) })
    }

    /// The same, for whoever must have no effect.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The scopes that the access token was granted, where it tells.
    pub(crate) fn granted_scopes(&self) -> GrantedScopes {
        self.site().map_or(GrantedScopes::Unknown, |site| site.connection.credentials.granted_scopes())
    }

    /// Sends the request of an effect; gives its answer's body, null where there is none.
    pub(crate) async fn write(&self, call: &Call<Writes>, operation: &OperationId) -> Result<Value, JiraError> {
        match self.site() {
            Some(site) => site.send(&call.of_effect(operation)).await,
            None => Err(answer::error(call.any(), ErrorKind::Offline).proven()),
        }
    }

    /// The same; reads the answer as a `T`.
    pub(crate) async fn write_and_read<T>(&self, call: &Call<Writes>, operation: &OperationId) -> Result<T, JiraError>
    where
        T: DeserializeOwned,
    {
        let body = self.write(call, operation).await?;
        serde_json::from_value(body)
            .map_err(|cause| answer::error(call.any(), ErrorKind::Unreadable(cause.to_string())))
    }

    fn site(&self) -> Option<&SiteClient> {
        self.reader.site()
    }
}

impl Service for Client {
    type Reader = Reader;

    fn reader(&self) -> Reader {
        self.reader.clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("connection", &self.site().map(|site| &site.connection)).finish()
    }
}
