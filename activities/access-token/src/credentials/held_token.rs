//! The copy of an access token that this process has.

use std::time::Duration;

use flowrun_engine::{activity::Failure, diagnostic::Code};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::{Grant, IssuedTokens, OAuthGrant, OAuthSecrets, REUSE_LEEWAY, Sealing, Secrets, StoredToken};
use flowrun_http::{Credential, later};

/// A bearer is renewed so long before it expires: a request may be under way, and clocks differ.
const SKEW: Duration = Duration::from_secs(60);

/// No request is under way for longer than this, whatever became of the process that sent it.
pub(super) const UNDER_WAY: Duration = Duration::from_secs(60);

/// A renewal that failed is not tried again for so long, while the bearer is still good.
const PAUSE: Duration = Duration::from_secs(30);

/// The copy of an access token that this process has.
#[derive(Debug)]
pub(super) struct HeldToken {
    pub(super) kept: StoredToken,
    pub(super) sealing: Sealing,
    /// Why it is newer than its file, if it is.
    pub(super) unwritten: Option<Failure>,
    /// When this process asked for another bearer last.
    pub(super) tried_at: Option<Timestamp>,
}

impl HeldToken {
    pub(super) fn new(kept: StoredToken, sealing: Sealing) -> Self {
        Self { kept, sealing, unwritten: None, tried_at: None }
    }

    pub(super) fn unkept(kept: StoredToken) -> Self {
        Self::new(kept, Sealing::Open)
    }

    pub(super) fn credential(&self) -> Credential {
        match (&self.kept.secrets, &self.kept.token.grant) {
            (Secrets::OAuth(OAuthSecrets { bearer, .. }) | Secrets::ServiceAccount { bearer, .. }, _) => {
                Credential::Bearer(bearer.clone())
            }
            (Secrets::ApiToken(token), Grant::ApiToken { email } | Grant::ScopedApiToken { email }) => {
                Credential::Basic { email: email.clone(), token: token.clone() }
            }
            (Secrets::ApiToken(token), _) => Credential::Bearer(token.clone()),
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        self.kept.token.grant.expires_at()
    }

    /// Whether it lasts long enough for a request.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at().is_none_or(|expires_at| later(now, SKEW) < expires_at)
    }

    /// Whether a refresh began, has no end, and can still be mended: its refresh token may be used up, and is taken again for
    /// some minutes only, however long the bearer lasts.
    ///
    /// Where another one has ended since, its request may have arrived later still, and used up what that one got. That is
    /// mended too, once it must have arrived.
    pub(super) fn is_unfinished(&self, now: Timestamp) -> bool {
        let Grant::OAuth(grant) = &self.kept.token.grant else { return false };
        let Some(began) = grant.refreshing_since else { return false };
        let has_followed = grant.refreshed_at > began;
        now < later(began, REUSE_LEEWAY) && (!has_followed || now >= later(began, UNDER_WAY))
    }

    /// Whether it is to be renewed before the next request, as long as nobody refuses it.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.is_fresh(now) || self.is_unfinished(now)
    }

    /// Whether it has not expired, if only for some seconds.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at().is_none_or(|expires_at| now < expires_at)
    }

    /// Whether renewing it failed a moment ago.
    pub(super) fn was_just_tried(&self, now: Timestamp) -> bool {
        self.tried_at.is_some_and(|tried_at| now < later(tried_at, PAUSE))
    }

    /// Whether it can be used as it is, and is another one than `refused`.
    pub(super) fn is_good(&self, refused: Option<&Credential>, now: Timestamp) -> bool {
        !self.is_due(now) && refused.is_none_or(|refused| !self.credential().is(refused))
    }

    /// Takes what the file has, unless this is what followed it and could not be written.
    pub(super) fn take(&mut self, kept: StoredToken, sealing: Sealing) {
        if !self.follows(&kept) {
            *self = Self { tried_at: self.tried_at, ..Self::new(kept, sealing) };
        }
    }

    fn follows(&self, kept: &StoredToken) -> bool {
        let (Some(_), Secrets::OAuth(ours), Secrets::OAuth(theirs)) =
            (&self.unwritten, &self.kept.secrets, &kept.secrets)
        else {
            return false;
        };
        let (Some(before), Some(current)) = (&ours.previous_refresh_token, &theirs.refresh_token) else { return false };
        before.expose_secret() == current.expose_secret()
    }

    /// The consent that it is, with its secrets.
    pub(super) fn oauth(&mut self) -> Option<(&mut OAuthGrant, &mut OAuthSecrets)> {
        match (&mut self.kept.token.grant, &mut self.kept.secrets) {
            (Grant::OAuth(grant), Secrets::OAuth(secrets)) => Some((grant, secrets)),
            _ => None,
        }
    }

    /// Takes the bearer that a service account was given.
    pub(super) fn take_bearer(&mut self, tokens: IssuedTokens) -> Result<(), Failure> {
        let (Grant::ServiceAccount { scopes, expires_at, .. }, Secrets::ServiceAccount { bearer, .. }) =
            (&mut self.kept.token.grant, &mut self.kept.secrets)
        else {
            return Err(Failure::permanent(Code::TOKENS_UNUSABLE, "the access token is not a service account"));
        };
        *bearer = tokens.bearer;
        *expires_at = tokens.expires_at;
        *scopes = tokens.scopes.unwrap_or_else(|| scopes.clone());
        Ok(())
    }
}
