//! Runs that failed or were cancelled and go on, some time later: as a whole or a node of them, with other inputs or the same. What was done before
//! must stay done.

use std::collections::BTreeMap;

use flowrun_engine::{
    definition::Phase,
    id::{NodeId, StepPath},
    run::{CannotRetry, NodeStatus, Retry, RunState, RunStatus},
};
use serde_json::Value;

use super::{ALWAYS, Event, Fault, World, WorldKind};
use crate::disk::Run;

/// So often a run is retried at most.
const MOST_RETRIES: usize = 3;

/// A run that was retried, or will be.
#[derive(Debug, Default)]
pub(super) struct Retried {
    /// How often.
    times: usize,
    /// It has ended, and somebody will retry it.
    is_awaited: bool,
    /// The steps of `nodes` that had completed, with what they were given and gave.
    done: BTreeMap<StepPath, (Value, Option<Value>)>,
}

impl<K: WorldKind> World<K> {
    /// Whether a run has ended, for now or for good.
    pub(super) fn has_ended(&self, run: Run) -> bool {
        self.ended.contains_key(&run) || self.retried.get(&run).is_some_and(|retried| retried.is_awaited)
    }

    /// Somebody will perhaps retry a run that has ended: whether.
    pub(super) fn awaits_retry(&mut self, run: Run, state: &RunState) -> bool {
        let times = self.retried.get(&run).map_or(0, |retried| retried.times);
        let is_wanted =
            self.setup.misfortunes.retries && state.status() != RunStatus::Completed && times < MOST_RETRIES;
        if !is_wanted || self.random.once_in(4) {
            return false;
        }
        self.retried.entry(run).or_default().is_awaited = true;
        self.at(self.random.below(3000), ALWAYS, Event::Retries(run));
        true
    }

    /// A person retries a run: all of it, or some nodes; where that is refused, as a whole and with the inputs that it has.
    pub(super) fn retries(&mut self, run: Run) -> Result<(), Fault> {
        if !self.is_up {
            self.at(500, ALWAYS, Event::Retries(run));
            return Ok(());
        }
        self.disk.sync(self.setup.plant);
        let state = self.replayed(run, &self.disk.journal(run)?)?;
        let unanswered: Vec<u64> = self.disk.inbox(run, state.received()).map(|(number, _)| number).collect();
        let wanted = self.wanted(run, &state);
        let at = self.time.wall();
        let retried = state.retried(&wanted, unanswered.clone(), at);
        let retried = retried.or_else(|_| state.retried(&Retry::default(), unanswered, at));
        self.note(|| {
            format!("run {run} is retried: {retried:?}", retried = retried.as_ref().map(|(_, record)| record))
        });
        let (_, record) = match retried {
            Ok(retried) => retried,
            // With the inputs that an earlier retry brought it cannot go on, and nobody thinks of others.
            Err(CannotRetry::DoneOtherwise { .. }) => {
                self.retried.entry(run).or_default().is_awaited = false;
                self.ended.insert(run, state);
                return Ok(());
            }
            Err(why) => return Err(format!("a run that failed or was cancelled cannot be retried: {why}")),
        };
        K::retried(self, run, &state, &record);
        let known = self.retried.entry(run).or_default();
        (known.times, known.is_awaited, known.done) = (known.times + 1, false, done(&state));
        self.disk.append(run, record);
        self.disk.sync(self.setup.plant);
        self.at(self.random.below(50), ALWAYS, Event::TakesOver(run));
        Ok(())
    }

    fn wanted(&mut self, run: Run, state: &RunState) -> Retry {
        let mut retry = Retry::default();
        if self.random.once_in(3) {
            let nodes: Vec<NodeId> = state.nodes().map(|node| node.id.clone()).collect();
            let number = usize::try_from(self.random.below(nodes.len() as u64)).expect("it is below a length");
            retry.nodes.push(nodes[number].clone());
            retry.downstream = self.random.once_in(2);
        }
        if self.random.once_in(2) {
            retry.inputs = K::other_inputs(self, run, state);
        }
        retry
    }

    /// What must hold of a run that has ended, because it was retried: what was done is as it was. And whoever says that all is done has left
    /// nothing.
    pub(super) fn check_retried(&self, run: Run, state: &RunState) -> Result<(), Fault> {
        let now = done(state);
        for (step, before) in self.retried.get(&run).iter().flat_map(|retried| &retried.done) {
            if now.get(step) != Some(before) {
                return Err(format!("{step} was done, and is {:?} after a retry", now.get(step)));
            }
        }
        let is_undone = |node: &flowrun_engine::run::NodeView<'_>| {
            node.status == NodeStatus::Cancelled || node.reason == Some(flowrun_engine::journal::SkipReason::RunFailed)
        };
        match state.nodes().find(is_undone) {
            Some(node) if state.status() == RunStatus::Completed => {
                Err(format!("it says that it completed, and {} is {}", node.id, node.status))
            }
            _ => Ok(()),
        }
    }
}

/// The steps of `nodes` that have completed.
fn done(state: &RunState) -> BTreeMap<StepPath, (Value, Option<Value>)> {
    let is_main = |node: &NodeId| state.definition().node(node.as_str()).is_some_and(|node| node.phase == Phase::Main);
    let steps = state.nodes().filter(|node| is_main(node.id)).flat_map(|node| node.steps);
    let completed = steps.filter(|step| step.status == NodeStatus::Completed);
    completed.map(|step| (step.step.clone(), (step.input.clone(), step.output.cloned()))).collect()
}
