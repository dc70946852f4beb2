//! The sandbox's own interface for a client of a running sandbox, under `/_sandbox/`; nothing of Jira's.
//!
//! It gives out credentials, so it answers only those who address it by a loopback address: a web page that had its name
//! resolved to loopback does not.

use axum::http::{HeaderMap, Method, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    access,
    answer::{Answer, Refusal},
    grants::{GrantChange, GrantError},
    loopback,
    oauth::{Expiry, NewApp, OAuth, Revocation},
    refusal,
    shared::SharedSite,
    world::World,
};

/// What `POST /_sandbox/tokens` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    email: String,
    scopes: Vec<String>,
}

/// What `POST /_sandbox/clock` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockAdvance {
    /// How far the sandbox's time is moved, besides how far it was moved before.
    advance_seconds: i64,
}

/// Answers a request to the control interface.
pub(crate) fn answer(shared: &SharedSite, (method, path): (&Method, &str), headers: &HeaderMap, body: &[u8]) -> Answer {
    if !is_local(headers) {
        return Refusal::message(403, "The control interface answers to a loopback address only.").into();
    }
    match (method.as_str(), path) {
        ("GET", "/_sandbox/description") => Answer::ok(json!(shared.description())),
        ("GET", "/_sandbox/effects") => Answer::ok(json!({ "effects": shared.effects() })),
        ("POST", "/_sandbox/tokens") => token(shared, body).unwrap_or_else(Answer::from),
        ("POST", "/_sandbox/grants") => grants(shared, body).unwrap_or_else(Answer::from),
        ("GET", "/_sandbox/oauth") => status(shared),
        ("POST", "/_sandbox/oauth/expire") => expire(shared, body).unwrap_or_else(Answer::from),
        ("POST", "/_sandbox/oauth/revoke") => revoke(shared, body).unwrap_or_else(Answer::from),
        ("POST", "/_sandbox/apps") => app(shared, body).unwrap_or_else(Answer::from),
        ("POST", "/_sandbox/clock") => clock(shared, body).unwrap_or_else(Answer::from),
        ("POST", "/_sandbox/reset") => match shared.reset() {
            Ok(()) => Answer::no_content(),
            Err(error) => Refusal::message(500, format!("The world cannot be reset: {error}.")).into(),
        },
        _ => Refusal::message(404, format!("The control interface has no {method} {path}.")).into(),
    }
}

fn token(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let request: TokenRequest = read(body)?;
    let issued = shared.issue_token(&request.email, &request.scopes);
    match issued.ok_or_else(|| access::unknown_user(&request.email))? {
        Ok(token) => Ok(Answer::created(json!({ "bearer_token": token }))),
        Err(error) => Err(Refusal::message(500, format!("The token cannot be kept: {error}."))),
    }
}

fn app(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let new: NewApp = read(body)?;
    Ok(change(shared, |oauth, world| match oauth.register(new, world) {
        Ok(app) => Answer::created(json!(app)),
        Err(why) => Refusal::message(400, why).into(),
    }))
}

fn status(shared: &SharedSite) -> Answer {
    let now = shared.now();
    change(shared, |oauth, _| Answer::ok(oauth.status(now)))
}

fn expire(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let (what, now): (Expiry, _) = (read(body)?, shared.now());
    Ok(change(shared, |oauth, _| Answer::ok(json!({ "ended": oauth.expire(&what, now) }))))
}

fn revoke(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let what: Revocation = read(body)?;
    Ok(change(shared, |oauth, _| Answer::ok(json!({ "ended": oauth.revoke(&what) }))))
}

fn clock(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let ClockAdvance { advance_seconds } = read(body)?;
    Ok(change(shared, |oauth, _| {
        oauth.advanced_seconds = oauth.advanced_seconds.saturating_add(advance_seconds);
        Answer::no_content()
    }))
}

/// Changes what the authorization server knows; gives the answer once that is kept.
fn change(shared: &SharedSite, change: impl FnOnce(&mut OAuth, &World) -> Answer) -> Answer {
    let changed = shared.change_oauth(change);
    changed.unwrap_or_else(|error| Refusal::message(500, format!("It cannot be kept: {error}.")).into())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| refusal::body_invalid(&error.to_string()))
}

fn grants(shared: &SharedSite, body: &[u8]) -> Result<Answer, Refusal> {
    let change: GrantChange = read(body)?;
    let status = |error: &GrantError| if matches!(error, GrantError::Write(_)) { 500 } else { 400 };
    let changed = shared.change_grants(&change);
    changed.map(|()| Answer::no_content()).map_err(|error| Refusal::message(status(&error), error.to_string()))
}

/// A loopback address as the host, on any port: something may stand between.
fn is_local(headers: &HeaderMap) -> bool {
    loopback::is_addressed(headers) && !headers.contains_key(header::ORIGIN)
}
