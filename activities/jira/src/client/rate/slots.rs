//! The slots in time that were promised to those who have to wait: each to one, and each run its share.

use std::{collections::BTreeMap, ops::Bound::Excluded, time::Duration};

use flowrun_engine::id::RunId;
use jiff::{SignedDuration, Timestamp};

use crate::client::later;

/// More slots than this are not remembered: who is told of a later one asks again then.
const MOST: usize = 10_000;

/// A slot whose owner did not come by so much later is free.
const GRACE: Duration = Duration::from_secs(5);

/// The slots, each with the run that it was promised to.
#[derive(Debug, Default)]
pub(super) struct Slots {
    promised: BTreeMap<Timestamp, Option<RunId>>,
    held: BTreeMap<Option<RunId>, usize>,
    /// A stretch in which no slot is free that has not come yet.
    dense: Option<(Timestamp, Timestamp)>,
}

impl Slots {
    /// Promises a slot to `run`: the first free one from `earliest` on, an `interval` away from all others; or that of a run which
    /// has more than one slot more than this one: whoever loses it gets another when it comes.
    pub(super) fn promise(&mut self, run: Option<RunId>, earliest: Timestamp, interval: SignedDuration) -> Timestamp {
        let holds = self.held(run);
        let has_more = |other: &Option<RunId>| *other != run && self.held(*other) > holds + 1;
        let of_another = self.held.keys().any(has_more).then(|| self.promised.range(earliest..));
        let of_another = of_another.and_then(|mut slots| slots.find(|(_, other)| has_more(other)));
        let of_another = of_another.map(|(slot, _)| *slot);
        let slot = of_another.unwrap_or_else(|| self.first_free(earliest, interval));
        if of_another.is_some() || self.promised.len() < MOST {
            self.take(slot);
            self.promised.insert(slot, run);
            *self.held.entry(run).or_default() += 1;
        }
        slot
    }

    /// Takes back a slot of this run whose time has come, if there is one.
    pub(super) fn claim(&mut self, run: Option<RunId>, now: Timestamp) -> bool {
        let due = self.promised.range(..=now).find(|(_, owner)| **owner == run).map(|(slot, _)| *slot);
        due.inspect(|slot| self.take(*slot)).is_some()
    }

    /// Forgets the slots whose owners did not come.
    pub(super) fn tidy(&mut self, now: Timestamp) {
        while let Some((&slot, _)) = self.promised.first_key_value().filter(|(slot, _)| later(**slot, GRACE) < now) {
            self.take(slot);
        }
        if self.promised.is_empty() {
            self.dense = None;
        }
    }

    /// How many are promised up to this time.
    pub(super) fn until(&self, time: Timestamp) -> usize {
        self.promised.range(..=time).count()
    }

    fn first_free(&mut self, earliest: Timestamp, interval: SignedDuration) -> Timestamp {
        let later = |time: Timestamp| time.saturating_add(interval).unwrap_or(Timestamp::MAX);
        let dense = self.dense.filter(|(from, to)| (*from..*to).contains(&earliest));
        let (from, mut slot) = dense.unwrap_or((earliest, earliest));
        while let Some((&near, _)) = self.promised.range(around(slot, interval)).next_back() {
            slot = later(near);
        }
        self.dense = Some((from, later(slot)));
        slot
    }

    fn take(&mut self, slot: Timestamp) {
        let Some(owner) = self.promised.remove(&slot) else { return };
        let left = self.held(owner).saturating_sub(1);
        match left {
            0 => self.held.remove(&owner),
            left => self.held.insert(owner, left),
        };
    }

    fn held(&self, run: Option<RunId>) -> usize {
        self.held.get(&run).copied().unwrap_or_default()
    }
}

/// All times that are nearer than `interval`.
fn around(slot: Timestamp, interval: SignedDuration) -> (std::ops::Bound<Timestamp>, std::ops::Bound<Timestamp>) {
    let from = slot.saturating_sub(interval).unwrap_or(Timestamp::MIN);
    (Excluded(from), Excluded(slot.saturating_add(interval).unwrap_or(Timestamp::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_774_540_000_000 + millis).unwrap()
    }

    fn run(number: u8) -> Option<RunId> {
        Some(format!("01890a5d-ac96-774b-bcce-b302099a80{number:02}").parse().unwrap())
    }

    const APART: SignedDuration = SignedDuration::from_millis(10);

    #[test]
    fn each_gets_a_slot_of_its_own() {
        let mut slots = Slots::default();
        let promised: Vec<_> = (0..100).map(|_| slots.promise(None, at(1_000), APART)).collect();
        assert_eq!(promised, (0..100).map(|number| at(1_000 + 10 * number)).collect::<Vec<_>>());
        assert!(!slots.claim(None, at(999)));
        assert!(!slots.claim(run(1), at(1_000)), "it was promised to another");
        assert!(slots.claim(None, at(1_000)));
        assert!(!slots.claim(None, at(1_009)));
        slots.tidy(at(7_000));
        assert_eq!((slots.until(at(10_000)), slots.promise(None, at(1_000), APART)), (0, at(1_000)));
    }

    #[test]
    fn the_first_free_slot_is_taken() {
        let mut slots = Slots::default();
        let mut promise = |earliest: i64| slots.promise(None, at(earliest), APART).duration_since(at(0)).as_millis();
        let expected = [
            (30_000, 30_000),
            (1_000, 1_000),
            (1_000, 1_010),
            (1_005, 1_020),
            (30_005, 30_010),
            (29_995, 30_020),
            (1_000, 1_030),
            (2_000, 2_000),
        ];
        for (earliest, slot) in expected {
            assert_eq!(promise(earliest), slot, "{earliest}");
        }
    }

    #[test]
    fn a_run_that_comes_late_gets_its_share() {
        let mut slots = Slots::default();
        for _ in 0..100 {
            slots.promise(run(1), at(1_000), APART);
        }
        let promised: Vec<_> = (0..60).map(|_| slots.promise(run(2), at(1_000), APART)).collect();
        assert_eq!(promised[..3], [at(1_000), at(1_010), at(1_020)]);
        assert_eq!((slots.held(run(1)), slots.held(run(2))), (50, 60));
        assert_eq!(promised[50], at(2_000), "behind the last, once both have as many");
    }
}
