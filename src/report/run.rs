//! A run for people: what it is, what it made, and how each node went.

use flowrun_engine::{
    activity::{Failure, Named},
    journal::SkipReason,
    run::{AttemptView, NodeStatus, NodeView, RunState, RunStatus, StepView},
};
use indexmap::IndexMap;
use serde_json::Value;

use super::{
    blamed::Blamed,
    journal::next_look,
    plain::{between, clip, local_time, value, wrap},
};
use crate::screen::{Mark, in_lines, on_one_line, styles};

const WIDTH: usize = 80;

/// What links into the embedded sandbox begin with. It ends with the command; `flowrun sandbox` then serves the same world
/// there, under a name of this machine.
pub(crate) const EMBEDDED_SANDBOX: &str = "http://sandbox.localhost:8479";

/// A run, short: its status, what each node made or why it did not, its outputs.
pub(crate) fn run_text(state: &RunState) -> String {
    let mut text = heading(state);
    text.push('\n');
    let widest = state.nodes().map(|node| node.id.as_str().chars().count()).max().unwrap_or(0).min(24);
    for node in state.nodes() {
        text += &node_line(&node, widest);
    }
    text + &outputs(state) + &nothing_worked(state) + &error(state) + &way_on(state)
}

/// A run, in full: with each step's input, attempts, output and error.
pub(crate) fn run_details(state: &RunState) -> String {
    let mut text = heading(state);
    text += &named_values("inputs", state.started().inputs.iter());
    for node in state.nodes() {
        text.push('\n');
        text += &node_details(&node);
    }
    text + &outputs(state) + &nothing_worked(state) + &error(state) + &way_on(state)
}

/// The colour of a run's status.
pub(crate) fn run_style(status: RunStatus) -> Mark {
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
pub(crate) fn node_style(status: NodeStatus) -> Mark {
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

fn heading(state: &RunState) -> String {
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
    text + &place(&started.context) + "\n"
}

/// Where a run runs, as its context says.
fn place(context: &Value) -> String {
    match context.pointer("/access_token/name").and_then(Value::as_str) {
        Some(name) => format!(", with access token {}", on_one_line(name)),
        None if context.get("sandbox").is_some() => ", in the sandbox".to_owned(),
        None => String::new(),
    }
}

fn node_line(node: &NodeView<'_>, widest: usize) -> String {
    let status = spoken(node.status.as_str());
    let lead = format!("  {}{:pad$}  ", painted(node_style(node.status), &status), "", pad = 14 - status.len().min(14));
    let name = format!("{:widest$}", node.id.as_str());
    let room = WIDTH.saturating_sub(2 + 14 + 2 + name.chars().count() + 2);
    let told = clip(&told(node), room);
    format!("{lead}{name}  {told}").trim_end().to_owned() + "\n"
}

/// The one thing to know of a node.
fn told(node: &NodeView<'_>) -> String {
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
        (None, Some(output)) => made(output),
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

/// What an output says of a thing: its key, and what it is, what became of it, or where it is.
pub(super) fn made(output: &Value) -> String {
    let text = |name: &str| output.get(name)?.as_str().map(str::to_owned);
    let about = text("summary").or_else(|| change(output)).or_else(|| files(output)).or_else(|| found(output));
    [text("key"), about.or_else(|| text("url").filter(|url| !is_dead(url)))]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a link leads into a sandbox that ended with its command.
fn is_dead(link: &str) -> bool {
    link.starts_with(EMBEDDED_SANDBOX)
}

/// A value as it is told; a link into the embedded sandbox by what it leads to.
fn told_value(given: &Value) -> String {
    let key = given.as_str().filter(|link| is_dead(link)).and_then(|link| link.rsplit('/').next());
    key.map_or_else(|| value(given).into_owned(), |key| format!("{key}, which `flowrun sandbox` shows"))
}

/// `To Do → Done`; `Done already`, where nothing had to be changed.
fn change(output: &Value) -> Option<String> {
    let (from, to) = (output.get("from")?.as_str()?, output.get("to")?.as_str()?);
    Some(if from == to && output.get("transition").is_none_or(Value::is_null) {
        format!("{to} already")
    } else {
        format!("{from} → {to}")
    })
}

/// `login.log, browser.txt`
fn files(output: &Value) -> Option<String> {
    let attachments = output.get("attachments")?.as_array()?.iter();
    Some(attachments.filter_map(|file| file["filename"].as_str()).collect::<Vec<_>>().join(", "))
}

/// `12 issues`; `50 issues, and there are more`
fn found(output: &Value) -> Option<String> {
    let count = output.get("issues")?.as_array()?.len();
    let more = if output["more"] == true { ", and there are more" } else { "" };
    Some(format!("{count} issue{}{more}", if count == 1 { "" } else { "s" }))
}

fn outputs(state: &RunState) -> String {
    state.outputs().map(|outputs| named_values("outputs", outputs.iter())).unwrap_or_default()
}

fn named_values<'a>(title: &str, values: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let line =
        |(name, given): (&String, &Value)| format!("  {}: {}\n", on_one_line(name), on_one_line(&told_value(given)));
    let lines: String = values.map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{title}\n{lines}") }
}

fn error(state: &RunState) -> String {
    let Some(error) = state.error().filter(|_| state.is_ended()) else { return String::new() };
    let blamed = Blamed::new(state, error.place(), &error.failure).words();
    let heading = painted(styles::BAD, &format!("failed at {}", on_one_line(&blamed)));
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
fn way_on(state: &RunState) -> String {
    let run = state.run();
    match state.status() {
        _ if state.cannot_go_on().is_some() => String::new(),
        RunStatus::NeedsGrant => grant_needed(state),
        RunStatus::NeedsDecision => state.steps_in_doubt().iter().map(|step| decision_needed(state, step)).collect(),
        RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => String::new(),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Interrupted => {
            format!("\nto go on:\n  flowrun runs resume {run}\n")
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
    lacks.collect::<String>() + &format!("\nto go on, once it is granted:\n  flowrun runs resume {}\n", state.run())
}

fn decision_needed(state: &RunState, step: &flowrun_engine::id::StepPath) -> String {
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
    let (name, words) = match &effect.intent.named {
        Some(Named { name, words }) => (name.as_str(), words.as_deref()),
        None => ("KEY", None),
    };
    let words = words.map(|words| wrap(&format!("{name} is {words}"), 4, WIDTH)).unwrap_or_default();
    text + &format!(
        "look at Jira, then say what became of it:\n{decide} --happened {name}\n{words}{decide} --did-not\n{decide} --abort\n"
    )
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    if word.contains('[') { format!("'{word}'") } else { word.to_owned() }
}

fn node_details(node: &NodeView<'_>) -> String {
    let strong = styles::STRONG;
    let status = painted(node_style(node.status), &spoken(node.status.as_str()));
    let why = why_skipped(node).map(|why| format!(", {why}")).unwrap_or_default();
    let mut text = format!("{strong}{}{strong:#}: {status}{why}\n", node.id);
    for step in &node.steps {
        text += &step_details(step, node.results.is_some());
    }
    if node.steps.is_empty() {
        text += &node.error.map(|failure| failure_text(failure, 2)).unwrap_or_default();
    }
    text
}

fn step_details(step: &StepView<'_>, is_item: bool) -> String {
    let mut text = String::new();
    if is_item {
        text += &format!("  {}: {}\n", step.step, painted(node_style(step.status), &spoken(step.status.as_str())));
    }
    text += &format!("  started {}", local_time(step.started_at));
    text += &step.ended_at.map(|at| format!(", took {}", between(step.started_at, at))).unwrap_or_default();
    text.push('\n');
    text += &named("input", step.input);
    text += &step.attempts.iter().map(attempt_details).collect::<String>();
    text += &step.output.map(|output| named("output", output)).unwrap_or_default();
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
fn named(title: &str, given: &Value) -> String {
    let line = |(name, field): (&String, &Value)| format!("    {}: {}\n", on_one_line(name), indented(field));
    let lines: String = match given.as_object() {
        Some(fields) => fields.iter().map(line).collect(),
        None => format!("    {}\n", indented(given)),
    };
    format!("  {title}\n{lines}")
}

fn indented(given: &Value) -> String {
    in_lines(&told_value(given), 6)
}

/// A status as it is said.
fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

fn painted(style: Mark, text: &str) -> String {
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
        let state = unshown();
        let look = format!("looks again at {}: Jira's index lags", local_time("2026-11-29T12:03:04Z".parse().unwrap()));
        assert!(run_text(&state).contains(&look), "{}", run_text(&state));
        let details = run_details(&state);
        assert!(details.contains("project OPS (not known yet whether it happened)\n"), "{details}");
        assert!(details.contains(&look), "{details}");
        let document = serde_json::to_value(RunView::new(&state)).unwrap();
        let shown = json!({ "step": "file", "at": "2026-11-29T12:03:04Z", "why": "Jira's index lags" });
        assert_eq!((&document["status"], &document["nodes"]["file"]["next_look"]), (&json!("running"), &shown));
    }

    #[test]
    fn an_output_is_told_in_a_few_words() {
        let expected = [
            (json!({ "key": "OPS-6", "url": "https://x/browse/OPS-6" }), "OPS-6 https://x/browse/OPS-6"),
            (json!({ "key": "OPS-6", "url": "https://x", "summary": "Crash" }), "OPS-6 Crash"),
            (json!({ "key": "OPS-6", "from": "To Do", "to": "Done", "transition": "Close" }), "OPS-6 To Do → Done"),
            (json!({ "key": "OPS-6", "from": "Done", "to": "Done", "transition": null }), "OPS-6 Done already"),
            (json!({ "key": "OPS-6", "attachments": [{ "filename": "a" }, { "filename": "b" }] }), "OPS-6 a, b"),
            (json!({ "issues": [{}], "more": false }), "1 issue"),
            (json!({ "issues": [{}, {}], "more": true }), "2 issues, and there are more"),
            (json!({ "key": "OPS-6", "account_id": "5b1" }), "OPS-6"),
            (json!([]), ""),
        ];
        for (output, told) in expected {
            assert_eq!(made(&output), told);
        }
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
