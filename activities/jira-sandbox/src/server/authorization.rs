//! Requests to the authorization server: read, given their fault, answered.

use std::sync::Arc;

use axum::{
    body::Body as Incoming,
    http::{HeaderMap, header, request::Parts},
};

use super::{body, fault, on_disk_thread, pairs, query_of, text};
use crate::{
    answer::{Answer, Refusal},
    call::Call,
    loopback,
    oauth::{Endpoint, OAuthBody, OAuthRequest, is_second},
    shared::SharedSite,
    wire::Orders,
};

/// Answers a request, with the fault that is meant for it; `None` if that panicked.
pub(super) async fn answer(
    shared: &Arc<SharedSite>,
    endpoint: Endpoint,
    (head, incoming): (&Parts, Incoming),
    orders: &Orders,
) -> Option<Answer> {
    if endpoint.is_page() && !loopback::is_addressed(&head.headers) {
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
    let read = request(head, &bytes);
    let answer = on_disk_thread(shared, move |shared| shared.answer_oauth(endpoint, &read(shared))).await?;
    Some(match &fault {
        Some(fault) => fault::after(fault, answer, orders).await.unwrap_or_else(|instead| instead),
        None => answer,
    })
}

/// A request, read whole; sites and time are those of whoever answers it.
fn request(head: &Parts, bytes: &[u8]) -> impl FnOnce(&SharedSite) -> OAuthRequest + use<> {
    let (method, query) = (head.method.to_string(), query_of(&head.uri));
    let body = read(bytes, &head.headers);
    let authorization = text(&head.headers, header::AUTHORIZATION).map(str::to_owned);
    let to_second = text(&head.headers, header::HOST).is_some_and(is_second);
    move |shared| OAuthRequest {
        method,
        query,
        body,
        authorization,
        sites: shared.sites(),
        to_second,
        now: shared.now(),
    }
}

fn read(bytes: &[u8], headers: &HeaderMap) -> OAuthBody {
    let kind = text(headers, header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/json" => serde_json::from_slice(bytes).map_or(OAuthBody::Other, OAuthBody::Json),
        "application/x-www-form-urlencoded" => OAuthBody::Form(pairs(bytes)),
        _ => OAuthBody::Other,
    }
}
