//! The effects whose end is not known, as the journals tell.

use std::collections::BTreeMap;

use super::{OpenEffect, content::Content, fault::Fault, groups, piece::Head, read};
use crate::{
    id::{OperationId, RunId},
    journal::{EffectEntry, Entry, Record},
};

/// Effects whose end is not known yet, while journals are read.
#[derive(Debug, Default)]
pub(super) struct OpenEffects(BTreeMap<OperationId, OpenEffect>);

impl OpenEffects {
    /// Follows a record: those of a run come in order. An effect in doubt stays open: a person has yet to say how it ended.
    fn follow(&mut self, run: RunId, record: Record) {
        for entry in record.entries {
            let Entry::Effect(effect, entry) = entry else { continue };
            let operation = OperationId { run, effect };
            match entry {
                EffectEntry::Intended { intent } => {
                    let effect = OpenEffect { operation: operation.clone(), intent, at: record.at };
                    self.0.insert(operation, effect);
                }
                EffectEntry::Settled { .. } | EffectEntry::Decided { .. } => {
                    self.0.remove(&operation);
                }
                EffectEntry::NotShownYet { .. } | EffectEntry::InDoubt { .. } => {}
            }
        }
    }
}

/// All effects whose end is not known, by run.
pub(super) fn open(database: &::sled::Db) -> Result<Vec<OpenEffect>, Fault> {
    let mut open = OpenEffects::default();
    for piece in groups::after(database, Head::default()) {
        piece?.each(|_, content| {
            if let Content::Record { run, record, .. } = *content {
                open.follow(run, read::decode(database, record)?);
            }
            Ok(())
        })?;
    }
    Ok(open.0.into_values().collect())
}
