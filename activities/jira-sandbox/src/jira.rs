//! One Jira site: its world, its log and its credentials behind one lock, and how it answers a call.

mod metering;

use std::{collections::BTreeMap, io};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    access::{ApiBase, Credentials, KnownCredentials, authenticate},
    answer::{AcceptedChange, Answer, Refusal},
    attachment::{UploadTerms, media::MediaAddresses, store::AttachmentStore},
    call::{AnsweredCall, Call, CallBody},
    directory::Directory,
    effect::{Change, Effect, RecordedEffect},
    grants::{GrantChange, GrantError},
    legacy,
    limits::Meter,
    log::EffectLog,
    oauth::{Endpoint, OAuth, OAuthRequest},
    refusal,
    request::ApiRequest,
    routes::{Handler, Operation, Route, route},
    world::{Issue, User, World},
};

/// The site's own address, and the time.
pub(crate) type SiteAndTime<'a> = (&'a str, Timestamp);

/// An operation, with the parts of the path by name.
type RoutedOperation = (&'static Operation, PathParts);

/// The parts of a path that its pattern names.
type PathParts = Vec<(&'static str, String)>;

/// A Jira site.
pub(crate) struct Jira {
    pub(crate) world: World,
    /// The world as it was before any effect.
    beginning: World,
    /// The second site's.
    empty: World,
    pub(crate) log: EffectLog,
    pub(crate) credentials: Credentials,
    pub(crate) oauth: OAuth,
    pub(crate) directory: Option<Directory>,
    /// The contents of attachments.
    pub(crate) store: AttachmentStore,
    pub(crate) media: MediaAddresses,
    meter: Meter,
}

/// What comes of a call before its body is read.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Its body is read and then judged with the rest.
    Open,
    /// Its body is a form with files, which must keep to these terms.
    Upload(UploadTerms),
    /// It is answered already.
    Refused(AnsweredCall),
}

impl Jira {
    /// A site as its log leaves it.
    pub(crate) fn new(
        beginning: World,
        log: EffectLog,
        (credentials, oauth): (Credentials, OAuth),
        (directory, store): (Option<Directory>, AttachmentStore),
    ) -> Self {
        let mut world = beginning.clone();
        for recorded in &log.effects {
            world.apply(&recorded.effect, &recorded.change);
        }
        let empty = World { projects: Vec::new(), issues: BTreeMap::new(), ..beginning.clone() };
        let (media, meter) = (MediaAddresses::random(), Meter::default());
        Self { world, beginning, empty, log, credentials, oauth, directory, store, media, meter }
    }

    /// A site whose world ends with it.
    pub(crate) fn in_memory(world: World, store: AttachmentStore) -> Self {
        let credentials = Credentials::random(&world);
        Self::new(world, EffectLog::default(), (credentials, OAuth::new()), (None, store))
    }

    /// Lets a call in before its body is read, or refuses it.
    pub(crate) fn admit(&mut self, call: &Call, at: SiteAndTime<'_>) -> Admission {
        let (Route::Served(operation, parts) | Route::Legacy(operation, parts)) = route(&call.method, &call.path)
        else {
            return Admission::Open;
        };
        let admission = self.judge((operation, parts), call, at);
        admission.unwrap_or_else(|refused| Admission::Refused(AnsweredCall::refused(refused, Some(operation.facts.id))))
    }

    fn judge(
        &mut self,
        (operation, parts): RoutedOperation,
        call: &Call,
        at: SiteAndTime<'_>,
    ) -> Result<Admission, Answer> {
        if !is_anonymous(operation, call) {
            self.authenticate(operation, call)?;
        }
        self.count((operation, &parts), call)?;
        let Handler::Upload { admit, .. } = operation.handler else { return Ok(Admission::Open) };
        if !call.no_check {
            return Err(Answer::text(self.world.switches.upload_without_no_check as u16, "XSRF check failed"));
        }
        let caller = self.authenticate(operation, call)?;
        let through = below(at.0, &call.api_base);
        let request = self.request((operation, parts), call, (caller, None), (&through, at));
        Ok(Admission::Upload(admit(&request, &self.world)?))
    }

    /// The operation that a call means, and the issue that its path names.
    pub(crate) fn target(&self, call: &Call) -> Option<(&'static str, Option<&Issue>)> {
        match route(&call.method, &call.path) {
            Route::Served(operation, parts) | Route::Legacy(operation, parts) => {
                Some((operation.facts.id, issue_of(&parts).and_then(|named| self.world.issue(named))))
            }
            _ => None,
        }
    }

    /// Answers a call; an effect is durable when this returns.
    pub(crate) fn answer(&mut self, call: &Call, at: SiteAndTime<'_>) -> AnsweredCall {
        let (operation, parts, is_legacy) = match route(&call.method, &call.path) {
            Route::Served(operation, parts) => (operation, parts, false),
            Route::Legacy(operation, parts) => (operation, parts, true),
            other => return AnsweredCall::refused(not_routed(&other, call), None),
        };
        let (answer, effect) = self.perform((operation, parts), call, at).unwrap_or_else(|refused| (refused, None));
        let answer = if is_legacy { legacy::answer(operation.facts.id, answer) } else { answer };
        let answer = self.charge(operation, call, answer);
        AnsweredCall { answer, operation: Some(operation.facts.id), effect }
    }

    /// Answers a request to the authorization server; what it gave is durable when this returns.
    pub(crate) fn answer_oauth(&mut self, endpoint: Endpoint, request: &OAuthRequest) -> Answer {
        self.change_oauth(|oauth, world| oauth.answer(endpoint, request, world)).unwrap_or_else(|error| {
            tracing::error!(%error, "the authorization server cannot keep what it gave");
            Refusal::message(500, "The sandbox cannot write what it gave.").into()
        })
    }

    /// Changes what the authorization server knows, and keeps it with the world.
    pub(crate) fn change_oauth<T>(&mut self, change: impl FnOnce(&mut OAuth, &World) -> T) -> io::Result<T> {
        let mut oauth = self.oauth.clone();
        let gives = change(&mut oauth, &self.world);
        if oauth != self.oauth {
            self.directory.as_ref().map_or(Ok(()), |directory| directory.keep_oauth(&oauth))?;
            self.oauth = oauth;
        }
        Ok(gives)
    }

    /// Makes a bearer token, and keeps it with the world.
    pub(crate) fn issue_token(&mut self, email: &str, scopes: Vec<String>) -> Option<io::Result<String>> {
        let email = self.world.user_by_email(email)?.email.clone();
        let token = self.credentials.issue(&email, scopes);
        let kept = self.directory.as_ref().map_or(Ok(()), |directory| directory.keep(&self.credentials));
        Some(kept.map(|()| token))
    }

    /// Changes what a user may do, and keeps it with the world.
    pub(crate) fn change_grants(&mut self, change: &GrantChange) -> Result<(), GrantError> {
        change.check(&self.world)?;
        let changed = self.world.changed_permissions.with(change.changed_permissions());
        let (mut credentials, mut oauth) = (self.credentials.clone(), self.oauth.clone());
        credentials.change_scopes(&change.email, &change.scopes, change.granted);
        oauth.change_scopes(&change.email, &change.scopes, change.granted);
        if let Some(directory) = &self.directory {
            directory.keep_permissions(&changed)?;
            directory.keep(&credentials)?;
            directory.keep_oauth(&oauth)?;
        }
        (self.credentials, self.oauth) = (credentials, oauth);
        self.world.changed_permissions = changed;
        Ok(())
    }

    /// Removes contents that no attachment has: a crash can leave some.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        self.store.sweep(&self.world.attachments.all.keys().copied().collect())
    }

    /// Puts the world back to its beginning, with the permissions of its seed; the credentials stay.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        self.log.clear()?;
        self.store.sweep(&Default::default())?;
        if let Some(directory) = &self.directory {
            directory.keep_permissions(&Default::default())?;
        }
        self.world = self.beginning.clone();
        self.meter = Meter::default();
        Ok(())
    }

    fn perform(
        &mut self,
        (operation, parts): RoutedOperation,
        call: &Call,
        at: SiteAndTime<'_>,
    ) -> Result<(Answer, Option<u64>), Answer> {
        if let Handler::Public(read) = operation.handler {
            // Wrong credentials did not enter.
            return Ok((read(at.0, at.1), None));
        }
        let caller = self.authenticate(operation, call)?;
        let body = body_of(operation, &call.body, &self.world)?;
        let through = below(at.0, &call.api_base);
        let request = self.request((operation, parts), call, (caller, body), (&through, at));
        let world = self.world_behind(&call.api_base);
        let accepted = match operation.handler {
            Handler::Read(read) => return Ok((read(&request, world)?, None)),
            _ if !std::ptr::eq(world, &self.world) => {
                return Err(refusal::not_served("a change of the second site").into());
            }
            Handler::Public(read) => return Ok((read(at.0, at.1), None)),
            Handler::Write(write) | Handler::Upload { add: write, .. } => write(&request, &self.world)?,
        };
        let effect = self.effect(&request, &accepted, call);
        Ok(self.commit(effect, accepted, &call.body))
    }

    fn authenticate(&self, operation: &Operation, call: &Call) -> Result<&User, Answer> {
        let known = KnownCredentials { credentials: &self.credentials, oauth: &self.oauth, now: call.received };
        authenticate(
            (&call.api_base, call.authorization.as_deref()),
            &operation.facts,
            &known,
            self.world_behind(&call.api_base),
        )
    }

    /// The second site has the same users, and nothing else.
    fn world_behind(&self, api_base: &ApiBase) -> &World {
        let is_second = matches!(api_base, ApiBase::Gateway(cloud_id) if *cloud_id != self.credentials.cloud_id);
        if is_second { &self.empty } else { &self.world }
    }

    fn request<'a>(
        &'a self,
        (operation, parts): RoutedOperation,
        call: &'a Call,
        (caller, body): (&'a User, Option<&'a Value>),
        (base, (site, now)): (&'a str, SiteAndTime<'a>),
    ) -> ApiRequest<'a> {
        let files = if let CallBody::Files(files) = &call.body { files.as_slice() } else { &[] };
        let (query, range, search_lag, media) = (&call.query, call.range.as_deref(), call.search_lag, &self.media);
        ApiRequest {
            operation: &operation.facts,
            parts,
            query,
            body,
            files,
            range,
            media,
            search_lag,
            caller,
            base,
            site,
            now,
        }
    }

    fn effect(&self, request: &ApiRequest<'_>, accepted: &AcceptedChange, call: &Call) -> Effect {
        Effect {
            seq: self.log.next_seq(),
            time: request.now,
            operation: request.operation.id.to_owned(),
            method: call.method.clone(),
            path: call.path.clone(),
            issue: accepted.issue.clone(),
            account: request.caller.account_id.clone(),
            body: match &accepted.change {
                Change::AttachmentsAdded(added) => added.described(),
                _ => request.body.cloned().unwrap_or(Value::Null),
            },
            status: accepted.answer.status,
            replied: false,
        }
    }

    /// Contents first, then the log, the world, and the answer.
    fn commit(&mut self, effect: Effect, accepted: AcceptedChange, body: &CallBody) -> (Answer, Option<u64>) {
        let AcceptedChange { change, answer, .. } = accepted;
        let seq = effect.seq;
        let recorded = RecordedEffect { effect: effect.clone(), change: change.clone() };
        if let Err(error) = self.keep_contents(&change, body).and_then(|()| self.log.append(recorded)) {
            tracing::error!(%error, "an effect cannot be written");
            self.store.remove(added(&change));
            return (log_failed(), None);
        }
        let lost = self.world.attachments_lost(&change);
        self.world.apply(&effect, &change);
        self.store.remove(lost);
        (answer, Some(seq))
    }

    fn keep_contents(&self, change: &Change, body: &CallBody) -> io::Result<()> {
        let CallBody::Files(files) = body else { return Ok(()) };
        self.store.keep(added(change).into_iter().zip(files))
    }
}

/// Whether a call has no credentials and needs none. \[SPEC\]; that the gateway wants some all the same is \[unverified\].
fn is_anonymous(operation: &Operation, call: &Call) -> bool {
    operation.is_public() && call.api_base == ApiBase::Site && call.authorization.is_none()
}

/// The issue that a path names.
fn issue_of(parts: &PathParts) -> Option<&str> {
    parts.iter().find(|(name, _)| *name == "issueIdOrKey").map(|(_, named)| named.as_str())
}

/// The ids of the attachments that a change brings.
fn added(change: &Change) -> Vec<u64> {
    let Change::AttachmentsAdded(added) = change else { return Vec::new() };
    added.files.iter().map(|file| file.id).collect()
}

/// The address that answers name themselves by: the gateway's for those who came through it. \[3LO\]
fn below(base: &str, api_base: &ApiBase) -> String {
    match api_base {
        ApiBase::Gateway(cloud_id) => format!("{base}/ex/jira/{cloud_id}"),
        ApiBase::Site => base.to_owned(),
    }
}

/// An operation with a body takes JSON, or a form with files, and nothing else.
fn body_of<'c>(operation: &Operation, body: &'c CallBody, world: &World) -> Result<Option<&'c Value>, Answer> {
    match body {
        _ if !matches!(operation.facts.method, "POST" | "PUT") => Ok(None),
        CallBody::Files(_) => Ok(None),
        CallBody::Json(value) => Ok(Some(value)),
        CallBody::None | CallBody::NotJson => Err(refusal::body_not_json().into()),
        CallBody::OtherType => Err(refusal::body_type(world.switches.other_body_type as u16).into()),
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

#[cfg(all(test, target_os = "linux"))]
mod tests;
