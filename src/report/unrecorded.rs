//! What a run did at Jira, in a few words: for the message that a store is gone, which may be the only trace of it.

use flowrun_engine::{
    activity::Settlement,
    journal::Decision,
    run::{EffectView, RunState},
};
use serde_json::Value;

use super::run::made;

/// More are counted only.
const MOST: usize = 20;

/// The effects of a run that happened or may have happened, as this process knows them; `None` if there are none.
pub(crate) fn known_effects(state: &RunState) -> Option<String> {
    let nodes: Vec<_> = state.nodes().collect();
    let steps = nodes.iter().flat_map(|node| &node.steps);
    let effects = steps.flat_map(|step| &step.attempts).flat_map(|attempt| &attempt.effects);
    let told: Vec<String> = effects.filter_map(told).collect();
    let more = told.len().saturating_sub(MOST);
    let mut text = told.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    (!told.is_empty()).then_some(text)
}

fn told(effect: &EffectView<'_>) -> Option<String> {
    let summary = &effect.intent.summary;
    match (effect.settlement, effect.decision) {
        (Some(Settlement::DidNotHappen), _) | (None, Some(Decision::DidNotHappen)) => None,
        (Some(Settlement::Happened(result)), _) => Some(format!("{summary} (done{})", named(result))),
        (None, Some(Decision::Happened { key })) => Some(format!("{summary} (done: {key})")),
        (None, Some(Decision::Abort) | None) => Some(format!("{summary} (it is unknown whether it happened)")),
    }
}

fn named(result: &Value) -> String {
    let made = made(result);
    if made.is_empty() { made } else { format!(": {made}") }
}
