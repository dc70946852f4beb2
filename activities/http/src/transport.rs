//! What carries requests: the network, or something that stands for it.
//!
//! All that flowrun sends goes through a [`Transport`], to Jira and to the authorization server. [`Http`] is the one for the network;
//! another may answer in the same process, on any executor.

mod http;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use reqwest::{Method, StatusCode, Url, header::HeaderMap};

pub use http::Http;

/// Carries a request, and gives its answer. It follows no redirect, and repeats nothing.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request.
    ///
    /// # Errors
    /// When there is no answer. The error says what is known of the request then.
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError>;
}

/// A request. Its headers may have a credential, which is marked as sensitive.
#[derive(Debug)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The address, with its query.
    pub address: Url,
    /// The headers, but for those that a transport adds: where to, and how long the body is.
    pub headers: HeaderMap,
    /// The body.
    pub body: RequestBody,
    /// How long the answer may take, its body included; the transport's own time where nothing is said.
    pub patience: Option<Duration>,
}

/// The body of a request.
pub enum RequestBody {
    /// Bytes; none, where there is no body.
    Bytes(Bytes),
    /// What is read while it is sent.
    Stream {
        /// How many bytes it has.
        length: u64,
        /// The bytes, in pieces. The request counts as sent only once all were given.
        content: BoxStream<'static, Result<Bytes, UnreadableBody>>,
    },
}

/// Why the body of a request could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableBody(pub String);

/// An answer.
pub struct HttpAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, in pieces.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

/// Why there is no answer, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No byte of the request was sent.
    #[error("no connection: {0}")]
    NotReached(String),
    /// Its body could not be read to the end: whoever got the rest has not got the request.
    #[error("the request could not be read to its end: {0}")]
    Unsent(String),
    /// It was sent; no answer came in time.
    #[error("no answer in time")]
    TimedOut,
    /// It was sent; the connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl HttpRequest {
    /// A request without a body.
    pub fn new(method: Method, address: Url, headers: HeaderMap) -> Self {
        Self { method, address, headers, body: RequestBody::Bytes(Bytes::new()), patience: None }
    }
}

impl TransportError {
    /// What happened, in words.
    pub fn cause(self) -> String {
        match self {
            Self::NotReached(cause) | Self::Unsent(cause) | Self::Broken(cause) => cause,
            Self::TimedOut => self.to_string(),
        }
    }
}

impl HttpAnswer {
    /// The whole body; `None` if it is longer than so many bytes.
    ///
    /// # Errors
    /// When it does not come whole.
    pub async fn bytes(mut self, most: usize) -> Result<Option<Vec<u8>>, TransportError> {
        let mut body = Vec::new();
        while let Some(piece) = self.body.next().await {
            let piece = piece?;
            if body.len() + piece.len() > most {
                return Ok(None);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Some(body))
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream { length, .. } => *length,
        };
        write!(formatter, "RequestBody({length} bytes)")
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HttpAnswer({})", self.status)
    }
}
