//! The loop around the machine that does I/O, on tokio: it waits until something happens, keeps the record of what follows, and does
//! what is asked for then.
//!
//! One task owns a run's machine. Calls are tasks of their own ([`call`]); they reach it through their effect logs ([`effects`]) and by
//! ending. Records that may ride are not waited for: whoever watches is told of each once it is durable.

mod call;
mod effects;
mod riding;
mod turn;

use std::{collections::BTreeMap, future::pending};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{mpsc, oneshot},
    task::{JoinError, JoinSet, block_in_place},
};

use self::{
    call::{Caller, Work},
    effects::Message,
    riding::Riding,
    turn::Turn,
};
use super::{
    CancellationToken, Engine, EngineError, RunState, RunStatus,
    claim::TakenRun,
    engine::EngineParts,
    machine::{Action, Call, Input, Machine, Output},
};
use crate::{
    activity::{Failure, OpenEffect},
    id::{EffectId, RunId, StepPath},
    journal::{Record, Signal},
    store::{Acknowledged, Barrier, StoreError, Watch},
};

/// A signal to whoever drives the run, and where its answer goes once it is durable.
pub(super) struct SignalRequest {
    pub(super) signal: Signal,
    pub(super) reply: oneshot::Sender<Result<(), EngineError>>,
}

/// How far a run is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DriveUntil {
    /// Until it has ended, or only a person can say how it goes on.
    Rests,
    /// Or until it only waits, and for longer than [`SHORT_WAIT`].
    OnlyWaits,
}

/// To wait no longer than that costs less than to read the journal again.
const SHORT_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A run that is to be driven.
pub(super) struct RunToDrive<'engine> {
    pub(super) state: RunState,
    /// What the store's summary has of it.
    pub(super) summarised: Summarised,
    /// The run's first record, where that is not durable yet.
    pub(super) begun: Option<(Record, Acknowledged)>,
    pub(super) taken: TakenRun<'engine>,
    /// Whether this process has driven it up to here, so that nothing of it was lost.
    pub(super) is_driven: bool,
    pub(super) until: DriveUntil,
}

/// How far a run is, and when it is due: what changes of its summary.
pub(super) type Summarised = (RunStatus, Option<Timestamp>);

/// Drives a run until it rests.
pub(super) async fn drive<'engine>(
    engine: &'engine Engine,
    run: RunToDrive<'engine>,
    stop: CancellationToken,
) -> Result<RunState, EngineError> {
    let run = match turn::wait(engine, run, &stop).await? {
        Turn::Came(run) => run,
        Turn::Rests(state) => return Ok(state),
    };
    let RunToDrive { state, summarised, begun, taken, is_driven, until } = run;
    // Before it is read: what comes meanwhile is told.
    let inbox = engine.parts().store.watch_inbox(state.run());
    let said = if begun.is_some() { Vec::new() } else { received(engine.parts(), &state).await? };
    // Where a person is asked, or paused it, there is nothing to do but what was said.
    if state.status().is_up_to_a_person() && said.is_empty() {
        return Ok(state);
    }
    let (messages, arriving) = mpsc::unbounded_channel();
    let mut riding = Riding::of(state.run());
    if let Some((record, acknowledged)) = begun {
        riding.add(record, state.status(), acknowledged);
    }
    let driver = Driver {
        engine,
        is_quick: state.definition().is_quick(),
        machine: Machine::new(state, engine.activities().clone(), engine.parts().max_in_flight)
            .asking_grants_again_after(engine.parts().authority.ask_again_after()),
        summarised,
        riding,
        tasks: JoinSet::new(),
        dropped: BTreeMap::new(),
        intended: BTreeMap::new(),
        messages,
        arriving,
        inbox,
        taken,
        is_driven,
        until,
        is_stopping: false,
        no_room: None,
        stop,
    };
    driver.run(said).await
}

/// Looks at what a person says the open effect of a step made. Nothing is recorded, and it may have no effects.
pub(super) async fn see(
    parts: &EngineParts,
    run: RunId,
    call: Call,
    open: &OpenEffect,
    key: &str,
) -> Result<(), Failure> {
    let (messages, _) = mpsc::unbounded_channel();
    Caller::of(parts, run, call, &messages).adopted(open, key).await.map(drop)
}

struct Driver<'a> {
    engine: &'a Engine,
    /// Whether the run's expressions take no time to speak of.
    is_quick: bool,
    machine: Machine,
    /// What the store's summary has of it.
    summarised: Summarised,
    riding: Riding,
    tasks: JoinSet<()>,
    /// How each call that runs is dropped.
    dropped: BTreeMap<StepPath, CancellationToken>,
    /// The attempts that wait to send an effect.
    intended: BTreeMap<EffectId, oneshot::Sender<()>>,
    messages: mpsc::UnboundedSender<Message>,
    arriving: mpsc::UnboundedReceiver<Message>,
    inbox: Watch,
    taken: TakenRun<'a>,
    is_driven: bool,
    until: DriveUntil,
    stop: CancellationToken,
    is_stopping: bool,
    /// Why no effect begins any more.
    no_room: Option<StoreError>,
}

/// Why a task ends in good order: what it tells the driver is its last act.
const TASK_ENDS: &str = "a call catches its activity's panics, and is not aborted before its run";

/// What the loop waits for.
enum Woken {
    Stop,
    Signal(SignalRequest),
    Message(Message),
    Inbox,
    Durable(Result<(), StoreError>),
    Joined(Result<(), JoinError>),
    Timer,
}

impl Driver<'_> {
    async fn run(mut self, said: Vec<Input>) -> Result<RunState, EngineError> {
        match self.go_on(said).await {
            Ok(()) => match self.no_room {
                // All of it is recorded; the run goes on once there is room.
                Some(error) => Err(EngineError::Unrecorded { error, state: Box::new(self.machine.into_state()) }),
                None => Ok(self.machine.into_state()),
            },
            Err(error) if self.riding.has_first() => Err(EngineError::Store(error)),
            Err(error) => {
                self.finish_what_is_on_the_wire().await;
                Err(EngineError::Unrecorded { error, state: Box::new(self.machine.into_state()) })
            }
        }
    }

    async fn go_on(&mut self, said: Vec<Input>) -> Result<(), StoreError> {
        let mut inputs = if self.is_driven || self.was_let_go() { Vec::new() } else { vec![Input::TakenOver] };
        inputs.extend(said);
        if self.stop.is_cancelled() {
            self.is_stopping = true;
            inputs.push(Input::Stop);
        }
        let mut replies: Vec<oneshot::Sender<Result<(), EngineError>>> = Vec::new();
        loop {
            inputs = self.with_room(inputs);
            let output = self.handle(inputs);
            self.keep(output.record, output.barrier).await?;
            for (reply, answer) in std::mem::take(&mut replies).into_iter().zip(output.answers) {
                let answer = answer.map_err(|refused| EngineError::of_refused(refused, self.machine.state().run()));
                // Whoever no longer waits for its answer needs none.
                drop(reply.send(answer));
            }
            output.actions.into_iter().for_each(|action| self.perform(action));
            if output.rests || self.lets_go() {
                return self.riding.all(self.engine.parts()).await;
            }
            inputs = self.wait(&mut replies).await?;
            while inputs.is_empty() {
                inputs = self.wait(&mut replies).await?;
            }
        }
    }

    /// The same inputs, if the disk has room for what follows from an effect. Else none is sent, and the run stops as it does for a person: what is
    /// on the wire is finished and recorded, for which there is room still.
    fn with_room(&mut self, mut inputs: Vec<Input>) -> Vec<Input> {
        let is_intent = |input: &Input| matches!(input, Input::EffectIntended { .. });
        if !inputs.iter().any(is_intent) {
            return inputs;
        }
        let Err(error) = self.engine.parts().store.room() else { return inputs };
        self.no_room.get_or_insert(error);
        // Whoever waits for its answer sends nothing, and says so.
        self.intended.clear();
        inputs.retain(|input| !is_intent(input));
        if !self.is_stopping {
            self.is_stopping = true;
            inputs.push(Input::Stop);
        }
        inputs
    }

    /// Whether the run only waited until now, and the store says until when. One whose time has long come waited for somebody to drive it
    /// as well, and its deadlines do not count that.
    fn was_let_go(&self) -> bool {
        let (lately, state) = (self.engine.parts().clock.now() - SHORT_WAIT, self.machine.state());
        self.until == DriveUntil::OnlyWaits
            && self.summarised == (state.status(), state.due())
            && self.machine.only_waits()
            && self.machine.poll_timeout().is_none_or(|until| until > lately)
    }

    /// Whether the run only waits, for so long that it need not be in memory.
    fn lets_go(&self) -> bool {
        let soon = self.engine.parts().clock.now() + SHORT_WAIT;
        self.until == DriveUntil::OnlyWaits
            && self.machine.only_waits()
            && self.machine.poll_timeout().is_none_or(|until| until > soon)
            && self.taken.live.signals.is_empty()
    }

    /// Expressions are evaluated here: where they can take their time, this is not work for a thread that others wait for.
    fn handle(&mut self, inputs: Vec<Input>) -> Output {
        let (machine, parts) = (&mut self.machine, self.engine.parts());
        let at = parts.clock.now();
        let handle = || machine.handle(inputs, at, parts.random.as_ref());
        if self.is_quick { handle() } else { off_the_workers(handle) }
    }

    /// Has a record kept, and waits until it and all before it are durable where the barrier says so.
    async fn keep(&mut self, record: Option<Record>, barrier: Barrier) -> Result<(), StoreError> {
        if let Some(record) = record {
            let state = self.machine.state();
            let status = state.status();
            let summarised = (status, state.due());
            let summary = (summarised != self.summarised).then(|| state.summary());
            let store = &self.engine.parts().store;
            let acknowledged = store.append(self.taken.claim(), &record, summary.as_ref(), barrier);
            self.summarised = summarised;
            self.riding.add(record, status, acknowledged);
        }
        match barrier {
            Barrier::Now => self.riding.all(self.engine.parts()).await,
            Barrier::Rides => Ok(()),
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::StartAttempt(call) => self.call(call, Work::Attempt),
            Action::Reconcile { call, open } => self.call(call, Work::Reconcile(open)),
            Action::Adopt { call, open, key } => self.call(call, Work::Adopt(open, key)),
            Action::AskGrants(call) => self.call(call, Work::AskGrants),
            Action::DropCall(step) => {
                if let Some(dropped) = self.dropped.get(&step) {
                    dropped.cancel();
                }
            }
            Action::SendEffect(effect) if !self.machine.is_in_time(&effect.step, self.engine.parts().clock.now()) => {}
            Action::SendEffect(effect) => {
                if let Some(granted) = self.intended.remove(&effect) {
                    // An attempt that ended meanwhile sends nothing, and says so.
                    let _: Result<(), ()> = granted.send(());
                }
            }
            Action::RefuseEffect(effect) => drop(self.intended.remove(&effect)),
        }
    }

    fn call(&mut self, call: Call, work: Work) {
        let dropped = CancellationToken::new();
        self.dropped.insert(call.step.clone(), dropped.clone());
        let caller = Caller::of(self.engine.parts(), self.machine.state().run(), call, &self.messages);
        self.tasks.spawn(caller.run(work, dropped));
    }

    /// Waits for one thing to happen, and takes with it what else has happened by then: one record for all. None is to be kept where a
    /// record became durable, or a task ended whose message came before.
    async fn wait(
        &mut self,
        replies: &mut Vec<oneshot::Sender<Result<(), EngineError>>>,
    ) -> Result<Vec<Input>, StoreError> {
        let timer = timer(self.engine.parts(), &self.machine);
        let woken = tokio::select! {
            biased;
            () = self.stop.cancelled(), if !self.is_stopping => Woken::Stop,
            Some(request) = self.taken.live.signals.recv() => Woken::Signal(request),
            Some(message) = self.arriving.recv() => Woken::Message(message),
            true = self.inbox.changed() => Woken::Inbox,
            durable = self.riding.next() => Woken::Durable(durable),
            Some(joined) = self.tasks.join_next() => Woken::Joined(joined),
            () = timer => Woken::Timer,
        };
        let (mut inputs, mut fired) = (Vec::new(), None);
        match woken {
            Woken::Stop => {
                self.is_stopping = true;
                inputs.push(Input::Stop);
            }
            Woken::Signal(SignalRequest { signal, reply }) => {
                replies.push(reply);
                inputs.push(Input::Signal(signal));
            }
            Woken::Message(message) => inputs.extend(self.input(message)),
            Woken::Inbox => inputs.extend(received(self.engine.parts(), self.machine.state()).await?),
            Woken::Durable(durable) => self.riding.acknowledge(durable, self.engine.parts())?,
            Woken::Joined(joined) => joined.expect(TASK_ENDS),
            // What has happened by then comes first: an attempt that ended in time is not late.
            Woken::Timer => fired = Some(Input::TimerFired),
        }
        while let Ok(message) = self.arriving.try_recv() {
            inputs.extend(self.input(message));
        }
        inputs.extend(fired);
        Ok(inputs)
    }

    /// What a call's message tells the machine.
    fn input(&mut self, message: Message) -> Option<Input> {
        match message {
            // An attempt that ended meanwhile sends nothing.
            Message::Intended { granted, .. } if granted.is_closed() => None,
            Message::Intended { effect, intent, granted } => {
                self.intended.insert(effect.clone(), granted);
                Some(Input::EffectIntended { effect, intent })
            }
            Message::Settled { effect, settlement } => Some(Input::EffectSettled { effect, settlement }),
            Message::Ended { step, end, is_on_the_wire } => {
                self.dropped.remove(&step);
                self.intended.retain(|effect, _| effect.step != step);
                Some(Input::CallEnded { step, end, is_on_the_wire })
            }
        }
    }

    /// The store failed: nothing new is sent. What is on the wire is waited for, so that it can at least be told.
    async fn finish_what_is_on_the_wire(&mut self) {
        self.intended.clear();
        let mut inputs = vec![Input::Stop];
        loop {
            for action in self.handle(inputs).actions {
                match action {
                    Action::DropCall(_) => self.perform(action),
                    // An attempt that waits for its grant is told that there is none.
                    Action::SendEffect(effect) | Action::RefuseEffect(effect) => drop(self.intended.remove(&effect)),
                    Action::StartAttempt(_)
                    | Action::Reconcile { .. }
                    | Action::Adopt { .. }
                    | Action::AskGrants(_) => {}
                }
            }
            if self.tasks.is_empty() && self.arriving.is_empty() {
                return;
            }
            let timer = timer(self.engine.parts(), &self.machine);
            inputs = tokio::select! {
                biased;
                Some(message) = self.arriving.recv() => self.input(message).into_iter().collect(),
                Some(joined) = self.tasks.join_next() => {
                    joined.expect(TASK_ENDS);
                    Vec::new()
                }
                () = timer => vec![Input::TimerFired],
            };
        }
    }
}

/// What lies in a run's inbox that it has not received.
async fn received(parts: &EngineParts, state: &RunState) -> Result<Vec<Input>, StoreError> {
    let messages = parts.store.inbox(state.run(), state.received()).await?;
    Ok(messages.into_iter().map(|(message, signal)| Input::Received { message, signal }).collect())
}

/// Returns when the machine's next time has come.
fn timer(parts: &EngineParts, machine: &Machine) -> impl Future<Output = ()> + use<> {
    let (clock, until) = (parts.clock.clone(), machine.poll_timeout());
    async move {
        match until {
            Some(until) => clock.sleep_until(until).await,
            None => pending().await,
        }
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
