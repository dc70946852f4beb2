//! Waiting until a run is admitted: before that it does nothing, and there is no machine of it.
//!
//! Whoever waits asks the store anew whenever a run is let go, here or in another process, as each is that ended. A run that is cancelled
//! meanwhile ends; one whose process stops keeps its place for when it is resumed, and nobody waits for it.

use std::{
    collections::{BTreeSet, VecDeque},
    future::pending,
    pin::Pin,
};

use super::{RunToDrive, SignalRequest};
use crate::{
    concurrency::OnConflict,
    id::RunId,
    journal::{Entry, RunEntry, Signal},
    run::{
        CancellationToken, Engine, EngineError, RunState, RunStatus,
        driver::DriveUntil,
        engine::Ahead,
        machine::{RecordDraft, carry_out},
    },
    store::{Barrier, StoreError},
};

/// What waiting came to.
pub(super) enum Turn<'engine> {
    /// The run is admitted.
    Came(RunToDrive<'engine>),
    /// It has ended, or is left as it is.
    Rests(RunState),
}

/// Waits until a run is admitted, if it is not.
pub(super) async fn wait<'engine>(
    engine: &'engine Engine,
    run: RunToDrive<'engine>,
    stop: &CancellationToken,
) -> Result<Turn<'engine>, EngineError> {
    if !run.state.waits_for_admission() {
        return Ok(Turn::Came(run));
    }
    let (cancelled, to_end) = (BTreeSet::new(), VecDeque::new());
    Waiting { engine, run, stop, told: None, cancelled, to_end, ending: None }.wait().await
}

type Ending<'engine> = Pin<Box<dyn Future<Output = ()> + Send + 'engine>>;

struct Waiting<'engine, 'stop> {
    engine: &'engine Engine,
    run: RunToDrive<'engine>,
    stop: &'stop CancellationToken,
    /// What it was last told to wait for.
    told: Option<Ahead>,
    /// The runs whose end was asked for.
    cancelled: BTreeSet<RunId>,
    /// Those of them that nobody drives, and that are to be driven to their end.
    to_end: VecDeque<RunId>,
    /// Drives one of them.
    ending: Option<Ending<'engine>>,
}

impl<'engine> Waiting<'engine, '_> {
    async fn wait(mut self) -> Result<Turn<'engine>, EngineError> {
        let turn = self.until_turn().await;
        // What is on the wire of another is finished.
        if let Some(ending) = &mut self.ending {
            ending.await;
        }
        Ok(match turn? {
            true => Turn::Came(RunToDrive { is_driven: true, ..self.run }),
            false => Turn::Rests(self.run.state),
        })
    }

    /// Whether the run is admitted, once that is known.
    async fn until_turn(&mut self) -> Result<bool, EngineError> {
        let store = self.engine.parts().store.clone();
        // Before anything is looked at: what changes meanwhile is told.
        let (mut let_go, mut inbox) = (store.watch_due(), store.watch_inbox(self.run.state.run()));
        if self.run.state.is_paused() && self.messages().await?.is_empty() {
            return Ok(false);
        }
        self.take_up().await?;
        loop {
            self.receive().await?;
            if self.run.state.is_ended() {
                return Ok(false);
            }
            if self.stop.is_cancelled() || self.run.state.is_paused() {
                self.note(Entry::Run(RunEntry::Interrupted)).await?;
                return Ok(false);
            }
            let Some(ahead) = self.ask().await? else { return Ok(true) };
            self.tell(&ahead).await?;
            self.cancel(&ahead).await?;
            if self.run.until == DriveUntil::OnlyWaits {
                return Ok(false);
            }
            let (engine, stop) = (self.engine, self.stop.clone());
            self.ending = self.ending.take().or_else(|| Some(engine.end(self.to_end.pop_front()?, stop)));
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                Some(request) = self.run.taken.live.signals.recv() => self.hear(request).await?,
                true = inbox.changed() => {}
                told = let_go.next() => told?,
                () = ended(&mut self.ending) => self.ending = None,
            }
        }
    }

    /// This process has the run now. One that was let go while it waited was not interrupted.
    async fn take_up(&mut self) -> Result<(), EngineError> {
        let state = &self.run.state;
        let was_let_go = self.run.until == DriveUntil::OnlyWaits && state.status() == RunStatus::Waiting;
        if state.records() > 1 && !was_let_go {
            self.note(Entry::Run(RunEntry::Resumed)).await?;
        }
        Ok(())
    }

    /// Asks to be admitted; gives the runs that are ahead, if it is not.
    async fn ask(&mut self) -> Result<Option<Vec<RunId>>, EngineError> {
        let (mut state, mut draft) = self.draft();
        draft.push(&mut state, Entry::Run(RunEntry::Admitted));
        match self.append(state, draft).await {
            Ok(()) => Ok(None),
            Err(StoreError::NotAdmitted { ahead, .. }) => Ok(Some(ahead)),
            Err(error) => Err(self.unrecorded(error)),
        }
    }

    /// Tells whoever watches what is waited for, if that is something else than before.
    async fn tell(&mut self, ahead: &[RunId]) -> Result<(), EngineError> {
        let key = self.run.state.admission().map(|asked| asked.key).unwrap_or_default();
        let ahead = self.engine.ahead_of(&key, ahead).await?;
        let is_known = |told: &Ahead, new: &Ahead| {
            (told.first.run, told.first.status, told.others) == (new.first.run, new.first.status, new.others)
        };
        if let Some(new) = ahead.filter(|new| !self.told.as_ref().is_some_and(|told| is_known(told, new))) {
            self.engine.parts().observer.waits(self.run.state.run(), &new);
            self.told = Some(new);
        }
        Ok(())
    }

    /// Asks for the end of as many of those ahead as must end, the first first, where the definition says so.
    async fn cancel(&mut self, ahead: &[RunId]) -> Result<(), EngineError> {
        let limit = self.run.state.admission().map_or(1, |asked| asked.limit.get() as usize);
        if self.run.state.on_conflict() != Some(OnConflict::CancelRunning) {
            return Ok(());
        }
        let too_many = (ahead.len() + 1).saturating_sub(limit);
        for other in &ahead[..too_many.min(ahead.len())] {
            if self.cancelled.insert(*other) {
                self.to_end.extend(self.engine.cancel_for(*other, &self.run.state).await?);
            }
        }
        Ok(())
    }

    /// What is in the run's inbox.
    async fn messages(&mut self) -> Result<Vec<(u64, Signal)>, StoreError> {
        self.engine.parts().store.inbox(self.run.state.run(), self.run.state.received()).await
    }

    /// Takes what is in the run's inbox.
    async fn receive(&mut self) -> Result<(), EngineError> {
        let messages = self.messages().await?;
        let (mut state, mut draft) = self.draft();
        messages.iter().for_each(|(number, signal)| draft.receive(&mut state, *number, signal));
        self.keep(state, draft).await
    }

    async fn hear(&mut self, SignalRequest { signal, reply }: SignalRequest) -> Result<(), EngineError> {
        let answer = self.said(&signal).await?;
        // Whoever no longer waits for its answer needs none.
        drop(reply.send(answer));
        Ok(())
    }

    async fn said(&mut self, signal: &Signal) -> Result<Result<(), EngineError>, EngineError> {
        let (mut state, mut draft) = self.draft();
        match signal.entries(&state) {
            Ok(entries) => entries.into_iter().for_each(|entry| draft.push(&mut state, entry)),
            Err(refused) => return Ok(Err(EngineError::of_refused(refused, state.run()))),
        }
        self.keep(state, draft).await.map(Ok)
    }

    async fn note(&mut self, entry: Entry) -> Result<(), EngineError> {
        let (mut state, mut draft) = self.draft();
        draft.push(&mut state, entry);
        self.keep(state, draft).await
    }

    fn draft(&self) -> (RunState, RecordDraft) {
        (self.run.state.clone(), RecordDraft::new(self.engine.parts().clock.now()))
    }

    /// Keeps what happened, with what follows from it: the end of the run, if that was asked for.
    async fn keep(&mut self, mut state: RunState, mut draft: RecordDraft) -> Result<(), EngineError> {
        while !carry_out(&mut state, self.engine.activities(), 0, &mut draft) {}
        self.append(state, draft).await.map_err(|error| self.unrecorded(error))
    }

    async fn append(&mut self, mut state: RunState, draft: RecordDraft) -> Result<(), StoreError> {
        let Some(record) = draft.into_record(&mut state) else { return Ok(()) };
        let (parts, summary) = (self.engine.parts(), state.summary());
        parts.store.append(self.run.taken.claim(), &record, Some(&summary), Barrier::Now).await?;
        self.run.summarised = (summary.status, summary.due);
        self.run.state = state;
        parts.observer.recorded(summary.run, &record, summary.status);
        Ok(())
    }

    fn unrecorded(&self, error: StoreError) -> EngineError {
        EngineError::Unrecorded { error, state: Box::new(self.run.state.clone()) }
    }
}

/// Returns once that has ended; never, if there is nothing.
async fn ended(ending: &mut Option<Ending<'_>>) {
    match ending {
        Some(ending) => ending.await,
        None => pending().await,
    }
}
