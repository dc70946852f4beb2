//! What answers teach of a bucket.

use jiff::Timestamp;

use super::{Bucket, Permit, seconds};

/// What is not known to have a limit.
pub(super) const BEYOND_ALL: f64 = 1_000.0;

/// How fast a rate grows that is known to have one.
const FOURFOLD: f64 = 4.0;

/// So many requests beyond the rate are not let in by a bucket's size, but by a greater rate.
const PROBES: u32 = 125;

/// The same, where more is let in than Jira documents.
const FEWER_PROBES: u32 = 40;

/// For so many answers a 429 makes wary that shows requests to be late on their way, as the first are whose connections are new; the next
/// one for eight times as many.
pub(super) const WARY_AT_FIRST: u32 = 32;

/// The slowest rate.
const SLOWEST: f64 = 0.1;

/// A rate can be told from so many requests.
const ENOUGH: u32 = 10;

impl Bucket {
    /// An answer came that is no 429.
    pub(in super::super) fn passed(&mut self, permit: &Permit, now: Timestamp) {
        self.strikes = 0;
        self.since += 1;
        self.answered(permit, now);
        self.rate = (self.rate + self.told / 1_000.0).min(self.told);
        // One that was under way beside the probe that found the end tells nothing more.
        if self.end_probe(permit) && self.full.is_none() {
            self.size += 1.0;
            self.probes += 1;
        }
        let many = if self.told > self.documented { FEWER_PROBES } else { PROBES };
        if self.probes > many {
            self.probes = 0;
            self.size = (self.size / 4.0).max(1.0);
            self.told *= self.growth;
            self.rate = self.told;
            self.take_up(self.size, now);
        }
    }

    /// No answer came.
    pub(in super::super) fn unanswered(&mut self, permit: &Permit) {
        self.last = self.last.filter(|sent| *sent != permit.sent);
        self.end_probe(permit);
    }

    /// If it is a probe, it is under way no longer. Whether it is one.
    fn end_probe(&mut self, permit: &Permit) -> bool {
        self.probing.retain(|since| !permit.is_probe || *since != permit.at);
        permit.is_probe
    }

    /// An answer came: its request arrived no later than it would have if the answer was the quickest. What is late is rather the
    /// answer, unless a 429 showed a short time ago that requests are.
    fn answered(&mut self, permit: &Permit, now: Timestamp) {
        self.last = self.last.filter(|sent| *sent != permit.sent);
        self.quickest = self.quickest.min(now.duration_since(permit.sent));
        if self.is_tight() && self.wary > 0 {
            self.wary -= 1;
            let arrived = now.saturating_sub(self.quickest).unwrap_or(now);
            self.sent = self.sent.max(arrived.saturating_add(seconds(1.0 / self.rate)).unwrap_or(Timestamp::MAX));
            self.plan();
        }
    }

    /// Learns from a 429 of this bucket: it is empty now. `told` is its rate, where that was said. Whether what was known explains
    /// it, or it is one of those that were under way together.
    pub(in super::super) fn learn(&mut self, permit: &Permit, told: Option<f64>, now: Timestamp) -> bool {
        self.last = self.last.filter(|sent| *sent != permit.sent);
        let is_known = self.contradicted.is_some_and(|at| permit.sent <= at);
        let told = told.or_else(|| self.is_boundless().then_some(self.documented * FOURFOLD));
        self.growth = FOURFOLD;
        let rate = told.unwrap_or(self.rate);
        if self.end_probe(permit) {
            self.full = Some(now);
            if rate > self.rate {
                // At a greater rate less was let in at once than it seemed.
                self.size = 1.0;
                self.full = None;
            }
            self.told = rate;
            self.rate = rate;
        } else if !is_known {
            self.contradict(told, permit, now);
        }
        if !is_known {
            (self.empty, self.since) = (Some(permit.sent), 0);
        }
        self.take_up(self.size, now);
        permit.is_probe || is_known || self.strikes < 2
    }

    /// Whether no limit was known so far.
    fn is_boundless(&self) -> bool {
        self.growth > FOURFOLD && self.told > self.documented
    }

    /// A 429 although the request was within what is known: less is let in than that, or others use the bucket too.
    fn contradict(&mut self, told: Option<f64>, permit: &Permit, now: Timestamp) {
        if self.is_tight() {
            self.wary = self.wary_next;
            self.wary_next = self.wary_next.saturating_mul(8);
        }
        self.contradicted = Some(now);
        self.full = Some(now);
        self.strikes += 1;
        self.size = (self.size / 2.0).floor().max(1.0);
        match told {
            Some(rate) if rate < self.rate => (self.told, self.rate) = (rate, rate),
            _ if self.strikes > 1 => self.rate = (self.rate / 2.0).max(SLOWEST),
            _ => {
                // Of a bucket without a reserve as much is lost as requests are late.
                let nearly = if self.is_tight() { 0.98 } else { 0.95 };
                let slower = if told.is_some() { nearly } else { self.seen(permit) };
                self.told = (self.rate * slower).max(SLOWEST);
                self.rate = self.told;
            }
        }
    }

    /// The part of the rate that was let in between two times at which it was empty, as far as they were enough to tell.
    fn seen(&self, permit: &Permit) -> f64 {
        let span = self.empty.map_or(0.0, |empty| permit.sent.duration_since(empty).as_secs_f64());
        if self.since < ENOUGH || span <= 0.0 {
            0.8
        } else {
            (f64::from(self.since) / span / self.rate).clamp(0.5, 0.95)
        }
    }
}
