//! What the sandbox's own interface tells and changes of the authorization server. It tells no secret.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{OAuth, family::Ended};

/// What is taken back: all consents, or those of a user or an app.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Revocation {
    email: Option<String>,
    client_id: Option<String>,
}

impl OAuth {
    /// The families of refresh tokens, in numbers.
    pub(crate) fn status(&self, now: Timestamp) -> Value {
        let families = self.families.iter().map(|family| {
            json!({
                "family": family.number, "client_id": family.client_id, "email": family.email,
                "began_at": family.began_at, "used_at": family.used_at, "refreshes": family.refreshes,
                "repeats": family.repeats, "ended": family.ended,
            })
        });
        let families: Vec<_> = families.collect();
        json!({ "now": now, "families": families, "bearers": self.bearers.len() })
    }

    /// Takes consents back, as their user can at Atlassian. Gives how many families ended.
    pub(crate) fn revoke(&mut self, what: &Revocation) -> usize {
        let is_meant =
            |named: &Option<String>, own: &str| named.as_deref().is_none_or(|named| named.eq_ignore_ascii_case(own));
        self.grants
            .retain(|grant| !(is_meant(&what.email, &grant.email) && is_meant(&what.client_id, &grant.client_id)));
        self.end(
            |family| is_meant(&what.email, &family.email) && is_meant(&what.client_id, &family.client_id),
            Ended::Revoked,
        )
    }
}
