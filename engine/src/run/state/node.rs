//! The state of a node.

use std::{collections::BTreeSet, mem, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::step::{StepProgress, StepState};
use crate::{
    activity::Failure,
    definition::{Node, OnFailure},
    journal::SkipReason,
    run::edge::{NodeOutcome, Tally},
};

/// How far a node is, and what its neighbours said.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct NodeState {
    pub(in crate::run) life: Life,
    /// The node or the missing output that it was skipped for.
    pub(in crate::run) because: Option<String>,
    pub(in crate::run) failure: Option<Failure>,
    /// The items of a `for_each`, once it began.
    pub(in crate::run) items: Option<Arc<Vec<Value>>>,
    /// Those that began, in order of their items.
    pub(in crate::run) steps: Vec<StepState>,
    /// Steps that have begun and not ended.
    pub(in crate::run) open_steps: usize,
    /// It began while the run was failing, because an `any` edge lets it: its failures are tried again as usual.
    pub(in crate::run) started_while_draining: bool,
    pub(in crate::run) tally: Tally,
    pub(in crate::run) open_mentions: usize,
    pub(in crate::run) ended_at: Option<Timestamp>,
    cancelled_steps: bool,
    /// The places of steps that begin again, in a run that was retried.
    again: BTreeSet<usize>,
    /// Steps of items that the list had before the run was retried, behind its end now.
    beyond: Vec<StepState>,
}

/// An item of which something is done, and which a list must still have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum DoneItem {
    /// The list has another one there.
    Differs(usize),
    /// The list is shorter.
    Lacks(usize),
}

impl DoneItem {
    /// What contradicts it, in words.
    pub(in crate::run) fn told(self) -> String {
        match self {
            Self::Differs(place) => format!("item {place} is done, and `for_each` gives another one there now"),
            Self::Lacks(place) => format!("item {place} is done, and `for_each` gives a list now that ends before it"),
        }
    }
}

/// Where a node is between not having begun and having ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Life {
    Pending,
    Begun,
    Ended(NodeOutcome),
}

impl NodeState {
    pub(in crate::run) fn waiting_for(node: &Node) -> Self {
        Self {
            life: Life::Pending,
            because: None,
            failure: None,
            items: None,
            steps: Vec::new(),
            open_steps: 0,
            started_while_draining: false,
            tally: Tally::of(node.edges.len()),
            open_mentions: node.mentions.len(),
            ended_at: None,
            cancelled_steps: false,
            again: BTreeSet::new(),
            beyond: Vec::new(),
        }
    }

    /// The run is retried, and this node goes again. What is done of it stays done, unless it is to be done anew.
    pub(in crate::run) fn begin_again(&mut self, node: &Node, is_anew: bool) {
        let mut steps = mem::take(&mut self.steps);
        // What was to be done anew, and did not come to it, still is.
        let was_to_go = mem::take(&mut self.again);
        let goes =
            |place: &usize| is_anew || was_to_go.contains(place) || steps[*place].progress != StepProgress::Completed;
        let again = (0..steps.len()).filter(goes).collect();
        let done = steps.iter_mut().filter(|step| is_anew && step.progress == StepProgress::Completed);
        done.for_each(|step| step.results.clear());
        let (items, beyond) = (self.items.take(), mem::take(&mut self.beyond));
        *self = Self { steps, again, items, beyond, ..Self::waiting_for(node) };
    }

    /// It begins, with these items if it has any.
    pub(super) fn begin(&mut self, items: Option<Arc<Vec<Value>>>) {
        let count = items.as_ref().map_or(1, |items| items.len());
        if count < self.steps.len() {
            let beyond = self.steps.split_off(count);
            self.beyond.splice(..0, beyond);
            self.again.retain(|place| *place < count);
        }
        let back = self.beyond.len().min(count - self.steps.len());
        self.again.extend(self.steps.len()..self.steps.len() + back);
        self.steps.extend(self.beyond.drain(..back));
        self.steps.reserve_exact(count - self.steps.len());
        self.life = Life::Begun;
        self.items = items;
    }

    /// What of a list contradicts what is done of it already.
    pub(in crate::run) fn contradiction(&self, items: &[Value]) -> Option<DoneItem> {
        let before = self.items.as_deref().map_or(&[][..], Vec::as_slice);
        let is_done =
            |place: usize| self.steps[place].progress == StepProgress::Completed && !self.again.contains(&place);
        let has_effects = |step: &StepState| !step.results.is_empty() || step.open_effect().is_some();
        (0..self.steps.len()).find_map(|place| match items.get(place) {
            Some(item) if is_done(place) && Some(item) != before.get(place) => Some(DoneItem::Differs(place)),
            None if is_done(place) || has_effects(&self.steps[place]) => Some(DoneItem::Lacks(place)),
            Some(_) | None => None,
        })
    }

    /// The places among so many items whose steps have not begun, or begin again.
    pub(in crate::run) fn unbegun_places(&self, count: usize) -> impl Iterator<Item = usize> {
        self.again.range(..count).copied().chain(self.steps.len()..count)
    }

    /// Whether the step at this place begins again, once its time comes.
    pub(in crate::run) fn goes_again(&self, place: usize) -> bool {
        self.again.contains(&place) && self.outcome().is_none()
    }

    /// A step begins: the next one, or one that begins again.
    pub(super) fn begin_step(&mut self, place: usize, begun: StepState) -> &StepState {
        self.open_steps += 1;
        match self.again.remove(&place) {
            true => self.steps[place].begin_again(begun),
            false => self.steps.push(begun),
        }
        &self.steps[place]
    }

    /// How it ended, if it has.
    pub(in crate::run) fn outcome(&self) -> Option<NodeOutcome> {
        match self.life {
            Life::Ended(outcome) => Some(outcome),
            Life::Pending | Life::Begun => None,
        }
    }

    /// Why it was skipped, if it was.
    pub(in crate::run) fn skip_reason(&self) -> Option<SkipReason> {
        let Life::Ended(NodeOutcome::Skipped(reason)) = self.life else { return None };
        Some(reason)
    }

    /// Its output; a node with `for_each` has `results` instead.
    pub(in crate::run) fn output(&self) -> Option<&Value> {
        if self.items.is_some() { None } else { self.steps.first()?.output.as_deref() }
    }

    /// How many of its steps have not begun.
    pub(in crate::run) fn unbegun_steps(&self) -> usize {
        let count = self.items.as_ref().map_or(1, |items| items.len());
        self.again.len() + count.saturating_sub(self.steps.len())
    }

    /// Whether the next item may begin, as far as the node itself is concerned.
    pub(in crate::run) fn has_room(&self, node: &Node) -> bool {
        self.life == Life::Begun
            && self.unbegun_steps() > 0
            && self.open_steps < node.max_parallel()
            && !self.lets_none_begin(node)
    }

    /// Notes that a step has ended. Gives the node's outcome where that ends the node too.
    pub(super) fn step_ended(&mut self, node: &Node, step: usize) -> Option<NodeOutcome> {
        self.open_steps = self.open_steps.saturating_sub(1);
        let step = &self.steps[step];
        self.cancelled_steps |= step.progress == StepProgress::Cancelled;
        if step.progress == StepProgress::Failed && self.failure.is_none() && stops(node) {
            self.failure = step.failure.clone();
        }
        self.outcome_of_steps(node)
    }

    /// The outcome that the steps so far give the node, if nothing more is to come.
    pub(super) fn outcome_of_steps(&self, node: &Node) -> Option<NodeOutcome> {
        if self.open_steps > 0 {
            None
        } else if self.failure.is_some() {
            Some(failed(node))
        } else if self.cancelled_steps {
            Some(NodeOutcome::Cancelled)
        } else {
            (self.unbegun_steps() == 0).then_some(NodeOutcome::Completed)
        }
    }

    fn lets_none_begin(&self, node: &Node) -> bool {
        self.cancelled_steps || (self.failure.is_some() && stops(node))
    }
}

/// The outcome of a node that failed.
pub(super) fn failed(node: &Node) -> NodeOutcome {
    match node.on_failure {
        OnFailure::Stop => NodeOutcome::Failed,
        OnFailure::Continue => NodeOutcome::FailedButContinued,
    }
}

/// Whether a failed step fails the node.
fn stops(node: &Node) -> bool {
    node.for_each.as_ref().is_none_or(|for_each| for_each.on_item_failure == OnFailure::Stop)
}
