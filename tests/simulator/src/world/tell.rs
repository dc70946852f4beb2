//! What machines are told, one thing after the other, and what is done with what they give.

use flowrun_engine::{
    journal::{EffectEntry, Entry, Record},
    run::{Action, Input, Output, Signal},
    store::Barrier,
};

use super::{ALWAYS, Fault, LONGEST_RIDE, World, misfortune::asked};
use crate::{case::Feature, disk::Run, plant::Plant, queue::Event, random::Half};

impl World<'_> {
    /// Tells the machine of a run what happened, and does what it asks for: one thing after the other.
    pub(super) fn tell(&mut self, run: Run, inputs: Vec<Input>) -> Result<(), Fault> {
        self.inbox.push_back((run, inputs));
        if self.is_telling {
            return Ok(());
        }
        self.is_telling = true;
        while let Some((run, inputs)) = self.inbox.pop_front() {
            self.tell_now(run, inputs)?;
        }
        self.is_telling = false;
        Ok(())
    }

    fn tell_now(&mut self, run: Run, inputs: Vec<Input>) -> Result<(), Fault> {
        if !self.driven.contains_key(&run) {
            return Ok(());
        }
        let (before, answers) = (self.before(run, &inputs), self.due_answers(run, &inputs));
        let output = self.handle(run, inputs);
        if let (Some(before), Some(table)) = (before, &mut self.table) {
            before.note(&output, table);
        }
        if output.answers.iter().map(Result::is_ok).ne(answers) {
            return Err(format!("somebody asked for something, and was told {:?}", output.answers));
        }
        if let Some(record) = output.record {
            self.append(run, record);
        }
        self.sync(self.planted(output.barrier, &output.actions, output.rests));
        for action in output.actions {
            self.perform(run, action)?;
        }
        self.check(run)?;
        match output.rests {
            true => self.rest(run),
            false => {
                self.set_timer(run);
                Ok(())
            }
        }
    }

    /// Whether the run can do what each signal asks for. All of them are answered so, and must not be forgotten.
    fn due_answers(&mut self, run: Run, inputs: &[Input]) -> Vec<bool> {
        let asked = asked(self.driven[&run].machine.state());
        let due = inputs.iter().filter_map(|input| match input {
            Input::Signal(Signal::Cancel) => Some(true),
            Input::Signal(Signal::Decide { step, .. }) => Some(asked.contains(step)),
            Input::Signal(Signal::Answer { .. }) => Some(false),
            Input::TakenOver
            | Input::EffectIntended { .. }
            | Input::EffectSettled { .. }
            | Input::CallEnded { .. }
            | Input::TimerFired
            | Input::Stop => None,
        });
        let due = due.collect();
        if inputs.contains(&Input::Signal(Signal::Cancel)) {
            self.cancelled.insert(run);
        }
        due
    }

    fn handle(&mut self, run: Run, inputs: Vec<Input>) -> Output {
        let (now, wall) = (self.now, self.wall());
        let driven = self.driven.get_mut(&run).expect("it was just looked up");
        self.inputs += inputs.len();
        for input in &inputs {
            if let Input::CallEnded { step, .. } = input {
                driven.ended.remove(step);
            }
        }
        if inputs.contains(&Input::Stop) {
            self.stopping.insert(run);
        }
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} run {run} ← {inputs:?}"));
        }
        let output = driven.machine.handle(inputs, wall, &Half);
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} run {run} → {output:?}"));
        }
        output
    }

    /// A record is on its way to the disk. Whoever sees that somebody is asked may answer.
    fn append(&mut self, run: Run, record: Record) {
        let asks = |entry: &Entry| matches!(entry, Entry::Effect(_, EffectEntry::InDoubt { .. }));
        if self.case.has(Feature::Meddling) && record.entries.iter().any(asks) {
            self.at(self.random.below(4000), ALWAYS, Event::Decides(run));
        }
        let driven = self.driven.get_mut(&run).expect("its machine just gave a record");
        driven.journal.push(record.clone());
        self.disk.append(run, record);
    }

    /// The barrier, or what a planted fault makes of it.
    fn planted(&self, barrier: Barrier, actions: &[Action], rests: bool) -> Barrier {
        let sends = || actions.iter().any(|action| matches!(action, Action::SendEffect(_)));
        match (self.plant, barrier) {
            (Some(Plant::SendBeforeDurable), Barrier::Now) if !rests => Barrier::Rides,
            (Some(Plant::UnsyncedCreate), Barrier::Now) if !rests && !sends() => Barrier::Rides,
            (_, barrier) => barrier,
        }
    }

    fn sync(&mut self, barrier: Barrier) {
        match barrier {
            Barrier::Now => {
                if self.case.has(Feature::SlowDisk) && self.random.once_in(4) {
                    self.now += self.random.below(1500);
                }
                self.disk.sync(self.plant);
            }
            Barrier::Rides if self.syncs_at.is_none() => {
                self.syncs_at = Some(self.now + LONGEST_RIDE);
                self.at(LONGEST_RIDE, self.generation, Event::DiskSyncs);
            }
            Barrier::Rides => {}
        }
    }
}
