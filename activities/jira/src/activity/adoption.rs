//! What a person says that an effect made is refused where it cannot be so, before anything is recorded: somebody else made it, it
//! is older than the effect, or another effect's.
//!
//! What people can change of a thing afterwards (the summary of an issue, the text of a comment) says nothing against it.

use flowrun_engine::activity::{Failure, OpenEffect};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::evidence::created_at;
use crate::{client::Reader, input::refused, resolve::own_account};

/// What is older than the effect by more than this is not its doing. Less says nothing: clocks may be wrong by hours, and whoever gives
/// the right answer must not be refused.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// A thing that is said to be what an effect made.
pub(super) struct Claimed<'a> {
    /// In words: "comment `10012`".
    pub(super) name: String,
    /// The user who made it.
    pub(super) author: &'a Value,
    /// When, as Jira writes it.
    pub(super) created: &'a Value,
    /// The tag that it bears.
    pub(super) tag: Option<&'a Value>,
}

impl Claimed<'_> {
    /// Refuses it, where it cannot be what this effect made.
    pub(super) async fn check(&self, reader: &Reader, open: &OpenEffect, tag: &Value) -> Result<(), Failure> {
        // Without a name it may be anybody's.
        let me = own_account(reader).await;
        self.fault(open.intended_at, tag, me.as_deref()).map_or(Ok(()), |fault| Err(refused(fault)))
    }

    fn fault(&self, intended_at: Timestamp, tag: &Value, me: Option<&str>) -> Option<String> {
        let Self { name, author, created, .. } = self;
        let account = author["accountId"].as_str();
        if let (Some(me), Some(account)) = (me, account)
            && me != account
        {
            let who = author["displayName"].as_str().unwrap_or(account);
            return Some(format!("{name} was made by somebody else: {who}"));
        }
        if created_at(created).is_some_and(|at| intended_at.duration_since(at) > CLOCKS_DIFFER) {
            return Some(format!(
                "{name} is older than what was asked for: it was made at {}",
                created.as_str().unwrap_or_default()
            ));
        }
        self.tag.is_some_and(|found| found != tag).then(|| format!("{name} has the tag of another effect"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_an_effects_doing_is_refused() {
        let (ours, other) = (json!("ours"), json!("other"));
        let fault = |author: &str, created: &str, tag| {
            let (author, created) = (json!({ "accountId": author, "displayName": "Bo" }), json!(created));
            let claimed = Claimed { name: "comment `7`".into(), author: &author, created: &created, tag };
            claimed.fault("2026-01-31T09:30:00Z".parse().unwrap(), &ours, Some("me"))
        };
        let (now, hours_before, days_before) =
            ("2026-01-31T10:30:01.000+0100", "2026-01-30T10:31:00.000+0100", "2026-01-30T10:29:00.000+0100");
        assert_eq!(fault("me", now, None), None, "tags are not promised to be kept");
        assert_eq!(fault("me", hours_before, Some(&ours)), None, "clocks may be wrong");
        assert_eq!(fault("me", "some day", None), None);
        assert_eq!(fault("you", now, Some(&ours)).unwrap(), "comment `7` was made by somebody else: Bo");
        let older = format!("comment `7` is older than what was asked for: it was made at {days_before}");
        assert_eq!(fault("me", days_before, None).unwrap(), older);
        assert_eq!(fault("me", now, Some(&other)).unwrap(), "comment `7` has the tag of another effect");
    }
}
