//! The state of a step: its attempts, and the effects that they asked for.

use std::{collections::BTreeMap, mem, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    activity::{Failure, Intent, OpenEffect, Recovery, Settlement},
    diagnostic::Code,
    id::{EffectId, EffectName},
    journal::Decision,
    kind::Doing,
    run::doubt::unknown,
};

/// One passage of the run through a node.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct StepState {
    pub(in crate::run) progress: StepProgress,
    pub(in crate::run) input: Arc<Value>,
    pub(in crate::run) output: Option<Arc<Value>>,
    pub(in crate::run) failure: Option<Failure>,
    pub(in crate::run) attempts: Vec<AttemptState>,
    /// The results of effects that are known to have happened, by name.
    pub(in crate::run) results: BTreeMap<EffectName, Value>,
    pub(in crate::run) started_at: Timestamp,
    pub(in crate::run) ended_at: Option<Timestamp>,
    /// When it must be done. Later than it was at first where the run was not driven, or the step waited for a
    /// person.
    pub(in crate::run) deadline: Timestamp,
    /// Attempts that count against `retry.attempts`.
    pub(in crate::run) counted: u32,
    /// Since when a person has been awaited.
    pub(in crate::run) in_doubt_since: Option<Timestamp>,
    /// What it had before the run was retried, where it began again then.
    before_retry: Option<Box<BeforeRetry>>,
}

/// What a step had before the run was retried.
#[derive(Clone, Debug, PartialEq)]
struct BeforeRetry {
    /// The number of its last attempt.
    attempt: u32,
    /// What that was given.
    input: Arc<Value>,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) enum StepProgress {
    /// It may begin an attempt.
    Due(Cause),
    /// An attempt runs.
    Running,
    /// It waits for the time of its next attempt.
    Waiting(Timestamp),
    /// It waits for an answer, until this time.
    Awaiting(Timestamp),
    /// Its effect is looked for again at this time.
    LooksAgain(Timestamp),
    /// A grant is missing: it goes on when that is there, or the run is resumed.
    Parked(Parked),
    /// An effect is in doubt; a person decides.
    InDoubt(EffectId),
    /// A person said that the effect has happened and made the thing with this key: to be looked at.
    Decided(EffectId, String),
    /// It has its output.
    Completed,
    /// It failed for good.
    Failed,
    /// The run ended first.
    Cancelled,
}

/// A step that waits for a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) struct Parked {
    /// Since when.
    pub(in crate::run) since: Timestamp,
    /// When grants are asked for again; `None` where an earlier version parked it.
    pub(in crate::run) ask_at: Option<Timestamp>,
    /// Whether it is a look for its open effect that waits, not a new attempt.
    pub(in crate::run) is_look: bool,
}

/// Why a step may begin an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Cause {
    /// It has had none.
    First,
    /// The last one was lost or decided about: finishing it is not new work.
    Continued,
    /// The last one failed, and the time came; or the grant that was missing may be there.
    Retry,
}

/// One try.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct AttemptState {
    pub(in crate::run) number: u32,
    pub(in crate::run) started_at: Timestamp,
    pub(in crate::run) ended_at: Option<Timestamp>,
    pub(in crate::run) interrupted: bool,
    pub(in crate::run) failure: Option<Failure>,
    pub(in crate::run) retry_at: Option<Timestamp>,
    pub(in crate::run) effects: Vec<EffectState>,
}

/// A change that an attempt asked for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct EffectState {
    pub(in crate::run) id: EffectId,
    pub(in crate::run) intent: Intent,
    pub(in crate::run) intended_at: Timestamp,
    pub(in crate::run) settlement: Option<Settlement>,
    /// What looks came to that could not show it yet.
    pub(in crate::run) unshown: Option<Box<Unshown>>,
    pub(in crate::run) doubt: Option<Failure>,
    pub(in crate::run) decision: Option<Decision>,
}

/// What looks for an effect came to that could not show yet whether it happened.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Unshown {
    /// How many there were.
    pub(in crate::run) looks: u32,
    /// What was seen of the effect before.
    pub(in crate::run) failure: Failure,
    /// Why the last of them could not show it.
    pub(in crate::run) why: String,
}

impl EffectState {
    /// What an activity is told that looks for it.
    pub(in crate::run) fn open(&self) -> OpenEffect {
        OpenEffect { id: self.id.clone(), intent: self.intent.clone(), intended_at: self.intended_at }
    }

    /// What a person is asked of it, where a grant is missing without which it cannot be looked for.
    pub(in crate::run) fn doubted(&self, lacks: &Failure) -> Failure {
        let seen = self.unshown.as_ref().map_or(lacks, |unshown| &unshown.failure);
        unknown(seen, &lacks.message)
    }
}

impl StepState {
    /// A step that begins now.
    pub(in crate::run) fn begun(doing: Doing<'_>, input: Arc<Value>, at: Timestamp, deadline: Timestamp) -> Self {
        Self {
            progress: match doing {
                Doing::Attempts(_) => StepProgress::Due(Cause::First),
                Doing::Awaits(_) => StepProgress::Awaiting(deadline),
            },
            input,
            output: None,
            failure: None,
            attempts: Vec::new(),
            results: BTreeMap::new(),
            started_at: at,
            ended_at: None,
            deadline,
            counted: 0,
            in_doubt_since: None,
            before_retry: None,
        }
    }

    /// It begins again as `begun` would, since the run is retried: its attempts are still its own, and so is what they did. What became of
    /// an effect that nobody knows is found out first.
    pub(super) fn begin_again(&mut self, begun: Self) {
        let attempt = self.last_attempt();
        let before = BeforeRetry { attempt, input: self.attempted_input().clone() };
        let progress = match self.open_again() {
            Some(()) => StepProgress::LooksAgain(begun.started_at),
            None => begun.progress.clone(),
        };
        *self = Self {
            progress,
            started_at: self.started_at,
            attempts: mem::take(&mut self.attempts),
            results: mem::take(&mut self.results),
            before_retry: (attempt > 0).then(|| Box::new(before)),
            ..begun
        };
    }

    /// The effect of the last attempt that is still open is to be looked for, if there is one.
    fn open_again(&mut self) -> Option<()> {
        let attempt = self.attempts.last_mut()?;
        let effect = attempt.effects.iter_mut().find(|effect| effect.settlement.is_none())?;
        let seen = attempt.failure.clone().or_else(|| effect.doubt.clone());
        let failure = seen.unwrap_or_else(|| unanswered(effect));
        let why = "the run is retried, and it was unknown whether it happened".to_owned();
        effect.decision = None;
        effect.unshown = Some(Box::new(Unshown { looks: 0, failure, why }));
        Some(())
    }

    /// Whether its last attempt was before the run was retried.
    pub(in crate::run) fn is_untried_since_retry(&self) -> bool {
        self.before_retry.as_ref().is_some_and(|before| before.attempt == self.last_attempt())
    }

    /// What its last attempt was given.
    pub(in crate::run) fn attempted_input(&self) -> &Arc<Value> {
        match &self.before_retry {
            Some(before) if before.attempt == self.last_attempt() => &before.input,
            _ => &self.input,
        }
    }

    /// Whether it is over.
    pub(in crate::run) fn is_ended(&self) -> bool {
        matches!(self.progress, StepProgress::Completed | StepProgress::Failed | StepProgress::Cancelled)
    }

    /// The number of its last attempt; 0 before the first.
    pub(in crate::run) fn last_attempt(&self) -> u32 {
        self.attempts.last().map_or(0, |attempt| attempt.number)
    }

    /// The effect of the last attempt whose end is not known.
    pub(in crate::run) fn open_effect(&self) -> Option<&EffectState> {
        self.attempts.last()?.effects.iter().find(|effect| effect.settlement.is_none())
    }

    /// When its open effect is looked for again, while that is awaited.
    pub(in crate::run) fn looks_again_at(&self) -> Option<Timestamp> {
        let StepProgress::LooksAgain(at) = self.progress else { return None };
        Some(at)
    }

    /// Since when it waits for a grant, and when that is asked for again, while it does.
    pub(in crate::run) fn parked(&self) -> Option<Parked> {
        let StepProgress::Parked(parked) = self.progress else { return None };
        Some(parked)
    }

    /// What it lacks, while it waits for a grant.
    pub(in crate::run) fn lacks(&self) -> Option<&Failure> {
        self.parked().and(self.attempts.last()?.failure.as_ref())
    }

    /// What is known of its open effect, while that is to be looked for again.
    pub(in crate::run) fn looks_again(&self) -> Option<&Unshown> {
        self.looks_again_at().and(self.open_effect()?.unshown.as_deref())
    }

    /// The effect with this id.
    pub(in crate::run) fn effect_mut(&mut self, id: &EffectId) -> Option<&mut EffectState> {
        let mut effects = self.attempts.iter_mut().rev().flat_map(|attempt| &mut attempt.effects);
        effects.find(|effect| effect.id == *id)
    }

    /// The word for how it ended, in expressions.
    pub(in crate::run) fn outcome(&self) -> &'static str {
        match self.progress {
            StepProgress::Completed => "completed",
            StepProgress::Failed => "failed",
            StepProgress::Cancelled => "cancelled",
            StepProgress::Due(_)
            | StepProgress::Running
            | StepProgress::Waiting(_)
            | StepProgress::Awaiting(_)
            | StepProgress::LooksAgain(_)
            | StepProgress::Parked(_)
            | StepProgress::InDoubt(_)
            | StepProgress::Decided(..) => "running",
        }
    }

    /// What reports show of an item: `{outcome, output, error}`.
    pub(in crate::run) fn result(&self) -> Value {
        let error = self.failure.as_ref().map(error_value);
        json!({ "outcome": self.outcome(), "output": self.output, "error": error })
    }

    pub(super) fn end_attempt(&mut self, at: Timestamp, failure: Option<Failure>) -> Option<&mut AttemptState> {
        let attempt = self.attempts.last_mut()?;
        attempt.ended_at = Some(at);
        attempt.failure = failure;
        Some(attempt)
    }

    pub(super) fn count(&mut self, failure: &Failure) {
        self.counted += u32::from(!matches!(failure.recovery, Recovery::RateLimited { .. }));
    }

    /// The grant may be there for which it waited: it goes on, and has the time back. An effect that could not be looked for without it
    /// comes first.
    pub(super) fn unpark(&mut self, at: Timestamp) -> StepProgress {
        let parked = self.parked();
        if let Some(parked) = parked {
            self.excuse(at.duration_since(parked.since));
        }
        match parked.is_some_and(|parked| parked.is_look) && self.open_effect().is_some() {
            true => StepProgress::LooksAgain(at),
            false => StepProgress::Due(Cause::Retry),
        }
    }

    /// Gives the step the time back in which it could not go on.
    pub(super) fn excuse(&mut self, time: SignedDuration) {
        self.deadline = self.deadline.checked_add(time).unwrap_or(Timestamp::MAX);
    }
}

/// What is known of an effect whose process ended before its answer came.
pub(in crate::run) fn unanswered(effect: &EffectState) -> Failure {
    let message = format!("the process ended before the answer came to: {}", effect.intent.summary);
    Failure::transient(Code::EFFECT_UNKNOWN, message).in_doubt()
}

/// What expressions see of a failure.
pub(in crate::run) fn error_value(failure: &Failure) -> Value {
    json!({
        "code": failure.code,
        "message": failure.message,
        "status": failure.status,
        "field": failure.field,
    })
}
