//! HTTP: reads calls, has them answered, writes the answers.

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Door, scope_list},
    answer::Answer,
    clock::Clock,
    control,
    effect::Effect,
    jira::{Answered, Body, Call, Jira},
    sandbox::{Description, UserDescription},
    traffic::{Exchange, Traffic},
};

/// Jira's own limit is not documented; this one only keeps memory in bounds.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What all requests share.
pub(crate) struct Shared {
    jira: Mutex<Jira>,
    /// `http://` and the address that the sandbox listens on.
    pub(crate) base: String,
    clock: Clock,
    traffic: Option<Traffic>,
}

impl Shared {
    pub(crate) fn new(jira: Jira, base: String, clock: Clock, traffic: Option<Traffic>) -> Self {
        Self { jira: Mutex::new(jira), base, clock, traffic }
    }

    pub(crate) fn description(&self) -> Description {
        let jira = self.jira();
        let users = jira.world.users.iter().map(|user| {
            let (bearer, scopes) = jira.credentials.first_bearer(&user.email);
            UserDescription {
                email: user.email.clone(),
                account_id: user.account_id.clone(),
                api_token: jira.credentials.api_token(&user.email).to_owned(),
                bearer_token: bearer.to_owned(),
                scopes: scopes.to_vec(),
            }
        });
        Description {
            site_url: self.base.clone(),
            gateway_url: self.base.clone(),
            cloud_id: jira.credentials.cloud_id.clone(),
            users: users.collect(),
        }
    }

    pub(crate) fn issue_token(&self, email: &str, scopes: &[String]) -> Option<io::Result<String>> {
        self.jira().issue_token(email, scope_list(scopes))
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.jira().log.effects.iter().map(|recorded| recorded.effect.clone()).collect()
    }

    pub(crate) fn reset(&self) -> io::Result<()> {
        self.jira().reset()
    }

    fn answer(&self, call: &Call) -> Answered {
        let answered = self.jira().answer(call, (&self.base, self.clock.now()));
        self.record(call, &answered);
        answered
    }

    fn replied(&self, seq: u64) {
        if let Err(error) = self.jira().log.replied(seq) {
            tracing::warn!(%error, seq, "it cannot be noted that an effect was answered");
        }
    }

    fn record(&self, call: &Call, answered: &Answered) {
        let Some(traffic) = &self.traffic else { return };
        let exchange = Exchange {
            operation: answered.operation.map(str::to_owned),
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            request_body: if let Body::Json(body) = &call.body { Some(body.clone()) } else { None },
            status: answered.answer.status,
            answer_body: answered.answer.body.clone(),
        };
        if let Err(error) = traffic.record(&exchange) {
            tracing::warn!(%error, "an exchange cannot be recorded");
        }
    }

    fn jira(&self) -> MutexGuard<'_, Jira> {
        // A panic in between leaves log and world agreeing: the world changes in one step, after the log.
        self.jira.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Serves until told to stop, then finishes what is on the wire.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let app = Router::new().fallback(handle).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(shared);
    let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the sandbox stopped serving");
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().starts_with("/_sandbox/") {
        return write(control::answer(&shared, (&method, uri.path()), &headers, &body));
    }
    let call = read(&method, &uri, &headers, &body);
    let answered = on_disk_thread(&shared, move |shared| shared.answer(&call)).await;
    let Some(answered) = answered else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    if let Some(seq) = answered.effect {
        // A client that hung up meanwhile has dropped this future, and the effect stays "not replied".
        on_disk_thread(&shared, move |shared| shared.replied(seq)).await;
    }
    write(answered.answer)
}

/// Runs what may wait for the disk where it blocks nobody else; `None` if it panicked.
async fn on_disk_thread<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> T + Send + 'static,
) -> Option<T> {
    let shared = Arc::clone(shared);
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.inspect_err(|error| tracing::error!(%error, "a request could not be answered")).ok()
}

fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Call {
    let (door, path) = Door::of(uri.path());
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_json = text(header::CONTENT_TYPE).is_some_and(|kind| kind.trim_start().starts_with("application/json"));
    Call {
        method: method.to_string(),
        path: path.to_owned(),
        door,
        query: query_of(uri),
        authorization: text(header::AUTHORIZATION).map(str::to_owned),
        body: match serde_json::from_slice(body) {
            _ if body.is_empty() => Body::None,
            _ if !is_json => Body::OtherType,
            Ok(value) => Body::Json(value),
            Err(_) => Body::NotJson,
        },
    }
}

fn query_of(uri: &Uri) -> Vec<(String, String)> {
    let parsed = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    parsed.map(|axum::extract::Query(query)| query).unwrap_or_default()
}

fn write(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match answer.body {
        Some(body) => {
            (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body.to_string()).into_response()
        }
        None => status.into_response(),
    }
}
