//! An authorization server that rotates refresh tokens, with leeway and reuse detection \[3LO\], in a time that tests move.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{clock::Clock, testing::MovedClock};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Notify, Semaphore};

use crate::{IssuedTokens, OAuthError, REUSE_LEEWAY, credentials::issuer::Issuer};
use flowrun_http::later;

const HOUR: Duration = Duration::from_secs(3_600);

/// The server of one grant.
pub(super) struct Server {
    clock: Arc<MovedClock>,
    state: Mutex<State>,
    gate: Mutex<Option<Arc<Semaphore>>>,
    reached: Notify,
}

#[derive(Default)]
struct State {
    requests: u32,
    newest: u32,
    /// When refresh tokens were used first.
    used: BTreeMap<u32, Timestamp>,
    lost: bool,
    forgotten: Option<u32>,
    failure: Option<OAuthError>,
    answer_is_lost: bool,
    before_answer: Option<Box<dyn FnOnce() + Send>>,
}

impl Server {
    /// It has given the refresh token 0.
    pub(super) fn new(clock: Arc<MovedClock>) -> Self {
        Self { clock, state: Mutex::default(), gate: Mutex::default(), reached: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests were answered or failed.
    pub(super) fn requests(&self) -> u32 {
        self.state().requests
    }

    /// Whether a refresh token was used again after its leeway, or the grant was revoked.
    pub(super) fn is_lost(&self) -> bool {
        self.state().lost
    }

    /// The next request fails so, and changes nothing.
    pub(super) fn fail(&self, error: OAuthError) {
        self.state().failure = Some(error);
    }

    /// The next request is done, and its answer does not arrive.
    pub(super) fn lose_answer(&self) {
        self.state().answer_is_lost = true;
    }

    /// This happens before the next answer.
    pub(super) fn before_answer(&self, happens: impl FnOnce() + Send + 'static) {
        self.state().before_answer = Some(Box::new(happens));
    }

    pub(super) fn revoke(&self) {
        self.state().lost = true;
    }

    /// The newest refresh token is not known any more, the one before is.
    pub(super) fn forget_newest(&self) {
        let mut state = self.state();
        state.forgotten = Some(state.newest);
    }

    /// Requests wait for permits.
    pub(super) fn hold(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().expect("nobody panics with it") = Some(Arc::clone(&gate));
        gate
    }

    /// Returns once a request was done, before it is answered.
    pub(super) async fn reached(&self) {
        self.reached.notified().await;
    }

    fn change(&self, refresh_token: &str) -> Result<IssuedTokens, OAuthError> {
        let now = self.clock.now();
        let mut state = self.state();
        state.requests += 1;
        if let Some(error) = state.failure.take() {
            return Err(error);
        }
        let number: u32 =
            refresh_token.strip_prefix("refresh-canary-").and_then(|text| text.parse().ok()).expect("ours");
        let first_used = *state.used.entry(number).or_insert(now);
        state.lost |= later(first_used, REUSE_LEEWAY) < now;
        if state.lost || state.forgotten == Some(number) {
            return Err(OAuthError::InvalidGrant { said: "Unknown or invalid refresh token.".into() });
        }
        state.newest += 1;
        if std::mem::take(&mut state.answer_is_lost) {
            return Err(OAuthError::Broken { cause: "reset".into() });
        }
        if let Some(happens) = state.before_answer.take() {
            happens();
        }
        Ok(tokens(state.newest, true, now))
    }
}

fn tokens(number: u32, refreshes: bool, now: Timestamp) -> IssuedTokens {
    IssuedTokens {
        bearer: format!("bearer-canary-{number}").into(),
        refresh_token: refreshes.then(|| format!("refresh-canary-{number}").into()),
        expires_at: later(now, HOUR),
        scopes: None,
        clock_ahead: None::<SignedDuration>,
    }
}

#[async_trait]
impl Issuer for Server {
    async fn refresh(&self, _: &str, _: &SecretString, refresh: &SecretString) -> Result<IssuedTokens, OAuthError> {
        tokio::task::yield_now().await;
        let answer = self.change(refresh.expose_secret());
        self.reached.notify_one();
        let gate = self.gate.lock().expect("nobody panics with it").clone();
        match gate {
            Some(gate) => gate.acquire().await.expect("it is never closed").forget(),
            None => tokio::task::yield_now().await,
        }
        answer
    }

    async fn client_credentials(&self, _: &str, _: &SecretString) -> Result<IssuedTokens, OAuthError> {
        let mut state = self.state();
        state.requests += 1;
        state.newest += 1;
        Ok(tokens(state.newest, false, self.clock.now()))
    }
}
