//! The search index: for a while after a change it has an issue as it was before.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Issue, World};
use crate::effect::Change;

/// How issues were before their last changes, oldest first, as far as the index may still have them so.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct EarlierVersions(Vec<IssueVersion>);

/// An issue until a change; `None` where there was none yet.
#[derive(Debug, Clone, PartialEq)]
struct IssueVersion {
    id: u64,
    issue: Option<Issue>,
    until: Timestamp,
}

impl World {
    /// The issues as a search finds them that lags by so many seconds, or as the world says. The reconciled ones are looked
    /// at as they are. \[SPEC\]
    pub(crate) fn indexed(&self, now: Timestamp, lag: Option<u64>, reconciled: &[u64]) -> Vec<&Issue> {
        let lag = seconds(lag.unwrap_or(self.search_lag_seconds));
        let mut issues: BTreeMap<u64, Option<&Issue>> =
            self.issues.iter().map(|(id, issue)| (*id, Some(issue))).collect();
        let unseen = |version: &&IssueVersion| now.duration_since(version.until) < lag;
        for version in self.earlier.0.iter().rev().filter(unseen).filter(|version| !reconciled.contains(&version.id)) {
            issues.insert(version.id, version.issue.as_ref());
        }
        issues.into_values().flatten().collect()
    }

    /// Keeps what a change is about to change, and forgets what no search can find any more.
    pub(super) fn keep_earlier(&mut self, change: &Change, time: Timestamp) {
        let lag = seconds(self.search_lag_seconds.max(self.longest_search_lag_seconds));
        if lag.is_zero() {
            return;
        }
        self.earlier.0.retain(|version| time.duration_since(version.until) < lag);
        let versions = change.issues().into_iter().map(|id| IssueVersion {
            id,
            issue: self.issues.get(&id).cloned(),
            until: time,
        });
        self.earlier.0.extend(versions);
    }
}

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(seconds.try_into().unwrap_or(i64::MAX))
}
