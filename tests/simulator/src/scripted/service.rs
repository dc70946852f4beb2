//! The service that simulated activities have their effects at: what each attempt does, and what truly happened.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use flowrun_engine::{
    activity::{Failure, Recovery},
    diagnostic::Code,
    id::{EffectId, EffectName, StepPath},
};
use serde_json::{Value, json};

use super::case::{Case, Feature};
use crate::{disk::Run, random::Seeded};

/// What an attempt does, in order; then how it ends.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) effects: Vec<(EffectName, Fate)>,
    pub(crate) end: End,
    /// How long it takes before each of them, and before the end.
    pub(crate) pause: u64,
}

/// What becomes of an effect that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Done,
    Refused,
    /// The answer is lost; whether it was done.
    Lost(bool),
    /// No answer ever comes; whether it was done.
    Hangs(bool),
}

/// How an attempt ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Gives,
    Fails,
    FailsForNow,
    IsLimited,
    LacksGrant,
    /// For want of a grant, or perhaps so.
    IsDenied(Recovery),
    Hangs,
}

/// What happened at the service: how often each effect of a step was done.
#[derive(Debug, Default)]
pub(crate) struct Service {
    done: RefCell<BTreeMap<Of, u32>>,
    /// What steps had done that did it anew, as `finally` does at each end of a run.
    before: RefCell<BTreeSet<Of>>,
}

/// An effect of a step, in whichever attempt.
type Of = (Run, StepPath, EffectName);

impl Service {
    /// An effect is done.
    pub(crate) fn done(&self, run: Run, effect: &EffectId) -> u32 {
        let mut done = self.done.borrow_mut();
        let count = done.entry((run, effect.step.clone(), effect.name.clone())).or_default();
        *count += 1;
        *count
    }

    /// Whether an effect was done, by whichever attempt.
    pub(crate) fn has(&self, run: Run, effect: &EffectId) -> bool {
        self.done.borrow().contains_key(&(run, effect.step.clone(), effect.name.clone()))
    }

    /// A step does anew what it had done.
    pub(crate) fn begin_anew(&self, run: Run, step: &StepPath) {
        let of_step = |(of, done, _): &Of| *of == run && done == step;
        let anew = self.done.borrow_mut().extract_if(.., |of, _| of_step(of)).map(|(of, _)| of).collect::<Vec<_>>();
        self.before.borrow_mut().extend(anew);
    }

    /// Whether an effect was done before its step began anew.
    pub(crate) fn had(&self, run: Run, effect: &EffectId) -> bool {
        self.before.borrow().contains(&(run, effect.step.clone(), effect.name.clone()))
    }

    /// What was done for a run.
    pub(crate) fn of(&self, run: Run) -> Vec<(StepPath, EffectName)> {
        let done = self.done.borrow();
        done.keys().filter(|(of, ..)| *of == run).map(|(_, step, name)| (step.clone(), name.clone())).collect()
    }
}

/// What an attempt of a step does.
pub(crate) fn script(case: &Case, run: Run, step: &StepPath, attempt: u32) -> Script {
    let of_step = Seeded::named(case.seed, &format!("{run} {step}"));
    let effects = of_step.below(4).saturating_sub(u64::from(of_step.once_in(2)));
    let random = Seeded::named(case.seed, &format!("{run} {step} {attempt}"));
    let effects = (0..effects).map(|number| (EffectName::new(format!("make/{number}")), fate(case, &random)));
    Script { effects: effects.collect(), end: end(case, &random, attempt), pause: random.below(900) }
}

fn fate(case: &Case, random: &Seeded) -> Fate {
    match random.below(12) {
        0 if case.has(Feature::LostAnswers) => Fate::Lost(random.once_in(2)),
        1 if case.has(Feature::LostAnswers) && case.has(Feature::Timeouts) => Fate::Hangs(random.once_in(2)),
        2 if case.has(Feature::Failures) => Fate::Refused,
        3 if case.has(Feature::Strays) => Fate::Refused,
        _ => Fate::Done,
    }
}

fn end(case: &Case, random: &Seeded, attempt: u32) -> End {
    match random.below(13) {
        0 if case.has(Feature::Failures) => End::Fails,
        1 | 2 if case.has(Feature::Failures) => End::FailsForNow,
        3 if case.has(Feature::RateLimits) && attempt < 4 => End::IsLimited,
        4 if case.has(Feature::Grants) && attempt < 3 => End::LacksGrant,
        5 if case.has(Feature::Timeouts) => End::Hangs,
        6 if case.has(Feature::Grants) && attempt < 3 => End::IsDenied(Recovery::Denied),
        7 if case.has(Feature::Grants) && attempt < 3 => End::IsDenied(Recovery::PerhapsDenied),
        _ => End::Gives,
    }
}

/// How long a grant is there or away, in milliseconds; and when the last one is given back.
const GRANT_STAYS: u64 = 3_000;
const LAST_GRANT: u64 = 40_000;

/// Whether a look may be denied.
pub(crate) fn may_deny(case: &Case, now: u64) -> bool {
    now < LAST_GRANT && case.has(Feature::Grants)
}

/// Whether the grant is away that all steps need.
pub(crate) fn lacks_grant(case: &Case, now: u64) -> bool {
    now < LAST_GRANT && Seeded::named(case.seed, &format!("grant {}", now / GRANT_STAYS)).once_in(2)
}

/// The result of an effect.
pub(crate) fn result(effect: &EffectId) -> Value {
    json!({ "key": format!("{}/{}", effect.step, effect.name) })
}

/// What an attempt sees whose answer was lost.
pub(crate) fn lost() -> Failure {
    Failure::transient(Code::UNAVAILABLE, "the answer was lost").in_doubt()
}

/// What an attempt sees that was refused.
pub(crate) fn refused() -> Failure {
    Failure::permanent(Code::REFUSED, "no")
}
