//! What an answer says of rate limits in its headers.

use std::time::Duration;

use flowrun_http::{later, retry_after};
use jiff::{Timestamp, civil};

/// The headers of an answer that speak of rate limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// `RateLimit-Reason`
    pub(crate) reason: Option<String>,
    /// `Retry-After`
    pub(crate) retry_after: Option<String>,
    /// `X-RateLimit-Reset`
    pub(crate) reset: Option<String>,
    /// `X-RateLimit-Limit`
    pub(crate) limit: Option<String>,
    /// `X-RateLimit-Remaining`
    pub(crate) remaining: Option<String>,
}

const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A limit of a burst that is greater than this is not one of requests a second.
const HIGHEST_RATE: f64 = 10_000.0;

impl Limit {
    /// When the next request may go: the time that was said is a minimum, a spread is added on top.
    pub(super) fn until(&self, now: Timestamp, strikes: u32, fraction: f64) -> Timestamp {
        let said = self.retry_after.as_deref().and_then(|text| retry_after(text, now)).or_else(|| {
            let reset = self.reset.as_deref().and_then(instant)?;
            Duration::try_from(reset.duration_since(now)).ok().or(Some(Duration::ZERO))
        });
        let wait = said.map_or_else(|| unsaid(strikes), |said| said.max(Duration::from_secs(1)));
        let spread = wait.min(Duration::from_secs(10)).mul_f64(0.3 * fraction.clamp(0.0, 1.0));
        later(now, wait + spread)
    }

    /// Whether it is that of one operation's bucket.
    pub(super) fn is_burst(&self) -> bool {
        self.reason.as_deref() == Some("jira-burst-based")
    }

    /// The requests that a bucket gets in a second, where a refusal by it says so.
    pub(super) fn rate(&self) -> Option<f64> {
        let rate: f64 = self.limit.as_deref()?.trim().parse().ok()?;
        (1.0..=HIGHEST_RATE).contains(&rate).then_some(rate)
    }

    /// What is left of a quota, and what it is in all.
    pub(super) fn left(&self) -> Option<(u64, u64)> {
        Some((self.remaining.as_deref()?.trim().parse().ok()?, self.limit.as_deref()?.trim().parse().ok()?))
    }
}

/// Without a word about when, waits double.
fn unsaid(strikes: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << strikes.saturating_sub(1).min(5)).min(LONGEST_WAIT)
}

/// An ISO 8601 instant; Jira also writes it without seconds: `2026-03-26T16:00Z`.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let minutes = civil::DateTime::strptime("%Y-%m-%dT%H:%M", text.strip_suffix('Z')?).ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(minutes).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_774_540_000 + second).unwrap()
    }

    #[test]
    fn what_was_said_is_a_minimum() {
        let now = at(0);
        let until = |retry_after: Option<&str>, reset: Option<&str>| {
            let (retry_after, reset) = (retry_after.map(Into::into), reset.map(Into::into));
            Limit { retry_after, reset, ..Limit::default() }.until(now, 1, 0.0).duration_since(now).as_secs()
        };
        let in_a_minute = at(60).to_string();
        assert_eq!(until(Some("1847"), None), 1847);
        assert_eq!(until(Some("0"), None), 1);
        assert_eq!(until(Some("7"), Some(&in_a_minute)), 7);
        assert_eq!(until(None, Some(&in_a_minute)), 60);
        assert_eq!(until(None, Some("2026-03-26T16:00Z")), 800);
        assert_eq!(until(None, Some("2026-03-26T15:00Z")), 1);
        assert_eq!(until(Some("Thu, 26 Mar 2026 15:47:40 GMT"), None), 60);
        assert_eq!(until(None, None), 2);
        assert_eq!(until(Some("soon"), None), 2);
        assert!(until(Some("18446744073709551615"), None) > 1_000_000);
    }

    #[test]
    fn those_who_wait_are_spread() {
        let limit = Limit { retry_after: Some("10".into()), ..Limit::default() };
        let wait = |fraction| limit.until(at(0), 1, fraction).duration_since(at(0)).as_millis();
        assert_eq!([wait(0.0), wait(0.5), wait(1.0)], [10_000, 11_500, 13_000]);
    }
}
