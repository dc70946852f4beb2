//! Whom a request addresses: this machine, or a name that somebody else can have given it.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

/// Whether a request is addressed to this machine by a name that nobody else can give it.
pub(crate) fn is_addressed(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_local_name = name == "localhost" || name.ends_with(".localhost");
    is_local_name || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
