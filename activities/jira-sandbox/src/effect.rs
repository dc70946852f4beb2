//! Effects: the changes that were made, in the form in which they are logged, and what each did to the world.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

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
pub(crate) struct RecordedEffect {
    pub(crate) effect: Effect,
    pub(crate) change: Change,
}

/// What an effect did to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    IssueCreated(IssueCreated),
    IssueEdited(IssueEdited),
    IssuesDeleted(Vec<u64>),
    IssuesLinked(IssuesLinked),
    CommentAdded(CommentAdded),
    CommentPropertyChanged(CommentPropertyChanged),
    WatcherAdded(WatcherAdded),
    WorklogAdded(WorklogAdded),
    AttachmentsAdded(AttachmentsAdded),
    AttachmentRemoved(AttachmentRemoved),
    PropertyChanged(PropertyChanged),
    ProjectCreated(ProjectCreated),
}

impl Change {
    /// The issues that it makes, changes or deletes.
    pub(crate) fn issues(&self) -> Vec<u64> {
        match self {
            Self::IssueCreated(created) => vec![created.id],
            Self::IssueEdited(edited) => vec![edited.issue],
            Self::IssuesDeleted(ids) => ids.clone(),
            Self::IssuesLinked(linked) => vec![linked.from, linked.to],
            Self::CommentAdded(added) => vec![added.issue],
            Self::CommentPropertyChanged(changed) => vec![changed.issue],
            Self::WatcherAdded(added) => vec![added.issue],
            Self::WorklogAdded(added) => vec![added.issue],
            Self::PropertyChanged(changed) => vec![changed.issue],
            Self::AttachmentsAdded(added) => vec![added.issue],
            Self::AttachmentRemoved(removed) => vec![removed.issue],
            Self::ProjectCreated(_) => Vec::new(),
        }
    }
}

/// A new issue; `fields` are the stored values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IssueCreated {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) project: u64,
    pub(crate) issue_type: String,
    /// The id of its status. Logs from before the world had workflows leave it out.
    #[serde(default = "first_status")]
    pub(crate) status: String,
    pub(crate) fields: Map<String, Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// What an edit, a transition or an assignment set in an issue: stored values, null where the field was cleared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct IssueEdited {
    pub(crate) issue: u64,
    pub(crate) fields: Map<String, Value>,
    /// The id of the new status; `None` where it stayed.
    pub(crate) status: Option<String>,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) comments: Vec<CommentAdded>,
    /// What the client wants the history to say of it.
    pub(crate) history_metadata: Option<Value>,
}

/// A link between two issues that was asked for, with what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IssuesLinked {
    /// `None` where the link was there before.
    pub(crate) id: Option<u64>,
    /// The id of its type.
    pub(crate) link_type: String,
    /// The id of the issue that says the outward words.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) comment: Option<CommentAdded>,
}

/// A property of an issue that was set, or deleted where it has no value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PropertyChanged {
    pub(crate) issue: u64,
    pub(crate) key: String,
    /// `Some(null)` is a value; a deletion has none at all.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(crate) value: Option<Value>,
}

/// A property of a comment that was set, or deleted where it has no value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommentPropertyChanged {
    pub(crate) issue: u64,
    pub(crate) comment: u64,
    pub(crate) key: String,
    /// `Some(null)` is a value; a deletion has none at all.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(crate) value: Option<Value>,
}

/// A new project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProjectCreated {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) url: Option<String>,
    /// An account id.
    pub(crate) lead: String,
    pub(crate) project_type: String,
    pub(crate) template: Option<String>,
    pub(crate) assignee_type: AssigneeType,
    /// The ids of its issue types.
    pub(crate) issue_types: Vec<String>,
}

/// Who is assigned to an issue where `-1` asks for the default. \[SPEC\]
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AssigneeType {
    /// The lead of the project.
    ProjectLead,
    /// Nobody.
    Unassigned,
}

impl AssigneeType {
    /// As Jira writes it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::ProjectLead => "PROJECT_LEAD",
            Self::Unassigned => "UNASSIGNED",
        }
    }
}

fn first_status() -> String {
    "10000".to_owned()
}

/// A value that is there, even where it is null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
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

/// A user who watches an issue from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WatcherAdded {
    pub(crate) issue: u64,
    /// An account id.
    pub(crate) account: String,
}

/// Work that was logged on an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WorklogAdded {
    pub(crate) id: u64,
    pub(crate) issue: u64,
    pub(crate) started: Timestamp,
    pub(crate) seconds: u64,
    pub(crate) comment: Option<Value>,
    pub(crate) visibility: Option<Value>,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// New attachments of an issue: the files of one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachmentsAdded {
    pub(crate) issue: u64,
    pub(crate) files: Vec<AttachmentAdded>,
}

/// A new attachment; its content is a file beside the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachmentAdded {
    pub(crate) id: u64,
    pub(crate) filename: String,
    pub(crate) mime_type: String,
    /// In bytes.
    pub(crate) size: u64,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
}

/// An attachment that was taken off its issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachmentRemoved {
    pub(crate) id: u64,
    pub(crate) issue: u64,
}

impl AttachmentsAdded {
    /// What the effect shows in place of a body: the file, or a list where the request had several.
    pub(crate) fn described(&self) -> Value {
        let file = |AttachmentAdded { filename, size, mime_type, sha256, .. }: &AttachmentAdded| json!({ "filename": filename, "size": size, "mime_type": mime_type, "sha256": sha256 });
        match self.files.as_slice() {
            [only] => file(only),
            files => files.iter().map(file).collect(),
        }
    }
}
