//! A run for people: what it is, what it made, and how each node went.

use flowrun_engine::{
    activity::{Failure, Named},
    journal::SkipReason,
    run::{AttemptView, NodeStatus, NodeView, RunState, RunStatus, StepView},
};
use indexmap::IndexMap;
use serde_json::Value;

use super::{
    failure_place::FailurePlace,
    journal::next_look,
    output::OutputTexts,
    plain::{between, clip, local_time, value, wrap},
    words::PackWords,
};
use crate::screen::{StyleMark, in_lines, on_one_line, styles};

const WIDTH: usize = 80;

/// A run, short: its status, what each node made or why it did not, its outputs.
pub(crate) fn run_text(state: &RunState, words: &dyn PackWords) -> String {
    let texts = OutputTexts::new(state.definition(), words.catalogue());
    let mut text = heading(state, words);
    text.push('\n');
    let widest = state.nodes().map(|node| node.id.as_str().chars().count()).max().unwrap_or(0).min(24);
    for node in state.nodes() {
        text += &node_line(&node, widest, &texts);
    }
    text + &outputs(state, words) + &nothing_worked(state) + &error(state) + &resume_text(state, words)
}

/// A run, in full: with each step's input, attempts, output and error.
pub(crate) fn run_details(state: &RunState, words: &dyn PackWords) -> String {
    let mut text = heading(state, words);
    text += &named_values("inputs", state.started().inputs.iter(), words);
    for node in state.nodes() {
        text.push('\n');
        text += &node_details(&node, words);
    }
    text + &outputs(state, words) + &nothing_worked(state) + &error(state) + &resume_text(state, words)
}

/// The colour of a run's status.
pub(crate) fn run_style(status: RunStatus) -> StyleMark {
    match status {
        RunStatus::Completed => styles::GOOD,
        RunStatus::Failed | RunStatus::Cancelled => styles::BAD,
        RunStatus::Running
        | RunStatus::Waiting
        | RunStatus::NeedsDecision
        | RunStatus::NeedsGrant
        | RunStatus::Interrupted => styles::CARE,
    }
}

/// The colour of a node's status.
pub(crate) fn node_style(status: NodeStatus) -> StyleMark {
    match status {
        NodeStatus::Completed => styles::GOOD,
        NodeStatus::Failed | NodeStatus::Cancelled => styles::BAD,
        NodeStatus::Pending | NodeStatus::Skipped | NodeStatus::Undone => styles::FAINT,
        NodeStatus::Running | NodeStatus::Waiting | NodeStatus::NeedsDecision => styles::CARE,
    }
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
    let (process, version) = (on_one_line(&started.process), on_one_line(&started.version));
    let mut text = format!("{strong}{process} {version}{strong:#}: {status}");
    text += &state.ended_at().map(|at| format!(" in {}", between(state.started_at(), at))).unwrap_or_default();
    text.push('\n');
    text += &format!("run {}", started.run);
    text += &started.key.as_ref().map(|key| format!(", key {}", on_one_line(&key.to_string()))).unwrap_or_default();
    text += &format!("\nstarted {}", local_time(state.started_at()));
    text += &words.place(&started.context).map(|place| format!(", {}", on_one_line(&place))).unwrap_or_default();
    text + "\n"
}

fn node_line(node: &NodeView<'_>, widest: usize, texts: &OutputTexts) -> String {
    let status = spoken(node.status.as_str());
    let lead = format!("  {}{:pad$}  ", painted(node_style(node.status), &status), "", pad = 14 - status.len().min(14));
    let name = format!("{:widest$}", node.id.as_str());
    let room = WIDTH.saturating_sub(2 + 14 + 2 + name.chars().count() + 2);
    let told = clip(&told(node, texts), room);
    format!("{lead}{name}  {told}").trim_end().to_owned() + "\n"
}

/// The one thing to know of a node.
fn told(node: &NodeView<'_>, texts: &OutputTexts) -> String {
    if let Some(why) = why_skipped(node) {
        return why;
    }
    if let Some(failure) = node.error {
        return format!("{}: {failure}", failure.code);
    }
    if let Some((_, look)) = node.next_look() {
        return next_look(look.at, look.why);
    }
    match (node.results, node.output) {
        (Some(results), _) => items(results.outcomes()),
        (None, Some(output)) => texts.of(node.id, output),
        (None, None) => String::new(),
    }
}

/// `2 of 3 items, 1 failed`
fn items<'a>(outcomes: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = |outcome: &str| outcomes.clone().filter(|found| *found == outcome).count();
    match (outcomes.clone().count(), count("failed")) {
        (0, _) => "no items".to_owned(),
        (all, 0) => format!("{} of {all} items", count("completed")),
        (all, failed) => format!("{} of {all} items, {failed} failed", count("completed")),
    }
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
    let failure_place = FailurePlace::new(state, error.place(), &error.failure).words();
    let heading = painted(styles::BAD, &format!("failed at {}", on_one_line(&failure_place)));
    format!("\n{heading}\n{}", failure_text(&error.failure, 2))
}

fn failure_text(failure: &Failure, indent: usize) -> String {
    let text = wrap(&format!("{}: {}", failure.code, on_one_line(&blaming(failure))), indent, WIDTH);
    let help = failure.help.as_ref().map(|help| wrap(&format!("help: {help}"), indent, WIDTH));
    text + &help.unwrap_or_default()
}

/// A failure's message, with the field where it does not name it.
fn blaming(failure: &Failure) -> String {
    let message = failure.to_string();
    match &failure.field {
        Some(field) if !message.contains(&format!("`{field}`")) => {
            format!("{}, field `{field}`", message.strip_suffix('.').unwrap_or(&message))
        }
        _ => message,
    }
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

/// How an unfinished run goes on, if it can.
fn resume_text(state: &RunState, words: &dyn PackWords) -> String {
    let run = state.run();
    match state.status() {
        _ if state.cannot_go_on().is_some() => String::new(),
        RunStatus::NeedsGrant => grant_needed(state),
        RunStatus::NeedsDecision => {
            state.steps_in_doubt().iter().map(|step| decision_needed(state, step, words)).collect()
        }
        RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => String::new(),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Interrupted => {
            format!("\nto continue:\n  flowrun runs resume {run}\n")
        }
    }
}

/// What is missing, each once, and how the run goes on after that.
fn grant_needed(state: &RunState) -> String {
    let mut steps_by_lack: IndexMap<String, Vec<String>> = IndexMap::new();
    for (step, failure) in state.steps_parked() {
        steps_by_lack.entry(failure_text(failure, 2)).or_default().push(format!("`{step}`"));
    }
    let lacks = steps_by_lack.iter().map(|(lack, steps)| {
        let steps = clip(&steps.join(", "), WIDTH - 20);
        format!("\n{}\n{lack}", painted(styles::CARE, &format!("a grant is missing for {steps}")))
    });
    lacks.collect::<String>() + &format!("\nto continue, once it is granted:\n  flowrun runs resume {}\n", state.run())
}

fn decision_needed(state: &RunState, step: &flowrun_engine::id::StepPath, words: &dyn PackWords) -> String {
    let node = state.node_view(step.node().as_str());
    let steps = node.iter().flat_map(|node| &node.steps);
    let attempts = steps.filter(|one| one.step == *step).flat_map(|step| &step.attempts);
    let mut effects = attempts.flat_map(|attempt| &attempt.effects);
    let Some(effect) = effects.find(|effect| effect.settlement.is_none() && effect.decision.is_none()) else {
        return String::new();
    };
    let mut text = format!("\n{}\n", painted(styles::CARE, &format!("it is unknown whether `{step}` had its effect")));
    let summary = on_one_line(&effect.intent.summary);
    text += &wrap(&format!("{summary}, at {}", local_time(effect.intended_at)), 2, WIDTH);
    let told = |doubt: &Failure| wrap(&on_one_line(&format!("{}: {doubt}", doubt.code)), 2, WIDTH);
    text += &effect.doubt.map(told).unwrap_or_default();
    let decide = format!("  flowrun runs decide {} {}", state.run(), quoted(&step.to_string()));
    let (name, meaning) = match &effect.intent.named {
        Some(Named { name, words: meaning }) => (name.as_str(), meaning.as_deref()),
        None => ("KEY", None),
    };
    let meaning = meaning.map(|words| wrap(&format!("{name} is {words}"), 4, WIDTH)).unwrap_or_default();
    text + &format!(
        "look at {}, then say what became of it:\n{decide} --happened {name}\n{meaning}{decide} --did-not\n{decide} --abort\n",
        words.service()
    )
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    if word.contains('[') { format!("'{word}'") } else { word.to_owned() }
}

fn node_details(node: &NodeView<'_>, words: &dyn PackWords) -> String {
    let strong = styles::STRONG;
    let status = painted(node_style(node.status), &spoken(node.status.as_str()));
    let why = why_skipped(node).map(|why| format!(", {why}")).unwrap_or_default();
    let mut text = format!("{strong}{}{strong:#}: {status}{why}\n", node.id);
    for step in &node.steps {
        text += &step_details(step, node.results.is_some(), words);
    }
    if node.steps.is_empty() {
        text += &node.error.map(|failure| failure_text(failure, 2)).unwrap_or_default();
    }
    text
}

fn step_details(step: &StepView<'_>, is_item: bool, words: &dyn PackWords) -> String {
    let mut text = String::new();
    if is_item {
        text += &format!("  {}: {}\n", step.step, painted(node_style(step.status), &spoken(step.status.as_str())));
    }
    text += &format!("  started {}", local_time(step.started_at));
    text += &step.ended_at.map(|at| format!(", took {}", between(step.started_at, at))).unwrap_or_default();
    text.push('\n');
    text += &named("input", step.input, words);
    text += &step.attempts.iter().map(attempt_details).collect::<String>();
    text += &step.output.map(|output| named("output", output, words)).unwrap_or_default();
    text + &step.error.map(|failure| "  error\n".to_owned() + &failure_text(failure, 4)).unwrap_or_default()
}

fn attempt_details(attempt: &AttemptView<'_>) -> String {
    let mut text = format!("  attempt {} {}", attempt.number, local_time(attempt.started_at));
    text += &attempt.ended_at.map(|at| format!(", {}", between(attempt.started_at, at))).unwrap_or_default();
    text += if attempt.interrupted { ", interrupted\n" } else { "\n" };
    for effect in &attempt.effects {
        let end = match (effect.settlement, effect.decision) {
            (_, Some(_)) => "decided by a person",
            (Some(flowrun_engine::activity::Settlement::Happened(_)), None) => "done",
            (Some(flowrun_engine::activity::Settlement::DidNotHappen), None) => "not done",
            (None, None) if effect.next_look.is_some() => "not known yet whether it happened",
            (None, None) => "unknown whether it happened",
        };
        text += &wrap(&format!("effect: {} ({end})", on_one_line(&effect.intent.summary)), 4, WIDTH);
        let look = effect.next_look.map(|look| wrap(&on_one_line(&next_look(look.at, look.why)), 4, WIDTH));
        text += &look.unwrap_or_default();
    }
    text += &attempt.failure.map(|failure| failure_text(failure, 4)).unwrap_or_default();
    text + &attempt.retry_at.map(|at| format!("    next attempt at {}\n", local_time(at))).unwrap_or_default()
}

/// A value under its name: as lines of `name: value` where it is an object.
fn named(title: &str, given: &Value, words: &dyn PackWords) -> String {
    let line = |(name, field): (&String, &Value)| format!("    {}: {}\n", on_one_line(name), indented(field, words));
    let lines: String = match given.as_object() {
        Some(fields) => fields.iter().map(line).collect(),
        None => format!("    {}\n", indented(given, words)),
    };
    format!("  {title}\n{lines}")
}

fn indented(given: &Value, words: &dyn PackWords) -> String {
    in_lines(&told_value(given, words), 6)
}

/// A status as it is said.
fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

fn painted(style: StyleMark, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowrun_engine::{
        activity::{Catalogue, Effect},
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
        assert!(run_text(&state, &words).contains(&look), "{}", run_text(&state, &words));
        let details = run_details(&state, &words);
        assert!(details.contains("project OPS (not known yet whether it happened)\n"), "{details}");
        assert!(details.contains(&look), "{details}");
        let document = serde_json::to_value(RunView::new(&state)).unwrap();
        let shown = json!({ "step": "file", "at": "2026-11-29T12:03:04Z", "why": "Jira's index lags" });
        assert_eq!((&document["status"], &document["nodes"]["file"]["next_look"]), (&json!("running"), &shown));
    }

    #[test]
    fn items_that_failed_are_counted() {
        let outcomes = ["completed", "failed", "completed", "skipped"];
        assert_eq!(items(outcomes.into_iter()), "2 of 4 items, 1 failed");
        assert_eq!([items(["completed"].into_iter()), items([].into_iter())], ["1 of 1 items", "no items"]);
    }

    #[test]
    fn a_failure_names_its_field_once() {
        let failure = |message: &str| Failure::permanent(Code::REFUSED, message).with_field("key");
        assert_eq!(blaming(&failure("the value is taken.")), "the value is taken, field `key`");
        assert_eq!(blaming(&failure("`key`: the value is taken.")), "`key`: the value is taken.");
    }
}
