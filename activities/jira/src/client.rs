//! The one client for Jira: it sends a request when its turn comes, and sorts the answer.
//!
//! It waits for nothing but a request's turn, if that comes in a moment, and repeats nothing, but for one thing: a request that was
//! refused because its credential is not recognised goes once more with a renewed one. A failure says when to come back; the
//! machine's timers do the waiting.

mod answer;
mod call;
pub(crate) mod endpoint;
mod error;
mod gateway;
mod keys;
mod landing;
mod memory;
mod rate;
mod reader;
mod received;
mod site;
mod tag;
#[cfg(test)]
mod tests;
mod upload;

use std::{fmt, sync::Arc};

use flowrun_engine::{
    activity::Service,
    clock::Clock,
    id::OperationId,
    random::{Random, SystemRandom},
};
use flowrun_http::{ClientError, Http, base_url};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use call::Call;
pub(crate) use error::{ErrorKind, JiraError};
pub(crate) use flowrun_http::{
    Connection, Credential, ErrorText, GrantedScopes, HttpAnswer, HttpRequest, Repeated, RequestBody, Settings,
    Transport, TransportError, later,
};
pub use gateway::gateway_base;
pub(crate) use keys::{HighestKeys, KeyNumber};
pub use reader::Reader;
pub(crate) use tag::{TAG, tag};
pub(crate) use upload::Upload;

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

    /// The same, of parts that are given.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn over(connection: Connection, settings: &Settings, parts: ClientParts) -> Result<Self, ClientError> {
        let base = base_url(&connection.api_base)?;
        let site = SiteClient::new(base, connection, settings, parts);
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
            Some(site) => site.write(call, operation).await,
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
