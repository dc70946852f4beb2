//! Calls of activities: begun when a machine asks, polled when their time has come.

use std::task;

use flowrun_engine::{
    activity::{Reconciled, Stopped},
    id::{EffectId, StepPath},
    run::{Action, Call, CallEnd, Input},
};

use super::{
    Event::Poll,
    Real,
    running::{Running, Work},
};
use crate::{
    disk::Run,
    plant::Plant,
    strike::Boundary,
    world::{Fault, World, run_id, two_calls},
};

impl World<Real<'_>> {
    pub(super) fn perform(&mut self, run: Run, action: Action) -> Result<(), Fault> {
        match action {
            Action::StartAttempt(call) => self.begin_call(run, call, Work::Attempt),
            Action::Reconcile { call, open } => self.begin_call(run, call, Work::Reconcile(open)),
            Action::Adopt { call, open, key } => self.begin_call(run, call, Work::Adopt(open, key)),
            Action::AskGrants(call) => {
                let authority = self.kind.authorities[self.driven[&run].process].clone();
                self.begin_call(run, call, Work::AskGrants(authority))
            }
            Action::SendEffect(effect) => {
                if self.driven[&run].machine.is_in_time(&effect.step, self.time.wall()) {
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
        if self.has_plant(Plant::ForgottenResults) {
            call.results.clear();
        }
        let Some(activity) = self.kind.catalogues[self.driven[&run].process].get(call.activity.as_str()).cloned()
        else {
            return Err(format!("there is no activity {}", call.activity));
        };
        let (number, step) = (self.count_call(), call.step.clone());
        let running = Running::new(number, activity, (run, run_id(run)), call, work);
        let calls = self.calls(run).expect("its machine just asked for it");
        if calls.0.insert(step.clone(), running).is_some() {
            return Err(two_calls(&step));
        }
        self.soon(run, self.random.below(20), Poll(run, step, number));
        Ok(())
    }

    /// An attempt hears whether it may send its effect.
    fn answer(&mut self, run: Run, effect: &EffectId, answer: Result<(), Stopped>) {
        let Some(running) = self.driven.get(&run).and_then(|driven| driven.calls.0.get(&effect.step)) else { return };
        running.effects.answer(answer);
        let number = running.number;
        self.soon(run, self.random.below(3), Poll(run, effect.step.clone(), number));
    }

    /// A call goes on as far as it can.
    pub(super) fn poll(&mut self, run: Run, step: &StepPath, number: u64) -> Result<(), Fault> {
        let running = self.driven.get_mut(&run).and_then(|driven| driven.calls.0.get_mut(step));
        let Some(running) = running.filter(|running| running.number == number) else { return Ok(()) };
        self.kind.network.of_call(Some(&running.effects));
        let polled = running.poll(&self.time);
        self.kind.network.of_call(None);
        let (mut inputs, is_on_the_wire) = (running.effects.take_inputs(), running.effects.on_the_wire().is_some());
        let wanted = running.alarms.next();
        if self.check_sent()? {
            return Ok(());
        }
        match polled {
            task::Poll::Ready(end) => {
                let ended = self.calls(run).and_then(|calls| calls.0.remove(step));
                if let (CallEnd::Reconciled(found), Some(ended)) = (&end, ended) {
                    self.kind.looks.saw(&ended.activity, found);
                }
                inputs.push(Input::CallEnded { step: step.clone(), end: self.planted_end(end), is_on_the_wire });
            }
            task::Poll::Pending => {
                if let Some(until) = wanted {
                    self.soon(run, until - self.time.now(), Poll(run, step.clone(), number));
                }
            }
        }
        if inputs.is_empty() { Ok(()) } else { self.tell(run, inputs) }
    }

    /// How a call ended, or what a planted fault makes of it.
    fn planted_end(&self, end: CallEnd) -> CallEnd {
        match end {
            CallEnd::Reconciled(_) if self.has_plant(Plant::ForgottenEffect) => {
                CallEnd::Reconciled(Reconciled::DidNotHappen { evidence: String::new() })
            }
            end => end,
        }
    }

    /// Nothing may be sent whose intent is not on the disk. Whether what runs is cut off now that it is sent.
    fn check_sent(&mut self) -> Result<bool, Fault> {
        for sent in self.kind.network.take_sent() {
            match sent {
                None => return Err("a write is sent that belongs to no effect".to_owned()),
                Some((run, effect)) if !self.disk.has_intent(run, &effect) => {
                    return Err(format!("{effect} is sent, and its intent is not on the disk"));
                }
                sent => {
                    if self.strikes_on_the_way(sent.as_ref(), Boundary::Sent) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    fn drop_call(&mut self, run: Run, step: &StepPath) -> Result<(), Fault> {
        let running = self.calls(run).and_then(|calls| calls.0.remove(step));
        let Some(running) = running else { return Ok(()) };
        let is_on_the_wire = running.effects.on_the_wire().is_some();
        self.tell(run, vec![Input::CallEnded { step: step.clone(), end: CallEnd::Dropped, is_on_the_wire }])
    }
}
