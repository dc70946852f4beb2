//! The one procedure that renews an access token, so that neither a crash nor another process loses it (decision 0010).
//!
//! Lock, read again, take what another process got; else write that a refresh begins, send one request, write the answer, use it.
//! The refresh token before stays in the document until the next refresh writes over it.

use std::sync::{Arc, Mutex, PoisonError};

use flowrun_engine::{activity::Failure, clock::Clock};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{
    held_token::{HeldToken, UNDER_WAY},
    issuer::{Issuer, failure},
    loss, no_such,
};
use crate::{AccessToken, Grant, IssuedTokens, OAuthError, REUSE_LEEWAY, Secrets, TokenLock, TokenName, TokenStore};
use flowrun_http::{Credential, later};

/// Renews one access token.
pub(super) struct TokenRenewer {
    name: TokenName,
    /// `None` where it is kept nowhere.
    store: Option<Arc<TokenStore>>,
    issuer: Arc<dyn Issuer>,
    clock: Arc<dyn Clock>,
    /// For those who cannot wait for a renewal.
    shown: Mutex<AccessToken>,
}

impl TokenRenewer {
    pub(super) fn new(
        store: Option<Arc<TokenStore>>,
        held: &HeldToken,
        issuer: Arc<dyn Issuer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let token = held.kept.token.clone();
        Self { name: token.name.clone(), store, issuer, clock, shown: Mutex::new(token) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn shown(&self) -> AccessToken {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets a credential that is another one than `refused`; `None` where there cannot be one.
    pub(super) async fn renew(
        &self,
        held: &mut HeldToken,
        refused: Option<&Credential>,
    ) -> Result<Option<Credential>, Failure> {
        let locked = self.lock_and_read(held).await?;
        if !held.is_good(refused, self.now()) {
            held.tried_at = Some(self.now());
            let renewed = match held.kept.token.grant {
                Grant::OAuth(_) => self.refresh(held, locked.as_ref()).await?,
                Grant::ServiceAccount { .. } => self.ask_again(held, locked.as_ref()).await?,
                Grant::ApiToken { .. } | Grant::ScopedApiToken { .. } => false,
            };
            if !renewed {
                return Ok(None);
            }
        }
        self.show(held);
        Ok(Some(held.credential()))
    }

    /// Tries once more to write what could not be written.
    pub(super) async fn write_again(&self, held: &mut HeldToken) {
        if held.unwritten.is_none() {
            return;
        }
        match self.lock_and_read(held).await {
            Ok(locked) => self.keep(held, locked.as_ref()),
            Err(failure) => tracing::warn!(%failure, "the access token is still not written"),
        }
        self.show(held);
    }

    /// Takes the lock and what the file has now.
    async fn lock_and_read(&self, held: &mut HeldToken) -> Result<Option<TokenLock>, Failure> {
        let Some(store) = &self.store else { return Ok(None) };
        let locked = store.lock(&self.name).await?;
        let Some((kept, sealing)) = store.find(&self.name)? else {
            // It was removed, and its lock with it: this one is nobody's.
            store.remove(locked)?;
            return Err(no_such(&self.name));
        };
        held.take(kept, sealing);
        Ok(Some(locked))
    }

    /// A person's consent: the next bearer for the refresh token; `false` where it has none.
    async fn refresh(&self, held: &mut HeldToken, locked: Option<&TokenLock>) -> Result<bool, Failure> {
        let Some((grant, secrets)) = held.oauth() else { return Ok(false) };
        let Some(token) = secrets.refresh_token.clone() else { return Ok(false) };
        let (app, secret) = (grant.client_id.clone(), secrets.client_secret.clone());
        let began = grant.refreshing_since;
        self.begin(held, locked)?;
        let (used, answer) = match self.issuer.refresh(&app, &secret, &token).await {
            Err(refused @ OAuthError::InvalidGrant { .. }) => match self.previous(held) {
                Some(previous) => (previous.clone(), self.issuer.refresh(&app, &secret, &previous).await),
                None => (token, Err(refused)),
            },
            answer => (token, answer),
        };
        match answer {
            Ok(tokens) => {
                self.accept(held, tokens, used, began);
                self.keep(held, locked);
                Ok(true)
            }
            Err(lost @ OAuthError::InvalidGrant { .. }) => Err(self.lose(held, began, &lost, locked)),
            // That it began stays written: nobody knows whether it was done.
            Err(error) => Err(failure(&error)),
        }
    }

    /// A service account: another bearer.
    async fn ask_again(&self, held: &mut HeldToken, locked: Option<&TokenLock>) -> Result<bool, Failure> {
        let (Grant::ServiceAccount { client_id, .. }, Secrets::ServiceAccount { client_secret, .. }) =
            (&held.kept.token.grant, &held.kept.secrets)
        else {
            return Ok(false);
        };
        let tokens = self.issuer.client_credentials(client_id, client_secret).await;
        held.take_bearer(tokens.map_err(|error| failure(&error))?)?;
        self.keep(held, locked);
        Ok(true)
    }

    /// Writes that a refresh begins, before it is sent: each request may be the one that is done.
    fn begin(&self, held: &mut HeldToken, locked: Option<&TokenLock>) -> Result<(), Failure> {
        let now = self.now();
        let Some((grant, _)) = held.oauth() else { return Ok(()) };
        grant.refreshing_since = Some(now);
        // By a clock that was wrong it may be later than now; then it would seem to have followed this one.
        grant.refreshed_at = grant.refreshed_at.min(now);
        // What this process alone has depends on this process anyway.
        if held.unwritten.is_some() { Ok(()) } else { self.write(held, locked) }
    }

    /// The refresh token before, while it is taken again.
    fn previous(&self, held: &mut HeldToken) -> Option<SecretString> {
        let now = self.now();
        let (grant, secrets) = held.oauth()?;
        secrets.previous_refresh_token.clone().filter(|_| now < later(grant.refreshed_at, REUSE_LEEWAY))
    }

    /// Takes what was given for `used`. An earlier refresh without an end, which `began`, may arrive only now, and use up what this
    /// one got: that it has no end stays written, so that another follows in a while.
    fn accept(&self, held: &mut HeldToken, tokens: IssuedTokens, used: SecretString, began: Option<Timestamp>) {
        if let Some(ahead) = tokens.clock_ahead {
            tracing::warn!(%ahead, "this machine's clock is not Atlassian's");
        }
        let now = self.now();
        let Some((grant, secrets)) = held.oauth() else { return };
        secrets.bearer = tokens.bearer;
        secrets.refresh_token = Some(tokens.refresh_token.unwrap_or_else(|| used.clone()));
        secrets.previous_refresh_token = Some(used);
        grant.scopes = tokens.scopes.unwrap_or_else(|| grant.scopes.clone());
        grant.expires_at = tokens.expires_at;
        grant.refreshed_at = now;
        // One that began in the future did so by a clock that was wrong.
        grant.refreshing_since = began.filter(|began| *began <= now && now < later(*began, UNDER_WAY));
        grant.refused = None;
        tracing::debug!(access_token = %self.name, expires_at = %grant.expires_at, "renewed");
    }

    /// Takes back that a refresh began, since this one has an end, and remembers how it ended.
    fn lose(
        &self,
        held: &mut HeldToken,
        began: Option<Timestamp>,
        error: &OAuthError,
        locked: Option<&TokenLock>,
    ) -> Failure {
        let Some((grant, _)) = held.oauth() else { return failure(error) };
        grant.refreshing_since = began;
        let refusal = loss::refusal(grant, began, self.now(), error);
        let lost = loss::refused(&self.name, &refusal);
        grant.refused = Some(refusal);
        if let Err(failure) = self.write(held, locked) {
            tracing::warn!(%failure, "the end of a refresh could not be written");
        }
        lost
    }

    /// Writes what was got; what cannot be written is used all the same, and written later.
    fn keep(&self, held: &mut HeldToken, locked: Option<&TokenLock>) {
        held.unwritten = self.write(held, locked).err();
        if let Some(why) = &held.unwritten {
            tracing::error!(
                access_token = %self.name, %why,
                "the renewed access token could not be written: it is lost if this process ends before it can"
            );
        }
    }

    fn write(&self, held: &HeldToken, locked: Option<&TokenLock>) -> Result<(), Failure> {
        match (&self.store, locked) {
            (Some(store), Some(locked)) => Ok(store.write(&held.kept, held.sealing, locked)?),
            _ => Ok(()),
        }
    }

    fn show(&self, held: &HeldToken) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = held.kept.token.clone();
    }
}
