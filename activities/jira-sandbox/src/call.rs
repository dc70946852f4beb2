//! A request as it came in, read but not judged, and what its answer is.

use jiff::Timestamp;
use serde_json::Value;

use crate::{access::ApiBase, answer::Answer, attachment::ReceivedFile};

/// A request as it came in.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// When it came in.
    pub(crate) received: Timestamp,
    pub(crate) method: String,
    /// The path below the site.
    pub(crate) path: String,
    pub(crate) api_base: ApiBase,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    /// Whether it has `X-Atlassian-Token: no-check`.
    pub(crate) no_check: bool,
    pub(crate) range: Option<String>,
    /// How long a search does not see a change, in seconds, where a fault says so.
    pub(crate) search_lag: Option<u64>,
    pub(crate) body: CallBody,
}

/// The body of a call.
#[derive(Debug, Default)]
pub(crate) enum CallBody {
    #[default]
    None,
    Json(Value),
    NotJson,
    OtherType,
    /// The files of a form, on the disk.
    Files(Vec<ReceivedFile>),
}

/// The answer to a call, and what else is known of it.
#[derive(Debug)]
pub(crate) struct AnsweredCall {
    pub(crate) answer: Answer,
    pub(crate) operation: Option<&'static str>,
    /// The number of the effect that the call had.
    pub(crate) effect: Option<u64>,
}

impl AnsweredCall {
    /// An answer without an effect.
    pub(crate) fn refused(answer: Answer, operation: Option<&'static str>) -> Self {
        Self { answer, operation, effect: None }
    }
}
