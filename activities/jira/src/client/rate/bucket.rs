//! What is known of the bucket of one operation: its rate, and how many requests it lets in at once.
//!
//! Its size is nowhere documented, and learnt by going a request further than what was let in before: two such probes are under way at
//! a time, so that a bucket's end costs two 429s at most. The rate is the documented one until a 429 says another, or contradicts it;
//! once more was let in than any bucket would hold, no limit is known, and nothing waits until one is.

mod learning;

use std::time::Duration;

use flowrun_engine::id::RunId;
use jiff::{SignedDuration, Timestamp};

use super::{MOMENT, Permit, seconds, slots::Slots};
use crate::client::later;

/// The bucket of one operation, as far as it is known. A request takes up the time of one token; requests may go ahead of that time
/// by as many as fit in.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Tokens a second.
    rate: f64,
    /// The rate that Jira told or documents; after a 429 it is gone back to slowly.
    told: f64,
    documented: f64,
    /// How many requests were let in at once.
    size: f64,
    /// Since when that is all that it lets in.
    full: Option<Timestamp>,
    /// How many probes were let in since the rate was raised.
    probes: u32,
    /// When those probes were let in that have no answer yet.
    probing: Vec<Timestamp>,
    /// By how much the rate grows when more is let in than it explains.
    growth: f64,
    /// Up to when time is taken up by what was sent, and with what may go in a moment.
    sent: Timestamp,
    planned: Timestamp,
    /// When the last request was sent, as long as it has no answer; and how soon the quickest answer came.
    last: Option<Timestamp>,
    quickest: SignedDuration,
    /// When those may go that were let in for a moment later.
    waiting: Vec<Timestamp>,
    /// For so many answers more a late one is taken for that of a request which was late; and for how many after the next 429 that shows
    /// that requests are.
    wary: u32,
    wary_next: u32,
    slots: Slots,
    /// When the last 429 came that nothing explained, and how many came since the last answer.
    contradicted: Option<Timestamp>,
    strikes: u32,
    /// When it was empty last, and how many requests were let in since.
    empty: Option<Timestamp>,
    since: u32,
}

/// What else a request has to heed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Before this time nothing may go.
    pub(super) not_before: Timestamp,
    /// Those that wait come back so far from each other, at least.
    pub(super) apart: SignedDuration,
}

/// The shortest wait of a run: who cannot go in a moment is promised a slot that is so far off.
const SHORTEST_WAIT: Duration = MOMENT;

/// A size that was found out is doubted after so long: others who use the bucket may have gone.
const KNOWN_FOR: Duration = Duration::from_secs(300);

/// A probe that has no answer after so long will have none.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// Waits in a row for those that were late add up to less.
const A_WHILE: SignedDuration = SignedDuration::from_secs(20);

/// So many probes are under way at most.
const PROBES_AT_A_TIME: usize = 2;

/// After so long it is looked whether an answer came.
const A_LITTLE: Duration = Duration::from_millis(1);

impl Bucket {
    /// The bucket of an operation, of which nothing is known but what Jira documents.
    pub(super) fn of(operation: &'static str, now: Timestamp) -> Self {
        let rate = documented_rate(operation);
        Self {
            rate,
            told: rate,
            documented: rate,
            size: 1.0,
            full: None,
            probes: 0,
            probing: Vec::new(),
            growth: learning::BEYOND_ALL,
            sent: now,
            planned: now,
            last: None,
            quickest: SignedDuration::MAX,
            waiting: Vec::new(),
            wary: 0,
            wary_next: learning::WARY_AT_FIRST,
            slots: Slots::default(),
            contradicted: None,
            strikes: 0,
            empty: None,
            since: 0,
        }
    }

    /// Lets a request in, at once or in a moment.
    ///
    /// # Errors
    /// When it has to wait longer: the slot that it is promised.
    pub(super) fn permit(&mut self, run: Option<RunId>, bounds: Bounds, now: Timestamp) -> Result<Permit, Timestamp> {
        let Bounds { not_before, apart } = bounds;
        self.set_right(now);
        self.slots.tidy(now);
        self.waiting.retain(|at| later(*at, SHORTEST_WAIT) > now);
        let is_awaited = self.slots.claim(run, now);
        let earliest = self.planned.saturating_sub(self.ahead()).unwrap_or(now).max(not_before).max(now);
        let at = if is_awaited { earliest } else { self.behind_promised(earliest, later(now, MOMENT)) };
        let is_probe = at > now && not_before <= now && self.may_probe(now);
        if is_probe {
            self.probing.push(now);
        } else if at > later(now, MOMENT) {
            return Err(self.promise(run, at, (apart, now)));
        } else if at > now {
            self.waiting.push(at);
        }
        let at = if is_probe { now } else { at };
        self.planned = self.planned.max(at).saturating_add(self.interval()).unwrap_or(Timestamp::MAX);
        Ok(Permit { at, is_probe, sent: now })
    }

    /// Promises a slot that is not before `earliest`.
    pub(super) fn promise(
        &mut self,
        run: Option<RunId>,
        earliest: Timestamp,
        (apart, now): (SignedDuration, Timestamp),
    ) -> Timestamp {
        self.slots.promise(run, earliest.max(later(now, SHORTEST_WAIT)), self.interval().max(apart))
    }

    /// A request that was let in is sent now.
    ///
    /// # Errors
    /// When it is too early, since others before it were late: when it is not.
    pub(super) fn send(&mut self, permit: &mut Permit, now: Timestamp) -> Result<(), Timestamp> {
        let earliest = self.sent.saturating_sub(self.ahead()).unwrap_or(now);
        if earliest > now && !permit.is_probe {
            return Err(earliest);
        }
        if let Some(later) = self.once_answered(now) {
            return Err(later);
        }
        if let Some(place) = self.waiting.iter().position(|at| *at == permit.at) {
            self.waiting.swap_remove(place);
        }
        permit.sent = now;
        self.last = Some(now);
        self.sent = self.sent.max(now).saturating_add(self.interval()).unwrap_or(Timestamp::MAX);
        self.plan();
        Ok(())
    }

    /// Where nothing is in reserve, and requests are late, one that is slow on its way must not be overtaken by the time of the next: until
    /// when to wait for its answer, as long as that can tell. `None` once it came, or will not come soon.
    fn once_answered(&self, now: Timestamp) -> Option<Timestamp> {
        let interval = self.interval();
        let late = self.last?.saturating_add(interval + interval / 2).ok()?;
        (self.is_tight() && self.wary > 0 && self.quickest < interval && now < late).then(|| later(now, A_LITTLE))
    }

    /// So many tokens are taken, whatever it was that seemed to be.
    fn take_up(&mut self, tokens: f64, now: Timestamp) {
        self.sent = now.saturating_add(seconds(tokens / self.rate)).unwrap_or(Timestamp::MAX);
        self.planned = self.sent;
        self.plan();
    }

    /// Nothing can have been sent so far ahead: the clock was set back.
    fn set_right(&mut self, now: Timestamp) {
        let furthest = now.saturating_add(seconds(2.0 * self.size / self.rate) + A_WHILE).unwrap_or(Timestamp::MAX);
        if self.sent > furthest {
            self.waiting.clear();
            self.take_up(self.size, now);
        }
    }

    /// Plans those that wait behind what was sent.
    fn plan(&mut self) {
        let waiting = self.interval().saturating_mul(i32::try_from(self.waiting.len()).unwrap_or(i32::MAX));
        self.planned = self.planned.max(self.sent.saturating_add(waiting).unwrap_or(Timestamp::MAX));
    }

    /// The first time from `earliest` on that leaves a token for each slot that was promised before it; one after `latest` is as good
    /// as any other.
    fn behind_promised(&self, earliest: Timestamp, latest: Timestamp) -> Timestamp {
        let mut at = earliest;
        loop {
            let before = i32::try_from(self.slots.until(at)).unwrap_or(i32::MAX);
            let next = earliest.saturating_add(self.interval().saturating_mul(before)).unwrap_or(Timestamp::MAX);
            if next <= at || at > latest {
                return at;
            }
            at = next;
        }
    }

    fn may_probe(&mut self, now: Timestamp) -> bool {
        if self.full.is_some_and(|since| later(since, KNOWN_FOR) <= now) {
            self.full = None;
            self.wary_next = learning::WARY_AT_FIRST;
            self.told = self.told.max(self.documented);
        }
        self.probing.retain(|since| later(*since, ANSWERED_WITHIN) > now);
        // A bucket of one, whose requests wait the longest, has its end found out by one.
        let at_a_time = if self.size > 1.0 { PROBES_AT_A_TIME } else { 1 };
        self.full.is_none() && self.probing.len() < at_a_time
    }

    /// The time of one request. Where nothing is in reserve, a request that is late for a moment must not make the next one early.
    fn interval(&self) -> SignedDuration {
        let leeway = if self.is_tight() { 1.01 } else { 1.0 };
        seconds(leeway / self.rate)
    }

    /// How far requests may go ahead of the time that they take up.
    fn ahead(&self) -> SignedDuration {
        seconds((self.size - self.reserve() - 1.0).max(0.0) / self.rate)
    }

    /// Whether nothing is in reserve for requests that arrive a moment late.
    fn is_tight(&self) -> bool {
        self.full.is_some() && self.reserve() < 1.0
    }

    /// What is left in a bucket whose size is known, for requests that arrive a moment late.
    fn reserve(&self) -> f64 {
        if self.full.is_some() { (self.size / 3.0).floor().min(2.0) } else { 0.0 }
    }
}

/// The steady state of an operation's bucket, a second \[RATE\].
fn documented_rate(operation: &str) -> f64 {
    match operation.split_once(' ') {
        Some(("GET", "/rest/api/3/issue/{issueIdOrKey}")) => 150.0,
        Some(("PUT" | "DELETE", _)) => 50.0,
        _ => 100.0,
    }
}
