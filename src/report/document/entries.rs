//! Entries of a journal as JSON shows them: each a name, or an object of one name and what belongs to it. How they lie on a disk
//! is the engine's own affair.

use flowrun_engine::{
    activity::{Certainty, Failure, Intent, Recovery, Settlement, Whereabouts},
    concurrency::AdmissionAsked,
    id::{EffectId, NodeId, RunId, StepPath},
    journal::{
        Decision, EffectEntry, Entry, NodeEntry, Refused, RunEntry, RunError, RunStarted, SignalEntry, StepEntry,
        TimerEntry,
    },
};
use serde_json::{Value, json};

/// An entry of this run.
pub(super) fn entry(run: RunId, entry: &Entry) -> Value {
    match entry {
        Entry::Run(entry) => run_entry(entry),
        Entry::Node(node, entry) => node_entry(node, entry),
        Entry::Step(path, entry) => step_entry(path, entry),
        Entry::Effect(effect, entry) => effect_entry(run, effect, entry),
        Entry::Timer(path, TimerEntry::RetryDue) => json!({ "retry_due": { "step": step(path) } }),
        Entry::Timer(path, TimerEntry::LookDue) => json!({ "look_due": { "step": step(path) } }),
        Entry::Signal(entry) => signal_entry(entry),
    }
}

fn signal_entry(entry: &SignalEntry) -> Value {
    match entry {
        SignalEntry::CancelRequested => json!("cancel_requested"),
        SignalEntry::CancelRequestedFor { run } => json!({ "cancel_requested_for": { "run": run } }),
        SignalEntry::GraceBegan { grace } => json!({ "grace_began": { "seconds": grace.as_secs_f64() } }),
        SignalEntry::GraceEnded => json!("grace_ended"),
        SignalEntry::PauseRequested => json!("pause_requested"),
        SignalEntry::ResumeRequested => json!("resume_requested"),
        SignalEntry::Received { message, refused } => {
            json!({ "message_received": { "message": message, "refused": refused.as_ref().map(Refused::to_string) } })
        }
    }
}

fn run_entry(entry: &RunEntry) -> Value {
    match entry {
        RunEntry::Started(RunStarted {
            run,
            key,
            definition,
            source_name,
            source_path,
            process,
            version,
            inputs,
            context,
        }) => {
            json!({ "run_started": {
                "run": run, "key": key, "definition": definition, "source_name": source_name,
                "source_path": source_path, "process": process, "version": version, "inputs": inputs, "context": context,
            } })
        }
        RunEntry::Resumed => json!("run_resumed"),
        RunEntry::Interrupted => json!("run_interrupted"),
        RunEntry::AdmissionAsked(AdmissionAsked { key, limit, on_conflict }) => {
            json!({ "admission_asked": { "key": key, "limit": limit, "on_conflict": on_conflict } })
        }
        RunEntry::Admitted => json!("run_admitted"),
        RunEntry::MainEnded { outcome, error } => {
            json!({ "main_ended": { "outcome": outcome.as_str(), "error": error.as_ref().map(run_error) } })
        }
        RunEntry::Retried { nodes, left, finally_only, inputs, correction } => json!({ "run_retried": {
            "nodes": nodes, "left": left, "finally_only": finally_only, "inputs": inputs,
            "correction": correction.as_ref().map(|correction| json!({
                "definition": correction.definition, "source_name": correction.source_name,
                "source_path": correction.source_path, "version": correction.version,
            })),
        } }),
        RunEntry::Ended { outcome, error, outputs } => json!({ "run_ended": {
            "outcome": outcome.as_str(), "error": error.as_ref().map(run_error), "outputs": outputs,
        } }),
    }
}

fn node_entry(node: &NodeId, entry: &NodeEntry) -> Value {
    match entry {
        NodeEntry::Skipped { reason, because } => {
            json!({ "node_skipped": { "node": node, "reason": reason.as_str(), "because": because } })
        }
        NodeEntry::Started { items } => json!({ "node_started": { "node": node, "items": items } }),
        NodeEntry::Failed { failure: why } => json!({ "node_failed": { "node": node, "failure": failure(why) } }),
        NodeEntry::Cancelled => json!({ "node_cancelled": { "node": node } }),
    }
}

fn step_entry(path: &StepPath, entry: &StepEntry) -> Value {
    let step = step(path);
    match entry {
        StepEntry::Started { input } => json!({ "step_started": { "step": step, "input": input } }),
        StepEntry::AttemptStarted { attempt } => json!({ "attempt_started": { "step": step, "attempt": attempt } }),
        StepEntry::AttemptFailed { attempt, failure: why, retry_at } => json!({ "attempt_failed": {
            "step": step, "attempt": attempt, "failure": failure(why), "retry_at": retry_at,
        } }),
        StepEntry::AttemptInterrupted { attempt, failure: why } => {
            let mut told = json!({ "step": step, "attempt": attempt });
            if let Some(why) = why {
                told["failure"] = failure(why);
            }
            json!({ "attempt_interrupted": told })
        }
        StepEntry::AttemptParked { attempt, failure: why, ask_at } => json!({ "attempt_parked": {
            "step": step, "attempt": attempt, "failure": failure(why), "ask_at": ask_at,
        } }),
        StepEntry::StillParked { failure: why, ask_at } => {
            let mut told = json!({ "step": step, "ask_at": ask_at });
            if let Some(why) = why {
                told["failure"] = failure(why);
            }
            json!({ "step_still_parked": told })
        }
        StepEntry::Unparked => json!({ "step_unparked": { "step": step } }),
        StepEntry::Completed { output } => json!({ "step_completed": { "step": step, "output": output } }),
        StepEntry::Failed { failure: why } => json!({ "step_failed": { "step": step, "failure": failure(why) } }),
        StepEntry::Cancelled => json!({ "step_cancelled": { "step": step } }),
    }
}

fn effect_entry(run: RunId, effect: &EffectId, entry: &EffectEntry) -> Value {
    let operation = json!({ "run": run, "step": step(&effect.step), "effect": effect.name, "attempt": effect.attempt });
    match entry {
        EffectEntry::Intended { intent: what } => {
            json!({ "effect_intended": { "operation": operation, "intent": intent(what) } })
        }
        EffectEntry::Settled { settlement, evidence } => {
            let settlement = match settlement {
                Settlement::Happened(result) => json!({ "happened": result }),
                Settlement::DidNotHappen => json!("did_not_happen"),
            };
            let mut settled = json!({ "operation": operation, "settlement": settlement });
            if let Some(evidence) = evidence {
                settled["evidence"] = json!(evidence);
            }
            json!({ "effect_settled": settled })
        }
        EffectEntry::NotShownYet { failure: seen, why, look_at } => json!({ "effect_not_shown_yet": {
            "operation": operation, "failure": failure(seen), "why": why, "look_at": look_at,
        } }),
        EffectEntry::InDoubt { failure: why } => {
            json!({ "effect_in_doubt": { "operation": operation, "failure": failure(why) } })
        }
        EffectEntry::Decided { decision } => {
            let decision = match decision {
                Decision::Happened { key } => json!({ "happened": { "key": key } }),
                Decision::DidNotHappen => json!("did_not_happen"),
                Decision::Abort => json!("abort"),
            };
            json!({ "effect_decided": { "operation": operation, "decision": decision } })
        }
    }
}

fn step(path: &StepPath) -> Value {
    match path.item() {
        Some(item) => json!({ "node": path.node(), "item": item }),
        None => json!({ "node": path.node() }),
    }
}

fn run_error(RunError { node, failure: why }: &RunError) -> Value {
    json!({ "node": node, "failure": failure(why) })
}

fn intent(Intent { target, summary, request_hash, baseline, named, whereabouts, creates }: &Intent) -> Value {
    let mut told = json!({
        "target": target, "summary": summary, "request_hash": request_hash, "baseline": baseline, "creates": creates,
    });
    if let Some(named) = named {
        told["named"] = json!({ "name": named.name, "words": named.words });
    }
    if let Some(Whereabouts { link, query, signs }) = whereabouts.as_deref() {
        told["whereabouts"] = json!({ "link": link, "query": query, "signs": signs });
    }
    told
}

fn failure(Failure { code, message, help, status, field, recovery, certainty }: &Failure) -> Value {
    let recovery = match recovery {
        Recovery::Permanent => json!("permanent"),
        Recovery::Transient { not_before } => json!({ "transient": { "not_before": not_before } }),
        Recovery::RateLimited { until } => json!({ "rate_limited": { "until": until } }),
        Recovery::NeedsGrant => json!("needs_grant"),
        Recovery::Denied => json!("denied"),
        Recovery::PerhapsDenied => json!("perhaps_denied"),
    };
    let certainty = match certainty {
        Certainty::NoEffect => "no_effect",
        Certainty::Unknown => "unknown",
    };
    let told = [("help", json!(help)), ("status", json!(status)), ("field", json!(field))];
    let told = told.into_iter().filter(|(_, value)| !value.is_null());
    let always = [("code", json!(code)), ("message", json!(message))];
    let last = [("recovery", recovery), ("certainty", json!(certainty))];
    always.into_iter().chain(told).chain(last).map(|(name, value)| (name.to_owned(), value)).collect()
}
