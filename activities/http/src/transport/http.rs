//! The network: HTTP by reqwest.

use std::error::Error;

use async_trait::async_trait;
use futures_util::StreamExt;
use reqwest::{Body, Url, header::CONTENT_LENGTH};

use super::{HttpAnswer, HttpRequest, RequestBody, Transport, TransportError, UnreadableBody};
use crate::{ClientError, Settings};

/// Speaks HTTP over the network.
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

impl Http {
    /// A transport to `base`, and to wherever else is spoken to in the same way. Nothing is sent yet.
    ///
    /// # Errors
    /// When the CA bundle cannot be used.
    pub fn new(settings: &Settings, base: &Url) -> Result<Self, ClientError> {
        settings.http(base).map(Self)
    }
}

#[async_trait]
impl Transport for Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let HttpRequest { method, address, headers, body, patience } = request;
        let mut builder = self.0.request(method, address).headers(headers);
        if let Some(patience) = patience {
            builder = builder.timeout(patience);
        }
        builder = match body {
            RequestBody::Bytes(bytes) if bytes.is_empty() => builder,
            RequestBody::Bytes(bytes) => builder.body(bytes),
            RequestBody::Stream { length, content } => {
                builder.header(CONTENT_LENGTH, length).body(Body::wrap_stream(content))
            }
        };
        let response = builder.send().await.map_err(of_request)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes_stream().map(|piece| piece.map_err(of_answer)).boxed();
        Ok(HttpAnswer { status, headers, body })
    }
}

fn of_request(error: reqwest::Error) -> TransportError {
    match unread(&error) {
        Some(cause) => TransportError::Unsent(cause),
        None if error.is_connect() => TransportError::NotReached(cause(error)),
        None => of_answer(error),
    }
}

fn of_answer(error: reqwest::Error) -> TransportError {
    if error.is_timeout() { TransportError::TimedOut } else { TransportError::Broken(cause(error)) }
}

/// Why the request's own body could not be read to its end.
fn unread(error: &reqwest::Error) -> Option<String> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(UnreadableBody(cause)) = cause.downcast_ref() {
            return Some(cause.clone());
        }
        next = cause.source();
    }
    None
}

/// The innermost cause of an error: the outer ones only repeat that sending failed.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.dedup();
    causes.pop().unwrap_or_else(|| error.to_string())
}
