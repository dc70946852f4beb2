//! HTTP: reads calls, has them answered, writes the answers.

mod authorization;
mod body;
mod fault;
mod write;

use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Uri, header, request::Parts},
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Door, scope_list},
    answer::{Answer, Refusal},
    attachment::{media::MEDIA, store::Store},
    call::{self, Answered, Call},
    clock::Clock,
    control,
    effect::Effect,
    faults::{Fault, FaultPlan, Faults},
    grants::{GrantChange, GrantError},
    jira::{Entrance, Jira},
    oauth::{Endpoint, OAuth, Sites},
    operation::attachment::download,
    sandbox::{Description, UserDescription},
    switches::Switches,
    traffic::{Exchange, Traffic},
    wire::{Orders, Wires},
    world::World,
};

use self::authorization::{Asked, http_date};

/// What all requests share.
pub(crate) struct Shared {
    jira: Mutex<Jira>,
    store: Store,
    faults: Mutex<FaultPlan>,
    /// `http://` and the address that the sandbox listens on.
    pub(crate) base: String,
    clock: Clock,
    traffic: Option<Traffic>,
}

impl Shared {
    pub(crate) fn new(jira: Jira, base: String, (clock, traffic, faults): (Clock, Option<Traffic>, Faults)) -> Self {
        let store = jira.store.clone();
        let faults = Mutex::new(FaultPlan::new(faults));
        Self { jira: Mutex::new(jira), store, faults, base, clock, traffic }
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
                scoped_api_token: jira.credentials.scoped_api_token(&user.email).to_owned(),
            }
        });
        Description {
            site_url: self.base.clone(),
            gateway_url: self.base.clone(),
            cloud_id: jira.credentials.cloud_id.clone(),
            app: jira.oauth.first_app(),
            users: users.collect(),
        }
    }

    pub(crate) fn issue_token(&self, email: &str, scopes: &[String]) -> Option<io::Result<String>> {
        self.jira().issue_token(email, scope_list(scopes))
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.jira().log.effects.iter().map(|recorded| recorded.effect.clone()).collect()
    }

    pub(crate) fn change_grants(&self, change: &GrantChange) -> Result<(), GrantError> {
        self.jira().change_grants(change)
    }

    fn switches(&self) -> Switches {
        self.jira().world.switches.clone()
    }

    pub(crate) fn reset(&self) -> io::Result<()> {
        self.jira().reset()
    }

    /// The bytes behind an address that needs no credentials.
    fn media(&self, path: &str, range: Option<&str>) -> Option<Answer> {
        let jira = self.jira();
        let attachment = jira.world.attachments.all.get(&jira.media.find(path)?)?;
        Some(download(attachment, range).unwrap_or_else(Answer::from))
    }

    /// The time as the sandbox has it: the machine's, moved as far as somebody asked.
    pub(crate) fn now(&self) -> Timestamp {
        let advanced = SignedDuration::from_secs(self.jira().oauth.advanced_seconds);
        self.clock.now().saturating_add(advanced).unwrap_or(Timestamp::MAX)
    }

    /// Answers a request to the authorization server.
    fn authorize(&self, endpoint: Endpoint, asked: &Asked) -> Answer {
        let now = self.now();
        let mut jira = self.jira();
        let sites = Sites::new(&self.base, &jira.credentials.cloud_id);
        jira.authorize(endpoint, &asked.ask(&sites, now)).with_header("date", http_date(now))
    }

    /// Changes what the authorization server knows.
    pub(crate) fn change_oauth<T>(&self, change: impl FnOnce(&mut OAuth, &World) -> T) -> io::Result<T> {
        self.jira().change_oauth(change)
    }

    /// The fault of a request to the authorization server, which is counted.
    fn fault_of(&self, endpoint: Endpoint) -> Option<Fault> {
        let operation = endpoint.operation()?;
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).next(operation, |_| false)
    }

    /// The fault of a call, which is counted.
    fn fault(&self, call: &Call) -> Option<Fault> {
        let jira = self.jira();
        let (operation, issue) = jira.target(call)?;
        let mut plan = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        plan.next(operation, |named| {
            issue.is_some_and(|issue| issue.key.eq_ignore_ascii_case(named) || issue.id.to_string() == named)
        })
    }

    fn enter(&self, call: &Call) -> Entrance {
        let entrance = self.jira().enter(call, (&self.base, call.received));
        if let Entrance::Refused(refused) = &entrance {
            self.record(call, refused);
        }
        entrance
    }

    fn answer(&self, call: &Call) -> Answered {
        let answered = self.jira().answer(call, (&self.base, call.received));
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
            request_body: if let call::Body::Json(body) = &call.body { Some(body.clone()) } else { None },
            status: answered.answer.status,
            answer_body: answered.answer.json().cloned(),
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
    let app = Router::new().fallback(handle).with_state(shared).into_make_service_with_connect_info::<Orders>();
    let served = axum::serve(Wires(listener), app).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the sandbox stopped serving");
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(orders): ConnectInfo<Orders>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let answer = if path.starts_with(MEDIA) {
        let found = shared.media(path, text(&head.headers, header::RANGE));
        found.unwrap_or_else(|| Refusal::message(404, "There is no such file.").into())
    } else if let Some(endpoint) = Endpoint::at(path) {
        authorization::answer(&shared, endpoint, (&head, body), &orders).await.unwrap_or_else(failed)
    } else if path.starts_with("/_sandbox/") {
        match body::whole(body).await {
            Ok(bytes) => control::answer(&shared, (&head.method, path), &head.headers, &bytes),
            Err(refused) => refused.into(),
        }
    } else {
        jira(&shared, &head, body, &orders).await.unwrap_or_else(failed)
    };
    write::response(answer, &shared.store).await
}

/// Answers a request to Jira, with the fault that is meant for it; `None` if that panicked.
async fn jira(shared: &Arc<Shared>, head: &Parts, body: Body, orders: &Orders) -> Option<Answer> {
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
async fn perform(shared: &Arc<Shared>, call: Call, (head, body): (&Parts, Body)) -> Option<Answered> {
    let (entrance, call) = on_disk_thread(shared, move |shared| (shared.enter(&call), call)).await?;
    let read = match entrance {
        Entrance::Refused(refused) => {
            body::discard(body);
            return Some(refused);
        }
        Entrance::Upload(terms) => body::files((body, &head.headers), terms, (&shared.store, &shared.switches())).await,
        Entrance::Open => body::whole(body).await.map(|bytes| body::json(&bytes, &head.headers)).map_err(Answer::from),
    };
    match read {
        Ok(body) => on_disk_thread(shared, move |shared| shared.answer(&Call { body, ..call })).await,
        Err(refused) => Some(Answered::refused(refused, None)),
    }
}

fn failed() -> Answer {
    Refusal::message(500, "The sandbox failed at this; its own messages say why.").into()
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

fn read(head: &Parts) -> Call {
    let (door, path) = Door::of(head.uri.path());
    let header = |name| text(&head.headers, name).map(str::to_owned);
    let no_check = head.headers.get("x-atlassian-token").and_then(|value| value.to_str().ok());
    Call {
        method: head.method.to_string(),
        path: path.to_owned(),
        door,
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
