//! What answers teach of a bucket.

use jiff::Timestamp;

use super::{Bucket, Permit, seconds};

/// So many requests beyond the rate are not let in by a bucket's size, but by a greater rate.
const PROBES: u32 = 120;

/// The same, where more is let in than Jira documents.
const FEWER_PROBES: u32 = 40;

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
        if permit.is_probe {
            self.probe = None;
            self.size += 1.0;
            self.probes += 1;
        }
        let many = if self.told > self.documented { FEWER_PROBES } else { PROBES };
        if self.probes > many {
            self.probes = 0;
            self.size = (self.size / 4.0).max(1.0);
            self.told *= 4.0;
            self.rate = self.told;
            self.take_up(self.size, now);
        }
    }

    /// No answer came.
    pub(in super::super) fn unanswered(&mut self, permit: &Permit) {
        self.last = self.last.filter(|sent| *sent != permit.sent);
        if permit.is_probe {
            self.probe = None;
        }
    }

    /// An answer came: its request arrived no later than it would have if the answer was the quickest.
    fn answered(&mut self, permit: &Permit, now: Timestamp) {
        self.last = self.last.filter(|sent| *sent != permit.sent);
        self.quickest = self.quickest.min(now.duration_since(permit.sent));
        if self.is_tight() {
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
        let rate = told.unwrap_or(self.rate);
        if permit.is_probe {
            self.probe = None;
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

    /// A 429 although the request was within what is known: less is let in than that, or others use the bucket too.
    fn contradict(&mut self, told: Option<f64>, permit: &Permit, now: Timestamp) {
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
