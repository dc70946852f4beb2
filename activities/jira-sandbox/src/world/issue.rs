//! Issues, their comments and their history.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Worklog;
use crate::effect::{CommentAdded, Effect, IssueEdited};

/// An issue; `fields` are the stored values by field id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) key: String,
    /// The keys that it had before it was moved; it is found under them too.
    pub(crate) former_keys: Vec<String>,
    pub(crate) project: u64,
    pub(crate) issue_type: String,
    /// The id of its status.
    pub(crate) status: String,
    /// An account id.
    pub(crate) creator: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When its resolution was set; `None` while it has none.
    pub(crate) resolved: Option<Timestamp>,
    pub(crate) fields: Map<String, Value>,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) comments: Vec<Comment>,
    /// The account ids of those who watch it, the first one first.
    pub(crate) watchers: Vec<String>,
    pub(crate) worklogs: Vec<Worklog>,
    pub(crate) history: Vec<HistoryEntry>,
}

/// A comment on an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) author: String,
    pub(crate) created: Timestamp,
    pub(crate) body: Value,
    pub(crate) visibility: Option<Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// What one effect changed in an issue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryEntry {
    /// The number of the effect, which no other entry of the world has.
    pub(crate) id: u64,
    /// An account id.
    pub(crate) account: String,
    pub(crate) time: Timestamp,
    /// What the client said of it, `HistoryMetadata`. \[SPEC\]
    pub(crate) metadata: Option<Value>,
    pub(crate) items: Vec<HistoryItem>,
}

/// A field that changed: ids where its values have some, and texts, as `ChangeDetails` has them. \[SPEC\]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryItem {
    pub(crate) field: String,
    pub(crate) field_id: String,
    /// `jira` or `custom`.
    pub(crate) field_type: &'static str,
    pub(crate) from: Option<String>,
    pub(crate) from_string: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) to_string: Option<String>,
}

impl HistoryEntry {
    /// What an effect did to these fields.
    pub(crate) fn of(effect: &Effect, items: Vec<HistoryItem>) -> Self {
        Self { id: effect.seq, account: effect.account.clone(), time: effect.time, items, metadata: None }
    }
}

impl Comment {
    /// The comment that an addition makes.
    pub(crate) fn new(author: String, created: Timestamp, added: &CommentAdded) -> Self {
        Self {
            id: added.id,
            author,
            created,
            body: added.body.clone(),
            visibility: added.visibility.clone(),
            properties: added.properties.clone(),
        }
    }
}

impl Issue {
    /// Sets what an edit sets of fields, status and properties.
    pub(crate) fn set(&mut self, edited: &IssueEdited, time: Timestamp) {
        for (field, value) in &edited.fields {
            if value.is_null() {
                self.fields.shift_remove(field);
            } else {
                self.fields.insert(field.clone(), value.clone());
            }
        }
        match edited.fields.get("resolution") {
            Some(Value::Null) => self.resolved = None,
            Some(_) => self.resolved = Some(time),
            None => {}
        }
        if let Some(status) = &edited.status {
            self.status.clone_from(status);
        }
        self.properties.extend(edited.properties.clone());
        self.updated = time;
    }

    /// A stored value that is a text: the id of a user, priority, level or other single thing.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}
