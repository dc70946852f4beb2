//! How a world begins: each run has its first record, and somebody begins a process.

use flowrun_engine::{
    definition::Definition,
    id::RunId,
    journal::{Entry, Record, RunEntry, RunStarted},
};
use serde_json::{Value, json};

use super::{ALWAYS, Event, World};
use crate::disk::Run;

impl World<'_> {
    pub(super) fn begin(&mut self) {
        for (run, definition) in (0..).zip(&self.case.runs) {
            let entries = vec![Entry::Run(RunEntry::Started(started(run, self.case.seed, definition)))];
            self.disk.append(run, Record { sequence: 0, at: self.surroundings.time.stamp(), entries });
        }
        self.disk.sync(self.plant);
        self.at(0, ALWAYS, Event::Start);
        self.misfortunes();
    }
}

fn started(run: Run, seed: u64, definition: &Definition) -> RunStarted {
    let inputs = [("title", json!(format!("Run {run} of {seed}"))), ("key", json!(format!("RUN{run}")))];
    let inputs = inputs.map(|(name, value)| (name.to_owned(), value)).into_iter();
    RunStarted {
        run: run_id(run),
        key: None,
        definition: definition.hash.clone(),
        source_name: "simulated.yaml".to_owned(),
        process: "simulated".to_owned(),
        version: "1.0.0".to_owned(),
        inputs: inputs.filter(|(name, _)| definition.inputs.iter().any(|input| input.name == *name)).collect(),
        context: Value::Null,
    }
}

/// The id of a run.
pub(super) fn run_id(run: Run) -> RunId {
    RunId::new(uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_0000_0000 + u128::from(run)))
}
