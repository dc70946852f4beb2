//! What follows from a run's state. Pure: no I/O, no clock, no randomness; the same state gives the same commands.
//!
//! It reads the worklists that `apply` keeps, and never starts more attempts than may be in flight.
//!
//! In a run that is failing or cancelled the rules hold as ever, so that a node is still skipped for its own reason,
//! `condition` or `upstream`, whenever that shows. Only what the rules would let begin does not: unless `any` edges let
//! it, it is skipped because the run failed.
//!
//! A run that waits to be admitted does nothing; cancelled, it ends, and nothing of it runs.
//!
//! While a grant is missing nothing begins: every attempt would use the access token that lacks it. Nor does anything while the run is
//! paused.

#![deny(clippy::wildcard_enum_match_arm)]

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    RunState,
    binding::{StepBindings, Unresolved, broken},
    command::Command,
    edge::{EdgeVerdict, NodeOutcome},
    state::{DoneItem, StartWhileDraining, step_path},
};
use crate::{
    activity::Failure,
    definition::{Node, Phase},
    diagnostic::Code,
    journal::{RunError, RunOutcome, SkipReason},
};

/// The commands that follow, with never more than `max_in_flight` attempts running. None when all that can be done is to
/// wait.
pub fn decide(state: &RunState, max_in_flight: usize) -> Vec<Command> {
    if state.is_ended() || state.cannot_go_on().is_some() {
        return Vec::new();
    }
    if state.waits_for_admission() {
        return if state.ends_early() { end_unadmitted(state) } else { Vec::new() };
    }
    let mut commands: Vec<Command> = state.work.blocked.iter().map(|number| skip_by_edges(state, *number)).collect();
    commands.extend(cancel_waiting(state));
    let most = if state.awaits_grant() || state.is_paused() { 0 } else { max_in_flight };
    let mut free = most.saturating_sub(state.work.running.len());
    commands.extend(start_attempts(state, &mut free));
    start_items(state, &mut free, &mut commands);
    start_nodes(state, &mut free, &mut commands);
    if commands.is_empty() {
        commands.extend(end(state));
    }
    commands
}

/// The end of a run that was cancelled before it was admitted.
fn end_unadmitted(state: &RunState) -> Vec<Command> {
    let given_up = state.give_up_unadmitted();
    if given_up.is_empty() { end(state).into_iter().collect() } else { given_up }
}

/// Rules 1 to 3, for a node whose edges do not let it run.
fn skip_by_edges(state: &RunState, number: usize) -> Command {
    let node = state.node(number);
    let said = |edge: usize| {
        let outcome = state.node_state(state.sources(number)[edge]).outcome()?;
        Some((EdgeVerdict::of(&node.edges[edge].waits_for, outcome), outcome))
    };
    let first = |wanted: &dyn Fn(EdgeVerdict, NodeOutcome) -> bool| {
        let edge = (0..node.edges.len()).find(|edge| said(*edge).is_some_and(|(verdict, how)| wanted(verdict, how)))?;
        Some(node.edges[edge].from.to_string())
    };
    let never_ran = |outcome| matches!(outcome, NodeOutcome::Cancelled | NodeOutcome::Skipped(SkipReason::RunFailed));
    let failed = first(&|verdict, outcome| verdict == EdgeVerdict::Blocked && !never_ran(outcome));
    let (reason, because) = if failed.is_some() {
        (SkipReason::Upstream, failed)
    } else if let Some(blocking) = first(&|verdict, _| verdict == EdgeVerdict::Blocked) {
        (SkipReason::RunFailed, Some(blocking))
    } else {
        let branch = first(&|verdict, _| verdict == EdgeVerdict::NotTaken);
        (SkipReason::Condition, branch.or_else(|| first(&|verdict, _| verdict == EdgeVerdict::Neutral)))
    };
    Command::SkipNode { node: node.id.clone(), reason, because }
}

/// Ends what would be new work of a run that ends.
fn cancel_waiting(state: &RunState) -> Vec<Command> {
    let work = &state.work;
    let parked = work.parked.iter().filter(|step| state.gives_up_parked(step.0) && !state.is_to_be_doubted(**step));
    let parked = parked.map(|step| Command::CancelStep { step: state.step_path(*step) });
    if state.ending().is_none() {
        return parked.collect();
    }
    let waiting = work.waiting.iter().chain(&work.awaiting).map(|(_, step)| step).chain(&work.retries);
    let waiting = waiting.filter(|(node, _)| state.is_draining(*node));
    let steps = waiting.chain(work.due.iter().filter(|(node, _)| state.gives_up_due(*node)));
    let steps = steps.map(|step| Command::CancelStep { step: state.step_path(*step) });
    let nodes = work.expanding.iter().filter(|number| state.is_draining(**number));
    let nodes = nodes.filter(|number| state.node_state(**number).open_steps == 0).map(|number| {
        let node = state.node(*number).id.clone();
        match state.node_state(*number).steps.is_empty() {
            true => Command::SkipNode { node, reason: SkipReason::RunFailed, because: None },
            false => Command::CancelNode { node },
        }
    });
    parked.chain(steps).chain(nodes).collect()
}

/// A step that has begun gets its attempt even when the run ends, and goes on with a lost one, unless the grace is over; it is not tried
/// again.
fn start_attempts(state: &RunState, free: &mut usize) -> Vec<Command> {
    let retries = state.work.retries.iter().filter(|(node, _)| !state.is_draining(*node));
    let due = state.work.due.iter().filter(|(node, _)| !state.gives_up_due(*node));
    let steps = due.chain(retries).take(*free);
    let commands: Vec<Command> = steps
        .map(|step| Command::StartAttempt {
            step: state.step_path(*step),
            attempt: state.step(*step).last_attempt() + 1,
        })
        .collect();
    *free -= commands.len();
    commands
}

/// Begins the next items of nodes that have begun.
fn start_items(state: &RunState, free: &mut usize, commands: &mut Vec<Command>) {
    for &number in &state.work.expanding {
        let (node, node_state) = (state.node(number), state.node_state(number));
        if *free == 0 || state.is_draining(number) {
            continue;
        }
        let parallel = node.max_parallel();
        let room = (parallel - node_state.open_steps).min(node_state.unbegun_steps()).min(*free);
        let items = node_state.items.as_deref().map_or(&[][..], Vec::as_slice);
        let count = node_state.items.as_ref().map_or(1, |items| items.len());
        for place in node_state.unbegun_places(count).take(room) {
            *free -= 1;
            commands.push(start_item(state, node, items, place));
        }
    }
}

fn start_item(state: &RunState, node: &Node, items: &[Value], place: usize) -> Command {
    let scope = StepBindings { state, node: Some(node), item: items.get(place).map(|item| (item, place)) };
    let step = step_path(&node.id, node.for_each.is_some(), place);
    match scope.arguments(node) {
        Ok(input) => Command::StartStep { step, input: Arc::new(input) },
        Err(Unresolved::Broken(failure)) => Command::FailStep { step, failure },
        Err(Unresolved::Missing { because, .. }) => {
            let (key, _) = node.kind.kind().arguments();
            Command::FailStep { step, failure: broken(key, &format!("there is no `{because}`")) }
        }
    }
}

/// How many nodes begin, or are found not to, at a time: each has expressions, which take their time.
const MOST_AT_A_TIME: usize = 8;

/// Rules 4 and 5, for nodes whose edges let them run.
fn start_nodes(state: &RunState, free: &mut usize, commands: &mut Vec<Command>) {
    let mut evaluated = 0;
    for &number in &state.work.ready {
        if evaluated == MOST_AT_A_TIME || (*free == 0 && state.ending().is_none()) {
            return;
        }
        let node = state.node(number);
        let start =
            if state.is_draining(number) { state.start_while_draining(number) } else { StartWhileDraining::Now };
        match start {
            StartWhileDraining::Perhaps => continue,
            StartWhileDraining::Now if *free == 0 => continue,
            StartWhileDraining::Never => commands.push(match begin(state, node) {
                Beginning::Skip(command) => command,
                Beginning::Fail(_) | Beginning::Start(_) => {
                    Command::SkipNode { node: node.id.clone(), reason: SkipReason::RunFailed, because: None }
                }
            }),
            StartWhileDraining::Now => match begin(state, node) {
                Beginning::Skip(command) | Beginning::Fail(command) => commands.push(command),
                Beginning::Start(start) => {
                    *free -= 1;
                    commands.extend(start);
                }
            },
        }
        evaluated += 1;
    }
}

/// What a node's expressions come to.
enum Beginning {
    Skip(Command),
    Fail(Command),
    Start(Vec<Command>),
}

fn begin(state: &RunState, node: &Node) -> Beginning {
    match try_begin(state, node) {
        Ok(Some(commands)) => Beginning::Start(commands),
        Ok(None) => {
            let because = node.condition.as_ref().map(|condition| format!("if: {}", condition.source()));
            Beginning::Skip(Command::SkipNode { node: node.id.clone(), reason: SkipReason::Condition, because })
        }
        Err(Unresolved::Missing { reason, because }) => {
            Beginning::Skip(Command::SkipNode { node: node.id.clone(), reason, because: Some(because) })
        }
        Err(Unresolved::Broken(failure)) => Beginning::Fail(Command::FailNode { node: node.id.clone(), failure }),
    }
}

/// What a node that has begun before would fail with at once, because its list has changed where its items are done.
pub(super) fn begins_otherwise(state: &RunState, node: &Node) -> Option<Failure> {
    match try_begin(state, node) {
        Err(Unresolved::Broken(failure)) if failure.code == Code::DONE_OTHERWISE => Some(failure),
        Ok(_) | Err(Unresolved::Broken(_) | Unresolved::Missing { .. }) => None,
    }
}

/// `if`, then `for_each` and the first step's inputs. `None` when `if` is false.
fn try_begin(state: &RunState, node: &Node) -> Result<Option<Vec<Command>>, Unresolved> {
    let scope = StepBindings { state, node: Some(node), item: None };
    if let Some(condition) = &node.condition {
        match scope.evaluate(condition, "if")? {
            Value::Bool(true) => {}
            Value::Bool(false) => return Ok(None),
            other @ (Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(Unresolved::Broken(broken("if", &format!("{} is not a boolean", kind(&other)))));
            }
        }
    }
    let Some(for_each) = &node.for_each else {
        let step = step_path(&node.id, false, 0);
        let start = Command::StartNode { node: node.id.clone(), items: None };
        return Ok(Some(vec![start, Command::StartStep { step, input: Arc::new(scope.arguments(node)?) }]));
    };
    let items = match scope.evaluate(&for_each.list, "for_each")? {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return Err(Unresolved::Broken(broken("for_each", &format!("{} is not a list", kind(&other)))));
        }
    };
    let node_state = state.number(node.id.as_str()).map(|number| state.node_state(number));
    if let Some(done) = node_state.and_then(|node| node.contradiction(&items)) {
        return Err(Unresolved::Broken(done_otherwise(done)));
    }
    let mut commands = Vec::new();
    let first = node_state.and_then(|node| node.unbegun_places(items.len()).next());
    if let Some((place, item)) = first.and_then(|place| Some((place, items.get(place)?))) {
        let scope = StepBindings { item: Some((item, place)), ..scope };
        if let Err(missing @ Unresolved::Missing { .. }) = scope.arguments(node) {
            return Err(missing);
        }
        commands.push(start_item(state, node, &items, place));
    }
    commands.insert(0, Command::StartNode { node: node.id.clone(), items: Some(Arc::new(items)) });
    Ok(Some(commands))
}

/// The failure of a node whose list is not what it was where something is done.
fn done_otherwise(done: DoneItem) -> Failure {
    let help =
        "what is done stays done: give the items that are done as they were, in their places, and change the others";
    Failure::permanent(Code::DONE_OTHERWISE, done.told()).with_field("for_each").with_help(help)
}

/// The end of `nodes`, or of the run, once all has ended.
fn end(state: &RunState) -> Option<Command> {
    let Some((outcome, error)) = &state.frame(Phase::Main).ended else {
        let ended = state.ending().map(|outcome| (outcome, state.error_of(Phase::Main)));
        let ended = ended.or_else(|| state.left_undone(Phase::Main));
        let (outcome, error) = ended.unwrap_or((RunOutcome::Completed, None));
        return (state.frame(Phase::Main).open_nodes == 0).then_some(Command::EndMain { outcome, error });
    };
    if state.frame(Phase::Finally).open_nodes > 0 {
        return None;
    }
    let late = state.error_of(Phase::Finally);
    let left = state.left_undone(Phase::Finally);
    let outcome = match outcome {
        _ if late.is_some() => RunOutcome::Failed,
        RunOutcome::Completed if state.gave_up_finally() => RunOutcome::Cancelled,
        RunOutcome::Completed if let Some((outcome, _)) = &left => *outcome,
        RunOutcome::Completed | RunOutcome::Failed | RunOutcome::Cancelled => *outcome,
    };
    if outcome != RunOutcome::Completed {
        return Some(Command::EndRun {
            outcome,
            error: error.clone().or(late).or(left.and_then(|(_, error)| error)),
            outputs: None,
        });
    }
    Some(match outputs(state) {
        Ok(outputs) => Command::EndRun { outcome, error: None, outputs: Some(outputs) },
        Err(failure) => {
            let error = Some(RunError { node: None, failure });
            Command::EndRun { outcome: RunOutcome::Failed, error, outputs: None }
        }
    })
}

/// The `outputs` of a run; one that needs an output of a node that did not complete is null.
fn outputs(state: &RunState) -> Result<Map<String, Value>, Failure> {
    let scope = StepBindings { state, node: None, item: None };
    let outputs =
        state.definition().outputs.iter().map(|(name, output)| match scope.fill(output, &format!("outputs.{name}")) {
            Ok(value) => Ok((name.clone(), value)),
            Err(Unresolved::Missing { .. }) => Ok((name.clone(), Value::Null)),
            Err(Unresolved::Broken(failure)) => Err(failure),
        });
    outputs.collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
