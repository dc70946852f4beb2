//! Requests to the authorization server: read, given their fault, answered.

use std::sync::Arc;

use axum::{
    body::Body as Incoming,
    http::{HeaderMap, header, request::Parts},
};
use jiff::Timestamp;

use super::{Shared, body, fault, on_disk_thread, pairs, query_of, text};
use crate::{
    answer::{Answer, Refusal},
    call::Call,
    control::is_here,
    oauth::{Ask, Body, Endpoint, Sites, is_second},
    wire::Orders,
};

/// A request, read whole.
#[derive(Debug)]
pub(super) struct Asked {
    method: String,
    query: Vec<(String, String)>,
    body: Body,
    authorization: Option<String>,
    to_second: bool,
}

impl Asked {
    fn new(head: &Parts, bytes: &[u8]) -> Self {
        Self {
            method: head.method.to_string(),
            query: query_of(&head.uri),
            body: read(bytes, &head.headers),
            authorization: text(&head.headers, header::AUTHORIZATION).map(str::to_owned),
            to_second: text(&head.headers, header::HOST).is_some_and(is_second),
        }
    }

    /// As the server takes it.
    pub(super) fn ask<'a>(&'a self, sites: &'a Sites, now: Timestamp) -> Ask<'a> {
        let (method, query, body) = (self.method.as_str(), self.query.as_slice(), &self.body);
        Ask { method, query, body, authorization: self.authorization.as_deref(), sites, to_second: self.to_second, now }
    }
}

/// Answers a request, with the fault that is meant for it; `None` if that panicked.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    endpoint: Endpoint,
    (head, incoming): (&Parts, Incoming),
    orders: &Orders,
) -> Option<Answer> {
    if endpoint.is_page() && !is_here(&head.headers) {
        body::discard(incoming);
        return Some(Refusal::message(403, "The sandbox's pages are for a loopback address only.").into());
    }
    let fault = shared.fault_of(endpoint);
    if let Some(fault) = &fault {
        let mut call = Call { received: shared.now(), ..Call::default() };
        if let Some(answer) = fault::before(fault, &mut call, orders).await {
            body::discard(incoming);
            return Some(answer);
        }
    }
    let bytes = match body::whole(incoming).await {
        Ok(bytes) => bytes,
        Err(refused) => return Some(refused.into()),
    };
    let asked = Asked::new(head, &bytes);
    let answer = on_disk_thread(shared, move |shared| shared.authorize(endpoint, &asked)).await?;
    Some(match &fault {
        Some(fault) => fault::after(fault, answer, orders).await.unwrap_or_else(|instead| instead),
        None => answer,
    })
}

fn read(bytes: &[u8], headers: &HeaderMap) -> Body {
    let kind = text(headers, header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/json" => serde_json::from_slice(bytes).map_or(Body::Other, Body::Json),
        "application/x-www-form-urlencoded" => Body::Form(pairs(bytes)),
        _ => Body::Other,
    }
}
