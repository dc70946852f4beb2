//! Counts requests against the limits. Pure: the time comes in with each request.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Burst, IssueWrites, Limits, PointsQuota, seconds_until};

const HOUR: i64 = 3600;

/// A request, as the limits see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MeteredRequest {
    pub(crate) operation: &'static str,
    pub(crate) method: &'static str,
    /// The id of the issue that it would write.
    pub(crate) writes: Option<u64>,
    /// Whether it uses points: those with an API token do not.
    pub(crate) uses_points: bool,
}

/// A limit that a request is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exceeded {
    /// The value of `RateLimit-Reason`.
    pub(crate) reason: String,
    pub(crate) limit: u64,
    /// When the request would be let in.
    pub(crate) reset: Timestamp,
}

/// What was used of each limit so far.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// The hour, counted from 1970, and the points used in it.
    hour: (i64, u64),
    /// By operation, which is endpoint and method.
    buckets: BTreeMap<&'static str, Bucket>,
    /// The writes to each issue in the last 30 seconds.
    writes: BTreeMap<u64, VecDeque<Timestamp>>,
}

/// Tokens in millionths, and when they were counted.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: u64,
    at: Timestamp,
}

/// A request, in millionths of a token.
const TOKEN: u64 = 1_000_000;

impl Meter {
    /// Lets a request in and counts it, or says which limit it is over; then nothing of it counts.
    pub(crate) fn admit(&mut self, limits: &Limits, now: Timestamp, asked: MeteredRequest) -> Result<(), Exceeded> {
        self.check_points(limits.points.as_ref().filter(|_| asked.uses_points), now)?;
        let bucket = limits.burst.as_ref().map(|burst| self.check_burst(burst, now, asked)).transpose()?;
        self.check_writes(limits.issue_writes.as_ref(), now, asked)?;
        if let Some(bucket) = bucket {
            self.buckets.insert(asked.operation, Bucket { tokens: bucket.tokens - TOKEN, ..bucket });
        }
        if let (Some(issue), Some(_)) = (asked.writes, &limits.issue_writes) {
            self.writes.entry(issue).or_default().push_back(now);
        }
        Ok(())
    }

    /// Counts the points of a request that was answered.
    pub(crate) fn charge(&mut self, points: u64, now: Timestamp) {
        self.hour = (hour(now), self.used(now) + points);
    }

    /// The headers in which every answer tells of the quota.
    pub(crate) fn headers(&self, quota: &PointsQuota, now: Timestamp) -> Vec<(&'static str, String)> {
        let (limit, left) = (quota.per_hour, quota.per_hour.saturating_sub(self.used(now)));
        let seconds = seconds_until(next_hour(now), now);
        let mut headers = vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("ratelimit-policy", format!("\"global-app-quota\";q={limit};w={HOUR}")),
            ("ratelimit", format!("\"global-app-quota\";r={left};t={seconds}")),
        ];
        if left.saturating_mul(5) < limit {
            headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
        }
        headers
    }

    fn check_points(&self, quota: Option<&PointsQuota>, now: Timestamp) -> Result<(), Exceeded> {
        match quota {
            Some(quota) if self.used(now) >= quota.per_hour => {
                Err(Exceeded { reason: quota.reason.clone(), limit: quota.per_hour, reset: next_hour(now) })
            }
            _ => Ok(()),
        }
    }

    /// The bucket as it is now, if there is a token in it.
    fn check_burst(&self, burst: &Burst, now: Timestamp, asked: MeteredRequest) -> Result<Bucket, Exceeded> {
        let rate = burst.rate(asked).max(1);
        let size = burst.size.unwrap_or(rate).max(1).saturating_mul(TOKEN);
        let full = Bucket { tokens: size, at: now };
        let bucket = self.buckets.get(asked.operation).map_or(full, |bucket| {
            let passed = u64::try_from(now.duration_since(bucket.at).as_micros()).unwrap_or(0);
            Bucket { tokens: bucket.tokens.saturating_add(passed.saturating_mul(rate)).min(size), at: now }
        });
        if bucket.tokens >= TOKEN {
            return Ok(bucket);
        }
        let wait = i64::try_from((TOKEN - bucket.tokens).div_ceil(rate)).unwrap_or(i64::MAX);
        let reason = "jira-burst-based".to_owned();
        Err(Exceeded { reason, limit: rate, reset: later(now, SignedDuration::from_micros(wait)) })
    }

    fn check_writes(
        &mut self,
        limit: Option<&IssueWrites>,
        now: Timestamp,
        asked: MeteredRequest,
    ) -> Result<(), Exceeded> {
        let (Some(limit), Some(issue)) = (limit, asked.writes) else { return Ok(()) };
        let Some(writes) = self.writes.get_mut(&issue) else { return Ok(()) };
        writes.retain(|write| now.duration_since(*write) < SignedDuration::from_secs(30));
        for (seconds, most) in [(30, limit.per_30_seconds), (2, limit.per_2_seconds)] {
            let window = SignedDuration::from_secs(seconds);
            let recent = writes.iter().filter(|write| now.duration_since(**write) < window);
            // The request fits in once all but `most - 1` of the recent writes have left the window.
            let recent: Vec<_> = recent.collect();
            if let Some(blocking) = recent.len().checked_sub(most.max(1)).and_then(|index| recent.get(index)) {
                let (reason, limit) = ("jira-per-issue-on-write".to_owned(), most.try_into().unwrap_or(u64::MAX));
                return Err(Exceeded { reason, limit, reset: later(**blocking, window) });
            }
        }
        Ok(())
    }

    fn used(&self, now: Timestamp) -> u64 {
        if self.hour.0 == hour(now) { self.hour.1 } else { 0 }
    }
}

impl Burst {
    fn rate(&self, asked: MeteredRequest) -> u64 {
        match asked.method {
            "GET" if asked.operation == "getIssue" => self.get_issue,
            "GET" => self.get,
            "PUT" => self.put,
            "DELETE" => self.delete,
            _ => self.post,
        }
    }
}

fn hour(time: Timestamp) -> i64 {
    time.as_second().div_euclid(HOUR)
}

fn next_hour(time: Timestamp) -> Timestamp {
    Timestamp::from_second((hour(time) + 1) * HOUR).unwrap_or(Timestamp::MAX)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::instant;

    const READ: MeteredRequest =
        MeteredRequest { operation: "getIssue", method: "GET", writes: None, uses_points: true };
    const WRITE: MeteredRequest =
        MeteredRequest { operation: "editIssue", method: "PUT", writes: Some(1), uses_points: true };

    /// 10:00:00 and so many milliseconds.
    fn at(millis: i64) -> Timestamp {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
        later(start, SignedDuration::from_millis(millis))
    }

    /// Asks at each time; gives the seconds until the reset in milliseconds after 10:00, or nothing where it was let in.
    fn asked(limits: &Limits, asked: MeteredRequest, times: &[i64]) -> Vec<Option<i128>> {
        let mut meter = Meter::default();
        let verdict = |millis: &i64| meter.admit(limits, at(*millis), asked).err();
        let resets = times.iter().map(verdict).map(|refused| Some(refused?.reset.duration_since(at(0)).as_millis()));
        resets.collect()
    }

    #[test]
    fn a_bucket_empties_at_once_and_fills_at_its_rate() {
        let burst =
            |size| Limits { burst: Some(Burst { get_issue: 2, size, ..Burst::default() }), ..Limits::default() };
        let refused = Some(500);
        assert_eq!(
            asked(&burst(None), READ, &[0, 0, 0, 499, 500, 500]),
            [None, None, refused, refused, None, Some(1000)]
        );
        assert_eq!(asked(&burst(Some(1)), READ, &[0, 0, 10_000, 10_000]), [None, refused, None, Some(10_500)]);
    }

    #[test]
    fn a_bucket_of_any_size() {
        let burst = Burst { get_issue: u64::MAX, size: Some(u64::MAX), ..Burst::default() };
        assert_eq!(asked(&Limits { burst: Some(burst), ..Limits::default() }, READ, &[0, 9]), [None, None]);
    }

    #[test]
    fn endpoints_have_buckets_of_their_own() {
        let limits = Limits { burst: Some(Burst { get: 1, get_issue: 1, ..Burst::default() }), ..Limits::default() };
        let mut meter = Meter::default();
        let fields = MeteredRequest { operation: "getFields", ..READ };
        let verdicts = [READ, fields, READ, fields].map(|asked| meter.admit(&limits, at(0), asked).is_ok());
        assert_eq!(verdicts, [true, true, false, false]);
    }

    #[test]
    fn an_issue_takes_so_many_writes_in_two_and_in_thirty_seconds() {
        let writes = |per_2_seconds, per_30_seconds| Limits {
            issue_writes: Some(IssueWrites { per_2_seconds, per_30_seconds }),
            ..Limits::default()
        };
        for (limits, times, expected) in [
            (
                writes(2, 9),
                vec![0, 500, 600, 1999, 2000, 2000],
                vec![None, None, Some(2000), Some(2000), None, Some(2500)],
            ),
            (writes(9, 2), vec![0, 10_000, 20_000, 30_000], vec![None, None, Some(30_000), None]),
        ] {
            assert_eq!(asked(&limits, WRITE, &times), expected, "{limits:?}");
        }
        assert_eq!(asked(&writes(1, 1), READ, &[0, 0]), [None, None]);
    }

    #[test]
    fn points_are_used_up_until_the_top_of_the_hour() {
        let limits =
            Limits { points: Some(PointsQuota { per_hour: 10, ..PointsQuota::default() }), ..Limits::default() };
        let mut meter = Meter::default();
        let quota = limits.points.as_ref().expect("it is on");
        meter.charge(9, at(0));
        assert_eq!(meter.admit(&limits, at(1000), READ), Ok(()));
        assert!(meter.headers(quota, at(1000)).contains(&("x-ratelimit-nearlimit", "true".to_owned())));
        meter.charge(2, at(1000));
        let over = meter.admit(&limits, at(2000), READ).expect_err("used up");
        assert_eq!(
            (over.reason.as_str(), instant(over.reset)),
            ("jira-quota-global-based", "2026-11-23T11:00:00Z".to_owned())
        );
        assert_eq!(meter.admit(&limits, at(2000), MeteredRequest { uses_points: false, ..READ }), Ok(()));
        assert_eq!(meter.admit(&limits, at(3_600_000), READ), Ok(()));
        let headers = meter.headers(quota, at(3_600_000));
        assert!(headers.contains(&("ratelimit", "\"global-app-quota\";r=10;t=3600".to_owned())), "{headers:?}");
    }

    #[test]
    fn a_refused_request_uses_nothing() {
        let limits = Limits {
            burst: Some(Burst { put: 1, ..Burst::default() }),
            issue_writes: Some(IssueWrites { per_2_seconds: 1, per_30_seconds: 9 }),
            ..Limits::default()
        };
        let mut meter = Meter::default();
        let asked = [(WRITE, 0), (WRITE, 1000), (MeteredRequest { writes: Some(2), ..WRITE }, 1000)];
        let verdicts = asked.map(|(asked, millis)| meter.admit(&limits, at(millis), asked).is_ok());
        // The second is over the issue's limit and leaves the endpoint's token to the third.
        assert_eq!(verdicts, [true, false, true]);
    }

    #[test]
    fn without_limits_everything_is_let_in() {
        assert_eq!(asked(&Limits::default(), WRITE, &[0; 200]), [None; 200]);
    }
}
