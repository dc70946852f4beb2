//! What happens to effects.

use jiff::Timestamp;

use super::super::{
    RunState,
    step::{Cause, EffectState, StepProgress, StepState, Unshown},
};
use crate::{
    activity::{Failure, Intent, Settlement},
    id::EffectId,
    journal::{Decision, EffectEntry},
};

impl RunState {
    pub(super) fn note_of_effect(&mut self, at: Timestamp, effect: &EffectId, entry: &EffectEntry) {
        self.change(&effect.step, |step| match entry {
            EffectEntry::Intended { intent } => intended(step, effect, intent, at),
            EffectEntry::Settled { settlement, evidence: _ } => settled(step, effect, settlement, at),
            EffectEntry::NotShownYet { failure, why, look_at } => {
                not_shown_yet(step, effect, failure, why);
                StepProgress::LooksAgain(*look_at)
            }
            EffectEntry::InDoubt { failure } => {
                step.in_doubt_since = Some(at);
                if let Some(effect) = step.effect_mut(effect) {
                    effect.doubt = Some(failure.clone());
                    // What a person said of it did not hold.
                    effect.decision = None;
                }
                StepProgress::InDoubt(effect.clone())
            }
            EffectEntry::Decided { decision } => decided(step, effect, decision, at),
        });
    }
}

fn intended(step: &mut StepState, id: &EffectId, intent: &Intent, at: Timestamp) -> StepProgress {
    let effect = EffectState {
        id: id.clone(),
        intent: intent.clone(),
        intended_at: at,
        settlement: None,
        unshown: None,
        doubt: None,
        decision: None,
    };
    if let Some(attempt) = step.attempts.last_mut() {
        attempt.effects.reserve_exact(1);
        attempt.effects.push(effect);
    }
    step.progress.clone()
}

fn not_shown_yet(step: &mut StepState, id: &EffectId, failure: &Failure, why: &str) {
    if let Some(effect) = step.effect_mut(id) {
        let looks = effect.unshown.as_ref().map_or(0, |unshown| unshown.looks) + 1;
        effect.unshown = Some(Box::new(Unshown { looks, failure: failure.clone(), why: why.to_owned() }));
    }
}

fn settled(step: &mut StepState, id: &EffectId, settlement: &Settlement, at: Timestamp) -> StepProgress {
    if let Settlement::Happened(result) = settlement {
        step.results.insert(id.name.clone(), result.clone());
    }
    if let Some(effect) = step.effect_mut(id) {
        effect.settlement = Some(settlement.clone());
    }
    let is_asked = matches!(&step.progress, StepProgress::InDoubt(of) | StepProgress::Decided(of, _) if of == id);
    if !is_asked {
        return step.progress.clone();
    }
    excuse_doubt(step, at);
    StepProgress::Due(Cause::Continued)
}

fn decided(step: &mut StepState, id: &EffectId, decision: &Decision, at: Timestamp) -> StepProgress {
    excuse_doubt(step, at);
    if let Some(effect) = step.effect_mut(id) {
        effect.decision = Some(decision.clone());
        if *decision == Decision::DidNotHappen {
            effect.settlement = Some(Settlement::DidNotHappen);
        }
    }
    match decision {
        Decision::Happened { key } => StepProgress::Decided(id.clone(), key.clone()),
        Decision::DidNotHappen => StepProgress::Due(Cause::Continued),
        Decision::Abort => step.progress.clone(),
    }
}

/// Nobody is asked any more.
fn excuse_doubt(step: &mut StepState, at: Timestamp) {
    if let Some(since) = step.in_doubt_since.take() {
        step.excuse(at.duration_since(since));
    }
}
