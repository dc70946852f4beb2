//! Entries for people: a line each, as progress where there is no terminal, and as `runs show --entries`.

use flowrun_engine::{
    activity::{Failure, Recovery, Settlement},
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
        Entry::AttemptFailed { step, failure, retry_at: Some(at), .. } if is_rate_limit(failure) => {
            format!("{step}: waits until {}, {}", local_time(*at), failure_text(failure))
        }
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

/// What the live line of a step says while it waits: first until when, since a terminal cuts the line at its end.
pub(crate) fn waiting_text(entry: &Entry) -> Option<String> {
    let Entry::AttemptFailed { step, attempt, failure, retry_at: Some(at) } = entry else { return None };
    let why = if is_rate_limit(failure) { String::new() } else { format!("attempt {attempt} failed, ") };
    Some(format!("until {}: {step} waits, {why}{}", local_time(*at), failure_text(failure)))
}

/// Whether nothing went wrong but that it is too early.
fn is_rate_limit(failure: &Failure) -> bool {
    matches!(failure.recovery, Recovery::RateLimited { .. })
}

fn failure_text(failure: &Failure) -> String {
    format!("{}: {failure}", failure.code)
}

#[cfg(test)]
mod tests {
    use flowrun_engine::{diagnostic::Code, id::StepId};

    use super::*;

    /// What is waited for × how long the rest is: in 80 columns the time is there, and too early is not "failed".
    #[test]
    fn the_time_of_the_next_attempt_is_never_cut() {
        let at = "2026-11-29T18:30:05Z".parse().unwrap();
        let limited = Failure::permanent(Code::RATE_LIMITED, "x".repeat(200));
        let limited = Failure { recovery: Recovery::RateLimited { until: at }, ..limited };
        let transient = Failure::permanent(Code::UNAVAILABLE, "x".repeat(200));
        for (failure, is_failed) in [(limited, false), (transient, true)] {
            for node in ["a", &"long-name-".repeat(20)] {
                let step = StepId { node: node.into(), item: Some(3) };
                let entry = Entry::AttemptFailed { step, attempt: 2, failure: failure.clone(), retry_at: Some(at) };
                let told = waiting_text(&entry).unwrap();
                assert!(clip(&told, 79).contains(&local_time(at)), "{told}");
                assert_eq!([told.contains("failed"), entry_text(&entry).contains("failed")], [is_failed; 2], "{told}");
            }
        }
    }
}
