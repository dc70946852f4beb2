//! Where a page of a search ended: the token that asks for the next one. It names the last issue's place, so that issues
//! that are found no more in between shift nothing. \[unverified\]

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{answer::Refusal, jql::SortKey, refusal};

/// The end of a page.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Which query it belongs to.
    query: u64,
    given: Timestamp,
    /// The place of the last issue.
    pub(super) after: SortKey,
}

/// So long a token is good. \[SPEC\]
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Cursor {
    /// A token for what comes after a place.
    pub(super) fn token(after: SortKey, jql: &str, now: Timestamp) -> String {
        let cursor = Self { query: fingerprint(jql), given: now, after };
        URL_SAFE_NO_PAD.encode(serde_json::json!(cursor).to_string())
    }

    /// Reads a token: of this query, and not too old.
    pub(super) fn read(token: &str, jql: &str, now: Timestamp) -> Result<Self, Refusal> {
        let decoded = URL_SAFE_NO_PAD.decode(token).ok();
        let cursor: Option<Self> = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let fits = |cursor: &Self| cursor.query == fingerprint(jql) && now.duration_since(cursor.given) <= LIFETIME;
        cursor.filter(fits).ok_or_else(refusal::page_token_invalid)
    }
}

fn fingerprint(jql: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    jql.hash(&mut hasher);
    hasher.finish()
}
