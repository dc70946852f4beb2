//! What will happen, by the true time, in milliseconds; at one time, in the order of asking.

use std::{cmp::Reverse, collections::BinaryHeap};

use flowrun_engine::id::{EffectId, StepPath};

use crate::disk::Run;

/// Something that will happen.
#[derive(Clone, Debug, PartialEq)]
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
    /// The timer of a run may have come.
    TimerCame(Run),
    /// What rides goes to the disk.
    DiskSyncs,
    /// The process is killed.
    Crash,
    /// The process is asked to stop.
    Stop,
    /// A process begins.
    Start,
    /// A person looks after a run.
    PersonComes(Run),
    /// Somebody cancels a run.
    Cancel(Run),
    /// Somebody decides about a step, whether it asks or not.
    Decides(Run),
    /// The wall clock is set by so many milliseconds.
    ClockJumps(i64),
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
}

/// Events that will come. Those of a process that died are of an earlier generation, and come to nothing.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(u64, u64, usize)>>,
    events: Vec<Option<(u64, Event)>>,
}

impl Queue {
    /// It will happen at this time, unless its process, if it has one, dies first.
    pub(crate) fn add(&mut self, at: u64, generation: u64, event: Event) {
        let place = self.events.len();
        self.heap.push(Reverse((at, place as u64, place)));
        self.events.push(Some((generation, event)));
    }

    /// The next thing: when, of which generation, what.
    pub(crate) fn next(&mut self) -> Option<(u64, u64, Event)> {
        let Reverse((at, _, place)) = self.heap.pop()?;
        let (generation, event) = self.events[place].take().expect("each is taken once");
        Some((at, generation, event))
    }
}
