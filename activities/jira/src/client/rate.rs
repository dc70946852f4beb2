//! Rate limits: what a 429 closes, and until when. Pure; the client brings the time and the randomness.
//!
//! Jira has three systems. The reason tells them apart: a quota closes everything, a burst one operation, writes to
//! one issue that issue. The client waits for nothing: while something is closed, its requests fail at once.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp, civil};

/// What a 429 says in its headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// `RateLimit-Reason`
    pub(crate) reason: Option<String>,
    /// `Retry-After`
    pub(crate) retry_after: Option<String>,
    /// `X-RateLimit-Reset`
    pub(crate) reset: Option<String>,
}

/// What is closed by a rate limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closed {
    Everything,
    Operation(&'static str),
    Issue(String),
}

/// What a request counts towards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage<'a> {
    /// The operation.
    pub(crate) operation: &'static str,
    /// The issue, of a request that writes to one.
    pub(crate) issue: Option<&'a str>,
}

/// Remembers what is closed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    closed: BTreeMap<Closed, Closing>,
}

#[derive(Clone, Copy, Debug)]
struct Closing {
    until: Timestamp,
    /// How many 429s came in a row.
    strikes: u32,
}

const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Gate {
    /// Until when a request may not be sent; `None` if it may go now.
    pub(crate) fn closed_until(&self, passage: Passage<'_>, now: Timestamp) -> Option<Timestamp> {
        let keys = [Some(Closed::Everything), Some(Closed::Operation(passage.operation))];
        let issue = passage.issue.map(|issue| Closed::Issue(issue.to_owned()));
        let closings = keys.into_iter().chain([issue]).flatten().filter_map(|key| self.closed.get(&key));
        closings.map(|closing| closing.until).filter(|until| *until > now).max()
    }

    /// Closes what a 429 speaks of, and says until when. `fraction` spreads those who wait, between 0 and 1.
    pub(crate) fn close(&mut self, passage: Passage<'_>, limit: &Limit, now: Timestamp, fraction: f64) -> Timestamp {
        let key = match (limit.reason.as_deref(), passage.issue) {
            (Some("jira-quota-global-based" | "jira-quota-tenant-based"), _) => Closed::Everything,
            (Some("jira-per-issue-on-write"), Some(issue)) => Closed::Issue(issue.to_owned()),
            _ => Closed::Operation(passage.operation),
        };
        let before = self.closed.get(&key).copied();
        // Requests that were under way together are answered together: that is one strike.
        let strikes = match before {
            Some(closing) if closing.until > now => closing.strikes,
            Some(closing) => closing.strikes + 1,
            None => 1,
        };
        let until = limit.until(now, strikes, fraction);
        let until = before.map_or(until, |closing| closing.until.max(until));
        self.closed.insert(key, Closing { until, strikes });
        until
    }

    /// An answer came through: what closed its way is forgotten, once it is over.
    pub(crate) fn passed(&mut self, passage: Passage<'_>, now: Timestamp) {
        self.closed.retain(|key, closing| {
            let on_the_way = match key {
                Closed::Everything => true,
                Closed::Operation(operation) => *operation == passage.operation,
                Closed::Issue(issue) => Some(issue.as_str()) == passage.issue,
            };
            closing.until > now || !on_the_way
        });
    }
}

impl Limit {
    /// When the next request may go: the time that was said is a minimum, a spread is added on top.
    fn until(&self, now: Timestamp, strikes: u32, fraction: f64) -> Timestamp {
        let said = self.retry_after.as_deref().and_then(|text| retry_after(text, now)).or_else(|| {
            let reset = self.reset.as_deref().and_then(instant)?;
            Duration::try_from(reset.duration_since(now)).ok().or(Some(Duration::ZERO))
        });
        let wait = said.map_or_else(|| unsaid(strikes), |said| said.max(Duration::from_secs(1)));
        let spread = wait.min(Duration::from_secs(10)).mul_f64(0.3 * fraction.clamp(0.0, 1.0));
        later(now, wait + spread)
    }
}

/// The time in a `Retry-After` header: seconds, or a date as HTTP writes it.
pub(crate) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// `now`, and a while; the end of the calendar if that is further off.
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Without a word about when, waits double.
fn unsaid(strikes: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << (strikes - 1).min(5)).min(LONGEST_WAIT)
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

    fn limit(reason: &str, retry_after: &str) -> Limit {
        Limit { reason: Some(reason.into()), retry_after: Some(retry_after.into()), reset: None }
    }

    const GET: Passage<'static> = Passage { operation: "GET /a", issue: None };
    const WRITE_7: Passage<'static> = Passage { operation: "POST /b", issue: Some("OPS-7") };
    const WRITE_8: Passage<'static> = Passage { operation: "POST /b", issue: Some("OPS-8") };

    #[test]
    fn each_reason_closes_its_own() {
        let expected = [
            ("jira-quota-global-based", [true, true, true]),
            ("jira-quota-tenant-based", [true, true, true]),
            ("jira-burst-based", [false, true, true]),
            ("jira-per-issue-on-write", [false, true, false]),
            ("jira-cost-based", [false, true, true]),
        ];
        for (reason, closed) in expected {
            let mut gate = Gate::default();
            gate.close(WRITE_7, &limit(reason, "5"), at(0), 0.0);
            let found = [GET, WRITE_7, WRITE_8].map(|passage| gate.closed_until(passage, at(1)).is_some());
            assert_eq!(found, closed, "{reason}");
            let later = [GET, WRITE_7, WRITE_8].map(|passage| gate.closed_until(passage, at(5)));
            assert_eq!(later, [None, None, None], "{reason}");
        }
    }

    #[test]
    fn what_was_said_is_a_minimum() {
        let now = at(0);
        let until = |retry_after: Option<&str>, reset: Option<&str>| {
            let limit = Limit { reason: None, retry_after: retry_after.map(Into::into), reset: reset.map(Into::into) };
            limit.until(now, 1, 0.0).duration_since(now).as_secs()
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
    fn waits_without_a_word_double_until_an_answer_comes_through() {
        let mut gate = Gate::default();
        let mut waits = Vec::new();
        let mut now = at(0);
        for _ in 0..7 {
            let until = gate.close(GET, &Limit::default(), now, 0.0);
            waits.push(until.duration_since(now).as_secs());
            now = until;
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        gate.passed(GET, now);
        assert_eq!(gate.close(GET, &Limit::default(), now, 0.0).duration_since(now).as_secs(), 2);
    }

    #[test]
    fn requests_that_are_refused_together_are_one_strike() {
        let mut gate = Gate::default();
        let together: Vec<_> = (0..8).map(|_| gate.close(GET, &Limit::default(), at(0), 0.0)).collect();
        assert_eq!(together, [at(2); 8]);
        assert_eq!(gate.close(GET, &limit("jira-burst-based", "1"), at(1), 0.0), at(2), "never before what was said");
    }

    #[test]
    fn those_who_wait_are_spread() {
        let limit = limit("jira-burst-based", "10");
        let wait = |fraction| limit.until(at(0), 1, fraction).duration_since(at(0)).as_millis();
        assert_eq!([wait(0.0), wait(0.5), wait(1.0)], [10_000, 11_500, 13_000]);
    }
}
