//! What all requests share: the site behind its lock, the time, the faults, and the record of exchanges.

use std::{
    fmt, io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    answer::Answer,
    attachment::store::AttachmentStore,
    browse,
    call::{AnsweredCall, Call, CallBody},
    clock::Clock,
    description::{Description, UserDescription},
    effect::Effect,
    faults::{Fault, FaultPlan, Faults},
    grants::{GrantChange, GrantError},
    jira::{Admission, Jira},
    oauth::{Endpoint, JiraSites, OAuth, OAuthRequest},
    operation::attachment::download,
    scope_list::scope_list,
    switches::Switches,
    traffic::{Exchange, Traffic},
    world::World,
};

/// What all requests share.
pub(crate) struct SharedSite {
    jira: Mutex<Jira>,
    store: AttachmentStore,
    faults: Mutex<FaultPlan>,
    /// `http://` and the address that the sandbox listens on.
    pub(crate) base: String,
    clock: Clock,
    /// How far the time was moved; here too, so that nobody waits for the disk to know the time.
    advanced_seconds: AtomicI64,
    traffic: Option<Traffic>,
}

impl SharedSite {
    pub(crate) fn new(jira: Jira, base: String, (clock, traffic, faults): (Clock, Option<Traffic>, Faults)) -> Self {
        let store = jira.store.clone();
        let faults = Mutex::new(FaultPlan::new(faults));
        let advanced_seconds = jira.oauth.advanced_seconds.into();
        Self { jira: Mutex::new(jira), store, faults, base, clock, advanced_seconds, traffic }
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

    /// One of them, by its number.
    pub(crate) fn effect(&self, seq: u64) -> Option<Effect> {
        let jira = self.jira();
        let recorded = jira.log.effects.iter().rfind(|recorded| recorded.effect.seq == seq);
        recorded.map(|recorded| recorded.effect.clone())
    }

    pub(crate) fn change_grants(&self, change: &GrantChange) -> Result<(), GrantError> {
        self.jira().change_grants(change)
    }

    /// The contents of attachments.
    pub(crate) fn store(&self) -> &AttachmentStore {
        &self.store
    }

    pub(crate) fn switches(&self) -> Switches {
        self.jira().world.switches.clone()
    }

    pub(crate) fn reset(&self) -> io::Result<()> {
        self.jira().reset()
    }

    /// The bytes behind an address that needs no credentials.
    pub(crate) fn media(&self, path: &str, range: Option<&str>) -> Option<Answer> {
        let jira = self.jira();
        let attachment = jira.world.attachments.all.get(&jira.media.find(path)?)?;
        Some(download(attachment, range).unwrap_or_else(Answer::from))
    }

    /// The page of an issue.
    pub(crate) fn browse(&self, key: &str) -> Answer {
        browse::answer(key, &self.jira().world)
    }

    /// The time as the sandbox has it: the machine's, moved as far as somebody asked.
    pub(crate) fn now(&self) -> Timestamp {
        let advanced = SignedDuration::from_secs(self.advanced_seconds.load(Ordering::Acquire));
        self.clock.now().saturating_add(advanced).unwrap_or(Timestamp::MAX)
    }

    /// The sites that a person can choose.
    pub(crate) fn sites(&self) -> JiraSites {
        JiraSites::new(&self.base, &self.jira().credentials.cloud_id)
    }

    /// Answers a request to the authorization server.
    pub(crate) fn answer_oauth(&self, endpoint: Endpoint, request: &OAuthRequest) -> Answer {
        self.jira().answer_oauth(endpoint, request)
    }

    /// Changes what the authorization server knows.
    pub(crate) fn change_oauth<T>(&self, change: impl FnOnce(&mut OAuth, &World) -> T) -> io::Result<T> {
        let mut jira = self.jira();
        let changed = jira.change_oauth(change);
        self.advanced_seconds.store(jira.oauth.advanced_seconds, Ordering::Release);
        changed
    }

    /// The fault of a request to the authorization server, which is counted.
    pub(crate) fn fault_of(&self, endpoint: Endpoint) -> Option<Fault> {
        let operation = endpoint.operation()?;
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).next(operation, |_| false)
    }

    /// The fault of a call, which is counted.
    pub(crate) fn fault(&self, call: &Call) -> Option<Fault> {
        let jira = self.jira();
        let (operation, issue) = jira.target(call)?;
        let mut plan = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        plan.next(operation, |named| {
            issue.is_some_and(|issue| issue.key.eq_ignore_ascii_case(named) || issue.id.to_string() == named)
        })
    }

    pub(crate) fn admit(&self, call: &Call) -> Admission {
        let admission = self.jira().admit(call, (&self.base, call.received));
        if let Admission::Refused(refused) = &admission {
            self.record(call, refused);
        }
        admission
    }

    pub(crate) fn answer(&self, call: &Call) -> AnsweredCall {
        let answered = self.jira().answer(call, (&self.base, call.received));
        self.record(call, &answered);
        answered
    }

    pub(crate) fn replied(&self, seq: u64) {
        if let Err(error) = self.jira().log.replied(seq) {
            tracing::warn!(%error, seq, "it cannot be noted that an effect was answered");
        }
    }

    fn record(&self, call: &Call, answered: &AnsweredCall) {
        let Some(traffic) = &self.traffic else { return };
        let exchange = Exchange {
            operation: answered.operation.map(str::to_owned),
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            request_body: if let CallBody::Json(body) = &call.body { Some(body.clone()) } else { None },
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

impl fmt::Debug for SharedSite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("base", &self.base).finish_non_exhaustive()
    }
}
