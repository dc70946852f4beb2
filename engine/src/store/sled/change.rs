//! What a call of the store's changes: made ready where it was called, and staged over what is there when its turn comes.

use super::{fault::Fault, keys, staged::Staged};
use crate::{
    id::{DefinitionHash, DriverId, RunId},
    journal::{self, Record, Signal},
    store::{Claim, Claims, RunSummary, StoreError, admission},
};

/// One call.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are records")]
pub(super) enum Change {
    /// A record is kept.
    Record(NewRecord),
    /// A message is put into a run's inbox.
    Message {
        /// The run.
        run: RunId,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// A run is claimed. That is written down with the first record under it.
    Claim {
        /// The run.
        run: RunId,
        /// For whom.
        driver: DriverId,
    },
    /// Somebody holds a claim, since before the store was opened.
    Hold(Claim),
    /// A claim ends.
    Release(Claim),
    /// A run that has ended is forgotten.
    Prune {
        /// The run.
        run: RunId,
    },
}

/// One call of `create` or `append`.
#[derive(Debug)]
pub(super) struct NewRecord {
    run: RunId,
    sequence: u64,
    record: Vec<u8>,
    summary: Option<RunSummary>,
    claim: Option<Claim>,
    /// Whether it is a new run's.
    begins: bool,
    /// The text that it names, where no record of the run did before.
    definition: Option<(DefinitionHash, String)>,
}

/// Why a change was not staged.
#[derive(Debug)]
pub(super) enum Rejection {
    /// It does not fit what is there. Nothing of it was staged.
    Refused(StoreError),
    /// What is there could not be read.
    Fault(Fault),
}

impl Change {
    /// A new run.
    pub(super) fn create(summary: &RunSummary, definition: &str, record: &Record, driver: Option<DriverId>) -> Self {
        let claim = driver.map(|driver| Claim::first(summary.run, driver));
        let definition = Some((summary.definition.clone(), definition.to_owned()));
        Self::Record(NewRecord { claim, begins: true, definition, ..NewRecord::of(summary.run, record, Some(summary)) })
    }

    /// One more record of a run.
    pub(super) fn append(claim: &Claim, record: &Record, summary: Option<&RunSummary>) -> Self {
        Self::Record(NewRecord { claim: Some(claim.clone()), ..NewRecord::of(claim.run, record, summary) })
    }

    /// One more record of a run, which gives it another definition.
    pub(super) fn append_with_definition(
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Self {
        let definition = Some((summary.definition.clone(), definition.to_owned()));
        let record = NewRecord::of(claim.run, record, Some(summary));
        Self::Record(NewRecord { claim: Some(claim.clone()), definition, ..record })
    }

    /// One more message to a run.
    pub(super) fn message(run: RunId, signal: &Signal) -> Self {
        Self::Message { run, message: journal::encode_signal(signal) }
    }

    /// Stages it, and says the number of what was made: a record's, a message's, a claim's. Repeating a change that is there already
    /// stages nothing, and is not an error.
    pub(super) fn stage(&self, claims: &mut Claims, staged: &mut Staged<'_>) -> Result<u64, Rejection> {
        match self {
            Self::Record(record) => record.stage(claims, staged).map(|()| record.sequence),
            Self::Message { run, message } => stage_message(*run, message, staged),
            Self::Claim { run, driver } => {
                let newest = newest_claim(*run, staged)?;
                Ok(claims.claim(*run, *driver, newest.as_ref())?.number)
            }
            Self::Hold(claim) => {
                let newest = staged.look(|view| view.claim(claim.run))?;
                claims.check(claim, newest.as_ref())?;
                Ok(claim.number)
            }
            Self::Release(claim) => {
                claims.release(claim);
                Ok(claim.number)
            }
            Self::Prune { run } => stage_prune(*run, claims, staged),
        }
    }
}

/// The newest claim of a run. Of one that has ended it is perhaps forgotten: each that was written brought a record, so that none had a number
/// above theirs.
fn newest_claim(run: RunId, staged: &Staged<'_>) -> Result<Option<Claim>, Fault> {
    let newest = staged.look(|view| view.claim(run))?;
    let has_ended = staged.look(|view| view.summary(run))?.is_some_and(|summary| summary.ended_at.is_some());
    if newest.is_some() || !has_ended {
        return Ok(newest);
    }
    let number = staged.look(|view| view.record_count(run))?;
    Ok(Some(Claim { run, number, driver: DriverId::new(uuid::Uuid::nil()) }))
}

fn stage_message(run: RunId, message: &[u8], staged: &mut Staged<'_>) -> Result<u64, Rejection> {
    if staged.look(|view| view.summary(run))?.is_none_or(|summary| summary.ended_at.is_some()) {
        return Err(StoreError::NotOpen(run).into());
    }
    let newest = staged.look(|view| view.messages(run, 0))?.last_key_value().map(|(number, _)| *number);
    let number = newest.unwrap_or_default() + 1;
    staged.put_message(run, number, message)?;
    Ok(number)
}

/// Says how many records the run had.
fn stage_prune(run: RunId, claims: &Claims, staged: &mut Staged<'_>) -> Result<u64, Rejection> {
    let Some(summary) = staged.look(|view| view.summary(run))? else { return Ok(0) };
    if summary.ended_at.is_none() {
        return Err(StoreError::NotEnded(run).into());
    }
    if let Some(held) = claims.held(run) {
        return Err(StoreError::Claimed { run, driver: held.driver }.into());
    }
    let records = staged.look(|view| view.record_count(run))?;
    staged.prune(run, records);
    Ok(records)
}

impl NewRecord {
    fn of(run: RunId, record: &Record, summary: Option<&RunSummary>) -> Self {
        let (sequence, summary) = (record.sequence, summary.cloned());
        Self { run, sequence, record: journal::encode(record), summary, claim: None, begins: false, definition: None }
    }

    fn stage(&self, claims: &mut Claims, staged: &mut Staged<'_>) -> Result<(), Rejection> {
        let expected = staged.look(|view| view.record_count(self.run))?;
        if self.sequence < expected && self.is_there(staged)? {
            return Ok(());
        }
        let newest = staged.look(|view| view.claim(self.run))?;
        if let Some(claim) = &self.claim {
            claims.check(claim, newest.as_ref())?;
        }
        // Only `create` begins a journal: a run without a summary would be in no list.
        if self.sequence != expected || self.begins != (expected == 0) {
            let (run, found) = (self.run, self.sequence);
            return Err(StoreError::Sequence { run, expected, found }.into());
        }
        if self.begins {
            self.check_key(staged)?;
        }
        self.check_admission(claims, staged)?;
        if let Some((hash, text)) = &self.definition {
            staged.put_definition(hash, text)?;
        }
        if let Some(claim) = self.claim.as_ref().filter(|claim| newest.as_ref() != Some(claim)) {
            staged.put_claim(claim);
        }
        Ok(staged.put_record(self.run, self.sequence, &self.record, self.summary.as_ref())?)
    }

    /// Whether the same record has been written before.
    fn is_there(&self, staged: &Staged<'_>) -> Result<bool, Fault> {
        match staged.look(|view| view.place(self.run, self.sequence))? {
            Some(place) => staged.has_record(place, &self.record),
            None => Ok(false),
        }
    }

    /// Whether the run may be admitted, where this would admit it.
    fn check_admission(&self, claims: &Claims, staged: &Staged<'_>) -> Result<(), Rejection> {
        let Some(summary) = &self.summary else { return Ok(()) };
        let before = staged.look(|view| view.summary(self.run))?;
        let Some(asked) = summary.admission.as_ref().filter(|_| admission::admits(before.as_ref(), summary)) else {
            return Ok(());
        };
        let line = keys::line(&summary.process, &asked.key);
        staged.look(|view| {
            let places = view.line(&line).map(|place| place.map_err(Rejection::Fault));
            admission::decide(summary, places, |run| claims.held(run).is_some())
        })
    }

    fn check_key(&self, staged: &Staged<'_>) -> Result<(), Rejection> {
        let Some(key) = self.summary.as_ref().and_then(|summary| summary.key.as_ref()) else { return Ok(()) };
        match staged.look(|view| view.by_key(key))? {
            Some(_) => Err(StoreError::KeyTaken(key.clone()).into()),
            None => Ok(()),
        }
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
