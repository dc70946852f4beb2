//! A run's state as reports show it: nodes, steps, attempts and effects, borrowed from [`RunState`].

#![deny(clippy::wildcard_enum_match_arm)]

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    NodeStatus, RunState,
    edge::NodeOutcome,
    state::{EffectState, Life, NodeState, StepProgress, StepState},
};
use crate::{
    activity::{Failure, Intent, Settlement},
    id::{EffectId, NodeId, StepPath},
    journal::{Decision, SkipReason},
};

/// A node of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView<'a> {
    /// The node.
    pub id: &'a NodeId,
    /// How far it is.
    pub status: NodeStatus,
    /// Why it was skipped.
    pub reason: Option<SkipReason>,
    /// The node or the missing output that it was skipped for.
    pub because: Option<&'a str>,
    /// How many attempts its steps had, all in all.
    pub attempts: usize,
    /// When grants are asked for again, where it waits for one. Only whoever drives the run does so.
    pub next_ask: Option<Timestamp>,
    /// What it gave; a node with `for_each` has `results` instead.
    pub output: Option<&'a Value>,
    /// Why it failed, or what grant it waits for.
    pub error: Option<&'a Failure>,
    /// The result of each item, of a node with `for_each` that began.
    pub results: Option<ItemResults<'a>>,
    /// The steps that began.
    pub steps: Vec<StepView<'a>>,
    /// When its first step began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// `{outcome, output, error}` of each item of a node, each made when it is asked for: there may be thousands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemResults<'a>(&'a NodeState);

/// One passage of the run through a node.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView<'a> {
    /// The step.
    pub step: StepPath,
    /// How far it is.
    pub status: NodeStatus,
    /// The activity's inputs, evaluated.
    pub input: &'a Value,
    /// What it gave.
    pub output: Option<&'a Value>,
    /// Why it failed, or what grant it waits for.
    pub error: Option<&'a Failure>,
    /// Its attempts so far.
    pub attempts: Vec<AttemptView<'a>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One try of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether it was lost or dropped, and so is not counted.
    pub interrupted: bool,
    /// Why it failed.
    pub failure: Option<&'a Failure>,
    /// When the next one begins.
    pub retry_at: Option<Timestamp>,
    /// What it asked for.
    pub effects: Vec<EffectView<'a>>,
}

/// A change that an attempt asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectView<'a> {
    /// Which.
    pub id: &'a EffectId,
    /// What.
    pub intent: &'a Intent,
    /// When it was about to be sent.
    pub intended_at: Timestamp,
    /// How it ended, if that is known.
    pub settlement: Option<&'a Settlement>,
    /// When it is looked for again, while that is awaited.
    pub next_look: Option<NextLook<'a>>,
    /// Why it could not be shown whether it happened.
    pub doubt: Option<&'a Failure>,
    /// What a person said.
    pub decision: Option<&'a Decision>,
}

/// A look for an effect that is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextLook<'a> {
    /// When.
    pub at: Timestamp,
    /// Why the last one could not show whether it happened.
    pub why: &'a str,
}

impl<'a> NodeView<'a> {
    /// The next look for an effect of its steps, with the step.
    pub fn next_look(&self) -> Option<(&StepPath, NextLook<'a>)> {
        let looks = self.steps.iter().flat_map(|step| {
            let effects = step.attempts.iter().flat_map(|attempt| &attempt.effects);
            effects.filter_map(|effect| Some((&step.step, effect.next_look?)))
        });
        looks.min_by_key(|(_, look)| look.at)
    }
}

impl RunState {
    /// The nodes, in the order of the definition; those of `finally` after the others.
    pub fn nodes(&self) -> impl Iterator<Item = NodeView<'_>> {
        (0..self.definition().nodes.len()).map(|number| self.view(number))
    }

    /// One node.
    pub fn node_view(&self, id: &str) -> Option<NodeView<'_>> {
        self.number(id).map(|number| self.view(number))
    }

    /// How far a node is.
    pub fn node_status(&self, id: &str) -> Option<NodeStatus> {
        self.number(id).map(|number| node_status(self.node_state(number)))
    }

    /// How many nodes have ended, and how many there are.
    pub fn ended_nodes(&self) -> (usize, usize) {
        use crate::definition::Phase::{Finally, Main};
        let all = self.definition().nodes.len();
        (all - self.frame(Main).open_nodes - self.frame(Finally).open_nodes, all)
    }

    /// The steps that wait for a grant, and what is missing.
    pub fn steps_parked(&self) -> Vec<(StepPath, &Failure)> {
        let parked = self.work.parked.iter().copied();
        parked.filter_map(|step| Some((self.step_path(step), self.step(step).lacks()?))).collect()
    }

    /// The steps whose effect is in doubt: a person must decide about them.
    pub fn steps_in_doubt(&self) -> Vec<StepPath> {
        self.work.in_doubt.iter().map(|step| self.step_path(*step)).collect()
    }

    /// The effects whose end is not known, in the order of the definition.
    pub fn open_effects(&self) -> Vec<EffectView<'_>> {
        let steps = (0..self.definition().nodes.len()).flat_map(|number| &self.node_state(number).steps);
        steps.filter_map(|step| Some(effect_view(step, step.open_effect()?))).collect()
    }

    fn view(&self, number: usize) -> NodeView<'_> {
        let state = self.node_state(number);
        NodeView {
            id: &self.node(number).id,
            status: node_status(state),
            reason: state.skip_reason(),
            because: state.because.as_deref(),
            attempts: state.steps.iter().map(|step| step.attempts.len()).sum(),
            next_ask: state.steps.iter().filter_map(|step| step.parked()?.ask_at).min(),
            output: state.outcome().and_then(|_| state.output()),
            error: state.failure.as_ref().or_else(|| state.steps.iter().find_map(StepState::lacks)),
            results: state.items.is_some().then_some(ItemResults(state)),
            steps: (0..state.steps.len())
                .map(|step| {
                    let view = step_view(self.step_path((number, step)), &state.steps[step]);
                    let status = if state.goes_again(step) { NodeStatus::Pending } else { view.status };
                    StepView { status, ..view }
                })
                .collect(),
            started_at: state.steps.first().map(|step| step.started_at),
            ended_at: state.ended_at,
        }
    }
}

impl ItemResults<'_> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.items.as_ref().map_or(0, |items| items.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word for how each item ended, in order: `skipped` where it never began.
    pub fn outcomes(self) -> impl Iterator<Item = &'static str> + Clone {
        (0..self.len()).map(move |item| self.0.steps.get(item).map_or("skipped", StepState::outcome))
    }

    /// The results, in order.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        let never = || json!({ "outcome": "skipped", "output": null, "error": null });
        (0..self.len()).map(move |item| self.0.steps.get(item).map_or_else(never, StepState::result))
    }
}

impl Serialize for ItemResults<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.values())
    }
}

fn node_status(state: &NodeState) -> NodeStatus {
    match state.life {
        Life::Pending => NodeStatus::Pending,
        Life::Ended(NodeOutcome::Completed) => NodeStatus::Completed,
        Life::Ended(NodeOutcome::Failed | NodeOutcome::FailedButContinued) => NodeStatus::Failed,
        Life::Ended(NodeOutcome::Skipped(_)) => NodeStatus::Skipped,
        Life::Ended(NodeOutcome::Cancelled) => NodeStatus::Cancelled,
        Life::Begun => begun_status(&state.steps),
    }
}

/// A node runs while any step of it does; else it waits, for a person first.
fn begun_status(steps: &[StepState]) -> NodeStatus {
    let open = steps.iter().filter(|step| !step.is_ended()).map(step_status);
    let urgency = |status: &NodeStatus| match status {
        NodeStatus::Running => 2,
        NodeStatus::NeedsDecision => 1,
        NodeStatus::Pending
        | NodeStatus::Waiting
        | NodeStatus::Completed
        | NodeStatus::Failed
        | NodeStatus::Skipped
        | NodeStatus::Cancelled
        | NodeStatus::Undone => 0,
    };
    open.max_by_key(urgency).unwrap_or(NodeStatus::Running)
}

fn step_status(step: &StepState) -> NodeStatus {
    match step.progress {
        StepProgress::Due(_) | StepProgress::Running | StepProgress::LooksAgain(_) | StepProgress::Decided(..) => {
            NodeStatus::Running
        }
        StepProgress::Waiting(_) | StepProgress::Awaiting(_) | StepProgress::Parked(_) => NodeStatus::Waiting,
        StepProgress::InDoubt(_) => NodeStatus::NeedsDecision,
        StepProgress::Completed => NodeStatus::Completed,
        StepProgress::Failed => NodeStatus::Failed,
        StepProgress::Cancelled => NodeStatus::Cancelled,
    }
}

fn step_view(id: StepPath, step: &StepState) -> StepView<'_> {
    let attempts = step.attempts.iter().map(|attempt| AttemptView {
        number: attempt.number,
        started_at: attempt.started_at,
        ended_at: attempt.ended_at,
        interrupted: attempt.interrupted,
        failure: attempt.failure.as_ref(),
        retry_at: attempt.retry_at,
        effects: attempt.effects.iter().map(|effect| effect_view(step, effect)).collect(),
    });
    StepView {
        step: id,
        status: step_status(step),
        input: &step.input,
        output: step.output.as_deref(),
        error: step.failure.as_ref().or_else(|| step.lacks()),
        attempts: attempts.collect(),
        started_at: step.started_at,
        ended_at: step.ended_at,
    }
}

fn effect_view<'a>(step: &StepState, effect: &'a EffectState) -> EffectView<'a> {
    let next_look = step.looks_again_at().filter(|_| step.open_effect().is_some_and(|open| open.id == effect.id));
    let next_look = next_look.and_then(|at| Some(NextLook { at, why: &effect.unshown.as_ref()?.why }));
    EffectView {
        id: &effect.id,
        intent: &effect.intent,
        intended_at: effect.intended_at,
        settlement: effect.settlement.as_ref(),
        next_look,
        doubt: effect.doubt.as_ref(),
        decision: effect.decision.as_ref(),
    }
}
