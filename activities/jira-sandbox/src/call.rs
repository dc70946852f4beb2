//! A request as it came in, read but not judged, and what its answer is.

use jiff::Timestamp;
use serde_json::Value;

use crate::{access::Door, answer::Answer, attachment::Received};

/// A request as it came in.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// When it came in.
    pub(crate) received: Timestamp,
    pub(crate) method: String,
    /// The path below the site.
    pub(crate) path: String,
    pub(crate) door: Door,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    /// Whether it has `X-Atlassian-Token: no-check`.
    pub(crate) no_check: bool,
    pub(crate) range: Option<String>,
    /// How long a search does not see a change, in seconds, where a fault says so.
    pub(crate) search_lag: Option<u64>,
    pub(crate) body: Body,
}

/// The body of a call.
#[derive(Debug, Default)]
pub(crate) enum Body {
    #[default]
    None,
    Json(Value),
    NotJson,
    OtherType,
    /// The files of a form, on the disk.
    Files(Vec<Received>),
}

/// The answer to a call, and what else is known of it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) operation: Option<&'static str>,
    /// The number of the effect that the call had.
    pub(crate) effect: Option<u64>,
}

impl Answered {
    /// An answer without an effect.
    pub(crate) fn refused(answer: Answer, operation: Option<&'static str>) -> Self {
        Self { answer, operation, effect: None }
    }
}
