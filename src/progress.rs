//! Live progress: a line for each node that runs on a terminal's stderr, a plain line for each entry elsewhere, and
//! a JSON document for each record on stdout with `-o jsonl`.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, stderr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use flowrun_engine::{
    id::{RunId, StepPath},
    journal::{EffectEntry, Entry, Record, RunEntry, StepEntry, TimerEntry},
    run::{Ahead, Observer, RunStatus},
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    arguments::OutputFormat,
    report::{EntryLine, OutputTexts, entry_text, is_progress, waiting_text, waits_text},
    run_name::likely_name,
    screen::{Screen, on_one_line},
};

/// Shows records as they become durable.
pub(crate) struct LiveProgress {
    screen: Arc<Screen>,
    outputs: Arc<OutputTexts>,
    terminal: Option<Terminal>,
}

/// What is on the terminal.
struct Terminal {
    lines: MultiProgress,
    outputs: Arc<OutputTexts>,
    steps: Mutex<BTreeMap<StepPath, ProgressBar>>,
}

impl LiveProgress {
    /// Progress on these streams, where outputs are told by `outputs`.
    pub(crate) fn new(screen: &Arc<Screen>, outputs: OutputTexts) -> Self {
        let outputs = Arc::new(outputs);
        let lines = MultiProgress::new();
        // On a terminal that cannot move its cursor (`TERM=dumb`, or none) the lines would be dropped.
        let moves = stderr().is_terminal() && !lines.is_hidden() && !screen.is_quiet();
        let terminal = moves.then(|| Terminal { lines, outputs: outputs.clone(), steps: Mutex::default() });
        Self { screen: screen.clone(), outputs, terminal }
    }

    /// Takes what moves off the terminal, so that reports can be written.
    pub(crate) fn finish(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.steps.lock().unwrap_or_else(PoisonError::into_inner).clear();
            // Where the terminal is gone there is nothing to clear.
            let _ = terminal.lines.clear();
            self.screen.note("\n");
        }
    }
}

impl Observer for LiveProgress {
    fn recorded(&self, run: RunId, record: &Record, _: RunStatus) {
        self.show(run, record);
    }
}

impl LiveProgress {
    /// Shows a record that became durable.
    pub(crate) fn show(&self, run: RunId, record: &Record) {
        if self.screen.format() == OutputFormat::Jsonl {
            // Progress that cannot be written does not stop a run.
            let _ = self.screen.line(&EntryLine::new(run, record));
        }
        let is_alone = record.entries.len() == 1;
        // A run that was admitted at once did not wait for it.
        let is_told = |entry: &&Entry| is_alone || **entry != Entry::Run(RunEntry::Admitted);
        for entry in record.entries.iter().filter(is_told) {
            match &self.terminal {
                Some(terminal) => terminal.show(entry),
                None if is_progress(entry) => self.screen.note(&format!("{}\n", entry_text(entry, &self.outputs))),
                None => {}
            }
        }
    }
}

impl LiveProgress {
    /// Shows what a run waits for that is not admitted.
    pub(crate) fn waits(&self, ahead: &Ahead) {
        let told = waits_text(ahead, &likely_name(&ahead.first));
        match &self.terminal {
            Some(terminal) => told.lines().for_each(|line| terminal.print(line)),
            None => self.screen.note(&told),
        }
    }
}

impl Terminal {
    fn show(&self, entry: &Entry) {
        match entry {
            Entry::Step(step, entry_of_step) => match entry_of_step {
                StepEntry::Started { .. } => self.spin(step, &format!("{step}: running")),
                StepEntry::AttemptStarted { attempt } if *attempt > 1 => {
                    self.spin(step, &format!("{step}: attempt {attempt}"));
                }
                StepEntry::AttemptFailed { retry_at: Some(_), .. } => {
                    self.spin(step, &waiting_text(entry).unwrap_or_default());
                }
                StepEntry::AttemptParked { ask_at: Some(_), .. } | StepEntry::StillParked { .. } => {
                    if is_progress(entry) {
                        self.print(&entry_text(entry, &self.outputs));
                    }
                    self.spin(step, &waiting_text(entry).unwrap_or_default());
                }
                StepEntry::Completed { .. }
                | StepEntry::Failed { .. }
                | StepEntry::Cancelled
                | StepEntry::AttemptParked { ask_at: None, .. } => self.settle(step, &entry_text(entry, &self.outputs)),
                StepEntry::AttemptInterrupted { .. } | StepEntry::Unparked => {
                    self.print(&entry_text(entry, &self.outputs))
                }
                StepEntry::AttemptStarted { .. } | StepEntry::AttemptFailed { retry_at: None, .. } => {}
            },
            Entry::Effect(effect, EffectEntry::NotShownYet { .. }) => {
                self.spin(&effect.step, &waiting_text(entry).unwrap_or_default());
            }
            Entry::Timer(step, TimerEntry::LookDue) => self.spin(step, &entry_text(entry, &self.outputs)),
            Entry::Effect(effect, EffectEntry::InDoubt { .. }) => {
                self.settle(&effect.step, &entry_text(entry, &self.outputs))
            }
            Entry::Run(_) | Entry::Node(..) | Entry::Effect(..) | Entry::Timer(..) | Entry::Signal(_) => {
                if is_progress(entry) {
                    self.print(&entry_text(entry, &self.outputs));
                }
            }
        }
    }

    fn spin(&self, step: &StepPath, told: &str) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let line = steps.entry(step.clone()).or_insert_with(|| self.lines.add(spinner()));
        line.set_message(on_one_line(told).into_owned());
        // A line that ticks before it is one of `lines` draws itself beside them.
        line.enable_steady_tick(Duration::from_millis(120));
    }

    fn settle(&self, step: &StepPath, told: &str) {
        if let Some(line) = self.steps.lock().unwrap_or_else(PoisonError::into_inner).remove(step) {
            line.finish_and_clear();
        }
        self.print(told);
    }

    fn print(&self, line: &str) {
        // Progress that cannot be written does not stop a run.
        let _ = self.lines.println(on_one_line(line));
    }
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is a constant");
    ProgressBar::new_spinner().with_style(style)
}
