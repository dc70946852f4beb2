//! Entries for people: a line each, as progress where there is no terminal, and as `runs show --entries`.

use flowrun_engine::{
    activity::{Failure, Recovery, Settlement},
    concurrency::AdmissionAsked,
    id::{NodeId, StepPath},
    journal::{Decision, EffectEntry, Entry, NodeEntry, Record, RunEntry, SignalEntry, StepEntry, TimerEntry},
};
use jiff::Timestamp;

use super::{
    output::OutputTexts,
    plain::{clip, duration, local_time},
    run::skip_text,
};
use crate::screen::on_one_line;

/// A run's journal, whole.
pub(crate) fn journal_text(journal: &[Record], outputs: &OutputTexts) -> String {
    let line = |record: &Record, entry| format!("  {}  {}\n", local_time(record.at), entry_text(entry, outputs));
    let lines = journal.iter().flat_map(|record| record.entries.iter().map(move |entry| line(record, entry)));
    ["\njournal\n".to_owned()].into_iter().chain(lines).collect()
}

/// Whether an entry is progress: what people want to see while a run goes on.
pub(crate) fn is_progress(entry: &Entry) -> bool {
    match entry {
        Entry::Run(entry) => !matches!(entry, RunEntry::MainEnded { .. } | RunEntry::AdmissionAsked(_)),
        Entry::Node(_, NodeEntry::Started { items }) => items.as_ref().is_some_and(|items| items.is_empty()),
        Entry::Step(_, StepEntry::AttemptStarted { attempt }) => *attempt > 1,
        Entry::Step(_, StepEntry::AttemptFailed { retry_at, .. }) => retry_at.is_some(),
        // What is missing was told, and is asked for so often that it would fill the screen.
        Entry::Step(_, StepEntry::StillParked { failure, .. }) => failure.is_some(),
        Entry::Effect(_, entry) => match entry {
            EffectEntry::NotShownYet { .. } | EffectEntry::InDoubt { .. } | EffectEntry::Decided { .. } => true,
            EffectEntry::Settled { evidence, .. } => evidence.is_some(),
            EffectEntry::Intended { .. } => false,
        },
        Entry::Node(..) | Entry::Step(..) | Entry::Timer(..) | Entry::Signal(_) => true,
    }
}

/// What an entry says, on one line.
pub(crate) fn entry_text(entry: &Entry, outputs: &OutputTexts) -> String {
    on_one_line(&told(entry, outputs)).into_owned()
}

fn told(entry: &Entry, outputs: &OutputTexts) -> String {
    match entry {
        Entry::Run(entry) => run_text(entry),
        Entry::Node(node, entry) => node_text(node, entry),
        Entry::Step(step, entry) => step_text(step, entry, outputs),
        Entry::Effect(effect, entry) => effect_text(&effect.step, entry),
        Entry::Timer(step, TimerEntry::RetryDue) => format!("{step}: next attempt is due"),
        Entry::Timer(step, TimerEntry::LookDue) => format!("{step}: looks again"),
        Entry::Signal(entry) => signal_text(entry),
    }
}

fn signal_text(entry: &SignalEntry) -> String {
    match entry {
        SignalEntry::CancelRequested => "cancellation requested".into(),
        SignalEntry::CancelRequestedFor { run } => format!("cancellation requested for run {run}"),
        SignalEntry::GraceBegan { grace } => format!("what runs has {} to finish", duration(*grace)),
        SignalEntry::GraceEnded => "what has not finished is dropped".into(),
        SignalEntry::PauseRequested => "pause requested".into(),
        SignalEntry::ResumeRequested => "pause ended".into(),
        SignalEntry::Received { message, refused: None } => format!("message {message} received"),
        SignalEntry::Received { message, refused: Some(refused) } => format!("message {message} refused: {refused}"),
    }
}

fn run_text(entry: &RunEntry) -> String {
    match entry {
        RunEntry::Started(started) => format!("run {} started: {} {}", started.run, started.process, started.version),
        RunEntry::Resumed => "run resumed".into(),
        RunEntry::Interrupted => "run interrupted".into(),
        RunEntry::MainEnded { outcome, .. } => format!("all nodes have ended: {}", outcome.as_str()),
        RunEntry::Ended { outcome, .. } => format!("run {}", outcome.as_str()),
        RunEntry::AdmissionAsked(AdmissionAsked { key, limit, .. }) => {
            format!("asked to go on, {limit} at a time with key {}", clip(key, 100))
        }
        RunEntry::Admitted => "run admitted".into(),
        RunEntry::Retried { nodes, inputs, correction, .. } => {
            format!("run retried{}", retried(nodes, inputs.is_some(), correction.is_some()))
        }
    }
}

/// What goes again of a run that is retried: `: file, report again, with other inputs and a corrected definition`.
pub(super) fn retried(nodes: &[NodeId], has_other_inputs: bool, is_corrected: bool) -> String {
    let names = nodes.iter().map(NodeId::as_str).collect::<Vec<_>>().join(", ");
    let again = if names.is_empty() { names } else { format!(": {names} again") };
    again
        + match (has_other_inputs, is_corrected) {
            (false, false) => "",
            (true, false) => ", with other inputs",
            (false, true) => ", with a corrected definition",
            (true, true) => ", with other inputs and a corrected definition",
        }
}

fn node_text(node: &NodeId, entry: &NodeEntry) -> String {
    match entry {
        NodeEntry::Skipped { reason, because } => {
            format!("{node}: skipped, {}", skip_text(*reason, because.as_deref()))
        }
        NodeEntry::Started { items: Some(items) } => format!("{node}: started, {} items", items.len()),
        NodeEntry::Started { items: None } => format!("{node}: started"),
        NodeEntry::Failed { failure } => format!("{node}: failed, {}", failure_text(failure)),
        NodeEntry::Cancelled => format!("{node}: cancelled"),
    }
}

fn step_text(step: &StepPath, entry: &StepEntry, outputs: &OutputTexts) -> String {
    match entry {
        StepEntry::Started { .. } => format!("{step}: running"),
        StepEntry::AttemptStarted { attempt } => format!("{step}: attempt {attempt}"),
        StepEntry::AttemptFailed { failure, retry_at: Some(at), .. } if is_rate_limit(failure) => {
            format!("{step}: waits until {}, {}", local_time(*at), failure_text(failure))
        }
        StepEntry::AttemptFailed { attempt, failure, retry_at } => {
            let retry = retry_at.map(|at| format!("; next at {}", local_time(at))).unwrap_or_default();
            format!("{step}: attempt {attempt} failed, {}{retry}", failure_text(failure))
        }
        StepEntry::AttemptInterrupted { attempt, .. } => format!("{step}: attempt {attempt} interrupted"),
        StepEntry::AttemptParked { attempt, failure, ask_at } => {
            let again = ask_at.map(|at| format!("; {}", next_ask(at))).unwrap_or_default();
            format!("{step}: attempt {attempt} needs a grant, {}{again}", failure_text(failure))
        }
        StepEntry::StillParked { failure, ask_at } => {
            let lacks = failure.as_ref().map(|failure| format!(", {}", failure_text(failure))).unwrap_or_default();
            format!("{step}: still needs a grant{lacks}; {}", next_ask(*ask_at))
        }
        StepEntry::Unparked => format!("{step}: no grant is found missing any more"),
        StepEntry::Completed { output } => completed(step, &outputs.of(step.node(), output)),
        StepEntry::Failed { failure } => format!("{step}: failed, {}", failure_text(failure)),
        StepEntry::Cancelled => format!("{step}: cancelled"),
    }
}

fn effect_text(step: &StepPath, entry: &EffectEntry) -> String {
    match entry {
        EffectEntry::Intended { intent } => format!("{step}: about to {}", intent.summary),
        EffectEntry::Settled { settlement, evidence } => {
            let (happened, shown) = match settlement {
                Settlement::Happened(_) => ("effect done", "the effect happened"),
                Settlement::DidNotHappen => ("effect not done", "the effect did not happen"),
            };
            match evidence {
                Some(evidence) => format!("{step}: {shown}, {evidence}"),
                None => format!("{step}: {happened}"),
            }
        }
        EffectEntry::NotShownYet { failure, why, look_at } => {
            let (seen, look) = (failure_text(failure), next_look(*look_at, why));
            format!("{step}: not known yet whether the effect happened, {seen}; {look}")
        }
        EffectEntry::InDoubt { failure } => {
            format!("{step}: unknown whether the effect happened, {}", failure_text(failure))
        }
        EffectEntry::Decided { decision } => format!("{step}: decided, {}", decided(decision)),
    }
}

fn decided(decision: &Decision) -> String {
    match decision {
        Decision::Happened { key } => format!("it happened and made {key}"),
        Decision::DidNotHappen => "it did not happen".into(),
        Decision::Abort => "given up".into(),
    }
}

fn completed(step: &StepPath, output: &str) -> String {
    let made = clip(output, 100);
    if made.is_empty() { format!("{step}: completed") } else { format!("{step}: completed, {made}") }
}

/// A look for an effect that is still to come: when, and why it is.
pub(super) fn next_look(at: Timestamp, why: &str) -> String {
    format!("looks again at {}: {why}", local_time(at))
}

/// When grants are asked for again.
pub(crate) fn next_ask(at: Timestamp) -> String {
    format!("asks again at {}", local_time(at))
}

/// What the live line of a step says while it waits: first until when, since a terminal cuts the line at its end.
pub(crate) fn waiting_text(entry: &Entry) -> Option<String> {
    if let Entry::Effect(effect, EffectEntry::NotShownYet { why, look_at, .. }) = entry {
        return Some(format!("until {}: {} waits to look again, {why}", local_time(*look_at), effect.step));
    }
    if let Entry::Step(
        step,
        StepEntry::AttemptParked { ask_at: Some(at), .. } | StepEntry::StillParked { ask_at: at, .. },
    ) = entry
    {
        return Some(format!("until {}: {step} waits for a grant, which is asked for again then", local_time(*at)));
    }
    let Entry::Step(step, StepEntry::AttemptFailed { attempt, failure, retry_at: Some(at) }) = entry else {
        return None;
    };
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
    use flowrun_engine::{diagnostic::Code, id::EffectId};

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
                let step = StepPath::of_item(node.into(), 3);
                let failed = StepEntry::AttemptFailed { attempt: 2, failure: failure.clone(), retry_at: Some(at) };
                let entry = Entry::Step(step, failed);
                let told = waiting_text(&entry).unwrap();
                assert!(clip(&told, 79).contains(&local_time(at)), "{told}");
                assert_eq!(
                    [told.contains("failed"), entry_text(&entry, &OutputTexts::default()).contains("failed")],
                    [is_failed; 2],
                    "{told}"
                );
            }
        }
    }

    #[test]
    fn the_time_of_the_next_look_is_never_cut() {
        let look_at = "2026-11-29T18:30:05Z".parse().unwrap();
        let failure = Failure::transient(Code::UNAVAILABLE, "the answer was lost");
        let not_shown = EffectEntry::NotShownYet { failure, why: "the index lags".into(), look_at };
        let effect =
            EffectId { step: StepPath::of("long-name-".repeat(20).as_str().into()), name: "create".into(), attempt: 1 };
        let entry = Entry::Effect(effect, not_shown);
        let told = waiting_text(&entry).unwrap();
        assert!(clip(&told, 79).contains(&local_time(look_at)), "{told}");
        assert!(
            entry_text(&entry, &OutputTexts::default())
                .ends_with(&format!("lost; looks again at {}: the index lags", local_time(look_at)))
        );
        assert!(is_progress(&entry));
    }
}
