//! What machines are told, and what is done with what they give. The process may be killed right before the disk has a record, and
//! right after.

use flowrun_engine::{
    journal::Entry,
    run::{Action, Input, Output},
    store::Barrier,
};

use super::{Event, Fault, Trouble, World};
use crate::{disk::Run, plant::Plant, random::Half};

/// How long a record may ride, in milliseconds.
const LONGEST_RIDE: u64 = 20;

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
        let output = self.handle(run, inputs);
        if let Some(record) = output.record {
            self.disk.append(run, record);
        }
        if self.keep(self.planted(output.barrier, output.rests)) {
            return Ok(());
        }
        for action in output.actions {
            self.perform(run, action)?;
        }
        match output.rests {
            true => self.rest(run),
            false => {
                self.set_timer(run);
                Ok(())
            }
        }
    }

    fn handle(&mut self, run: Run, inputs: Vec<Input>) -> Output {
        self.inputs += inputs.len();
        if inputs.contains(&Input::Stop) {
            self.stopping.insert(run);
        }
        self.note(|| format!("run {run} ← {inputs:?}"));
        let at = self.surroundings.time.stamp();
        let driven = self.driven.get_mut(&run).expect("it was just looked up");
        let output = driven.machine.handle(inputs, at, &Half);
        self.note(|| {
            let entries = output.record.iter().flat_map(|record| &record.entries).collect::<Vec<&Entry>>();
            let actions: Vec<&Action> = output.actions.iter().collect();
            format!("run {run} → {entries:?} {:?} {actions:?}", output.barrier)
        });
        output
    }

    /// The barrier, or what a planted fault makes of it.
    fn planted(&self, barrier: Barrier, rests: bool) -> Barrier {
        match (self.plant, barrier) {
            (Some(Plant::SendBeforeDurable), Barrier::Now) if !rests => Barrier::Rides,
            (_, barrier) => barrier,
        }
    }

    /// Has records kept as the barrier asks. Whether the process died of it.
    fn keep(&mut self, barrier: Barrier) -> bool {
        match barrier {
            Barrier::Now => {
                let is_killed = self.case.has(Trouble::Crashes) && self.random.once_in(40);
                if !is_killed || self.random.once_in(2) {
                    self.disk.sync(self.plant);
                }
                if is_killed {
                    self.crash();
                }
                is_killed
            }
            Barrier::Rides => {
                if !self.is_syncing {
                    self.is_syncing = true;
                    self.at(LONGEST_RIDE, self.generation, Event::DiskSyncs);
                }
                false
            }
        }
    }
}
