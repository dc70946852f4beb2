//! What machines are told, one thing after the other, and what is done with what they give. The process may be killed right before the
//! disk has a record, and right after.

use flowrun_engine::{
    journal::{Entry, Record},
    run::{Action, Input, Output, Signal},
    store::Barrier,
};

use super::{
    ALWAYS, Event, Fault, World, WorldKind,
    misfortune::{asked, cancels},
};
use crate::{disk::Run, plant::Plant, random::Half};

/// How long a record may ride, in milliseconds.
const LONGEST_RIDE: u64 = 20;

/// Whether the process lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Process {
    Lives,
    Died,
}

impl<K: WorldKind> World<K> {
    /// Tells the machine of a run what happened, and does what it asks for: one thing after the other.
    pub(crate) fn tell(&mut self, run: Run, inputs: Vec<Input>) -> Result<(), Fault> {
        self.untold.push_back((run, inputs));
        if self.is_telling {
            return Ok(());
        }
        self.is_telling = true;
        while let Some((run, inputs)) = self.untold.pop_front() {
            self.tell_now(run, inputs)?;
        }
        self.is_telling = false;
        Ok(())
    }

    fn tell_now(&mut self, run: Run, inputs: Vec<Input>) -> Result<(), Fault> {
        if !self.driven.contains_key(&run) {
            return Ok(());
        }
        if self.strikes_told(run, &inputs) {
            return Ok(());
        }
        let (due, is_cancelled) = (self.due_answers(run, &inputs), inputs.iter().any(asks_for_end));
        K::before_telling(self, run, &inputs);
        let output = self.handle(run, inputs);
        K::after_telling(self, run, &output);
        if output.answers.iter().map(Result::is_ok).ne(due) {
            return Err(format!("somebody asked for something, and was told {:?}", output.answers));
        }
        let barrier = self.planted(&output);
        if let Some(record) = &output.record {
            self.disk.append(run, record.clone());
        }
        let record = output.record.as_ref();
        if self.strikes_written(run, record) || self.keep(barrier) == Process::Died || self.strikes_kept(run, record) {
            return Ok(());
        }
        if is_cancelled {
            self.cancelled.insert(run);
        }
        self.check_pause(run, &output.actions)?;
        for action in output.actions {
            K::perform(self, run, action)?;
        }
        K::check(self, run)?;
        match output.rests {
            true => self.rest(run),
            false => {
                self.set_timer(run);
                Ok(())
            }
        }
    }

    /// While a run is paused nothing begins.
    fn check_pause(&self, run: Run, actions: &[Action]) -> Result<(), Fault> {
        let begins = |action: &&Action| match action {
            Action::StartAttempt(_) | Action::SendEffect(_) | Action::Adopt { .. } => true,
            Action::RefuseEffect(_) | Action::Reconcile { .. } | Action::AskGrants(_) | Action::DropCall(_) => false,
        };
        let is_paused = self.driven[&run].machine.state().is_paused();
        match actions.iter().find(begins).filter(|_| is_paused) {
            Some(action) => Err(format!("it is paused, and begins {action:?}")),
            None => Ok(()),
        }
    }

    /// Whether the run can do what each signal asks for: all are answered so.
    fn due_answers(&self, run: Run, inputs: &[Input]) -> Vec<bool> {
        let asked = asked(self.driven[&run].machine.state());
        let due = inputs.iter().filter_map(|input| match input {
            Input::Signal(
                Signal::Cancel | Signal::CancelFor { .. } | Signal::CancelWithin(_) | Signal::Pause | Signal::Resume,
            ) => Some(true),
            Input::Signal(Signal::Decide { step, .. }) => Some(asked.contains(step)),
            Input::Signal(Signal::Answer { .. }) => Some(false),
            Input::TakenOver
            | Input::Received { .. }
            | Input::EffectIntended { .. }
            | Input::EffectSettled { .. }
            | Input::CallEnded { .. }
            | Input::TimerFired
            | Input::Stop => None,
        });
        due.collect()
    }

    fn handle(&mut self, run: Run, inputs: Vec<Input>) -> Output {
        self.inputs += inputs.len();
        if inputs.contains(&Input::Stop) {
            self.stopping.insert(run);
        }
        self.note(|| format!("run {run} ← {inputs:?}"));
        let at = self.time.wall();
        let driven = self.driven.get_mut(&run).expect("it was just looked up");
        let output = driven.machine.handle(inputs, at, &Half);
        self.note(|| {
            let entries: Vec<&Entry> = entries(output.record.as_ref()).collect();
            format!("run {run} → {entries:?} {:?} {:?}", output.barrier, output.actions)
        });
        output
    }

    /// The barrier, or what a planted fault makes of it.
    fn planted(&self, output: &Output) -> Barrier {
        let sends = || output.actions.iter().any(|action| matches!(action, Action::SendEffect(_)));
        match (self.setup.plant, output.barrier) {
            (Some(Plant::SendBeforeDurable), Barrier::Now) if !output.rests => Barrier::Rides,
            (Some(Plant::UnsyncedCreate), Barrier::Now) if !output.rests && !sends() => Barrier::Rides,
            (_, barrier) => barrier,
        }
    }

    /// Has records kept as the barrier asks.
    fn keep(&mut self, barrier: Barrier) -> Process {
        match barrier {
            Barrier::Now => self.sync(),
            Barrier::Rides => {
                if !self.is_syncing {
                    self.is_syncing = true;
                    self.at(LONGEST_RIDE, ALWAYS, Event::DiskSyncs(self.crashes));
                }
                Process::Lives
            }
        }
    }

    fn sync(&mut self) -> Process {
        let has = self.setup.misfortunes;
        if has.slow_disk && self.random.once_in(4) {
            self.time.pass(self.random.below(1500));
        }
        let is_killed = has.crashes && self.random.once_in(40);
        if !is_killed || self.random.once_in(2) {
            self.disk.sync(self.setup.plant);
        }
        if !is_killed {
            return Process::Lives;
        }
        self.crash();
        Process::Died
    }
}

/// The entries of a record, if there is one.
pub(crate) fn entries(record: Option<&Record>) -> impl Iterator<Item = &Entry> {
    record.into_iter().flat_map(|record| &record.entries)
}

/// Whether somebody who waits for the answer asks for the run's end.
fn asks_for_end(input: &Input) -> bool {
    matches!(input, Input::Signal(signal) if cancels(signal))
}
