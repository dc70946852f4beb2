//! The one client for Jira: it sends a request, sorts the answer, and remembers rate limits.
//!
//! It waits for nothing and repeats nothing, but for one thing: a request that was refused because its credential is not
//! recognised goes once more with a renewed one. A failure says when to come back; the runner's timers do the waiting.

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
#[cfg(test)]
mod tests;
mod tls;
mod upload;
mod words;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use flowrun_engine::{activity::Service, clock::Clock};
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use rustls::pki_types::pem;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use answer::without_query;
pub(crate) use call::Call;
pub use connection::{Connection, Credential, Settings, gateway_base};
pub(crate) use connection::{base_url, is_loopback};
pub use credentials::{Credentials, FixedCredential, GrantedScopes};
pub(crate) use error::{JiraError, Kind};
pub(crate) use rate::{later, retry_after};
pub use reader::Reader;
pub(crate) use repeated::Repeated;
pub use tls::on_this_machine;
pub(crate) use upload::Upload;
pub(crate) use words::Words;

use answer::{Judgement, Outcome, judge};
use call::{AnyCall, BadPart, Body};
use memory::Memory;
use rate::{Gate, Passage};
use received::Received;

use crate::files::FileError;

/// No answer that flowrun reads is near this size.
const LONGEST_BODY: usize = 32 * 1024 * 1024;

/// A client for one Jira site, or for none. Copies of it share all that it knows.
#[derive(Clone)]
pub struct Client {
    reader: Reader,
}

struct Site {
    http: reqwest::Client,
    base: Url,
    connection: Connection,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    gate: Mutex<Gate>,
    memory: Mutex<Memory>,
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is no `https` one.
    #[error("`{address}` is not the address of a Jira site: it must be `https://…`, without user, query or fragment")]
    Address {
        /// The address.
        address: String,
    },
    /// The CA bundle is not PEM.
    #[error("the CA bundle cannot be read")]
    CaBundle(#[source] pem::Error),
    /// A certificate of the CA bundle is none.
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

    /// A client for the site of `connection`. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address or the CA bundle cannot be used.
    pub fn connect(connection: Connection, settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let base = connection::base_url(&connection.api_base)?;
        let http = settings.http(&base)?;
        let timeout = settings.timeout;
        let site = Site { http, base, connection, timeout, clock, gate: Mutex::default(), memory: Mutex::default() };
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

    /// Sends a request and reads its answer as a `T`. Nothing that is remembered is given for it.
    pub(crate) async fn read<T: DeserializeOwned, Does>(&self, call: Call<Does>) -> Result<T, JiraError> {
        let body = self.send(&call).await?;
        serde_json::from_value(body).map_err(|cause| answer::error(call.any(), Kind::Unreadable(cause.to_string())))
    }

    /// Sends a request; gives its answer's body, null where there is none.
    pub(crate) async fn send<Does>(&self, call: &Call<Does>) -> Result<Value, JiraError> {
        match self.site() {
            Some(site) => site.send(call.any()).await,
            None => Err(answer::error(call.any(), Kind::Offline).proven()),
        }
    }

    fn site(&self) -> Option<&Site> {
        self.reader.site()
    }
}

impl Service for Client {
    type Reader = Reader;

    fn reader(&self) -> Reader {
        self.reader.clone()
    }
}

impl Site {
    async fn send(&self, call: &AnyCall) -> Result<Value, JiraError> {
        let passage = Passage { operation: call.operation.name, issue: call.issue.as_deref() };
        if let Some(until) = self.gate().closed_until(passage, self.clock.now()) {
            return Err(answer::error(call, Kind::RateLimited(until)).proven());
        }
        let credentials = &self.connection.credentials;
        let without = |failure| answer::error(call, Kind::NoCredential(Box::new(failure))).proven();
        let credential = credentials.current().await.map_err(without)?;
        match self.send_as(&credential, credential.repeated(), call, passage).await {
            // This 401 proves that nothing happened: a second request is no second effect.
            Err(refused) if refused.kind == Kind::NotRecognised => {
                match credentials.renewed(&credential).await.map_err(without)? {
                    Some(renewed) => {
                        let repeated = credential.repeated().and(renewed.repeated());
                        self.send_as(&renewed, repeated, call, passage).await
                    }
                    None => Err(refused),
                }
            }
            answer => answer,
        }
    }

    async fn send_as(
        &self,
        credential: &Credential,
        repeated: Repeated,
        call: &AnyCall,
        passage: Passage<'_>,
    ) -> Result<Value, JiraError> {
        let authorization = credential.header().ok_or_else(|| answer::error(call, Kind::NotRecognised).proven())?;
        let request = self.request(call, authorization);
        let request = request.map_err(|part| answer::error(call, Kind::Unaddressable(part)).proven())?;
        let outcome = self.exchange(request, repeated).await;
        let now = self.clock.now();
        match judge(call, outcome, now) {
            Judgement::Limited(limit, words) => {
                let until = self.gate().close(passage, &limit, now, fastrand::f64());
                tracing::debug!(operation = call.operation.name, reason = limit.reason, %until, "rate limit reached");
                let limited = answer::error(call, Kind::RateLimited(until)).proven();
                Err(JiraError { status: Some(429), words, ..limited })
            }
            Judgement::Success(body) => {
                self.gate().passed(passage, now);
                tracing::debug!(operation = call.operation.name, "answered");
                Ok(body)
            }
            Judgement::Failed(error) => {
                tracing::debug!(operation = call.operation.name, %error, "failed");
                self.doubt_memory(call, &error);
                Err(error)
            }
        }
    }

    fn request(&self, call: &AnyCall, authorization: HeaderValue) -> Result<Request, BadPart> {
        let path = call.path.clone()?;
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let method = Method::from_bytes(call.operation.method_and_template().0.as_bytes());
        let mut builder = self
            .http
            .request(method.expect("an operation's name begins with a method"), url)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json");
        builder = match &call.body {
            None => builder,
            Some(Body::Json(body)) => builder.json(body),
            // Without this header Jira takes it for forged [SPEC].
            Some(Body::File(file)) => builder
                .header("X-Atlassian-Token", "no-check")
                .timeout(self.timeout + file.patience())
                .multipart(file.form()),
        };
        Ok(builder.build().expect("the address, the headers and the body were checked before"))
    }

    async fn exchange(&self, request: Request, repeated: Repeated) -> Outcome {
        match self.http.execute(request).await {
            Ok(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                Outcome::Answered(Received::new(status, headers, body(response).await, repeated))
            }
            Err(error) => match unsent(&error) {
                Some(cause) => Outcome::Unsent(cause),
                None if error.is_connect() => Outcome::NotReached(cause(error)),
                None if error.is_timeout() => Outcome::TimedOut,
                None => Outcome::Broken(cause(error)),
            },
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Each change is whole before anything can panic.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer, up to a length.
async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, Kind> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cut_off)? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(Kind::Unreadable(format!("it is longer than {} MiB", LONGEST_BODY / 1024 / 1024)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why the request's own body could not be read to its end.
fn unsent(error: &reqwest::Error) -> Option<String> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<FileError>() {
            return Some(cause.to_string());
        }
        next = cause.source();
    }
    None
}

fn cut_off(error: reqwest::Error) -> Kind {
    if error.is_timeout() { Kind::TimedOut } else { Kind::Broken(cause(error)) }
}

/// The innermost cause of an error: the outer ones only repeat that sending failed.
pub(crate) fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(&error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.dedup();
    causes.pop().unwrap_or_else(|| error.to_string())
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("connection", &self.site().map(|site| &site.connection)).finish()
    }
}
