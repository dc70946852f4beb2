//! Faults on purpose: which requests meet one, and which. They come in the order of a file or of a test's list, and are
//! counted, so that a run can be repeated.

mod file;
mod plan;

use std::collections::BTreeMap;

pub use file::faults_schema;
pub(crate) use plan::FaultPlan;

use crate::seed::SeedError;

/// Rules of faults, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// For each request the first rule that fits and has a fault left decides.
    pub rules: Vec<FaultRule>,
}

/// Which requests meet a fault, and which one.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    /// The operation's name in Jira's OpenAPI document; every operation where there is none.
    pub operation: Option<String>,
    /// The key or id of the issue that the request's path names; every request where there is none.
    pub issue: Option<String>,
    /// So many fitting requests are let through first; those that another rule decides count too.
    pub skip: u64,
    /// So many requests after them meet the fault; all of them where there is no number.
    pub times: Option<u64>,
    /// The fault.
    pub fault: Fault,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It waits before anything is done; if its client hangs up meanwhile, nothing is done.
    Delay {
        /// For how long.
        seconds: f64,
    },
    /// It is done at once, and its answer waits.
    DelayReply {
        /// For how long.
        seconds: f64,
    },
    /// It is done, and the connection closes without an answer.
    DropReply,
    /// It is done, and half of its answer is sent.
    CutReply,
    /// The connection is reset.
    Reset {
        /// Whether the request is done first.
        after: bool,
    },
    /// It is answered with an error, and not done.
    ErrorBefore(FaultError),
    /// It is done, and answered with an error.
    ErrorAfter(FaultError),
    /// It is answered with 429, and not done.
    RateLimit(FaultRateLimit),
    /// It is answered with a gateway's HTML page, and not done.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// A search does not see what changed in the last seconds.
    StaleSearch {
        /// For how long a change is not seen.
        seconds: u64,
    },
}

/// An error in Jira's form.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultError {
    /// The HTTP status.
    pub status: u16,
    /// The body, which need not be Jira's; Jira's own form where there is none.
    pub body: Option<serde_json::Value>,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

/// An answer 429.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaultRateLimit {
    /// The header `RateLimit-Reason`.
    pub reason: Option<String>,
    /// The header `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The header `X-RateLimit-Reset`, in seconds from now.
    pub reset: Option<u64>,
    /// More headers.
    pub headers: BTreeMap<String, String>,
}

impl Faults {
    /// Reads a file of faults.
    ///
    /// # Errors
    /// When the text is no YAML, has an unknown or wrong key, or names an operation that is not served.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        file::parse(text)
    }

    /// The longest time for which one of the searches does not see a change, in seconds.
    pub(crate) fn longest_stale_search(&self) -> u64 {
        let stale = self.rules.iter().filter_map(|rule| match rule.fault {
            Fault::StaleSearch { seconds } => Some(seconds),
            _ => None,
        });
        stale.max().unwrap_or(0)
    }
}
