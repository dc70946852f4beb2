//! How a node went: in one line, and with its steps, attempts, input and output.

use flowrun_engine::{
    activity::Settlement,
    run::{AttemptView, NodeView, StepView},
};
use serde_json::Value;

use super::{
    WIDTH,
    failure::failure_text,
    style::{node_style, painted, spoken},
    told_value, why_skipped,
};
use crate::{
    report::{
        journal::next_look,
        output::OutputTexts,
        plain::{between, clip, local_time},
        unrecorded::effects_of_node,
        words::PackWords,
        wrap,
    },
    screen::{in_lines, on_one_line, styles},
};

/// A node in one line, its name as wide as the widest.
pub(super) fn node_line(node: &NodeView<'_>, widest: usize, texts: &OutputTexts) -> String {
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
        (None, None) if node.status.is_ended() => effects_of_node(node, texts).join(", "),
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

/// A node in full.
pub(super) fn node_details(node: &NodeView<'_>, words: &dyn PackWords) -> String {
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
    // An attempt that failed so has told it.
    let is_told = step.attempts.iter().any(|attempt| attempt.failure == step.error);
    let error = step.error.filter(|_| !is_told);
    text + &error.map(|failure| "  error\n".to_owned() + &failure_text(failure, 4)).unwrap_or_default()
}

fn attempt_details(attempt: &AttemptView<'_>) -> String {
    let mut text = format!("  attempt {} {}", attempt.number, local_time(attempt.started_at));
    text += &attempt.ended_at.map(|at| format!(", {}", between(attempt.started_at, at))).unwrap_or_default();
    text += if attempt.interrupted { ", interrupted\n" } else { "\n" };
    for effect in &attempt.effects {
        let end = match (effect.settlement, effect.decision) {
            (_, Some(_)) => "decided by a person",
            (Some(Settlement::Happened(_)), None) => "done",
            (Some(Settlement::DidNotHappen), None) => "not done",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_failed_are_counted() {
        let outcomes = ["completed", "failed", "completed", "skipped"];
        assert_eq!(items(outcomes.into_iter()), "2 of 4 items, 1 failed");
        assert_eq!([items(["completed"].into_iter()), items([].into_iter())], ["1 of 1 items", "no items"]);
    }
}
