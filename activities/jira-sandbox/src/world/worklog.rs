//! Work that people logged on issues.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Issue, User, World};
use crate::effect::{Effect, WorklogAdded};

/// Work on an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worklog {
    pub(crate) id: u64,
    /// An account id.
    pub(crate) author: String,
    pub(crate) created: Timestamp,
    pub(crate) started: Timestamp,
    /// How long it took.
    pub(crate) seconds: u64,
    pub(crate) comment: Option<Value>,
    pub(crate) visibility: Option<Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

impl Worklog {
    /// The work that an addition logs.
    pub(crate) fn new(author: String, created: Timestamp, added: &WorklogAdded) -> Self {
        Self {
            id: added.id,
            author,
            created,
            started: added.started,
            seconds: added.seconds,
            comment: added.comment.clone(),
            visibility: added.visibility.clone(),
            properties: added.properties.clone(),
        }
    }
}

impl World {
    /// The work on an issue that a user may see, oldest first.
    pub(crate) fn visible_worklogs<'world>(&self, user: &User, issue: &'world Issue) -> Vec<&'world Worklog> {
        issue.worklogs.iter().filter(|worklog| self.may_see(user, issue, worklog.visibility.as_ref())).collect()
    }

    pub(super) fn add_worklog(&mut self, effect: &Effect, added: &WorklogAdded) {
        self.next_worklog = self.next_worklog.max(added.id + 1);
        let Some(issue) = self.issues.get_mut(&added.issue) else { return };
        issue.updated = effect.time;
        issue.worklogs.push(Worklog::new(effect.account.clone(), effect.time, added));
    }
}
