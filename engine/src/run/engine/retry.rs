//! A run that has ended is retried: what goes again is recorded, and it is driven then like any other.

use std::sync::Arc;

use super::{Engine, EngineError, admission::admitted, signals::summary_after};
use crate::{
    definition::Definition,
    id::RunId,
    journal::Record,
    run::{CannotRetry, Retry, RunState, claim::TakenRun},
    store::StoreError,
};

impl Engine {
    /// Lets a run go on that ended as failed or cancelled, with what was not done. It does so when it is driven; of a definition with
    /// `concurrency` it is admitted anew, at once or when its turn comes.
    ///
    /// # Errors
    /// [`EngineError::CannotRetry`] where it cannot go on so, [`EngineError::NotAdmitted`] where it may not now, and when it cannot be read or written. Nothing of it has changed then.
    pub async fn retry(&self, run: RunId, retry: &Retry) -> Result<(), EngineError> {
        let taken = self.take(run, false).await?;
        let ended = self.readable(run).await?;
        let unanswered = self.unanswered(&ended).await?;
        let (state, record) = ended.retried(retry, unanswered, self.parts.clock.now()).map_err(cannot(run))?;
        let (definition, before) = (ended.definition_in(retry), (ended.status(), ended.due()));
        let keep = async |state: &RunState, record: &Record| match definition {
            Some(definition) => self.append_corrected(&taken, state, record, definition).await,
            None => self.append(&taken, state, record, before).await,
        };
        if !state.waits_for_admission() {
            return keep(&state, &record).await;
        }
        let (in_line, first) = admitted(&state, &record);
        match keep(&in_line, &first).await {
            Err(EngineError::Store(StoreError::NotAdmitted { key, ahead })) => {
                self.check_conflict(&state, key, &ahead).await?;
                keep(&state, &record).await
            }
            kept => kept,
        }
    }

    /// How a run would be that was just retried so. Nothing is recorded.
    ///
    /// # Errors
    /// As [`Self::retry`].
    pub async fn retry_preview(&self, run: RunId, retry: &Retry) -> Result<RunState, EngineError> {
        let retried = self.readable(run).await?.retried(retry, [], self.parts.clock.now());
        retried.map(|(state, _)| state).map_err(cannot(run))
    }

    /// Appends the record that gives a run another definition, with that one's text.
    async fn append_corrected(
        &self,
        taken: &TakenRun<'_>,
        state: &RunState,
        record: &Record,
        definition: &Arc<Definition>,
    ) -> Result<(), EngineError> {
        let summary = summary_after(state, record);
        let text = definition.source.text();
        self.parts.store.append_with_definition(taken.claim(), record, &summary, text).await?;
        self.definitions().insert(definition.clone());
        self.parts.observer.recorded(state.run(), record, state.status());
        Ok(())
    }

    /// The messages that nobody had answered when the run ended: the next one has a number above theirs. Where the store has forgotten what
    /// was received, as earlier versions did, it is the one that the numbers go on from.
    async fn unanswered(&self, state: &RunState) -> Result<Vec<u64>, EngineError> {
        let messages = self.parts.store.inbox(state.run(), 0).await?;
        let newest = messages.last().map_or(0, |(number, _)| *number);
        let numbers = messages.into_iter().map(|(number, _)| number).filter(|number| *number > state.received());
        Ok(if newest < state.received() { vec![newest] } else { numbers.collect() })
    }

    /// The state of a run whose definition can be used, ended or not.
    async fn readable(&self, run: RunId) -> Result<RunState, EngineError> {
        let state = self.fold(run).await?;
        match state.outlined_for() {
            Some(why) => Err(EngineError::CannotGoOn { run, why: Box::new(why.clone()) }),
            None => Ok(state),
        }
    }
}

fn cannot(run: RunId) -> impl FnOnce(CannotRetry) -> EngineError {
    move |why| EngineError::CannotRetry { run, why: Box::new(why) }
}
