//! The network between the client and the sandbox: it delays, loses, doubles and resets, as a seed says. What is on its way arrives,
//! whether whoever sent it is still there or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use flowrun_engine::id::EffectId;
use flowrun_jira::{HttpAnswer, HttpRequest, RequestBody, Transport, TransportError};
use flowrun_jira_sandbox::{Effect, InProcess};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::Value;

use super::{
    case::Trouble,
    fate::{Fate, LATEST, way},
    running::StepEffects,
};
use crate::{disk::Run, plant::Plant, random::Seeded, strike::NetworkFault, time::Time};

/// How long the client waits for an answer, in milliseconds.
const PATIENCE: u64 = 25_000;

/// The network of a world.
pub(crate) struct Network {
    site: Arc<InProcess>,
    time: Arc<Time>,
    troubles: BTreeSet<Trouble>,
    plant: Option<Plant>,
    random: Mutex<Seeded>,
    traffic: Mutex<Traffic>,
}

#[derive(Default)]
struct Traffic {
    /// Whose call is polled.
    sender: Option<Arc<StepEffects>>,
    /// Effects that were sent since the world looked; `None` is a write that belongs to none.
    sent: Vec<Option<(Run, EffectId)>>,
    /// How many requests there were.
    requests: u64,
    /// What arrives when, and which request it is.
    under_way: BTreeMap<(u64, u64), Parcel>,
    answers: BTreeMap<u64, Response<Bytes>>,
    /// The effect whose request is to be struck, and by what.
    struck: Option<((Run, EffectId), NetworkFault)>,
    /// Whose request arrived last.
    arrived: Option<(Run, EffectId)>,
    delivered: Vec<Delivered>,
}

/// A request that is under way.
struct Parcel {
    request: Request<Bytes>,
    effect: Option<(Run, EffectId)>,
    copies: usize,
}

/// An effect that the sandbox had.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// Whose effect it was.
    pub(crate) of: Option<(Run, EffectId)>,
    /// As the sandbox has it.
    pub(crate) effect: Effect,
    /// What the sandbox answered.
    pub(crate) answer: Value,
    /// Whether the network had doubled the request, and this is the second.
    pub(crate) is_copy: bool,
}

impl Network {
    pub(crate) fn new(
        (site, time): (&Arc<InProcess>, &Arc<Time>),
        troubles: BTreeSet<Trouble>,
        (random, plant): (Seeded, Option<Plant>),
    ) -> Self {
        Self {
            site: Arc::clone(site),
            time: Arc::clone(time),
            troubles,
            plant,
            random: Mutex::new(random),
            traffic: Mutex::default(),
        }
    }

    /// Whether a world has this trouble.
    pub(crate) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// What is sent from now on is of this call.
    pub(crate) fn of_call(&self, effects: Option<&Arc<StepEffects>>) {
        self.traffic().sender = effects.cloned();
    }

    /// The effects that were sent since this was asked last.
    pub(crate) fn take_sent(&self) -> Vec<Option<(Run, EffectId)>> {
        std::mem::take(&mut self.traffic().sent)
    }

    /// The next request that has this effect is struck.
    pub(crate) fn strike(&self, effect: (Run, EffectId), fault: NetworkFault) {
        self.traffic().struck = Some((effect, fault));
    }

    /// Whose request arrived since this was asked last.
    pub(crate) fn take_arrived(&self) -> Option<(Run, EffectId)> {
        self.traffic().arrived.take()
    }

    /// When the next request arrives.
    pub(crate) fn next_arrival(&self) -> Option<u64> {
        self.traffic().under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// Whether an effect of a run may still arrive.
    pub(crate) fn is_under_way(&self, run: Run) -> bool {
        let traffic = self.traffic();
        traffic.under_way.values().any(|parcel| parcel.effect.as_ref().is_some_and(|(of, _)| *of == run))
    }

    /// The next request arrives; what it is, in words.
    pub(crate) fn arrive(&self) -> Option<String> {
        let mut traffic = self.traffic();
        let ((_, number), Parcel { request, effect: of, copies }) = traffic.under_way.pop_first()?;
        traffic.arrived.clone_from(&of);
        let told = format!("{} {} arrives ({copies})", request.method(), request.uri().path());
        for copy in 0..copies {
            let (response, effect) = self.site.answer(request.clone());
            if let Some(effect) = effect {
                let answer = serde_json::from_slice(response.body()).unwrap_or_default();
                let is_copy = copy > 0 && self.plant != Some(Plant::SendTwice);
                traffic.delivered.push(Delivered { of: of.clone(), effect, answer, is_copy });
            }
            traffic.answers.entry(number).or_insert(response);
        }
        Some(told)
    }

    /// All that was done.
    pub(crate) fn delivered<T>(&self, look: impl FnOnce(&[Delivered]) -> T) -> T {
        look(&self.traffic().delivered)
    }

    /// A request sets out: which it is, what becomes of it, and when the client hears of it.
    fn set_out(&self, request: Request<Bytes>) -> (u64, Fate, u64) {
        let random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut fate, mut there, back) =
            (Fate::of(&random, &self.troubles), way(&random, &self.troubles), way(&random, &self.troubles));
        let (now, mut traffic) = (self.time.now(), self.traffic());
        traffic.requests += 1;
        let number = traffic.requests;
        let effect = traffic.sender.as_ref().and_then(|sender| Some((sender.run, sender.on_the_wire()?)));
        let is_question = ["/search/jql", "/issue/bulkfetch"].iter().any(|end| request.uri().path().ends_with(end));
        let is_write = request.method() != Method::GET && !is_question;
        if is_write {
            traffic.sent.push(effect.clone());
        }
        if let Some((_, fault)) = traffic.struck.take_if(|(of, _)| is_write && effect.as_ref() == Some(of)) {
            fate = Fate::struck(fault);
        }
        if let Fate::Late { is_too_late } = fate {
            there = PATIENCE + random.below(LATEST) + if is_too_late { 4 * LATEST } else { 0 };
        }
        let twice = usize::from(is_write && self.plant == Some(Plant::SendTwice));
        let copies = fate.arrivals() + twice;
        if fate.arrivals() > 0 {
            traffic.under_way.insert((now + there, number), Parcel { request, effect, copies });
        }
        let heard = if fate.is_silent() { now + PATIENCE } else { now + there + back };
        (number, fate, heard)
    }

    /// What the client hears of a request.
    fn heard(&self, number: u64, fate: Fate) -> Result<Response<Bytes>, TransportError> {
        let answer = self.traffic().answers.remove(&number);
        match fate {
            Fate::Answered | Fate::Doubled => answer.ok_or_else(|| TransportError::Broken("no answer".to_owned())),
            Fate::NotReached => Err(TransportError::NotReached("connection refused".to_owned())),
            Fate::Lost { is_reset: true } | Fate::AnswerLost { is_reset: true } => {
                Err(TransportError::Broken("connection reset".to_owned()))
            }
            Fate::Lost { is_reset: false } | Fate::AnswerLost { is_reset: false } | Fate::Late { .. } => {
                Err(TransportError::TimedOut)
            }
            Fate::Unavailable { .. } => Ok(refusal(StatusCode::SERVICE_UNAVAILABLE)),
            Fate::Limited => Ok(refusal(StatusCode::TOO_MANY_REQUESTS)),
            Fate::Unrecognised => Ok(refusal(StatusCode::UNAUTHORIZED)),
        }
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Network")
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let (number, fate, heard) = self.set_out(whole(request).await?);
        self.time.wait_until(heard).await;
        let (head, body) = self.heard(number, fate)?.into_parts();
        let body = stream::iter([Ok(body)]).boxed();
        Ok(HttpAnswer { status: head.status, headers: head.headers, body })
    }
}

/// The request with all of its body.
async fn whole(request: HttpRequest) -> Result<Request<Bytes>, TransportError> {
    let body = match request.body {
        RequestBody::Bytes(bytes) => bytes,
        RequestBody::Stream { mut content, .. } => {
            let mut body = Vec::new();
            while let Some(piece) = content.next().await {
                body.extend_from_slice(&piece.map_err(|cause| TransportError::Unsent(cause.to_string()))?);
            }
            body.into()
        }
    };
    let address = request.address.as_str().parse().expect("an address is a URI");
    let mut sent = Request::new(body);
    (*sent.method_mut(), *sent.uri_mut(), *sent.headers_mut()) = (request.method, address, request.headers);
    Ok(sent)
}

/// What a gateway says for itself.
fn refusal(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"{\"message\":\"not now\"}"));
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::from_iter([(http::header::RETRY_AFTER, http::HeaderValue::from_static("2"))]);
    response
}
