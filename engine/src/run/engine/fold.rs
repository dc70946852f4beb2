//! The state of a run, out of the store: its journal, folded under the definitions that it had.

use std::{collections::BTreeMap, sync::Arc};

use super::{Engine, EngineError};
use crate::{
    definition::{self, Definition, Loaded, Node, Source},
    diagnostic::Diagnostic,
    id::{DefinitionHash, RunId},
    journal::{Correction, Entry, Record, RunEntry, RunStarted},
    run::{CannotGoOn, CannotReplay, RunState},
    store::StoreError,
};

impl Engine {
    /// The state of a run, as its journal and its definitions tell it.
    pub(super) async fn fold(&self, run: RunId) -> Result<RunState, EngineError> {
        let journal = self.parts.store.journal(run).await?;
        let Some(Entry::Run(RunEntry::Started(started))) = journal.first().and_then(|first| first.entries.first())
        else {
            return Err(EngineError::NoSuchRun(run));
        };
        let first = self.definition(run, (&started.definition, &started.source_name)).await?;
        let (mut corrections, mut refused) = (BTreeMap::new(), Vec::new());
        for Correction { definition: hash, source_name, .. } in corrections_in(&journal) {
            match self.definition(run, (hash, source_name)).await? {
                KeptDefinition::Loaded(definition) => drop(corrections.insert(hash.clone(), definition)),
                KeptDefinition::Refused(source, diagnostics) => refused.push((source, diagnostics)),
            }
        }
        let state = match (first, refused.pop()) {
            (KeptDefinition::Loaded(first), None) => RunState::replay_with(first, corrections, &journal),
            (KeptDefinition::Loaded(first), Some(refused)) => {
                corrections.insert(first.hash.clone(), first);
                self.outlined((started, &journal), corrections, refused).await?
            }
            (KeptDefinition::Refused(source, diagnostics), later) => {
                self.outlined((started, &journal), corrections, later.unwrap_or((source, diagnostics))).await?
            }
        };
        state.map_err(|_| EngineError::NoSuchRun(run))
    }

    /// The state of a run of whose definitions this version does not take one; the others show nodes too.
    async fn outlined(
        &self,
        (started, journal): (&RunStarted, &[Record]),
        others: BTreeMap<DefinitionHash, Arc<Definition>>,
        (source, diagnostics): (Source, Vec<Diagnostic>),
    ) -> Result<Result<RunState, CannotReplay>, EngineError> {
        let run = started.run;
        let summary = self.parts.store.summary(run).await?.ok_or(EngineError::NoSuchRun(run))?;
        let mut nodes = definition::outline(&source, &self.parts.catalogue);
        for other in others.values() {
            let more = definition::outline(&other.source, &self.parts.catalogue);
            let is_new = |node: &Node| nodes.iter().all(|known| known.id != node.id);
            nodes.extend(more.into_iter().filter(is_new).collect::<Vec<_>>());
        }
        let cannot_go_on = CannotGoOn { status: summary.status.undriven(), source, diagnostics };
        Ok(RunState::outlined((started, journal), nodes, cannot_go_on))
    }

    async fn definition(
        &self,
        run: RunId,
        (hash, source_name): (&DefinitionHash, &str),
    ) -> Result<KeptDefinition, EngineError> {
        let known = self.definitions().get(hash);
        if let Some(definition) = known {
            return Ok(KeptDefinition::Loaded(definition));
        }
        let lost = || StoreError::Damaged(format!("the definition of run {run} is not there"));
        let text = self.parts.store.definition(hash).await?.ok_or_else(lost)?;
        let source = Source::new(source_name, text);
        let Loaded { source, definition, diagnostics } = definition::load_kept(&source, &self.parts.catalogue);
        let Some(definition) = definition.map(Arc::new) else {
            return Ok(KeptDefinition::Refused(source, diagnostics.into_iter().filter(Diagnostic::is_error).collect()));
        };
        self.definitions().insert(definition.clone());
        Ok(KeptDefinition::Loaded(definition))
    }
}

/// What gave a run other definitions than it began with, the first first.
fn corrections_in(journal: &[Record]) -> impl Iterator<Item = &Correction> {
    journal.iter().flat_map(|record| &record.entries).filter_map(|entry| match entry {
        Entry::Run(RunEntry::Retried { correction, .. }) => correction.as_ref(),
        Entry::Run(
            RunEntry::Started(_)
            | RunEntry::AdmissionAsked(_)
            | RunEntry::Admitted
            | RunEntry::Resumed
            | RunEntry::Interrupted
            | RunEntry::MainEnded { .. }
            | RunEntry::Ended { .. },
        )
        | Entry::Node(..)
        | Entry::Step(..)
        | Entry::Effect(..)
        | Entry::Timer(..)
        | Entry::Signal(_) => None,
    })
}

/// A definition that the store keeps.
enum KeptDefinition {
    Loaded(Arc<Definition>),
    /// Its text, and what cannot be passed over in it.
    Refused(Source, Vec<Diagnostic>),
}
