//! What the sandbox's own interface tells and changes of the authorization server. It tells no secret.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{OAuth, family::FamilyEnd};

/// What is taken back: all consents, or those of a user or an app.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Revocation {
    email: Option<String>,
    client_id: Option<String>,
}

/// What expires: all bearers, or those of a user, of an app, or for a site.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expiry {
    email: Option<String>,
    client_id: Option<String>,
    /// A cloud id.
    site: Option<String>,
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
        self.grants
            .retain(|grant| !(is_meant(&what.email, &grant.email) && is_meant(&what.client_id, &grant.client_id)));
        self.end(
            |family| is_meant(&what.email, &family.email) && is_meant(&what.client_id, &family.client_id),
            FamilyEnd::Revoked,
        )
    }

    /// Ends bearers, as their time will. Gives how many.
    pub(crate) fn expire(&mut self, what: &Expiry, now: Timestamp) -> usize {
        let good = self.bearers.iter_mut().filter(|bearer| bearer.expires_at > now);
        let meant = good.filter(|bearer| {
            is_meant(&what.email, &bearer.email)
                && is_meant(&what.client_id, &bearer.client_id)
                && (what.site.is_none() || bearer.sites.iter().any(|site| is_meant(&what.site, site)))
        });
        meant.map(|bearer| bearer.expires_at = now).count()
    }
}

/// Whether something with this name of its own is among those that are named; all are where none is.
fn is_meant(named: &Option<String>, own: &str) -> bool {
    named.as_deref().is_none_or(|named| named.eq_ignore_ascii_case(own))
}
