//! The loop around `apply` and `decide` that does I/O: it waits until something happens, records it with all that
//! follows from it, and only then lets attempts go on.
//!
//! One tokio task owns a run's state. Attempts are tasks of their own ([`attempt`]); they reach it through their
//! effect logs ([`effects`]) and by ending.

mod attempt;
mod effects;
mod happening;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{mpsc, oneshot},
    task::{JoinError, JoinSet, block_in_place},
};

use self::{
    attempt::{Call, Finished},
    effects::{Intended, StepEffects},
};
use super::{
    CancellationToken, Engine, EngineError, RunState, RunStatus, engine::EngineParts, request::Request, settle::Draft,
};
use crate::{
    activity::Failure,
    id::StepId,
    journal::{Entry, Record},
    store::{Barrier, StoreError},
};

/// Drives a run until it rests.
pub(super) async fn drive(
    engine: &Engine,
    state: RunState,
    inbox: mpsc::UnboundedReceiver<Request>,
    stop: CancellationToken,
) -> Result<RunState, EngineError> {
    if state.status() == RunStatus::NeedsDecision {
        return Ok(state);
    }
    let (intend, intentions) = mpsc::unbounded_channel();
    let runner = Runner {
        engine,
        summarised: state.status(),
        state,
        tasks: JoinSet::new(),
        in_flight: BTreeMap::new(),
        doubts: Vec::new(),
        intend,
        intentions,
        inbox,
        granted: Vec::new(),
        answered: Vec::new(),
        is_stopping: stop.is_cancelled(),
        stop,
    };
    runner.run().await
}

/// Looks at what a person says the open effect of `step` made. Nothing is recorded, and it may have no effects.
pub(super) async fn see(parts: &EngineParts, state: &RunState, step: &StepId) -> Result<(), Failure> {
    Call::of(parts, state, step, mpsc::unbounded_channel().0).adopted().await.map(drop)
}

struct Runner<'a> {
    engine: &'a Engine,
    state: RunState,
    /// The status that the store's summary has.
    summarised: RunStatus,
    tasks: JoinSet<Finished>,
    /// The steps that have a task.
    in_flight: BTreeMap<StepId, InFlight>,
    /// Steps whose attempt ended with an effect on the wire, and what was seen of it: to be looked for.
    doubts: Vec<(StepId, Failure)>,
    intend: mpsc::UnboundedSender<Intended>,
    intentions: mpsc::UnboundedReceiver<Intended>,
    inbox: mpsc::UnboundedReceiver<Request>,
    /// Intents and requests that are answered once the record is durable.
    granted: Vec<oneshot::Sender<Timestamp>>,
    answered: Vec<oneshot::Sender<Result<(), EngineError>>>,
    stop: CancellationToken,
    is_stopping: bool,
}

/// What the runner keeps of a task.
struct InFlight {
    effects: Arc<StepEffects>,
    /// Drops the attempt. None for looking and adopting: they only read, and are soon over.
    dropped: Option<CancellationToken>,
}

/// What the loop waits for.
enum Happening {
    /// A person asks for something.
    Asked(Request),
    /// An attempt is about to send an effect.
    Intended(Intended),
    /// A task ended.
    Finished(Finished),
    /// The time of a retry came.
    TimeCame,
    /// Nothing new is to begin.
    StopAsked,
}

impl Runner<'_> {
    async fn run(mut self) -> Result<RunState, EngineError> {
        match self.go_on().await {
            Ok(()) => Ok(self.state),
            Err(error) => {
                self.finish_what_is_on_the_wire().await;
                Err(EngineError::Unrecorded { error, state: Box::new(self.state) })
            }
        }
    }

    async fn go_on(&mut self) -> Result<(), StoreError> {
        let mut draft = self.draft();
        self.recover(&mut draft);
        loop {
            self.settle(&mut draft);
            self.commit(draft).await?;
            self.look_and_adopt();
            if self.rests() {
                break;
            }
            let happened = self.wait().await;
            draft = self.draft();
            happened.into_iter().for_each(|happening| self.take_in(happening, &mut draft));
        }
        if !self.state.is_ended() {
            let mut draft = self.draft();
            draft.push(&mut self.state, Entry::RunInterrupted);
            self.commit(draft).await?;
        }
        Ok(())
    }

    /// The store failed: nothing new is sent. What is on the wire is waited for, so that it can at least be told.
    async fn finish_what_is_on_the_wire(&mut self) {
        self.granted.clear();
        self.intentions.close();
        while self.intentions.try_recv().is_ok() {}
        self.stop();
        while let Some(task) = self.tasks.join_next().await {
            let mut unrecorded = self.draft();
            self.take_in(Happening::Finished(finished(task)), &mut unrecorded);
        }
    }

    /// Carries out what follows. Expressions are evaluated here, so this is no work for a thread that others wait for.
    fn settle(&mut self, draft: &mut Draft) {
        let (stop, is_stopping, most) = (&self.stop, self.is_stopping, self.engine.parts().max_in_flight);
        let max_in_flight = || if is_stopping || stop.is_cancelled() { 0 } else { most };
        let (state, schemas) = (&mut self.state, self.engine.schemas());
        off_the_workers(|| draft.settle(state, schemas, max_in_flight));
    }

    fn parts(&self) -> &EngineParts {
        self.engine.parts()
    }

    fn draft(&self) -> Draft {
        Draft::new(self.parts().clock.now())
    }

    /// Takes over from the process that drove the run before: its attempts are lost.
    fn recover(&mut self, draft: &mut Draft) {
        if self.state.records() == 1 {
            return;
        }
        draft.push(&mut self.state, Entry::RunResumed);
        let running: Vec<_> = self.state.work.running.iter().copied().collect();
        for number in running {
            let (id, step) = (self.state.step_id(number), self.state.step(number));
            match step.open_effect() {
                Some(effect) => self.doubts.push((id, effects::lost(effect))),
                None => {
                    let attempt = step.last_attempt();
                    draft.push(&mut self.state, Entry::AttemptInterrupted { step: id, attempt, failure: None });
                }
            }
        }
    }

    /// Makes a record durable, tells everybody, and lets its attempts begin.
    async fn commit(&mut self, draft: Draft) -> Result<(), StoreError> {
        let Some(record) = draft.finish(&mut self.state) else { return Ok(()) };
        let status = self.state.status();
        let summary = (status != self.summarised).then(|| self.state.summary());
        let run = self.state.run();
        self.parts().store.append(run, &record, summary.as_ref(), Barrier::Now).await?;
        self.summarised = status;
        self.parts().observer.recorded(run, &record, &self.state);
        for grant in self.granted.drain(..) {
            // An attempt that timed out meanwhile sends nothing.
            let _ = grant.send(record.at);
        }
        for answer in self.answered.drain(..) {
            // Whoever no longer waits for its answer needs none.
            let _ = answer.send(Ok(()));
        }
        self.begin_attempts(&record);
        Ok(())
    }

    fn begin_attempts(&mut self, record: &Record) {
        let steps = record.entries.iter().filter_map(|entry| match entry {
            Entry::AttemptStarted { step, .. } => Some(step),
            _ => None,
        });
        for step in steps {
            let dropped = CancellationToken::new();
            let call = self.call(step, self.intend.clone());
            self.in_flight
                .insert(step.clone(), InFlight { effects: call.effects().clone(), dropped: Some(dropped.clone()) });
            self.tasks.spawn(call.run(dropped));
        }
    }

    /// Looks for effects whose answers were lost, and at those that a person says have happened.
    fn look_and_adopt(&mut self) {
        // Neither may have effects: nobody hears of their intents.
        let nobody = || mpsc::unbounded_channel().0;
        for (step, failure) in std::mem::take(&mut self.doubts) {
            let call = self.call(&step, nobody());
            self.in_flight.insert(step, InFlight { effects: call.effects().clone(), dropped: None });
            self.tasks.spawn(call.look(failure));
        }
        let decided: Vec<StepId> = self.state.work.decided.iter().map(|step| self.state.step_id(*step)).collect();
        let holds = self.is_stopping || self.state.awaits_grant();
        for step in decided.into_iter().filter(|_| !holds) {
            if !self.in_flight.contains_key(&step) {
                let call = self.call(&step, nobody());
                self.in_flight.insert(step, InFlight { effects: call.effects().clone(), dropped: None });
                self.tasks.spawn(call.adopt());
            }
        }
    }

    fn call(&self, step: &StepId, intend: mpsc::UnboundedSender<Intended>) -> Call {
        Call::of(self.parts(), &self.state, step, intend)
    }

    /// Whether nothing more will happen by itself.
    fn rests(&self) -> bool {
        let holds = self.is_stopping || self.state.awaits_grant();
        let waits = !holds && self.state.next_timer().is_some();
        self.state.is_ended() || (self.in_flight.is_empty() && !waits)
    }

    /// Waits for one thing to happen, and takes with it what else has happened by then: one record for all.
    async fn wait(&mut self) -> Vec<Happening> {
        let timer = self.state.next_timer().filter(|_| !self.is_stopping);
        let clock = self.engine.parts().clock.clone();
        let sleep = async {
            match timer {
                Some(until) => clock.sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let first = tokio::select! {
            biased;
            () = self.stop.cancelled(), if !self.is_stopping => Happening::StopAsked,
            Some(request) = self.inbox.recv() => Happening::Asked(request),
            Some(intended) = self.intentions.recv() => Happening::Intended(intended),
            Some(task) = self.tasks.join_next() => Happening::Finished(finished(task)),
            () = sleep => Happening::TimeCame,
        };
        let mut ended = Vec::new();
        while let Some(task) = self.tasks.try_join_next() {
            ended.push(Happening::Finished(finished(task)));
        }
        // An attempt that ended may have intended something before: that comes first.
        let mut happened = Vec::new();
        while let Ok(intended) = self.intentions.try_recv() {
            happened.push(Happening::Intended(intended));
        }
        match first {
            Happening::Finished(_) => happened.push(first),
            _ => happened.insert(0, first),
        }
        happened.extend(ended);
        happened
    }
}

/// Does work that takes its time while the runtime's other tasks go on: other runs, timers, signals. A runtime with one thread has no
/// other to give them to.
fn off_the_workers<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}

fn finished(task: Result<Finished, JoinError>) -> Finished {
    task.expect("a task catches its activity's panics, and is not aborted before its run")
}
