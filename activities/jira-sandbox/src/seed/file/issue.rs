//! The issues of a seed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// An issue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueSeed {
    /// Its key, such as `OPS-1`.
    pub(crate) key: String,
    /// The keys that it had before it was moved, the first one first. It is found under them, and shown under its own.
    #[serde(default)]
    pub(crate) former_keys: Vec<String>,
    /// Its id, once in the world; one more than the highest before where it is left out.
    pub(crate) id: Option<u64>,
    /// Its type, by name.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its status, by name; that of a new issue where it is left out.
    pub(crate) status: Option<String>,
    /// Its summary.
    pub(crate) summary: String,
    /// Its description, a plain text; the summary where it is left out.
    pub(crate) description: Option<String>,
    /// Who reported it, by e-mail; the first user where it is left out.
    pub(crate) reporter: Option<String>,
    /// Who works on it, by e-mail.
    pub(crate) assignee: Option<String>,
    /// Other fields, as a client of Jira sets them: id of the field to its value.
    #[serde(default)]
    pub(crate) fields: Map<String, Value>,
    /// Its properties.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, Value>,
    /// Its comments, oldest first.
    #[serde(default)]
    pub(crate) comments: Vec<CommentSeed>,
    /// When it was created.
    #[serde(default = "beginning")]
    #[schemars(with = "String")]
    pub(crate) created: Timestamp,
    /// When it was changed last; when it was created where it is left out.
    #[schemars(with = "Option<String>")]
    pub(crate) updated: Option<Timestamp>,
}

/// A comment on an issue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommentSeed {
    /// Who wrote it, by e-mail.
    pub(crate) author: String,
    /// What it says, a plain text.
    pub(crate) text: String,
}

fn beginning() -> Timestamp {
    Timestamp::constant(1_788_251_400, 0)
}
