//! Families of refresh tokens: each use gives a new one and disables the used one. \[3LO\]

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::secret;

/// A used refresh token works for so long still. \[3LO\]
const LEEWAY: SignedDuration = SignedDuration::from_mins(10);

/// A family that nobody uses for so long ends. \[3LO\]
const INACTIVITY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A family ends after so long whatever is done with it, where the switches say so. \[3LO\], the text of 2024
const LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// No more used refresh tokens of a family are remembered: all is written anew with each. Older ones are unknown.
const MOST_USED: usize = 2_000;

/// All refresh tokens that came of one code.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TokenFamily {
    pub(super) number: u64,
    pub(super) client_id: String,
    pub(super) email: String,
    pub(super) sites: Vec<String>,
    pub(super) began_at: Timestamp,
    pub(super) used_at: Timestamp,
    current: String,
    /// The used ones, by the beginnings of their hashes, and since when.
    used: Vec<(u64, Timestamp)>,
    /// How often a new one was given.
    pub(super) refreshes: u64,
    /// How often a used one came again within the leeway.
    pub(super) repeats: u64,
    pub(super) ended: Option<FamilyEnd>,
}

/// Why a family takes no refresh token any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FamilyEnd {
    /// A used refresh token came again after the leeway: somebody may have stolen it. \[3LO\]
    Reused,
    /// Somebody took the consent back, or changed the password.
    Revoked,
    /// A code came twice.
    CodeReused,
}

/// What a refresh token is to a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenStanding {
    /// The one that was given last.
    Current,
    /// Used, within the leeway.
    Repeated,
    /// Used longer ago.
    Reused,
}

impl std::fmt::Debug for TokenFamily {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Family").field("number", &self.number).finish_non_exhaustive()
    }
}

impl TokenFamily {
    pub(super) fn new(number: u64, (client_id, email): (&str, &str), sites: &[String], now: Timestamp) -> Self {
        Self {
            number,
            client_id: client_id.to_owned(),
            email: email.to_owned(),
            sites: sites.to_vec(),
            began_at: now,
            used_at: now,
            current: new_token(),
            used: Vec::new(),
            refreshes: 0,
            repeats: 0,
            ended: None,
        }
    }

    /// The refresh token that was given last.
    pub(super) fn current(&self) -> &str {
        &self.current
    }

    /// What `token` is to this family; `None` where it is of another.
    pub(super) fn standing(&self, token: &str, now: Timestamp) -> Option<TokenStanding> {
        if self.current == token {
            return Some(TokenStanding::Current);
        }
        let hash = hash(token);
        let (_, since) = self.used.iter().rev().find(|(used, _)| *used == hash)?;
        let is_late = now.duration_since(*since) > LEEWAY;
        Some(if is_late { TokenStanding::Reused } else { TokenStanding::Repeated })
    }

    /// Whether it takes no refresh token any more.
    pub(super) fn is_over(&self, now: Timestamp, has_lifetime: bool) -> bool {
        let is_old = has_lifetime && now.duration_since(self.began_at) > LIFETIME;
        self.ended.is_some() || is_old || now.duration_since(self.used_at) > INACTIVITY
    }

    /// Disables the current refresh token and gives another.
    pub(super) fn rotate(&mut self, standing: TokenStanding, now: Timestamp) {
        self.used.push((hash(&self.current), now));
        let forgotten = self.used.len().saturating_sub(MOST_USED);
        self.used.drain(..forgotten);
        self.current = new_token();
        self.used_at = now;
        self.refreshes += 1;
        self.repeats += u64::from(standing == TokenStanding::Repeated);
    }
}

fn new_token() -> String {
    secret("sandbox-refresh-")
}

fn hash(token: &str) -> u64 {
    let digest = Sha256::digest(token.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
