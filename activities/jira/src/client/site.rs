//! One Jira site: how a request goes, from its permit to what its answer proves.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use flowrun_engine::{activity::Certainty, clock::Clock, id::OperationId, random::Random};
use jiff::Timestamp;
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde_json::Value;

use super::{
    ClientParts, Connection, Credential, ErrorKind, HttpAnswer, HttpRequest, JiraError, Repeated, RequestBody,
    Settings, Transport, TransportError,
    answer::{self, Judgement, RequestOutcome, judge},
    call::{AnyCall, BadPart, Body, Call},
    endpoint::Writes,
    landing::Landings,
    later,
    memory::Memory,
    rate::{Limit, Permit, RateLimiter, Wanted},
    received::Received,
};

/// No answer that flowrun reads is near this size.
const LONGEST_BODY: usize = 32 * 1024 * 1024;

/// A site, and all that the client knows of it.
pub(super) struct SiteClient {
    transport: Arc<dyn Transport>,
    random: Arc<dyn Random>,
    base: Url,
    pub(super) connection: Connection,
    timeout: Duration,
    pub(super) clock: Arc<dyn Clock>,
    limiter: Mutex<RateLimiter>,
    memory: Mutex<Memory>,
    landings: Mutex<Landings>,
    /// What may be repeated of the credential that went last: there are dozens of forms, and it seldom changes.
    repeated: Mutex<Option<(Credential, Repeated)>>,
}

impl SiteClient {
    pub(super) fn new(base: Url, connection: Connection, settings: &Settings, parts: ClientParts) -> Self {
        let ClientParts { transport, clock, random } = parts;
        let (limiter, memory, repeated) = Default::default();
        let (timeout, landings) = (settings.timeout, Mutex::new(Landings::within(settings.landing)));
        Self { transport, clock, random, base, connection, timeout, limiter, memory, landings, repeated }
    }

    /// Sends the request of an effect, and remembers until when it may land if its answer is lost.
    pub(super) async fn write(&self, call: &Call<Writes>, operation: &OperationId) -> Result<Value, JiraError> {
        self.landings().sent(operation, self.clock.elapsed());
        let answer = self.send(&call.of_effect(operation)).await;
        match &answer {
            Err(error) if error.certainty == Certainty::Unknown => {
                self.landings().sent(operation, self.clock.elapsed());
            }
            Ok(_) | Err(_) => self.landings().is_known(operation),
        }
        answer
    }

    /// Until when an effect may still land whose answer was lost; `None` once it no longer can.
    pub(super) fn may_land_until(&self, operation: &OperationId) -> Option<Timestamp> {
        let left = self.landings().left(operation, self.clock.elapsed())?;
        Some(later(self.clock.now(), left))
    }

    fn landings(&self) -> MutexGuard<'_, Landings> {
        self.landings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request; gives its answer's body, null where there is none.
    pub(super) async fn send(&self, call: &AnyCall) -> Result<Value, JiraError> {
        let held_back = |until| limited(call, until);
        let permit = self.permit(call).map_err(held_back)?;
        let credentials = &self.connection.credentials;
        let without = |failure| answer::error(call, ErrorKind::NoCredential(Box::new(failure))).proven();
        let credential = credentials.current().await.map_err(without)?;
        match self.send_as(&credential, self.repeated(&credential), call, permit).await {
            // This 401 proves that nothing happened: a second request is not a second effect.
            Err(refused) if refused.kind == ErrorKind::NotRecognised => {
                match credentials.renewed(&credential).await.map_err(without)? {
                    Some(renewed) => {
                        let repeated = self.repeated(&credential).and(self.repeated(&renewed));
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
        let authorization =
            credential.header().ok_or_else(|| answer::error(call, ErrorKind::NotRecognised).proven())?;
        let request = self.request(call, authorization);
        let request = request.map_err(|part| answer::error(call, ErrorKind::Unaddressable(part)).proven())?;
        self.turn(call, &mut permit).await;
        let outcome = self.exchange(request, repeated).await;
        let told = outcome.limit();
        let now = self.clock.now();
        match judge(call, outcome, now) {
            Judgement::Limited(limit, words) => {
                let moment = (now, self.random.fraction());
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

    /// What an answer may repeat of a credential.
    fn repeated(&self, credential: &Credential) -> Repeated {
        let mut last = self.repeated.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, repeated)) if known.is(credential) => repeated.clone(),
            _ => {
                let repeated = credential.repeated();
                *last = Some((credential.clone(), repeated.clone()));
                repeated
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

    pub(super) fn request(&self, call: &AnyCall, authorization: HeaderValue) -> Result<HttpRequest, BadPart> {
        let path = call.path.clone()?;
        let mut address = self.base.clone();
        address.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !call.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&call.query);
        }
        let method = Method::from_bytes(call.operation.method_and_template().0.as_bytes());
        let method = method.expect("an operation's name begins with a method");
        let headers = [(AUTHORIZATION, authorization), (ACCEPT, HeaderValue::from_static("application/json"))];
        let mut request = HttpRequest::new(method, address, headers.into_iter().collect());
        match &call.body {
            None => {}
            Some(Body::Json(body)) => {
                request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                request.body = RequestBody::Bytes(body.to_string().into());
            }
            Some(Body::File(file)) => {
                let form = file.form(&self.random.bytes());
                // Without this header Jira takes it for forged [SPEC].
                request.headers.insert("x-atlassian-token", HeaderValue::from_static("no-check"));
                request.headers.insert(CONTENT_TYPE, form.media_type);
                request.body = form.body;
                request.patience = Some(self.timeout + file.patience());
            }
        }
        Ok(request)
    }

    async fn exchange(&self, request: HttpRequest, repeated: Repeated) -> RequestOutcome {
        match self.transport.send(request).await {
            Ok(answer) => {
                let (status, headers) = (answer.status, answer.headers.clone());
                RequestOutcome::Answered(Received::new(status, headers, body(answer).await, repeated))
            }
            Err(TransportError::NotReached(cause)) => RequestOutcome::NotReached(cause),
            Err(TransportError::Unsent(cause)) => RequestOutcome::Unsent(cause),
            Err(TransportError::TimedOut) => RequestOutcome::TimedOut,
            Err(TransportError::Broken(cause)) => RequestOutcome::Broken(cause),
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
    answer::error(call, ErrorKind::RateLimited(until)).proven()
}

/// The body of an answer, up to a length.
async fn body(answer: HttpAnswer) -> Result<Vec<u8>, ErrorKind> {
    match answer.bytes(LONGEST_BODY).await {
        Ok(Some(body)) => Ok(body),
        Ok(None) => Err(ErrorKind::Unreadable(format!("it is longer than {} MiB", LONGEST_BODY / 1024 / 1024))),
        Err(TransportError::TimedOut) => Err(ErrorKind::TimedOut),
        Err(TransportError::NotReached(cause) | TransportError::Unsent(cause) | TransportError::Broken(cause)) => {
            Err(ErrorKind::Broken(cause))
        }
    }
}
