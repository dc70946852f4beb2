//! The quota of points, as answers tell of it: what is left is spread over the rest of its hour once little is left.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{limit::Limit, seconds};

/// A quota begins anew at the top of each hour in UTC \[RATE\].
const HOUR: i64 = 3600;

/// What a request costs on average, in points: 1, and 1 or more for each thing that it gives \[RATE\].
const POINTS: f64 = 2.0;

/// How the requests of all operations together are spread. They are not, as long as enough is left.
#[derive(Debug, Default)]
pub(super) struct Quota {
    spread: Option<Spread>,
}

#[derive(Debug)]
struct Spread {
    /// The time that one request takes up.
    interval: SignedDuration,
    /// How far ahead of that requests may go.
    ahead: SignedDuration,
    /// Up to when time is taken up.
    taken: Timestamp,
    ends: Timestamp,
}

impl Quota {
    /// When the next request may go.
    pub(super) fn next(&self, now: Timestamp) -> Timestamp {
        let spread = self.spread.as_ref().filter(|spread| spread.ends > now);
        spread.and_then(|spread| spread.taken.checked_sub(spread.ahead).ok()).map_or(now, |next| next.max(now))
    }

    /// How far requests are apart.
    pub(super) fn apart(&self, now: Timestamp) -> SignedDuration {
        let spread = self.spread.as_ref().filter(|spread| spread.ends > now);
        spread.map_or(SignedDuration::ZERO, |spread| spread.interval)
    }

    /// Counts a request that goes at this time.
    pub(super) fn count(&mut self, at: Timestamp) {
        if let Some(spread) = &mut self.spread {
            spread.taken = spread.taken.max(at).checked_add(spread.interval).unwrap_or(Timestamp::MAX);
        }
    }

    /// Learns from an answer. Under a fifth of the quota Jira itself says that the limit is near.
    pub(super) fn learn(&mut self, told: &Limit, now: Timestamp) {
        let Some((left, all)) = told.left() else { return };
        if left.saturating_mul(5) >= all {
            self.spread = None;
            return;
        }
        let ends = Timestamp::from_second((now.as_second().div_euclid(HOUR) + 1) * HOUR).unwrap_or(Timestamp::MAX);
        #[expect(clippy::cast_precision_loss, reason = "no quota has so many points")]
        let requests = (left as f64 / POINTS).max(1.0);
        let rest = Duration::try_from(ends.duration_since(now)).unwrap_or_default().as_secs_f64();
        let interval = rest / requests;
        // A short run near the end of the hour is not held up: a tenth of what is left may go at once.
        let ahead = interval * (requests / 10.0);
        let taken = self.spread.as_ref().filter(|spread| spread.ends == ends).map_or(now, |spread| spread.taken);
        self.spread = Some(Spread { interval: seconds(interval), ahead: seconds(ahead), taken, ends });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_774_540_800 + second).unwrap()
    }

    fn told(remaining: u64) -> Limit {
        Limit { limit: Some("65000".into()), remaining: Some(remaining.to_string()), ..Limit::default() }
    }

    /// What is left × how many requests of those that come in the next 10 seconds, 100 a second, go.
    #[test]
    fn what_is_left_is_spread_over_the_rest_of_the_hour() {
        let expected = [(65_000, 1_000), (13_000, 1_000), (12_999, 668), (1_200, 62), (12, 1), (0, 1)];
        for (remaining, gone) in expected {
            let mut quota = Quota::default();
            quota.learn(&told(remaining), at(0));
            let mut count = 0;
            for tick in 0..1_000 {
                let now = at(0).checked_add(SignedDuration::from_millis(10 * tick)).unwrap();
                if quota.next(now) == now {
                    quota.count(now);
                    count += 1;
                }
            }
            assert_eq!(count, gone, "{remaining} points");
        }
    }

    #[test]
    fn a_new_hour_begins_anew() {
        let mut quota = Quota::default();
        quota.learn(&told(2), at(0));
        quota.count(at(0));
        assert_eq!(quota.next(at(1)), at(3_240), "a tenth ahead");
        assert_eq!(quota.next(at(3_600)), at(3_600));
    }
}
