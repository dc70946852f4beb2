//! What a call of the store's changes: made ready where it was called, and staged over what is there when its turn comes.

use super::{fault::Fault, staged::Staged};
use crate::{
    id::{DefinitionHash, RunId},
    journal::{self, Record},
    store::{RunSummary, StoreError},
};

/// One call of `create` or `append`.
#[derive(Debug)]
pub(super) struct Change {
    run: RunId,
    sequence: u64,
    record: Vec<u8>,
    summary: Option<RunSummary>,
    /// Of a new run only.
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
    pub(super) fn create(summary: &RunSummary, definition: &str, record: &Record) -> Self {
        let definition = Some((summary.definition.clone(), definition.to_owned()));
        Self { definition, ..Self::append(summary.run, record, Some(summary)) }
    }

    /// One more record of a run.
    pub(super) fn append(run: RunId, record: &Record, summary: Option<&RunSummary>) -> Self {
        let (sequence, summary) = (record.sequence, summary.cloned());
        Self { run, sequence, record: journal::encode(record), summary, definition: None }
    }

    /// Stages it. Repeating a change that is there already stages nothing, and is not an error.
    pub(super) fn stage(&self, staged: &mut Staged<'_>) -> Result<(), Rejection> {
        let expected = staged.look(|view| view.record_count(self.run))?;
        if self.sequence < expected && self.is_there(staged)? {
            return Ok(());
        }
        // Only `create` begins a journal: a run without a summary would be in no list.
        let begins = self.definition.is_some();
        if self.sequence != expected || begins != (expected == 0) {
            let (run, found) = (self.run, self.sequence);
            return Err(Rejection::Refused(StoreError::Sequence { run, expected, found }));
        }
        if let Some((hash, text)) = &self.definition {
            self.check_key(staged)?;
            staged.put_definition(hash, text)?;
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

    fn check_key(&self, staged: &Staged<'_>) -> Result<(), Rejection> {
        let Some(key) = self.summary.as_ref().and_then(|summary| summary.key.as_ref()) else { return Ok(()) };
        match staged.look(|view| view.by_key(key))? {
            Some(_) => Err(Rejection::Refused(StoreError::KeyTaken(key.clone()))),
            None => Ok(()),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
