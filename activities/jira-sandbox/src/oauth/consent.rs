//! Consents: pages that wait for a person, what the person granted, and the codes that stand for it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Asks for a refresh token; no line on the consent page. \[3LO\]
pub(super) const OFFLINE: &str = "offline_access";

/// How long a code is good for; told as about five minutes.
pub(super) const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// How long a consent page can stay open.
const PAGE_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// A consent page that is open.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingConsent {
    /// In its form, so that no other page can decide it.
    pub(super) id: String,
    pub(super) opened_at: Timestamp,
    pub(super) request: ConsentRequest,
}

/// What an app asks a person for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ConsentRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) state: String,
}

/// What a person granted an app: one for each pair of them. \[3LO\]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ConsentGrant {
    pub(super) client_id: String,
    pub(super) email: String,
    pub(super) scopes: Vec<String>,
    pub(super) sites: Vec<String>,
}

/// Stands for a consent until it is changed for a bearer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AuthorizationCode {
    pub(super) text: String,
    pub(super) given_at: Timestamp,
    pub(super) email: String,
    pub(super) request: ConsentRequest,
    /// The family that it was changed for; a code is used once.
    pub(super) used_for: Option<u64>,
}

impl std::fmt::Debug for AuthorizationCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AuthorizationCode(…)")
    }
}

impl PendingConsent {
    pub(super) fn is_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.opened_at) > PAGE_LIFETIME
    }
}

impl AuthorizationCode {
    pub(super) fn is_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.given_at) > CODE_LIFETIME
    }

    /// A used code is remembered for a while: using it again is a sign of theft.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        now.duration_since(self.given_at) > SignedDuration::from_hours(24)
    }
}
