//! Attachments: what is known of one, and the parts that move its bytes: the form it comes in, the files it is kept in, and
//! the ranges in which it is asked for.

pub(crate) mod disposition;
pub(crate) mod form;
pub(crate) mod media;
pub(crate) mod store;
pub(crate) mod upload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::TempPath;

/// What an administrator has set for attachments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttachmentSettings {
    /// Whether files can be attached.
    pub enabled: bool,
    /// The largest file, in bytes. 1 GiB where it is left out. \[unverified\]
    pub upload_limit: u64,
    /// The most attachments that an issue can have. 2,000 where it is left out. \[unverified\]
    pub per_issue_limit: usize,
}

impl Default for AttachmentSettings {
    fn default() -> Self {
        Self { enabled: true, upload_limit: 1 << 30, per_issue_limit: 2_000 }
    }
}

/// A file that a client has sent, and that is not yet attached. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct ReceivedFile {
    pub(crate) filename: String,
    pub(crate) mime_type: String,
    /// In bytes.
    pub(crate) size: u64,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
    /// Where it is on the disk; `None` where contents are not kept.
    pub(crate) content: Option<TempPath>,
}

/// What an upload must keep to, as it was when the upload was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UploadTerms {
    /// Bytes of one file.
    pub(crate) largest_file: u64,
    /// Files of the request.
    pub(crate) most_files: usize,
}
