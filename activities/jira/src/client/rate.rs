//! Rate limits: which request may go when. Pure; the client brings the time and the randomness.
//!
//! Jira has three systems. A quota of points counts everything together, a bucket of tokens each operation ([`bucket`]), and writes to
//! one issue count for that issue. The reason of a 429 says which is meant ([`limit`]). Each request asks for a [`Permit`]: it may go
//! now, or in a moment, or it is refused with a slot in time that is its own, so that those who wait do not come back together.

mod bucket;
mod limit;
mod quota;
mod slots;

use std::{collections::BTreeMap, time::Duration};

use flowrun_engine::id::RunId;
use jiff::{SignedDuration, Timestamp};

pub(crate) use limit::Limit;

use super::later;
use bucket::{Bounds, Bucket};
use quota::Quota;

/// Who waits no longer than this for its turn does so with its request in its hands, as for a connection.
pub(super) const MOMENT: Duration = Duration::from_millis(250);

/// What a request counts towards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The operation's name: method and path template.
    pub(super) operation: &'static str,
    /// The issue, of a request that writes to one.
    pub(super) issue: Option<&'a str>,
    /// The run that it is for, where one is known: runs get equal shares.
    pub(super) run: Option<RunId>,
}

/// That a request may be sent, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permit {
    /// Not before this time.
    pub(super) at: Timestamp,
    /// Whether it goes beyond what is known to be let in, to learn whether more is.
    is_probe: bool,
    /// When it was sent.
    sent: Timestamp,
}

/// Knows what is let in when.
#[derive(Debug, Default)]
pub(super) struct RateLimiter {
    buckets: BTreeMap<&'static str, Bucket>,
    quota: Quota,
    closed: BTreeMap<Closed, Closing>,
}

/// What a rate limit has closed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closed {
    Everything,
    Operation(&'static str),
    Issue(String),
}

#[derive(Clone, Copy, Debug)]
struct Closing {
    until: Timestamp,
    /// How many 429s came in a row.
    strikes: u32,
    /// When the last of them came.
    since: Timestamp,
    /// How many wait for it, each behind the other.
    waiting: u32,
}

/// Those that wait for one issue come back so far from each other: 20 writes are let in in 2 seconds \[RATE\].
const BETWEEN_WRITES: Duration = Duration::from_millis(100);

impl RateLimiter {
    /// That the request may go, at once or in a moment.
    ///
    /// # Errors
    /// When it has to wait longer: until when. That slot is its own.
    pub(super) fn permit(&mut self, wanted: Wanted<'_>, now: Timestamp) -> Result<Permit, Timestamp> {
        let not_before = self.closed_until(wanted, now).max(self.quota.next(now));
        let bounds = Bounds { not_before, apart: self.quota.apart(now) };
        let bucket = self.buckets.entry(wanted.operation).or_insert_with(|| Bucket::of(wanted.operation, now));
        let permit = bucket.permit(wanted.run, bounds, now)?;
        self.quota.count(permit.at);
        Ok(permit)
    }

    /// That a request is sent now.
    ///
    /// # Errors
    /// When others were sent later than they might have been, and there is no room for it yet: when to ask again, in a moment.
    pub(super) fn send(&mut self, wanted: Wanted<'_>, permit: &mut Permit, now: Timestamp) -> Result<(), Timestamp> {
        self.buckets.get_mut(wanted.operation).map_or(Ok(()), |bucket| bucket.send(permit, now))
    }

    /// A 429 came: until when the request has to wait. `fraction` spreads those who wait, between 0 and 1.
    pub(super) fn refused(
        &mut self,
        wanted: Wanted<'_>,
        permit: &Permit,
        limit: &Limit,
        (now, fraction): (Timestamp, f64),
    ) -> Timestamp {
        let Some(bucket) = self.buckets.get_mut(wanted.operation) else { return limit.until(now, 1, fraction) };
        let explained = limit.is_burst() && bucket.learn(permit, limit.rate(), now);
        let until = match closed_by(limit, wanted) {
            // A bucket that is empty for a moment slows those that use it; only whoever was refused waits as long as it was told.
            Closed::Operation(_) if explained => limit.until(now, 1, 0.0),
            key => self.close(key, permit, limit, (now, fraction)),
        };
        let bucket = self.buckets.entry(wanted.operation).or_insert_with(|| Bucket::of(wanted.operation, now));
        bucket.promise(wanted.run, until, (self.quota.apart(now), now))
    }

    /// An answer came that is no 429: what closed its way is forgotten, once it is over.
    pub(super) fn passed(&mut self, wanted: Wanted<'_>, permit: &Permit, limit: &Limit, now: Timestamp) {
        self.closed.retain(|key, closing| {
            let on_the_way = match key {
                Closed::Everything => true,
                Closed::Operation(operation) => *operation == wanted.operation,
                Closed::Issue(issue) => Some(issue.as_str()) == wanted.issue,
            };
            closing.until > now || !on_the_way
        });
        self.quota.learn(limit, now);
        if let Some(bucket) = self.buckets.get_mut(wanted.operation) {
            bucket.passed(permit, now);
        }
    }

    /// No answer came: it may have been counted.
    pub(super) fn unanswered(&mut self, wanted: Wanted<'_>, permit: &Permit) {
        if let Some(bucket) = self.buckets.get_mut(wanted.operation) {
            bucket.unanswered(permit);
        }
    }

    /// Until when the request's way is closed. Each that asks is put behind those that asked before.
    fn closed_until(&mut self, wanted: Wanted<'_>, now: Timestamp) -> Timestamp {
        let everything = [Closed::Everything, Closed::Operation(wanted.operation)];
        let closed = everything.iter().filter_map(|key| self.closed.get(key)).map(|closing| closing.until);
        let until = closed.max().unwrap_or(now).max(now);
        let issue = wanted.issue.map(|issue| Closed::Issue(issue.to_owned()));
        match issue.and_then(|key| self.closed.get_mut(&key)).filter(|closing| closing.until > now) {
            Some(closing) => until.max(closing.next()),
            None => until,
        }
    }

    /// Closes what a 429 speaks of, and says until when.
    fn close(&mut self, key: Closed, permit: &Permit, limit: &Limit, (now, fraction): (Timestamp, f64)) -> Timestamp {
        let before = self.closed.get(&key).copied();
        let strikes = match before {
            // Requests that were under way together are answered together: that is one strike.
            Some(closing) if permit.sent <= closing.since => closing.strikes,
            Some(closing) => closing.strikes + 1,
            None => 1,
        };
        let until = limit.until(now, strikes, fraction);
        let until = before.map_or(until, |closing| closing.until.max(until));
        let closing = Closing { until, strikes, since: now, waiting: before.map_or(0, |closing| closing.waiting) };
        let is_issue = matches!(key, Closed::Issue(_));
        let closing = self.closed.entry(key).insert_entry(closing).into_mut();
        if is_issue { closing.next() } else { until }
    }
}

impl Closing {
    /// The slot of one more that waits for an issue.
    fn next(&mut self) -> Timestamp {
        let slot = later(self.until, BETWEEN_WRITES.saturating_mul(self.waiting));
        self.waiting += 1;
        slot
    }
}

fn closed_by(limit: &Limit, wanted: Wanted<'_>) -> Closed {
    match (limit.reason.as_deref(), wanted.issue) {
        (Some("jira-quota-global-based" | "jira-quota-tenant-based"), _) => Closed::Everything,
        (Some("jira-per-issue-on-write"), Some(issue)) => Closed::Issue(issue.to_owned()),
        _ => Closed::Operation(wanted.operation),
    }
}

/// A time so many seconds long.
fn seconds(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
