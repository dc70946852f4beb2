//! How a run that failed goes on: by a command that does what was not done, perhaps with other inputs; and how often it has.

use flowrun_engine::{activity::Recovery, definition::Definition, diagnostic::Code, run::RunState};

use super::{doubt::quoted, journal::retried, plain::local_time, wrap};

const WIDTH: usize = 80;

/// The command that goes on with a run of this name.
pub(super) fn retry_command(run: &str) -> String {
    format!("flowrun runs retry {}", quoted(run))
}

/// The last lines of a failed run: what is to be copied stands on a line of its own.
pub(super) fn how_to_retry(state: &RunState, name: &str) -> String {
    let inputs = inputs_to_blame(state);
    let hint = match inputs.as_slice() {
        [] => String::new(),
        names => {
            let given = names.iter().map(|name| format!("-i {name}=…")).collect::<Vec<_>>().join(" ");
            wrap(&format!("where an input is to blame, add another: {given}"), 2, WIDTH)
        }
    };
    let correct = match state.source_path() {
        _ if !blames_the_file(state) => String::new(),
        Some(_) => wrap("where the file is to blame, correct it and add: --definition current", 2, WIDTH),
        None => wrap("where the definition is to blame, correct it and add: --definition FILE", 2, WIDTH),
    };
    format!("\nto go on with what was not done:\n  {}\n{hint}{correct}", retry_command(name))
}

/// Whether what failed would fail again, unless something is written otherwise.
fn blames_the_file(state: &RunState) -> bool {
    let Some(error) = state.error() else { return false };
    let is_over = [Code::LEFT_UNDONE, Code::ABORTED].contains(&error.failure.code);
    error.failure.recovery == Recovery::Permanent && !is_over
}

/// What a corrected definition says otherwise than the one before, in lines.
pub(crate) fn differences_text(before: &Definition, after: &Definition) -> String {
    let file = after.source.name();
    let found = before.differences(after);
    if found.is_empty() {
        return format!("`{file}` says the same as the run's definition\n");
    }
    let line = |name: &str, what: &str| wrap(&format!("{name}: {what}"), 2, WIDTH);
    let added = found.added.iter().map(|node| line(node.as_str(), "new"));
    let changed = found.changed.iter().map(|(node, keys)| line(node.as_str(), &format!("other {}", keys.join(", "))));
    let removed = found.removed.iter().map(|node| line(node.as_str(), "gone"));
    let inputs = (!found.inputs.is_empty()).then(|| line("inputs", &found.inputs.join(", ")));
    let concurrency = found.concurrency.then(|| "  concurrency\n".to_owned());
    let outputs = found.outputs.then(|| "  outputs\n".to_owned());
    let lines: String = added.chain(changed).chain(removed).chain(inputs).chain(concurrency).chain(outputs).collect();
    format!("what `{file}` says otherwise than before:\n{lines}")
}

/// The inputs that the value is made of which the failed node could not work with.
fn inputs_to_blame(state: &RunState) -> Vec<&str> {
    let Some(error) = state.error() else { return Vec::new() };
    let Some(node) = &error.node else { return Vec::new() };
    state.definition().inputs_behind(node.as_str(), error.failure.field.as_deref())
}

/// The parts of a run's history, in lines: how it had ended before, and what went again.
pub(super) fn parts(state: &RunState) -> String {
    let part = |retry: &flowrun_engine::run::RetriedRun| {
        let ended = format!("{} at {}", retry.outcome.as_str(), local_time(retry.ended_at));
        let again = retried(&retry.nodes, retry.inputs.is_some(), retry.correction.is_some());
        wrap(&format!("{ended}, retried at {}{again}", local_time(retry.at)), 0, WIDTH)
    };
    state.retries().iter().map(part).collect()
}
