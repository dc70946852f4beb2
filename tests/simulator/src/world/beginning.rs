//! How a world begins: each run has its first record, and somebody begins a process.

use std::sync::Arc;

use flowrun_engine::{
    activity::Catalogue,
    definition::{Definition, Source, load},
    id::RunId,
    journal::{Entry, Record, RunEntry, RunStarted},
};
use serde_json::{Map, Value};

use super::{ALWAYS, Event, World, WorldKind};
use crate::disk::Run;

/// How a run begins.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    /// What it runs, as it was written.
    pub(crate) text: String,
    pub(crate) definition: Arc<Definition>,
    pub(crate) inputs: Map<String, Value>,
}

impl Beginning {
    /// A run of a definition, which must be one.
    pub(crate) fn written(text: String, catalogue: &Catalogue) -> Self {
        let loaded = load(&Source::new("simulated.yaml", text.as_str()), catalogue);
        let definition = loaded.definition.unwrap_or_else(|| panic!("{text}\n{:#?}", loaded.diagnostics));
        Self { text, definition: Arc::new(definition), inputs: Map::new() }
    }
}

impl<K: WorldKind> World<K> {
    pub(super) fn begin(&mut self) {
        for (run, beginning) in (0..).zip(&self.setup.runs) {
            let entries = vec![Entry::Run(RunEntry::Started(started(run, beginning)))];
            self.disk.append(run, Record { sequence: 0, at: self.time.wall(), entries });
        }
        self.disk.sync(self.setup.plant);
        self.at(0, ALWAYS, Event::Start);
        self.misfortunes();
        K::misfortunes(self);
    }
}

fn started(run: Run, beginning: &Beginning) -> RunStarted {
    RunStarted {
        run: run_id(run),
        key: None,
        definition: beginning.definition.hash.clone(),
        source_name: "simulated.yaml".to_owned(),
        source_path: None,
        process: "simulated".to_owned(),
        version: "1.0.0".to_owned(),
        inputs: beginning.inputs.clone(),
        context: Value::Null,
    }
}

/// The id of a run.
pub(crate) fn run_id(run: Run) -> RunId {
    RunId::new(uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_0000_0000 + u128::from(run)))
}
