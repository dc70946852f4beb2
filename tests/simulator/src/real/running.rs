//! Calls of activities as futures that the world polls, and the effect log through which they reach it.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Done, EffectLog, Intent, OpenEffect, Settlement, Stopped, perform},
    id::{ActivityName, EffectId, RunId},
    preflight::missing_grant,
    run::{Call, CallEnd, Input},
};
use flowrun_jira::JiraAuthority;

use crate::{
    disk::Run,
    time::{Alarms, Time},
};

/// What a call is for.
pub(crate) enum Work {
    Attempt,
    Reconcile(OpenEffect),
    Adopt(OpenEffect, String),
    AskGrants(JiraAuthority),
}

/// A call that runs.
pub(crate) struct Running {
    /// Which of all calls.
    pub(crate) number: u64,
    pub(crate) activity: ActivityName,
    pub(crate) effects: Arc<StepEffects>,
    /// What it waits for.
    pub(crate) alarms: Alarms,
    future: Pin<Box<dyn Future<Output = CallEnd> + Send>>,
}

/// The effects of a step, as its attempt sees them.
#[derive(Debug)]
pub(crate) struct StepEffects {
    pub(crate) run: Run,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// What the machine is to be told.
    inputs: Vec<Input>,
    /// What was said of the effect that was asked for last.
    answer: Option<Result<(), Stopped>>,
    /// An effect that may have been sent and has not settled.
    on_the_wire: Option<EffectId>,
}

impl Running {
    /// A call of an activity, which has not begun.
    pub(crate) fn new(
        number: u64,
        activity: Arc<dyn Activity>,
        (run, id): (Run, RunId),
        call: Call,
        work: Work,
    ) -> Self {
        let effects = Arc::new(StepEffects { run, told: Mutex::default() });
        let name = call.activity.clone();
        let log = Arc::clone(&effects);
        let future = Box::pin(async move {
            let done = Done::from(call.results);
            let attempt = Attempt { run: id, step: &call.step, number: call.attempt, input: &*call.input, done: &done };
            match work {
                Work::Attempt => CallEnd::Returned(perform(activity.as_ref(), attempt, &*log).await),
                Work::Reconcile(open) => CallEnd::Reconciled(activity.reconcile(&attempt, &open).await),
                Work::Adopt(open, key) => CallEnd::Adopted(activity.adopt(&attempt, &open, &key).await),
                Work::AskGrants(authority) => {
                    CallEnd::GrantsAsked(missing_grant(activity.as_ref(), &call.input, &authority).await)
                }
            }
        });
        Self { number, activity: name, effects, alarms: Alarms::default(), future }
    }

    /// Goes on as far as it can.
    pub(crate) fn poll(&mut self, time: &Time) -> Poll<CallEnd> {
        let Self { alarms, future, .. } = self;
        time.polling(alarms, || future.as_mut().poll(&mut Context::from_waker(Waker::noop())))
    }
}

impl StepEffects {
    /// The effect that was asked for may be sent, or not.
    pub(crate) fn answer(&self, answer: Result<(), Stopped>) {
        self.told().answer = Some(answer);
    }

    /// What the machine is to be told by now.
    pub(crate) fn take_inputs(&self) -> Vec<Input> {
        std::mem::take(&mut self.told().inputs)
    }

    /// The effect that may have been sent and has not settled.
    pub(crate) fn on_the_wire(&self) -> Option<EffectId> {
        self.told().on_the_wire.clone()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectLog for StepEffects {
    async fn intend(&self, effect: &EffectId, intent: &Intent) -> Result<(), Stopped> {
        self.told().inputs.push(Input::EffectIntended { effect: effect.clone(), intent: intent.clone() });
        poll_fn(|_| self.told().answer.take().map_or(Poll::Pending, Poll::Ready)).await?;
        self.told().on_the_wire = Some(effect.clone());
        Ok(())
    }

    fn settle(&self, effect: &EffectId, settlement: Settlement) {
        let mut told = self.told();
        told.on_the_wire = None;
        told.inputs.push(Input::EffectSettled { effect: effect.clone(), settlement });
    }
}
