//! Rate limits as Jira documents them: what a seed sets, and the answer to a request that is over one. Off by default.

mod meter;
mod points;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Refusal};

pub(crate) use meter::{Exceeded, Meter, MeteredRequest};
pub(crate) use points::points;

/// The rate limits of a world; each is off where it is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The points that the app may use in an hour, through all bearer tokens together.
    pub points: Option<PointsQuota>,
    /// How often one endpoint may be asked with one method, by all together.
    pub burst: Option<Burst>,
    /// How often one issue may be written.
    pub issue_writes: Option<IssueWrites>,
    /// Whether a refusal says when to come back. The gateway was seen to leave it out.
    pub retry_after: bool,
}

/// The quota of points. It begins anew at the top of each hour in UTC; API tokens do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PointsQuota {
    /// Points an hour. 65,000 where it is left out.
    pub per_hour: u64,
    /// The reason that a refusal gives: `jira-quota-global-based` or `jira-quota-tenant-based`.
    pub reason: String,
}

/// The limit of one endpoint and method: a bucket of tokens that fills at a steady rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Burst {
    /// `GET` requests a second.
    pub get: u64,
    /// `POST` requests a second.
    pub post: u64,
    /// `PUT` requests a second.
    pub put: u64,
    /// `DELETE` requests a second.
    pub delete: u64,
    /// Reads of one issue a second.
    pub get_issue: u64,
    /// How many requests fit in a full bucket; as many as a second's where it is left out. \[unverified\]
    pub size: Option<u64>,
}

/// The limits of writes to one issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IssueWrites {
    /// Writes in any 2 seconds.
    pub per_2_seconds: usize,
    /// Writes in any 30 seconds.
    pub per_30_seconds: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { points: None, burst: None, issue_writes: None, retry_after: true }
    }
}

impl Default for PointsQuota {
    fn default() -> Self {
        Self { per_hour: 65_000, reason: "jira-quota-global-based".to_owned() }
    }
}

impl Default for Burst {
    fn default() -> Self {
        Self { get: 100, post: 100, put: 50, delete: 50, get_issue: 150, size: None }
    }
}

impl Default for IssueWrites {
    fn default() -> Self {
        Self { per_2_seconds: 20, per_30_seconds: 100 }
    }
}

/// The answer to a request that is over a limit. The headers are Atlassian's rate-limiting page's, the words
/// \[unverified\].
pub(crate) fn refusal(exceeded: &Exceeded, limits: &Limits, now: Timestamp) -> Answer {
    let answer = Answer::from(Refusal::message(429, "Rate limit exceeded."))
        .with_header("x-ratelimit-limit", exceeded.limit.to_string())
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", instant(exceeded.reset))
        .with_header("x-ratelimit-nearlimit", "true")
        .with_header("ratelimit-reason", exceeded.reason.clone());
    if limits.retry_after {
        answer.with_header("retry-after", seconds_until(exceeded.reset, now).to_string())
    } else {
        answer
    }
}

/// A time to the second, in ISO 8601.
pub(crate) fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whole seconds, at least 1: who waits so long is not early.
fn seconds_until(time: Timestamp, now: Timestamp) -> i64 {
    let millis = time.duration_since(now).as_millis();
    i64::try_from(millis.div_euclid(1000) + i128::from(millis.rem_euclid(1000) > 0)).unwrap_or(i64::MAX).max(1)
}
