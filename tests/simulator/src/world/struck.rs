//! Worlds in which one fault strikes one effect at one boundary of its way.

use flowrun_engine::{
    id::EffectId,
    journal::{EffectEntry, Entry, Record},
    run::Input,
};

use super::{World, WorldKind, entries};
use crate::{
    disk::Run,
    strike::{Boundary, Cut, Strike},
};

/// What is struck: one effect of one node, in its first attempt.
#[derive(Debug)]
pub(crate) struct Target {
    strike: Strike,
    node: &'static str,
    /// Which of the node's effects, from 0.
    number: usize,
    intended: usize,
    effect: Option<EffectId>,
    was_struck: bool,
}

impl Target {
    pub(crate) fn of(strike: Strike, node: &'static str, number: usize) -> Self {
        Self { strike, node, number, intended: 0, effect: None, was_struck: false }
    }

    fn is(&self, effect: &EffectId) -> bool {
        self.effect.as_ref() == Some(effect)
    }

    /// An effect is intended: it is the one, if it is this node's and there were as many before.
    fn sees(&mut self, effect: &EffectId) -> bool {
        if self.effect.is_some() || effect.step.node().as_str() != self.node {
            return false;
        }
        self.intended += 1;
        if self.intended <= self.number {
            return false;
        }
        self.effect = Some(effect.clone());
        true
    }
}

impl<K: WorldKind> World<K> {
    /// Whether the fault struck.
    pub(super) fn was_struck(&self) -> bool {
        self.target.as_ref().is_some_and(|target| target.was_struck)
    }

    /// Looks out for the effect, and cuts off what runs if it is told something at which the fault strikes. Whether it did.
    pub(super) fn strikes_told(&mut self, run: Run, inputs: &[Input]) -> bool {
        let Some(target) = &mut self.target else { return false };
        let intended = inputs.iter().find_map(|input| match input {
            Input::EffectIntended { effect, .. } => Some(effect),
            _ => None,
        });
        let is_seen = intended.is_some_and(|effect| target.sees(effect));
        let strike = target.strike;
        if let (true, Strike::Network(fault), Some(effect)) = (is_seen, strike, intended) {
            target.was_struck = true;
            K::network_fails(self, (run, effect.clone()), fault);
        }
        let is_settled = |input: &Input| matches!(input, Input::EffectSettled { effect, .. } if self.is_target(effect));
        let is_answered = inputs.iter().any(is_settled);
        (is_seen && self.cut_at(run, Boundary::BeforeIntent)) || (is_answered && self.cut_at(run, Boundary::Unrecorded))
    }

    /// The same, when a record was written, before anything is synced for it.
    pub(super) fn strikes_written(&mut self, run: Run, record: Option<&Record>) -> bool {
        let (is_intended, is_settled) = self.tells_of_target(record);
        (is_intended && self.cut_at(run, Boundary::IntentUnsynced))
            || (is_settled && self.cut_at(run, Boundary::OutcomeUnsynced))
    }

    /// The same, when it was synced if it had to be.
    pub(super) fn strikes_kept(&mut self, run: Run, record: Option<&Record>) -> bool {
        let (is_intended, is_settled) = self.tells_of_target(record);
        if is_settled && self.strike_is_at(Boundary::Recorded) {
            self.disk.sync(None);
        }
        (is_intended && self.cut_at(run, Boundary::Unsent)) || (is_settled && self.cut_at(run, Boundary::Recorded))
    }

    /// The same, when effects were sent, or have arrived.
    pub(crate) fn strikes_on_the_way(&mut self, of: Option<&(Run, EffectId)>, boundary: Boundary) -> bool {
        of.is_some_and(|(run, effect)| self.is_target(effect) && self.cut_at(*run, boundary))
    }

    fn tells_of_target(&self, record: Option<&Record>) -> (bool, bool) {
        let (mut is_intended, mut is_settled) = (false, false);
        for entry in entries(record) {
            if let Entry::Effect(effect, entry) = entry
                && self.is_target(effect)
            {
                is_intended |= matches!(entry, EffectEntry::Intended { .. });
                is_settled |= matches!(entry, EffectEntry::Settled { .. });
            }
        }
        (is_intended, is_settled)
    }

    fn is_target(&self, effect: &EffectId) -> bool {
        self.target.as_ref().is_some_and(|target| target.is(effect))
    }

    fn strike_is_at(&self, boundary: Boundary) -> bool {
        let target = self.target.as_ref().filter(|target| !target.was_struck);
        target.is_some_and(|target| matches!(target.strike, Strike::Cut(at, _) if at == boundary))
    }

    fn cut_at(&mut self, run: Run, boundary: Boundary) -> bool {
        if !self.strike_is_at(boundary) {
            return false;
        }
        let Some(Target { strike: Strike::Cut(_, cut), was_struck, .. }) = &mut self.target else { return false };
        *was_struck = true;
        let cut = *cut;
        self.note(|| format!("{cut:?} at {boundary:?}"));
        match cut {
            Cut::Kill => self.crash(),
            Cut::PowerFailure => {
                self.disk.forget_riding();
                self.crash();
            }
            Cut::OneProcess => {
                let process = self.driven.get(&run).map(|driven| driven.process);
                process.into_iter().for_each(|process| self.process_dies(process));
            }
        }
        true
    }
}
