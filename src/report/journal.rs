//! Entries for people: a line each, as progress where there is no terminal, and as `runs show --entries`.

use flowrun_engine::{
    activity::{Failure, Settlement},
    journal::{Decision, Entry, Record},
};
use serde_json::Value;

use super::{
    plain::{clip, local_time},
    run::{made, skip_text},
    visible::on_one_line,
};

/// A run's journal, whole.
pub(crate) fn journal_text(journal: &[Record]) -> String {
    let line = |record: &Record, entry| format!("  {}  {}\n", local_time(record.at), entry_text(entry));
    let lines = journal.iter().flat_map(|record| record.entries.iter().map(move |entry| line(record, entry)));
    ["\njournal\n".to_owned()].into_iter().chain(lines).collect()
}

/// Whether an entry is progress: what people want to see while a run goes on.
pub(crate) fn is_progress(entry: &Entry) -> bool {
    match entry {
        Entry::NodeStarted { items, .. } => items.as_ref().is_some_and(|items| items.is_empty()),
        Entry::AttemptStarted { attempt, .. } => *attempt > 1,
        Entry::EffectIntended { .. } | Entry::EffectSettled { .. } | Entry::MainEnded { .. } => false,
        Entry::AttemptFailed { retry_at, .. } => retry_at.is_some(),
        _ => true,
    }
}

/// What an entry says, on one line.
pub(crate) fn entry_text(entry: &Entry) -> String {
    on_one_line(&told(entry)).into_owned()
}

fn told(entry: &Entry) -> String {
    match entry {
        Entry::RunStarted(started) => format!("run {} started: {} {}", started.run, started.process, started.version),
        Entry::RunResumed => "run goes on".into(),
        Entry::RunInterrupted => "run stops here".into(),
        Entry::CancelRequested => "somebody asked for the run's end".into(),
        Entry::MainEnded { outcome, .. } => format!("all nodes settled: {}", outcome.as_str()),
        Entry::RunEnded { outcome, .. } => format!("run {}", outcome.as_str()),
        Entry::NodeSkipped { node, reason, because } => {
            format!("{node}: skipped, {}", skip_text(*reason, because.as_deref()))
        }
        Entry::NodeStarted { node, items: Some(items) } => format!("{node}: started, {} items", items.len()),
        Entry::NodeStarted { node, items: None } => format!("{node}: started"),
        Entry::NodeFailed { node, failure } => format!("{node}: failed, {}", failure_text(failure)),
        Entry::NodeCancelled { node } => format!("{node}: cancelled"),
        entry => step_text(entry),
    }
}

fn step_text(entry: &Entry) -> String {
    match entry {
        Entry::StepStarted { step, .. } => format!("{step}: running"),
        Entry::AttemptStarted { step, attempt } => format!("{step}: attempt {attempt}"),
        Entry::AttemptFailed { step, attempt, failure, retry_at } => {
            let retry = retry_at.map(|at| format!("; next at {}", local_time(at))).unwrap_or_default();
            format!("{step}: attempt {attempt} failed, {}{retry}", failure_text(failure))
        }
        Entry::AttemptInterrupted { step, attempt, .. } => format!("{step}: attempt {attempt} interrupted"),
        Entry::AttemptParked { step, attempt, failure } => {
            format!("{step}: attempt {attempt} needs a grant, {}", failure_text(failure))
        }
        Entry::RetryDue { step } => format!("{step}: next attempt is due"),
        Entry::StepCompleted { step, output } => completed(&step.to_string(), output),
        Entry::StepFailed { step, failure } => format!("{step}: failed, {}", failure_text(failure)),
        Entry::StepCancelled { step } => format!("{step}: cancelled"),
        entry => effect_text(entry),
    }
}

fn effect_text(entry: &Entry) -> String {
    match entry {
        Entry::EffectIntended { operation, intent } => format!("{}: about to {}", operation.step, intent.summary),
        Entry::EffectSettled { operation, settlement: Settlement::Happened(_) } => {
            format!("{}: effect done", operation.step)
        }
        Entry::EffectSettled { operation, settlement: Settlement::DidNotHappen } => {
            format!("{}: effect not done", operation.step)
        }
        Entry::EffectInDoubt { operation, failure } => {
            format!("{}: unknown whether the effect happened, {}", operation.step, failure_text(failure))
        }
        Entry::EffectDecided { operation, decision } => format!("{}: decided, {}", operation.step, decided(decision)),
        _ => String::new(),
    }
}

fn decided(decision: &Decision) -> String {
    match decision {
        Decision::Happened { key } => format!("it happened and made {key}"),
        Decision::DidNotHappen => "it did not happen".into(),
        Decision::Abort => "given up".into(),
    }
}

fn completed(step: &str, output: &Value) -> String {
    let made = clip(&made(output), 100);
    if made.is_empty() { format!("{step}: completed") } else { format!("{step}: completed, {made}") }
}

fn failure_text(failure: &Failure) -> String {
    format!("{}: {failure}", failure.code)
}
