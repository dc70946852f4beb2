//! What a run did, in a few words: for the message that a store is gone, which may be the only trace of it, and where a node has no output
//! that would tell it.

use flowrun_engine::{
    activity::Settlement,
    journal::Decision,
    run::{EffectView, NodeView, RunState},
};
use serde_json::Value;

use super::output::OutputTexts;

/// More are counted only.
const MOST: usize = 20;

/// The effects of a run that happened or may have happened, as this process knows them; `None` if there are none.
pub(crate) fn known_effects(state: &RunState, outputs: &OutputTexts) -> Option<String> {
    let told: Vec<String> = state.nodes().flat_map(|node| effects_of_node(&node, outputs)).collect();
    let more = told.len().saturating_sub(MOST);
    let mut text = told.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    (!told.is_empty()).then_some(text)
}

/// The effects of a node that happened or may have happened.
pub(super) fn effects_of_node(node: &NodeView<'_>, outputs: &OutputTexts) -> Vec<String> {
    let effects = node.steps.iter().flat_map(|step| &step.attempts).flat_map(|attempt| &attempt.effects);
    effects.filter_map(|effect| told(effect, |result| outputs.of(node.id, result))).collect()
}

fn told(effect: &EffectView<'_>, output_text: impl Fn(&Value) -> String) -> Option<String> {
    let summary = &effect.intent.summary;
    match (effect.settlement, effect.decision) {
        (Some(Settlement::DidNotHappen), _) | (None, Some(Decision::DidNotHappen)) => None,
        (Some(Settlement::Happened(result)), _) => Some(format!("{summary} (done{})", named(&output_text(result)))),
        (None, Some(Decision::Happened { key })) => Some(format!("{summary} (done: {key})")),
        (None, Some(Decision::Abort) | None) => Some(format!("{summary} (it is unknown whether it happened)")),
    }
}

fn named(result: &str) -> String {
    if result.is_empty() { String::new() } else { format!(": {result}") }
}
