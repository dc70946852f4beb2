//! One Jira site: how a request goes, from its permit to what its answer proves.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use flowrun_engine::clock::Clock;
use jiff::Timestamp;
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use serde_json::Value;

use super::{
    Connection, Credential, JiraError, Kind, Repeated,
    answer::{self, Judgement, Outcome, judge},
    call::{AnyCall, BadPart, Body},
    memory::Memory,
    rate::{Limit, Permit, RateLimiter, Wanted},
    received::Received,
};
use crate::files::FileError;

/// No answer that flowrun reads is near this size.
const LONGEST_BODY: usize = 32 * 1024 * 1024;

/// A site, and all that the client knows of it.
pub(super) struct Site {
    http: reqwest::Client,
    base: Url,
    pub(super) connection: Connection,
    timeout: Duration,
    pub(super) clock: Arc<dyn Clock>,
    limiter: Mutex<RateLimiter>,
    memory: Mutex<Memory>,
}

impl Site {
    pub(super) fn new(
        http: reqwest::Client,
        base: Url,
        connection: Connection,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { http, base, connection, timeout, clock, limiter: Mutex::default(), memory: Mutex::default() }
    }

    /// Sends a request; gives its answer's body, null where there is none.
    pub(super) async fn send(&self, call: &AnyCall) -> Result<Value, JiraError> {
        let held_back = |until| limited(call, until);
        let permit = self.permit(call).map_err(held_back)?;
        let credentials = &self.connection.credentials;
        let without = |failure| answer::error(call, Kind::NoCredential(Box::new(failure))).proven();
        let credential = credentials.current().await.map_err(without)?;
        match self.send_as(&credential, credential.repeated(), call, permit).await {
            // This 401 proves that nothing happened: a second request is no second effect.
            Err(refused) if refused.kind == Kind::NotRecognised => {
                match credentials.renewed(&credential).await.map_err(without)? {
                    Some(renewed) => {
                        let repeated = credential.repeated().and(renewed.repeated());
                        let permit = self.permit(call).map_err(held_back)?;
                        self.send_as(&renewed, repeated, call, permit).await
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
        mut permit: Permit,
    ) -> Result<Value, JiraError> {
        let authorization = credential.header().ok_or_else(|| answer::error(call, Kind::NotRecognised).proven())?;
        let request = self.request(call, authorization);
        let request = request.map_err(|part| answer::error(call, Kind::Unaddressable(part)).proven())?;
        self.turn(call, &mut permit).await;
        let outcome = self.exchange(request, repeated).await;
        let told = outcome.limit();
        let now = self.clock.now();
        match judge(call, outcome, now) {
            Judgement::Limited(limit, words) => {
                let moment = (now, fastrand::f64());
                let until = self.limiter().refused(wanted(call), &permit, &limit, moment);
                tracing::debug!(operation = call.operation.name, reason = limit.reason, %until, "rate limit reached");
                Err(JiraError { status: Some(429), words, ..limited(call, until) })
            }
            Judgement::Success(body) => {
                self.answered(call, &permit, told.as_ref(), now);
                tracing::debug!(operation = call.operation.name, "answered");
                Ok(body)
            }
            Judgement::Failed(error) => {
                self.answered(call, &permit, told.as_ref(), now);
                tracing::debug!(operation = call.operation.name, %error, "failed");
                self.doubt_memory(call, &error);
                Err(error)
            }
        }
    }

    fn permit(&self, call: &AnyCall) -> Result<Permit, Timestamp> {
        self.limiter().permit(wanted(call), self.clock.now())
    }

    /// Waits until a request that may go in a moment may go.
    async fn turn(&self, call: &AnyCall, permit: &mut Permit) {
        let mut at = permit.at;
        loop {
            if at > self.clock.now() {
                self.clock.sleep_until(at).await;
            }
            match self.limiter().send(wanted(call), permit, self.clock.now()) {
                Ok(()) => return,
                Err(later) => at = later,
            }
        }
    }

    fn answered(&self, call: &AnyCall, permit: &Permit, told: Option<&Limit>, now: Timestamp) {
        match told {
            Some(limit) => self.limiter().passed(wanted(call), permit, limit, now),
            None => self.limiter().unanswered(wanted(call), permit),
        }
    }

    pub(super) fn request(&self, call: &AnyCall, authorization: HeaderValue) -> Result<Request, BadPart> {
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

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Each change is whole before anything can panic.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limiter(&self) -> MutexGuard<'_, RateLimiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call counts towards.
fn wanted(call: &AnyCall) -> Wanted<'_> {
    Wanted { operation: call.operation.name, issue: call.issue.as_deref(), run: call.run }
}

fn limited(call: &AnyCall, until: Timestamp) -> JiraError {
    answer::error(call, Kind::RateLimited(until)).proven()
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
