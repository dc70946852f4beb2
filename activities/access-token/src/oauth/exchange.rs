//! Sends one request to the token endpoint and sorts its answer: a success goes back to the crate `oauth2`, all else is an [`OAuthError`].
//!
//! The crate writes forms, and wants a `token_type`; Atlassian documents JSON, and its answers may have none.

use std::{future::Future, pin::Pin, sync::OnceLock, time::Duration};

use flowrun_engine::clock::Clock;
use jiff::SignedDuration;
use oauth2::{AsyncHttpClient, HttpResponse, http, url::form_urlencoded};
use reqwest::{
    StatusCode, Url,
    header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::{CallbackUrl, OAuthError, consent::speaks_of_callback};
use flowrun_http::{
    ErrorText, HttpRequest, Repeated, RequestBody, Transport, TransportError, later, retry_after, without_query,
};

/// No answer that is read here is near this size.
const LONGEST_BODY: usize = 1024 * 1024;

/// Clocks that differ by less are right.
const SAME_TIME: SignedDuration = SignedDuration::from_secs(60);

/// What is exchanged for tokens: the same refusal means different things.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// The code of a consent, for the app with this callback URL.
    Code(&'a CallbackUrl),
    /// A refresh token.
    Refresh,
    /// A service account's secret.
    ClientCredentials,
    /// Nothing: a bearer is shown.
    Bearer,
}

/// One request to the authorization server.
pub(super) struct Exchange<'a> {
    transport: &'a dyn Transport,
    clock: &'a dyn Clock,
    purpose: Purpose<'a>,
    repeated: Repeated,
    clock_ahead: OnceLock<SignedDuration>,
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, OAuthError>> + Send + 'a>>;

impl<'a> Exchange<'a> {
    /// A request that carries `secrets`: Atlassian's words are shown without them.
    pub(super) fn new(
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
        purpose: Purpose<'a>,
        secrets: [&'a SecretString; 2],
    ) -> Self {
        let repeated = Repeated::of(secrets.map(|secret| secret.expose_secret()));
        Self { transport, clock, purpose, repeated, clock_ahead: OnceLock::new() }
    }

    /// How far this machine's clock is ahead of the server's, if it is wrong.
    pub(super) fn clock_ahead(&self) -> Option<SignedDuration> {
        self.clock_ahead.get().copied().filter(|ahead| ahead.abs() > SAME_TIME)
    }

    /// Sends a request; gives the body of a success.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<Vec<u8>, OAuthError> {
        let answer = self.transport.send(request).await.map_err(unanswered)?;
        let (status, headers) = (answer.status, answer.headers.clone());
        self.compare_clocks(&headers);
        let body = answer.bytes(LONGEST_BODY).await.map_err(unanswered)?;
        let body = body.ok_or(OAuthError::Unreadable { why: "it is longer than 1 MiB" })?;
        if status == StatusCode::OK {
            return Ok(body);
        }
        let error = self.refusal(status, &headers, &body);
        tracing::debug!(status = status.as_u16(), %error, "Atlassian refused");
        Err(error)
    }

    fn compare_clocks(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            let _first_answer_counts = self.clock_ahead.set(self.clock.now().duration_since(date.timestamp()));
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OAuthError {
        let said = ErrorText::read(body, &self.repeated).to_string();
        let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let now = self.clock.now();
        let wait = header(RETRY_AFTER).and_then(|text| retry_after(text, now));
        let not_before = wait.map(|wait: Duration| later(now, wait));
        match status.as_u16() {
            429 => OAuthError::RateLimited { until: not_before },
            408 | 425 | 500.. => OAuthError::Unavailable { status: status.as_u16(), said, not_before },
            300..=399 => OAuthError::Redirected {
                to: self.repeated.taken_out(without_query(header(LOCATION).unwrap_or("nowhere").to_owned())),
            },
            status => self.sorted(status, &error_of(body), said),
        }
    }

    /// Sorts a refusal by its `error`. Which status comes with which is documented for refreshes alone.
    fn sorted(&self, status: u16, error: &str, said: String) -> OAuthError {
        let lower = said.to_lowercase();
        // Reported in place of `invalid_grant`, with the words "refresh_token is invalid".
        let of_refresh_token = lower.contains("refresh token") || lower.contains("refresh_token");
        let of_code = lower.contains("authorization code");
        match (self.purpose, error) {
            (Purpose::Bearer, _) if status == 401 => OAuthError::BearerRefused { said },
            (Purpose::Bearer, _) => OAuthError::Refused { status, said },
            (Purpose::Code(callback), _) if speaks_of_callback(&lower) => {
                OAuthError::CallbackMismatch { callback: callback.clone() }
            }
            (Purpose::Code(_), "invalid_grant") => OAuthError::CodeRefused { said },
            (Purpose::Code(_), "unauthorized_client" | "access_denied") if of_code => OAuthError::CodeRefused { said },
            (Purpose::Refresh, "invalid_grant") => OAuthError::InvalidGrant { said },
            (Purpose::Refresh, "unauthorized_client" | "access_denied") if of_refresh_token => {
                OAuthError::InvalidGrant { said }
            }
            (_, "access_denied" | "invalid_client" | "unauthorized_client" | "invalid_grant") => {
                OAuthError::WrongClient { said }
            }
            _ if status == 401 => OAuthError::WrongClient { said },
            _ => OAuthError::Refused { status, said },
        }
    }

    /// A text of an answer, without what it repeats of them.
    pub(super) fn taken_out(&self, text: String) -> String {
        self.repeated.taken_out(text)
    }

    /// What is read of an answer, without what it repeats of the secrets that the request carried.
    pub(super) fn taken_out_of(&self, answer: Value) -> Value {
        self.repeated.taken_out_of(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = OAuthError;
    type Future = Sending<'c>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Sending<'c> {
        Box::pin(async move {
            let (mut parts, form) = request.into_parts();
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let address = Url::parse(&parts.uri.to_string()).expect("it was made of an address");
            let request = HttpRequest::new(parts.method, address, parts.headers);
            let body = self.send(HttpRequest { body: RequestBody::Bytes(json(&form).into()), ..request }).await?;
            Ok(http::Response::new(with_token_type(body)))
        })
    }
}

/// A form as a JSON object of texts.
fn json(form: &[u8]) -> String {
    let fields = form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
    Value::Object(fields.collect::<Map<_, _>>()).to_string()
}

/// The answer with the `token_type` that it means.
fn with_token_type(body: Vec<u8>) -> Vec<u8> {
    match serde_json::from_slice(&body) {
        Ok(Value::Object(mut fields)) if !fields.contains_key("token_type") => {
            fields.insert("token_type".into(), "bearer".into());
            Value::Object(fields).to_string().into_bytes()
        }
        _ => body,
    }
}

fn error_of(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["error"].as_str().unwrap_or_default().to_owned()
}

fn unanswered(error: TransportError) -> OAuthError {
    match error {
        TransportError::NotReached(cause) => OAuthError::NotReached { cause },
        TransportError::TimedOut => OAuthError::TimedOut,
        TransportError::Unsent(cause) | TransportError::Broken(cause) => OAuthError::Broken { cause },
    }
}
