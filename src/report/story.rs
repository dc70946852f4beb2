//! What happened to a run that failed or waits, in the few facts that tell it: for ten lines of text, and for a document.

use flowrun_engine::{
    activity::{Catalogue, Failure},
    journal::SkipReason,
    run::{AttemptView, NodeStatus, RunState, RunStatus, StepView},
};
use jiff::Timestamp;

use super::{doubt::Doubt, output::OutputTexts, unrecorded::known_effects};

/// The facts.
pub(super) struct Story<'a> {
    /// What failed, or what the run waits for: a node, or `outputs`.
    pub(super) place: Option<String>,
    /// Why.
    pub(super) failure: Option<Failure>,
    /// How often that was tried.
    pub(super) attempts: Vec<AttemptView<'a>>,
    /// The effects that had happened, or may have, by then.
    pub(super) effects: Option<String>,
    /// The nodes that did not begin because of it.
    pub(super) skipped: Vec<&'a str>,
    /// The effect of which a person has to say whether it happened.
    pub(super) doubt: Option<Doubt<'a>>,
    /// When it goes on by itself, while a process drives it.
    pub(super) until: Option<Timestamp>,
}

impl<'a> Story<'a> {
    /// That of a run.
    pub(super) fn new(state: &'a RunState, catalogue: &Catalogue) -> Self {
        let doubt = Doubt::all(state).into_iter().next().filter(|_| state.status().is_up_to_a_person());
        let (place, failure) = cause(state, doubt.as_ref());
        let attempts = match (&place, &failure) {
            (Some(place), Some(failure)) => attempts(state, place, failure),
            (Some(_) | None, _) => Vec::new(),
        };
        let until = match state.status() {
            RunStatus::NeedsGrant => state.next_ask(),
            RunStatus::Waiting | RunStatus::Interrupted => state.next_timer(),
            RunStatus::Running
            | RunStatus::NeedsDecision
            | RunStatus::Paused
            | RunStatus::Completed
            | RunStatus::Failed
            | RunStatus::Cancelled => None,
        };
        let effects = known_effects(state, &OutputTexts::new(state.definition(), catalogue));
        Self { place, failure, attempts, effects, skipped: skipped(state), doubt, until }
    }
}

/// What failed, or keeps the run from going on, and why.
fn cause(state: &RunState, doubt: Option<&Doubt<'_>>) -> (Option<String>, Option<Failure>) {
    if let Some(doubt) = doubt {
        return (Some(doubt.step.to_string()), doubt.effect.doubt.cloned());
    }
    if let Some((step, lack)) = state.steps_parked().into_iter().next() {
        return (Some(step.to_string()), Some(lack.clone()));
    }
    if let Some(error) = state.error() {
        return (Some(error.place().to_owned()), Some(error.failure));
    }
    let open = state.nodes().filter(|node| !node.status.is_ended()).flat_map(|node| node.steps);
    let begun = open.filter(|step| !step.status.is_ended());
    let failed_last = begun.map(|step| {
        let failure = step.attempts.iter().rev().find_map(|attempt| attempt.failure.cloned());
        (Some(step.step.to_string()), failure)
    });
    failed_last.max_by_key(|(_, failure)| failure.is_some()).unwrap_or_default()
}

/// The attempts of the step that failed so, else of the first step of the node.
fn attempts<'a>(state: &'a RunState, place: &str, failure: &Failure) -> Vec<AttemptView<'a>> {
    let node = place.split('[').next().unwrap_or(place);
    let steps = state.node_view(node).map(|node| node.steps).unwrap_or_default();
    let is_it = |step: &&StepView<'_>| step.step.to_string() == place || step.error == Some(failure);
    steps.iter().find(is_it).or(steps.first()).map(|step| step.attempts.clone()).unwrap_or_default()
}

fn skipped(state: &RunState) -> Vec<&str> {
    let because = |reason: SkipReason| matches!(reason, SkipReason::Upstream | SkipReason::RunFailed);
    let skipped = state.nodes().filter(|node| node.status == NodeStatus::Skipped && node.reason.is_some_and(because));
    skipped.map(|node| node.id.as_str()).collect()
}
