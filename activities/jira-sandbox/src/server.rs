//! HTTP: reads calls, has them answered, writes the answers.

mod authorization;
mod body;
mod fault;
mod in_process;
mod write;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header, request::Parts},
    response::Response,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    access::ApiBase,
    answer::{Answer, Refusal},
    attachment::media::MEDIA,
    browse,
    call::{AnsweredCall, Call},
    clock::http_date,
    control,
    jira::Admission,
    loopback,
    oauth::Endpoint,
    shared::SharedSite,
    wire::{Orders, Wires},
};

pub use self::in_process::InProcess;

/// Serves until told to stop, then finishes what is on the wire.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<SharedSite>, stop: CancellationToken) {
    let app = Router::new().fallback(handle).with_state(shared).into_make_service_with_connect_info::<Orders>();
    let served = axum::serve(Wires(listener), app).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the sandbox stopped serving");
    }
}

async fn handle(
    State(shared): State<Arc<SharedSite>>,
    ConnectInfo(orders): ConnectInfo<Orders>,
    request: Request,
) -> Response {
    let answer = answer(&shared, request, &orders).await;
    let mut response = write::response(answer, shared.store()).await;
    let date =
        HeaderValue::try_from(http_date(shared.now())).expect("a date has no character that a header cannot have");
    response.headers_mut().entry(header::DATE).or_insert(date);
    response
}

async fn answer(shared: &Arc<SharedSite>, request: Request, orders: &Orders) -> Answer {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    if path.starts_with(MEDIA) {
        let found = shared.media(path, text(&head.headers, header::RANGE));
        found.unwrap_or_else(|| Refusal::message(404, "There is no such file.").into())
    } else if let Some(endpoint) = Endpoint::at(path) {
        authorization::answer(shared, endpoint, (&head, body), orders).await.unwrap_or_else(failed)
    } else if let Some(key) =
        browse::key_in(path).filter(|_| head.method == Method::GET && loopback::is_addressed(&head.headers))
    {
        on_disk_thread(shared, move |shared| shared.browse(&key)).await.unwrap_or_else(failed)
    } else if path.starts_with("/_sandbox/") {
        match body::whole(body).await {
            Ok(bytes) => control::answer(shared, (&head.method, path), &head.headers, &bytes),
            Err(refused) => refused.into(),
        }
    } else {
        jira(shared, &head, body, orders).await.unwrap_or_else(failed)
    }
}

/// Answers a request to Jira, with the fault that is meant for it; `None` if that panicked.
async fn jira(shared: &Arc<SharedSite>, head: &Parts, body: Body, orders: &Orders) -> Option<Answer> {
    let call = read(head);
    let (fault, mut call) = on_disk_thread(shared, move |shared| {
        let call = Call { received: shared.now(), ..call };
        (shared.fault(&call), call)
    })
    .await?;
    if let Some(fault) = &fault
        && let Some(answer) = fault::before(fault, &mut call, orders).await
    {
        body::discard(body);
        return Some(answer);
    }
    let answered = perform(shared, call, (head, body)).await?;
    let answer = match &fault {
        Some(fault) => fault::after(fault, answered.answer, orders).await,
        None => Ok(answered.answer),
    };
    if let (Some(seq), Ok(_)) = (answered.effect, &answer) {
        // A client that hung up meanwhile has dropped this future, and the effect stays "not replied".
        on_disk_thread(shared, move |shared| shared.replied(seq)).await;
    }
    Some(answer.unwrap_or_else(|instead| instead))
}

/// Does what a request asks for: lets it in, reads its body, answers it.
async fn perform(shared: &Arc<SharedSite>, call: Call, (head, body): (&Parts, Body)) -> Option<AnsweredCall> {
    let (admission, call) = on_disk_thread(shared, move |shared| (shared.admit(&call), call)).await?;
    let read = match admission {
        Admission::Refused(refused) => {
            body::discard(body);
            return Some(refused);
        }
        Admission::Upload(terms) => {
            body::files((body, &head.headers), terms, (shared.store(), &shared.switches())).await
        }
        Admission::Open => body::whole(body).await.map(|bytes| body::json(&bytes, &head.headers)).map_err(Answer::from),
    };
    match read {
        Ok(body) => on_disk_thread(shared, move |shared| shared.answer(&Call { body, ..call })).await,
        Err(refused) => Some(AnsweredCall::refused(refused, None)),
    }
}

fn failed() -> Answer {
    Refusal::message(500, "The sandbox failed at this; its own messages say why.").into()
}

/// Runs what may wait for the disk where it blocks nobody else; `None` if it panicked.
async fn on_disk_thread<T: Send + 'static>(
    shared: &Arc<SharedSite>,
    work: impl FnOnce(&SharedSite) -> T + Send + 'static,
) -> Option<T> {
    let shared = Arc::clone(shared);
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.inspect_err(|error| tracing::error!(%error, "a request could not be answered")).ok()
}

fn read(head: &Parts) -> Call {
    let (api_base, path) = ApiBase::of(head.uri.path());
    let header = |name| text(&head.headers, name).map(str::to_owned);
    let no_check = head.headers.get("x-atlassian-token").and_then(|value| value.to_str().ok());
    Call {
        method: head.method.to_string(),
        path: path.to_owned(),
        api_base,
        query: query_of(&head.uri),
        authorization: header(header::AUTHORIZATION),
        no_check: no_check.is_some_and(|value| value.eq_ignore_ascii_case("no-check")),
        range: header(header::RANGE),
        ..Call::default()
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn query_of(uri: &Uri) -> Vec<(String, String)> {
    pairs(uri.query().unwrap_or_default().as_bytes())
}

/// What a form or a query has, in its order.
fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
