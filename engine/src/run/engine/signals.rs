//! What is said to a run: handed to whoever drives it here, put into its inbox where another engine does, recorded at once where nobody
//! does.

use serde_json::Value;
use tokio::sync::oneshot;

use super::{Engine, EngineError};
use crate::{
    id::{RunId, StepPath},
    journal::{Decision, Entry, Record, Refused, RunEntry, Signal, SignalEntry},
    run::{
        RunState,
        claim::TakenRun,
        decide,
        driver::{self, SignalRequest, Summarised},
        machine::{Call, RecordDraft, carry_out},
    },
    store::{Barrier, RunSummary, StoreError},
};

impl Engine {
    /// Asks for the end of a run: what is on the wire is finished, `finally` runs, and the run is `cancelled`. A run
    /// that nobody drives ends when it is driven again.
    ///
    /// # Errors
    /// When the run cannot be read or written, or has ended.
    pub async fn request_cancel(&self, run: RunId) -> Result<(), EngineError> {
        self.tell(run, Signal::Cancel).await
    }

    /// Asks that nothing more of a run begins: what is on the wire is finished, and the run is `paused`, until somebody resumes it. Asking
    /// again changes nothing.
    ///
    /// # Errors
    /// When the run cannot be read or written, or has ended.
    pub async fn request_pause(&self, run: RunId) -> Result<(), EngineError> {
        self.tell(run, Signal::Pause).await
    }

    /// Asks that a paused run goes on: whoever drives it does so at once; where nobody does, it goes on when it is driven. Of a run that is
    /// not paused nothing is asked.
    ///
    /// # Errors
    /// When the run cannot be read or written, or has ended.
    pub async fn request_resume(&self, run: RunId) -> Result<(), EngineError> {
        self.tell(run, Signal::Resume).await
    }

    /// Whether a cancelled run would end by what is recorded alone: no activity has anything left to do or to look at.
    pub fn ends_once_cancelled(&self, state: &RunState) -> bool {
        let mut state = state.clone();
        let mut draft = RecordDraft::new(self.parts.clock.now());
        if !state.is_ended() && state.cannot_go_on().is_none() {
            draft.push(&mut state, Entry::Signal(SignalEntry::CancelRequested));
            while !carry_out(&mut state, &self.activities, 0, &mut draft) {}
        }
        state.is_ended()
    }

    /// Says what became of the effect of `step` that is in doubt, or would be looked for again later. The run goes on when it is driven.
    ///
    /// What is said to have happened is looked at first. Where it cannot be seen, nothing is recorded. Where another engine drives the run, it
    /// is that which looks.
    ///
    /// # Errors
    /// When the run cannot be read or written, no effect of the step is in doubt, or what is said to have happened cannot
    /// be seen.
    pub async fn decide_effect(&self, run: RunId, step: &StepPath, decision: Decision) -> Result<(), EngineError> {
        if let Decision::Happened { key } = &decision
            && self.parts.store.drivers(&[run]).await?.iter().flatten().all(|driver| *driver == self.driver)
        {
            self.see(run, step, key).await?;
        }
        self.tell(run, Signal::Decide { step: step.clone(), decision }).await
    }

    /// Answers a step that waits for it. Whoever drives the run goes on with it at once; where nobody does, it goes on when it is driven.
    ///
    /// # Errors
    /// When the run cannot be read or written, the step waits for no answer, or this is not one to what it waits for.
    pub async fn answer(&self, run: RunId, step: &StepPath, answer: Value) -> Result<(), EngineError> {
        self.tell(run, Signal::Answer { step: step.clone(), answer }).await
    }

    /// Looks at what a decision says has happened. Nothing of it is recorded.
    async fn see(&self, run: RunId, step: &StepPath, key: &str) -> Result<(), EngineError> {
        let state = self.resumable(run).await?;
        let Some(effect) = state.effect_to_decide(step).filter(|_| !state.is_ended()) else { return Ok(()) };
        let seen = driver::see(&self.parts, run, Call::of(&state, step), &effect.open(), key).await;
        seen.map_err(|failure| EngineError::NotSeen { step: step.clone(), failure: Box::new(failure) })
    }

    /// Says something to a run: it is handed to whoever drives the run, or recorded here if nobody does.
    ///
    /// # Errors
    /// When the run cannot be read or written, or cannot do what is asked.
    pub async fn tell(&self, run: RunId, signal: Signal) -> Result<(), EngineError> {
        loop {
            if let Some(driver) = self.live.driver(run) {
                let (reply, answer) = oneshot::channel();
                let is_sent = driver.send(SignalRequest { signal: signal.clone(), reply }).is_ok();
                if let Some(answer) = if is_sent { answer.await.ok() } else { None } {
                    return answer;
                }
            }
            match self.take(run, false).await {
                Ok(taken) => return self.record(&taken, Some(&signal)).await,
                // Somebody here has begun to drive it meanwhile, and is told.
                Err(EngineError::AlreadyDriven(_)) if self.live.is_driven(run) => {}
                Err(EngineError::AlreadyDriven(_)) => return self.post(run, &signal).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Says something to a run that another engine drives. It finds that in the run's inbox, and answers in the journal. If it lets the run
    /// go before, what is in the inbox is recorded here.
    async fn post(&self, run: RunId, signal: &Signal) -> Result<(), EngineError> {
        let store = &self.parts.store;
        let mut watch = store.watch(run);
        let message = store.post(run, signal).await.map_err(|error| match error {
            StoreError::NotOpen(run) => EngineError::Ended(run),
            error => error.into(),
        })?;
        loop {
            if let Some(answer) = answer(&store.journal(run).await?, message) {
                return answer.map_err(|refused| EngineError::of_refused(refused, run));
            }
            match self.take(run, false).await {
                Ok(taken) => self.record(&taken, None).await?,
                Err(EngineError::AlreadyDriven(_)) => watch.next().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Records what is in the inbox of a run that nobody drives, and then a signal.
    pub(super) async fn record(&self, taken: &TakenRun<'_>, signal: Option<&Signal>) -> Result<(), EngineError> {
        let run = taken.claim().run;
        let mut state = self.resumable(run).await?;
        let before = (state.status(), state.due());
        let mut draft = RecordDraft::new(self.parts.clock.now());
        for (message, signal) in self.parts.store.inbox(run, state.received()).await? {
            draft.receive(&mut state, message, &signal);
        }
        let entries = signal.map_or(Ok(Vec::new()), |signal| signal.entries(&state));
        let (entries, refused) = entries.map_or_else(|refused| (Vec::new(), Some(refused)), |entries| (entries, None));
        entries.into_iter().for_each(|entry| draft.push(&mut state, entry));
        if let Some(record) = draft.into_record(&mut state) {
            self.append(taken, &state, &record, before).await?;
        }
        refused.map_or(Ok(()), |refused| Err(EngineError::of_refused(refused, run)))
    }

    /// Appends a record to the journal of a run that nobody drives.
    pub(super) async fn append(
        &self,
        taken: &TakenRun<'_>,
        state: &RunState,
        record: &Record,
        before: Summarised,
    ) -> Result<(), EngineError> {
        let summary = summary_after(state, record);
        let changed = Some(&summary).filter(|summary| (summary.status, summary.due) != before);
        self.parts.store.append(taken.claim(), record, changed, Barrier::Now).await?;
        self.parts.observer.recorded(state.run(), record, summary.status);
        Ok(())
    }
}

/// The summary of a run that nobody drives, after a record. Whatever follows from that is to be done at once, also where the run would wait
/// otherwise; but not before a person has said how it goes on.
pub(super) fn summary_after(state: &RunState, record: &Record) -> RunSummary {
    let rests = state.status().is_up_to_a_person() || decide(state, 1).is_empty();
    let due = if rests { state.due() } else { Some(record.at) };
    RunSummary { due, ..state.summary() }
}

/// What a journal says about a message; that the run has ended, if it ended without it.
fn answer(journal: &[Record], message: u64) -> Option<Result<(), Refused>> {
    let mut has_ended = false;
    for entry in journal.iter().flat_map(|record| &record.entries) {
        match entry {
            Entry::Signal(SignalEntry::Received { message: received, refused }) if *received == message => {
                return Some(refused.clone().map_or(Ok(()), Err));
            }
            // It was retried meanwhile, and what had not been received by its end never is.
            Entry::Signal(SignalEntry::Received { message: received, .. }) if *received > message => {
                return Some(Err(Refused::Ended));
            }
            Entry::Run(RunEntry::Ended { .. }) => has_ended = true,
            Entry::Run(RunEntry::Retried { .. }) => has_ended = false,
            _ => {}
        }
    }
    has_ended.then_some(Err(Refused::Ended))
}
