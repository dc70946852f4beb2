//! A run of a definition with `concurrency` is admitted when it is kept, or waits for its turn; and what is ahead of one that waits.

use std::pin::Pin;

use tokio::sync::oneshot;

use super::{Engine, EngineError};
use crate::{
    concurrency::OnConflict,
    definition::Source,
    id::{DriverId, RunId},
    journal::{Entry, Record, RunEntry, Signal},
    run::{
        CancellationToken, RunState,
        claim::TakenRun,
        driver::SignalRequest,
        machine::{RecordDraft, carry_out},
    },
    store::{Barrier, RunSummary, StoreError},
};

/// So many runs are counted of those that are ahead of another.
const MOST_AHEAD: usize = 64;

/// What a run waits for that is not admitted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ahead {
    /// The key that it asked with.
    pub key: String,
    /// The first of the runs that are ahead, with the status that it really has.
    pub first: RunSummary,
    /// How many more there are; no more than some dozens are counted.
    pub others: usize,
}

impl Engine {
    /// What a run waits for that is not admitted: `None` if it is, has ended, or nobody is ahead of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ahead(&self, run: RunId) -> Result<Option<Ahead>, EngineError> {
        let ahead = self.parts.store.ahead(run, MOST_AHEAD).await?;
        let asked = self.parts.store.summary(run).await?.and_then(|summary| summary.admission);
        match asked {
            Some(asked) => self.ahead_of(&asked.key, &ahead).await,
            None => Ok(None),
        }
    }

    /// The same, of runs that are known to be ahead.
    pub(in crate::run) async fn ahead_of(&self, key: &str, ahead: &[RunId]) -> Result<Option<Ahead>, EngineError> {
        for (number, run) in ahead.iter().enumerate() {
            // One that was pruned meanwhile is ahead of nobody.
            if let Some(first) = self.parts.store.summary(*run).await? {
                let status = self.statuses(std::slice::from_ref(&first)).await?;
                let first = RunSummary { status: status.first().copied().unwrap_or(first.status), ..first };
                return Ok(Some(Ahead { key: key.to_owned(), first, others: ahead.len() - number - 1 }));
            }
        }
        Ok(None)
    }

    /// Keeps a new run that asks to be admitted: it is admitted at once, waits, or is refused.
    pub(super) async fn create_in_line(
        &self,
        (state, record): (RunState, Record),
        source: &Source,
        driver: Option<DriverId>,
    ) -> Result<(RunState, Record), EngineError> {
        let (admitted, first) = admitted(&state, &record);
        match self.create(&admitted, source, &first, driver, Barrier::Now).await {
            Ok(()) => Ok((admitted, first)),
            Err(StoreError::NotAdmitted { key, ahead }) => {
                self.check_conflict(&state, key, &ahead).await?;
                self.create(&state, source, &record, driver, Barrier::Now).await?;
                Ok((state, record))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a run may wait that is not admitted at once.
    pub(super) async fn check_conflict(
        &self,
        state: &RunState,
        key: String,
        ahead: &[RunId],
    ) -> Result<(), EngineError> {
        match state.on_conflict() {
            Some(OnConflict::Wait | OnConflict::CancelRunning) | None => Ok(()),
            Some(OnConflict::Refuse) => {
                let ahead = self.ahead_of(&key, ahead).await?.map(Box::new);
                Err(EngineError::NotAdmitted { process: state.started().process.clone(), key, ahead })
            }
        }
    }

    /// Asks for the end of a run because `by` wants to go on, and does not wait for it. Gives the run where nobody drives it, and something is left to
    /// do before its end: [`Self::end`] does that.
    pub(in crate::run) async fn cancel_for(&self, run: RunId, by: &RunState) -> Result<Option<RunId>, EngineError> {
        let signal = Signal::CancelFor { run: by.run() };
        if let Some(driver) = self.live.driver(run) {
            let (reply, _) = oneshot::channel();
            if driver.send(SignalRequest { signal: signal.clone(), reply }).is_ok() {
                return Ok(None);
            }
        }
        let asked = match self.take(run, false).await {
            Ok(taken) => self.cancel_undriven(&taken, &signal).await,
            Err(EngineError::AlreadyDriven(_)) => {
                self.parts.store.post(run, &signal).await.map(|_| None).map_err(Into::into)
            }
            Err(error) => Err(error),
        };
        match asked {
            // It has ended meanwhile, or no version of this program can say anything to it: whoever waits for it is told of it.
            Err(EngineError::Ended(_) | EngineError::CannotGoOn { .. } | EngineError::NoSuchRun(_)) => Ok(None),
            Err(EngineError::Store(StoreError::NotOpen(_))) => Ok(None),
            // What another service, or another access token, is needed for is not done here.
            Ok(Some(left)) => Ok((left.started().context == by.started().context).then_some(run)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the run's state, where something is left to do before its end.
    async fn cancel_undriven(&self, taken: &TakenRun<'_>, signal: &Signal) -> Result<Option<RunState>, EngineError> {
        self.record(taken, Some(signal)).await?;
        let state = self.resumable(taken.claim().run).await?;
        let (mut ended, mut draft) = (state.clone(), RecordDraft::new(self.parts.clock.now()));
        while !carry_out(&mut ended, &self.activities, 0, &mut draft) {}
        if !ended.is_ended() {
            return Ok(Some(state));
        }
        if let Some(record) = draft.into_record(&mut ended) {
            self.append(taken, &ended, &record, (state.status(), state.due())).await?;
        }
        Ok(None)
    }

    /// Drives a run that is to end, as whoever cancels it does. Why that does not go on is told where it is looked at.
    pub(in crate::run) fn end(
        &self,
        run: RunId,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move { drop(self.drive(run, stop).await) })
    }
}

/// The same state and record, with the run admitted.
pub(super) fn admitted(state: &RunState, record: &Record) -> (RunState, Record) {
    let (mut state, mut record) = (state.clone(), record.clone());
    let entry = Entry::Run(RunEntry::Admitted);
    state.note(record.at, &entry);
    record.entries.push(entry);
    (state, record)
}
