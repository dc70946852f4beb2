//! `flowrun runs export`: runs, whole, as JSON lines. They hold what the journal holds, so no secret is in them.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use flowrun_engine::{
    id::{DefinitionHash, RunId},
    journal::Entry,
};

use super::listing::{Listing, Wanted};
use crate::{
    arguments::Export, environment::Environment, error::CommandError, exit::Exit, report::ExportLine, screen::Screen,
    state::State,
};

/// So many records are read at a time.
const PAGE: usize = 256;

/// Writes runs to stdout or a new file.
pub(crate) async fn export(environment: &Environment, arguments: &Export) -> Result<Exit, CommandError> {
    let state = State::open(environment, "runs export")?;
    let runs = runs(&state, arguments).await?;
    let mut export = Exporting {
        state: &state,
        lines: Lines::open(&environment.screen, arguments.to.as_deref())?,
        definitions: BTreeSet::new(),
        records: 0,
    };
    for run in &runs {
        export.run(*run).await?;
    }
    let records = export.records;
    export.lines.close()?;
    if let Some(to) = &arguments.to {
        let told = format!("written to `{}`: runs: {}, records: {records}\n", to.display(), runs.len());
        environment.screen.note(&told);
    }
    Ok(Exit::Success)
}

/// The runs that are named, as they are named; or all, the oldest first.
async fn runs(state: &State, arguments: &Export) -> Result<Vec<RunId>, CommandError> {
    let mut runs = Vec::new();
    for name in &arguments.runs {
        runs.push(state.find(name).await?);
    }
    if arguments.all {
        let mut listing = Listing::new(state, Wanted::default());
        while let Some(summary) = listing.next().await? {
            runs.push(summary.run);
        }
        runs.reverse();
    }
    Ok(runs)
}

struct Exporting<'a> {
    state: &'a State,
    lines: Lines<'a>,
    /// Those that were written.
    definitions: BTreeSet<DefinitionHash>,
    records: u64,
}

impl Exporting<'_> {
    /// Writes a run: its summary, and each record; before what names it each definition, unless that was written.
    async fn run(&mut self, run: RunId) -> Result<(), CommandError> {
        let store = self.state.store();
        // It may have been pruned meanwhile.
        let Some(summary) = store.summary(run).await? else { return Ok(()) };
        self.definition(&summary.definition).await?;
        self.lines.write(&ExportLine::of_run(&summary))?;
        let mut next = 0;
        loop {
            let records = store.records(run, next, PAGE).await?;
            for record in &records {
                for definition in record.entries.iter().filter_map(Entry::names_definition) {
                    self.definition(definition).await?;
                }
                self.lines.write(&ExportLine::of_record(run, record))?;
            }
            self.records += records.len() as u64;
            next += records.len() as u64;
            if records.is_empty() {
                return Ok(());
            }
        }
    }

    async fn definition(&mut self, hash: &DefinitionHash) -> Result<(), CommandError> {
        if self.definitions.insert(hash.clone()) {
            let text = self.state.store().definition(hash).await?;
            self.lines.write(&ExportLine::of_definition(hash.as_str(), text.unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// Where the lines go.
enum Lines<'a> {
    Screen(&'a Screen),
    File(BufWriter<File>),
}

impl<'a> Lines<'a> {
    fn open(screen: &'a Screen, to: Option<&Path>) -> Result<Self, CommandError> {
        let Some(path) = to else { return Ok(Self::Screen(screen)) };
        match File::create_new(path) {
            Ok(file) => Ok(Self::File(BufWriter::new(file))),
            Err(error) => {
                let help = "name a file that is not there yet, in a directory that can be written";
                let told = format!("`{}` cannot be made: {error}", path.display());
                Err(CommandError::Usage(told, Some(help.to_owned())))
            }
        }
    }

    fn write(&mut self, line: &ExportLine) -> Result<(), CommandError> {
        match self {
            Self::Screen(screen) => Ok(screen.line(line)?),
            Self::File(file) => {
                serde_json::to_writer(&mut *file, line)?;
                Ok(file.write_all(b"\n")?)
            }
        }
    }

    fn close(self) -> Result<(), CommandError> {
        match self {
            Self::Screen(_) => Ok(()),
            Self::File(file) => Ok(file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?),
        }
    }
}
