//! Sorts what came of a request, in this one place: a success, a proof that nothing happened, or doubt.
//!
//! Proof: no connection, a body that was not sent whole, and 400, 401, 403, 404, 413, 422, 429. Doubt, for an effect: a timeout, a broken
//! connection, 5xx, any other status, a success that cannot be read. Reads have no effect, whatever comes of them.

use flowrun_engine::activity::Certainty;
use flowrun_http::{later, retry_after, without_query};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use super::{
    ErrorText,
    call::AnyCall,
    error::{ErrorKind, JiraError},
    rate::Limit,
    received::Received,
};

/// What came of a request.
#[derive(Debug)]
pub(super) enum RequestOutcome {
    /// No byte of the request was sent.
    NotReached(String),
    /// Its body could not be read to the end: whoever got the rest has not got the request.
    Unsent(String),
    /// It was sent; no answer came in time.
    TimedOut,
    /// It was sent; the connection broke before the answer's head.
    Broken(String),
    /// An answer.
    Answered(Received),
}

impl RequestOutcome {
    /// What an answer says of rate limits; `None` if there is none.
    pub(super) fn limit(&self) -> Option<Limit> {
        match self {
            Self::Answered(received) => Some(limit(received)),
            Self::NotReached(_) | Self::Unsent(_) | Self::TimedOut | Self::Broken(_) => None,
        }
    }
}

/// What was made of it. A 429 is one of its own: the rate limiter has to know of it.
#[derive(Debug)]
pub(super) enum Judgement {
    /// A success, with its body; null where it has none.
    Success(Value),
    /// A rate limit was reached.
    Limited(Limit, ErrorText),
    /// Anything else.
    Failed(JiraError),
}

/// Sorts `outcome`. `now` is when it came.
pub(super) fn judge(call: &AnyCall, outcome: RequestOutcome, now: Timestamp) -> Judgement {
    let received = match outcome {
        RequestOutcome::NotReached(cause) => {
            return Judgement::Failed(error(call, ErrorKind::NotReached(cause)).proven());
        }
        RequestOutcome::Unsent(cause) => return Judgement::Failed(error(call, ErrorKind::Unsent(cause)).proven()),
        RequestOutcome::TimedOut => return Judgement::Failed(error(call, ErrorKind::TimedOut)),
        RequestOutcome::Broken(cause) => return Judgement::Failed(error(call, ErrorKind::Broken(cause))),
        RequestOutcome::Answered(received) => received,
    };
    let status = received.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Judgement::Limited(limit(&received), received.words());
    }
    if status.is_success() {
        return success(call, &received).map_err(|kind| error(call, kind).status(status)).into();
    }
    let words = received.words();
    let not_before = received.header("retry-after").and_then(|text| retry_after(&text, now));
    let failed = JiraError {
        not_before: not_before.map(|wait| later(now, wait)),
        ..error(call, kind(&received, &words)).status(status)
    };
    let failed = if proves_no_effect(status) { failed.proven() } else { failed };
    Judgement::Failed(JiraError { words, ..failed })
}

/// An error of `call`, in doubt where the call asks for an effect.
pub(super) fn error(call: &AnyCall, kind: ErrorKind) -> JiraError {
    JiraError {
        kind,
        subject: call.subject.clone(),
        status: None,
        words: ErrorText::default(),
        not_before: None,
        operation: Some(call.operation),
        certainty: if call.operation.effect { Certainty::Unknown } else { Certainty::NoEffect },
    }
}

impl JiraError {
    /// The same, with the proof that nothing happened.
    pub(super) fn proven(self) -> Self {
        Self { certainty: Certainty::NoEffect, ..self }
    }

    fn status(self, status: StatusCode) -> Self {
        Self { status: Some(status.as_u16()), ..self }
    }
}

impl From<Result<Value, JiraError>> for Judgement {
    fn from(result: Result<Value, JiraError>) -> Self {
        result.map_or_else(Self::Failed, Self::Success)
    }
}

fn proves_no_effect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 401 | 403 | 404 | 413 | 422)
}

fn kind(received: &Received, words: &ErrorText) -> ErrorKind {
    match received.status().as_u16() {
        401 | 403 if login_denied(received) => ErrorKind::LoginDenied,
        401 if words.speak_of_scope() => ErrorKind::ScopeMissing,
        401 => ErrorKind::NotRecognised,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        300..=399 => ErrorKind::Redirected(received.header("location").map(without_query)),
        // What is asked for is not served, and will not be a moment later.
        501 => ErrorKind::Refused,
        408 | 425 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused,
    }
}

/// The body of a success. A refused login is hidden in a success too: the request was then done as nobody.
fn success(call: &AnyCall, received: &Received) -> Result<Value, ErrorKind> {
    if login_denied(received) {
        return Err(ErrorKind::LoginDenied);
    }
    if call.operation.gives_file {
        return received.digest();
    }
    received.value(&format!("the answer of `{}`", call.operation.name))
}

fn login_denied(received: &Received) -> bool {
    let reason = received.header("x-seraph-loginreason").unwrap_or_default();
    reason.contains("AUTHENTICATION_DENIED") || reason.contains("AUTHENTICATED_FAILED")
}

fn limit(received: &Received) -> Limit {
    Limit {
        reason: received.header("ratelimit-reason"),
        retry_after: received.header("retry-after"),
        reset: received.header("x-ratelimit-reset"),
        limit: received.header("x-ratelimit-limit"),
        remaining: received.header("x-ratelimit-remaining"),
    }
}
