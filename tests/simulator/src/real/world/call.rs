//! Calls of activities: begun when a machine asks, polled when their time has come.

use std::task::Poll;

use flowrun_engine::{
    activity::{Reconciled, Stopped},
    id::{EffectId, StepPath},
    run::{Action, Call, CallEnd, Input},
};

use super::{Event, Fault, World, run_id};
use crate::{
    disk::Run,
    plant::Plant,
    real::call::{Running, Work},
};

impl World<'_> {
    pub(super) fn perform(&mut self, run: Run, action: Action) -> Result<(), Fault> {
        match action {
            Action::StartAttempt(call) => self.begin_call(run, call, Work::Attempt),
            Action::Reconcile { call, open } => self.begin_call(run, call, Work::Reconcile(open)),
            Action::Adopt { call, open, key } => self.begin_call(run, call, Work::Adopt(open, key)),
            Action::SendEffect(effect) => {
                let driven = &self.driven[&run];
                if driven.machine.is_in_time(&effect.step, self.surroundings.time.stamp()) {
                    self.answer(run, &effect, Ok(()));
                }
                Ok(())
            }
            Action::RefuseEffect(effect) => {
                self.answer(run, &effect, Err(Stopped));
                Ok(())
            }
            Action::DropCall(step) => self.drop_call(run, &step),
        }
    }

    fn begin_call(&mut self, run: Run, mut call: Call, work: Work) -> Result<(), Fault> {
        if self.plant == Some(Plant::ForgottenResults) {
            call.results.clear();
        }
        let Some(activity) = self.catalogue.get(call.activity.as_str()).cloned() else {
            return Err(format!("there is no activity {}", call.activity));
        };
        self.calls += 1;
        let (number, step) = (self.calls, call.step.clone());
        let running = Running::new(number, activity, (run, run_id(run)), call, work);
        let driven = self.driven.get_mut(&run).expect("its machine just asked for it");
        if driven.calls.insert(step.clone(), running).is_some() {
            return Err(format!("{step} has two calls"));
        }
        let after = self.random.below(20);
        self.at(after, self.generation, Event::Poll(run, step, number));
        Ok(())
    }

    /// An attempt hears whether it may send its effect.
    fn answer(&mut self, run: Run, effect: &EffectId, answer: Result<(), Stopped>) {
        let Some(running) = self.driven.get(&run).and_then(|driven| driven.calls.get(&effect.step)) else { return };
        running.effects.answer(answer);
        let (number, after) = (running.number, self.random.below(3));
        self.at(after, self.generation, Event::Poll(run, effect.step.clone(), number));
    }

    /// A call goes on as far as it can.
    pub(super) fn poll(&mut self, run: Run, step: &StepPath, number: u64) -> Result<(), Fault> {
        let running = self.driven.get_mut(&run).and_then(|driven| driven.calls.get_mut(step));
        let Some(running) = running.filter(|running| running.number == number) else { return Ok(()) };
        self.network.of_call(Some(&running.effects));
        let polled = running.poll();
        self.network.of_call(None);
        let (mut inputs, is_on_the_wire) = (running.effects.take_inputs(), running.effects.on_the_wire().is_some());
        self.check_sent()?;
        let wanted = self.surroundings.time.take_wanted();
        match polled {
            Poll::Ready(end) => {
                self.driven.get_mut(&run).and_then(|driven| driven.calls.remove(step));
                inputs.push(Input::CallEnded { step: step.clone(), end: self.told(end), is_on_the_wire });
            }
            Poll::Pending => {
                if let Some(until) = wanted {
                    self.at(until - self.now(), self.generation, Event::Poll(run, step.clone(), number));
                }
            }
        }
        if inputs.is_empty() { Ok(()) } else { self.tell(run, inputs) }
    }

    /// How a call ended, or what a planted fault makes of it.
    fn told(&self, end: CallEnd) -> CallEnd {
        match end {
            CallEnd::Reconciled(_) if self.plant == Some(Plant::ForgottenEffect) => {
                CallEnd::Reconciled(Reconciled::DidNotHappen)
            }
            end => end,
        }
    }

    /// Nothing may be sent whose intent is not on the disk.
    fn check_sent(&self) -> Result<(), Fault> {
        for sent in self.network.take_sent() {
            match sent {
                None => return Err("a write is sent that belongs to no effect".to_owned()),
                Some((run, effect)) if !self.disk.has_intent(run, &effect) => {
                    return Err(format!("{effect} is sent, and its intent is not on the disk"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn drop_call(&mut self, run: Run, step: &StepPath) -> Result<(), Fault> {
        let running = self.driven.get_mut(&run).and_then(|driven| driven.calls.remove(step));
        let Some(running) = running else { return Ok(()) };
        let is_on_the_wire = running.effects.on_the_wire().is_some();
        self.tell(run, vec![Input::CallEnded { step: step.clone(), end: CallEnd::Dropped, is_on_the_wire }])
    }
}
