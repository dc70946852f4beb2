//! Effects: the changes that were made, in the form in which they are logged, and what each did to the world.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A change that a client asked for and that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its place in the log, from 1.
    pub seq: u64,
    /// When it was made.
    pub time: Timestamp,
    /// The operation's name in Jira's OpenAPI document, such as `createIssue`.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path below the site, such as `/rest/api/3/issue`.
    pub path: String,
    /// The key of the issue that was made, changed or deleted.
    pub issue: Option<String>,
    /// The account that asked.
    pub account: String,
    /// The request's body; null where it had none.
    pub body: Value,
    /// The status of the answer.
    pub status: u16,
    /// Whether the answer was handed to the connection; false when the client had gone or the sandbox ended first.
    pub replied: bool,
}

/// An effect with what it changed. The log keeps both, so that a replay depends on no rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) effect: Effect,
    pub(crate) change: Change,
}

/// What an effect did to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    IssueCreated(IssueCreated),
    IssuesDeleted(Vec<u64>),
    CommentAdded(CommentAdded),
}

/// A new issue; `fields` are the stored values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IssueCreated {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) project: u64,
    pub(crate) issue_type: String,
    pub(crate) fields: Map<String, Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// A new comment on an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommentAdded {
    pub(crate) id: u64,
    pub(crate) issue: u64,
    pub(crate) body: Value,
    pub(crate) visibility: Option<Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}
