//! A run for people: what it is, what it made, and how each node went.
//!
//! `node` tells of a node, `failure` why something failed, `going_on` how an unfinished run goes on.

mod failure;
mod going_on;
mod node;
mod style;

use flowrun_engine::{
    journal::{RunError, SkipReason},
    run::{NodeStatus, NodeView, RunState},
};
use serde_json::Value;

pub(super) use self::style::run_style;
use self::{
    failure::failure_text,
    going_on::going_on,
    node::{node_details, node_line},
    style::{painted, spoken},
};
use super::{
    failure_place::FailurePlace,
    output::OutputTexts,
    plain::{between, local_time, value},
    retry::parts,
    words::PackWords,
};
use crate::screen::{on_one_line, styles};

const WIDTH: usize = 80;

/// A run, short: its status, what each node made or why it did not, its outputs. `name` is what a person calls it, short.
pub(crate) fn run_text(state: &RunState, words: &dyn PackWords, name: &str) -> String {
    let texts = OutputTexts::new(state.definition(), words.catalogue());
    let mut text = heading(state, words);
    text.push('\n');
    let widest = state.nodes().map(|node| node.id.as_str().chars().count()).max().unwrap_or(0).min(24);
    for node in state.nodes() {
        text += &node_line(&node, widest, &texts);
    }
    text + &outputs(state, words) + &nothing_worked(state) + &error(state) + &going_on(state, words, name)
}

/// A run, in full: with each step's input, attempts, output and error.
pub(crate) fn run_details(state: &RunState, words: &dyn PackWords, name: &str) -> String {
    let mut text = heading(state, words);
    text += &named_values("inputs", state.inputs().iter(), words);
    for node in state.nodes() {
        text.push('\n');
        text += &node_details(&node, words);
    }
    text + &outputs(state, words) + &nothing_worked(state) + &error_in_details(state) + &going_on(state, words, name)
}

/// Why a node was skipped, in words.
pub(crate) fn why_skipped(node: &NodeView<'_>) -> Option<String> {
    Some(skip_text(node.reason?, node.because))
}

/// A reason and what is behind it.
pub(super) fn skip_text(reason: SkipReason, because: Option<&str>) -> String {
    let because = because.map(|because| format!(" ({})", on_one_line(because))).unwrap_or_default();
    spoken(reason.as_str()) + &because
}

fn heading(state: &RunState, words: &dyn PackWords) -> String {
    let started = state.started();
    let status = painted(run_style(state.status()), &spoken(state.status().as_str()));
    let strong = styles::STRONG;
    let (process, version) = (on_one_line(&started.process), on_one_line(state.version()));
    let mut text = format!("{strong}{process} {version}{strong:#}: {status}");
    text += &state.ended_at().map(|at| format!(" in {}", between(state.started_at(), at))).unwrap_or_default();
    text.push('\n');
    text += &format!("run {}", started.run);
    text += &started.key.as_ref().map(|key| format!(", key {}", on_one_line(&key.to_string()))).unwrap_or_default();
    text += &format!("\nstarted {}", local_time(state.started_at()));
    text += &words.place(&started.context).map(|place| format!(", {}", on_one_line(&place))).unwrap_or_default();
    text + "\n" + &parts(state)
}

/// A value as it is told.
fn told_value(given: &Value, words: &dyn PackWords) -> String {
    words.value_text(given).unwrap_or_else(|| value(given).into_owned())
}

fn outputs(state: &RunState, words: &dyn PackWords) -> String {
    state.outputs().map(|outputs| named_values("outputs", outputs.iter(), words)).unwrap_or_default()
}

fn named_values<'a>(
    title: &str,
    values: impl Iterator<Item = (&'a String, &'a Value)>,
    words: &dyn PackWords,
) -> String {
    let line = |(name, given): (&String, &Value)| {
        format!("  {}: {}\n", on_one_line(name), on_one_line(&told_value(given, words)))
    };
    let lines: String = values.map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{title}\n{lines}") }
}

fn error(state: &RunState) -> String {
    let Some(error) = state.error().filter(|_| state.is_ended()) else { return String::new() };
    error_heading(state, &error) + &failure_text(&error.failure, 2)
}

/// The same below the nodes, which tell their failures.
fn error_in_details(state: &RunState) -> String {
    let Some(error) = state.error().filter(|_| state.is_ended()) else { return String::new() };
    let is_told = state.node_view(error.place()).is_some_and(|node| {
        node.error == Some(&error.failure) || node.steps.iter().any(|step| step.error == Some(&error.failure))
    });
    if is_told { error_heading(state, &error) } else { self::error(state) }
}

fn error_heading(state: &RunState, error: &RunError) -> String {
    let failure_place = FailurePlace::new(state, error.place(), &error.failure).words();
    format!("\n{}\n", painted(styles::BAD, &format!("failed at {}", on_one_line(&failure_place))))
}

/// Nodes that completed though nothing of them did: `on_item_failure: continue` makes no failure of failed items.
fn nothing_worked(state: &RunState) -> String {
    let told = state.nodes().filter(|node| node.status == NodeStatus::Completed).filter_map(|node| {
        let results = node.results.filter(|results| !results.is_empty())?;
        let all_failed = results.outcomes().all(|outcome| outcome == "failed");
        let line = format!("every item of {} failed; the node completed, by `on_item_failure: continue`", node.id);
        let first = node.steps.iter().find_map(|step| step.error);
        let first = first.map(|failure| failure_text(failure, 2)).unwrap_or_default();
        all_failed.then(|| format!("\n{}\n{first}", painted(styles::CARE, &line)))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowrun_engine::{
        activity::{Catalogue, Effect, Failure},
        definition::{Source, load},
        diagnostic::Code,
        id::{EffectId, StepPath},
        journal::{EffectEntry, Entry, NodeEntry, Record, RunEntry, RunStarted, StepEntry},
    };
    use serde_json::{Map, json};

    use super::*;
    use crate::report::RunView;

    /// The words of a pack that has none of its own.
    #[derive(Default)]
    struct Plain(Catalogue);

    impl PackWords for Plain {
        fn service(&self) -> &'static str {
            "the desk"
        }

        fn catalogue(&self) -> &Catalogue {
            &self.0
        }
    }

    /// A run whose node `file` sent something of which it cannot be shown yet whether it happened.
    fn unshown() -> RunState {
        let catalogue = Catalogue::default().function("test.do", "Does.", async |_: Value, _| Ok(Value::Null));
        let text = "process: p\nversion: 1.0.0\nnodes:\n  file: { activity: test.do }\n";
        let definition = Arc::new(load(&Source::new("p.yaml", text), &catalogue).definition.unwrap());
        let started = RunStarted {
            run: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            key: None,
            definition: definition.hash.clone(),
            source_name: "p.yaml".into(),
            source_path: None,
            process: "p".into(),
            version: "1.0.0".into(),
            inputs: Map::new(),
            context: Value::Null,
        };
        let step = StepPath::of("file".into());
        let effect = EffectId { step: step.clone(), name: "create".into(), attempt: 1 };
        let Effect { intent, .. } = Effect::new("create", "project OPS", "create a Bug in project OPS", Value::Null);
        let failure = Failure::transient(Code::UNAVAILABLE, "the answer was lost").in_doubt();
        let look_at = "2026-11-29T12:03:04Z".parse().unwrap();
        let not_shown = EffectEntry::NotShownYet { failure, why: "Jira's index lags".into(), look_at };
        let entries = vec![
            Entry::Run(RunEntry::Started(started)),
            Entry::Node("file".into(), NodeEntry::Started { items: None }),
            Entry::Step(step.clone(), StepEntry::Started { input: Arc::new(json!({})) }),
            Entry::Step(step, StepEntry::AttemptStarted { attempt: 1 }),
            Entry::Effect(effect.clone(), EffectEntry::Intended { intent }),
            Entry::Effect(effect, not_shown),
        ];
        RunState::replay(definition, &[Record { sequence: 0, at: look_at, entries }]).unwrap()
    }

    #[test]
    fn a_look_that_is_still_to_come_is_shown_with_its_time_and_why() {
        let (state, words) = (unshown(), Plain::default());
        let look = format!("looks again at {}: Jira's index lags", local_time("2026-11-29T12:03:04Z".parse().unwrap()));
        assert!(run_text(&state, &words, "last").contains(&look), "{}", run_text(&state, &words, "last"));
        let details = run_details(&state, &words, "last");
        assert!(details.contains("project OPS (not known yet whether it happened)\n"), "{details}");
        assert!(details.contains(&look), "{details}");
        let document = serde_json::to_value(RunView::new(&state)).unwrap();
        let shown = json!({ "step": "file", "at": "2026-11-29T12:03:04Z", "why": "Jira's index lags" });
        assert_eq!((&document["status"], &document["nodes"]["file"]["next_look"]), (&json!("running"), &shown));
    }
}
