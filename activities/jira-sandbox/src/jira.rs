//! One Jira site: its world, its log and its credentials behind one lock, and how it answers a call.

use std::io;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    access::{Credentials, Door, admit},
    answer::{Accepted, Answer, Refusal},
    directory::Directory,
    effect::{Effect, Recorded},
    legacy,
    log::EffectLog,
    refusal,
    request::Request,
    routes::{Handler, Operation, Route, route},
    world::World,
};

/// A request as it came in, read but not judged.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The path below the site.
    pub(crate) path: String,
    pub(crate) door: Door,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Body,
}

/// The body of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    None,
    Json(Value),
    NotJson,
    OtherType,
}

/// The answer to a call, and what else is known of it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) operation: Option<&'static str>,
    /// The number of the effect that the call had.
    pub(crate) effect: Option<u64>,
}

/// A Jira site.
pub(crate) struct Jira {
    pub(crate) world: World,
    /// The world as it was before any effect.
    beginning: World,
    pub(crate) log: EffectLog,
    pub(crate) credentials: Credentials,
    pub(crate) directory: Option<Directory>,
}

impl Jira {
    /// A site as its log leaves it.
    pub(crate) fn new(
        beginning: World,
        log: EffectLog,
        credentials: Credentials,
        directory: Option<Directory>,
    ) -> Self {
        let mut world = beginning.clone();
        for recorded in &log.effects {
            world.apply(&recorded.effect, &recorded.change);
        }
        Self { world, beginning, log, credentials, directory }
    }

    /// Answers a call; an effect is durable when this returns.
    pub(crate) fn answer(&mut self, call: &Call, (base, now): (&str, Timestamp)) -> Answered {
        let (operation, parts, is_legacy) = match route(&call.method, &call.path) {
            Route::Served(operation, parts) => (operation, parts, false),
            Route::Legacy(operation, parts) => (operation, parts, true),
            other => return Answered { answer: not_routed(&other, call), operation: None, effect: None },
        };
        let (answer, effect) = self.perform(operation, parts, call, (base, now));
        let answer = if is_legacy { legacy::answer(operation.id, answer) } else { answer };
        Answered { answer, operation: Some(operation.id), effect }
    }

    /// Makes a bearer token, and keeps it with the world.
    pub(crate) fn issue_token(&mut self, email: &str, scopes: Vec<String>) -> Option<io::Result<String>> {
        let email = self.world.user_by_email(email)?.email.clone();
        let token = self.credentials.issue(&email, scopes);
        let kept = self.directory.as_ref().map_or(Ok(()), |directory| directory.keep(&self.credentials));
        Some(kept.map(|()| token))
    }

    /// Puts the world back to its beginning; the credentials stay.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        self.log.clear()?;
        let adjustments = std::mem::take(&mut self.world.adjustments);
        self.world = World { adjustments, ..self.beginning.clone() };
        Ok(())
    }

    fn perform(
        &mut self,
        operation: &'static Operation,
        parts: Vec<(&'static str, String)>,
        call: &Call,
        (base, now): (&str, Timestamp),
    ) -> (Answer, Option<u64>) {
        let admitted = admit((&call.door, call.authorization.as_deref()), operation, &self.credentials, &self.world);
        let caller = match admitted {
            Ok(caller) => caller,
            Err(refused) => return (refused, None),
        };
        let body = match body_of(operation, &call.body) {
            Ok(body) => body,
            Err(refused) => return (refused, None),
        };
        let through = below(base, &call.door);
        let request = Request { operation, parts, query: &call.query, body, caller, base: &through, site: base, now };
        match operation.handler {
            Handler::Read(read) => (read(&request, &self.world).unwrap_or_else(Answer::from), None),
            Handler::Write(write) => match write(&request, &self.world) {
                Ok(accepted) => {
                    let effect = self.effect(&request, &accepted, call);
                    self.commit(effect, accepted)
                }
                Err(refused) => (refused.into(), None),
            },
        }
    }

    fn effect(&self, request: &Request<'_>, accepted: &Accepted, call: &Call) -> Effect {
        Effect {
            seq: self.log.next_seq(),
            time: request.now,
            operation: request.operation.id.to_owned(),
            method: call.method.clone(),
            path: call.path.clone(),
            issue: accepted.issue.clone(),
            account: request.caller.account_id.clone(),
            body: request.body.cloned().unwrap_or(Value::Null),
            status: accepted.answer.status,
            replied: false,
        }
    }

    /// Log first, then the world, then the answer.
    fn commit(&mut self, effect: Effect, Accepted { change, answer, .. }: Accepted) -> (Answer, Option<u64>) {
        let seq = effect.seq;
        let recorded = Recorded { effect: effect.clone(), change: change.clone() };
        if let Err(error) = self.log.append(recorded) {
            tracing::error!(%error, "the effect log cannot be written");
            return (log_failed(), None);
        }
        self.world.apply(&effect, &change);
        (answer, Some(seq))
    }
}

/// The address that answers name themselves by: the gateway's for those who came through it. \[3LO\]
fn below(base: &str, door: &Door) -> String {
    match door {
        Door::Gateway(cloud_id) => format!("{base}/ex/jira/{cloud_id}"),
        Door::Site => base.to_owned(),
    }
}

/// An operation with a body takes JSON and nothing else; 415 is \[unverified\].
fn body_of<'c>(operation: &Operation, body: &'c Body) -> Result<Option<&'c Value>, Answer> {
    match body {
        _ if !matches!(operation.method, "POST" | "PUT") => Ok(None),
        Body::Json(value) => Ok(Some(value)),
        Body::None | Body::NotJson => Err(refusal::body_not_json().into()),
        Body::OtherType => Err(Refusal::message(415, "Unsupported Media Type").into()),
    }
}

fn not_routed(route: &Route, call: &Call) -> Answer {
    let (method, path) = (&call.method, &call.path);
    match route {
        Route::Unserved(id) => refusal::not_served(&format!("the operation {id} ({method} {path})")).into(),
        Route::Gone => refusal::search_removed().into(),
        Route::WrongMethod => Refusal::message(405, "Method Not Allowed").into(),
        Route::Unknown if path.starts_with("/rest/") => refusal::not_served(&format!("{method} {path}")).into(),
        Route::Unknown | Route::Served(..) | Route::Legacy(..) => {
            Refusal::message(404, format!("Nothing is at {path}.")).into()
        }
    }
}

fn log_failed() -> Answer {
    Refusal::message(500, "The sandbox cannot write its effect log; it changes nothing any more.").into()
}
