//! Calls of simulated activities, as far as they have come.

use std::collections::BTreeMap;

use flowrun_engine::{
    id::{EffectId, StepPath},
    journal::Record,
};

use crate::disk::Run;

/// What happens in scripted worlds only.
#[derive(Debug)]
pub(crate) enum Event {
    /// A call goes on: an attempt to its next effect or its end, a look to what it finds.
    CallGoesOn(Run, StepPath),
    /// An attempt hears that it may send.
    Granted(Run, EffectId),
    /// The answer to an effect comes: to the attempt that waits for it, or to one that outlived its call.
    AnswerCame(Run, EffectId),
    /// The answer to an effect comes long after its attempt ended.
    AnswerCameLate(Run, EffectId),
    /// A call that was to be dropped is.
    CallDropped(Run, StepPath, u64),
    /// An attempt no longer waits for its effect, and ends.
    CallGivesUp(Run, StepPath, u64),
    /// An attempt asks for its next effect while it waits for another.
    CallHurries(Run, StepPath, u64),
    /// An attempt asks for an effect, and has ended.
    AsksTooLate(Run, EffectId),
    /// Somebody decides about a step, whether it asks or not.
    Decides(Run),
}

/// The calls of a run that is driven, and all its records, durable or not.
pub(crate) struct Calls {
    pub(crate) journal: Vec<Record>,
    pub(crate) running: BTreeMap<StepPath, Calling>,
    /// Calls that have ended, of which the machine is still to be told.
    pub(crate) ended: BTreeMap<StepPath, Calling>,
}

impl From<Vec<Record>> for Calls {
    fn from(journal: Vec<Record>) -> Self {
        Self { journal, running: BTreeMap::new(), ended: BTreeMap::new() }
    }
}

impl Calls {
    /// The call of a step, as far as the machine knows.
    pub(super) fn known(&self, step: &StepPath) -> Option<&Calling> {
        self.ended.get(step).or_else(|| self.running.get(step))
    }
}

/// A call that runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Calling {
    /// Which of all calls.
    pub(crate) number: u64,
    pub(crate) attempt: u32,
    pub(crate) is_dropping: bool,
    pub(crate) work: Work,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Work {
    /// An attempt: its next effect, and the one that waits for its grant or its answer.
    Attempt { next: usize, waits_for: Option<EffectId>, is_sent: bool },
    /// Looking for an effect.
    Reconcile,
    /// Looking at what a person says was made.
    Adopt(String),
    /// Asking whether a grant is missing.
    AskGrants,
}
