//! Entries → state. Each arm changes what its entry is about, and tells the neighbours.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    End, Failures, Graph, Life, NodeState, RunState, StepNumber, Work,
    node::failed,
    step::{AttemptState, Cause, EffectState, Progress, StepState},
};
use crate::{
    activity::{Failure, Settlement},
    definition::{Definition, Phase, WaitsFor},
    id::{OperationId, StepId},
    journal::{Decision, Entry, RunOutcome, RunStarted},
    run::edge::{Outcome, Said, Verdict},
};

impl RunState {
    /// A run that has just begun.
    pub(super) fn begin(definition: Arc<Definition>, started: RunStarted, at: Timestamp) -> Self {
        let of_phase = |phase| definition.nodes.iter().filter(|node| node.phase == phase).count();
        let mut state = Self {
            graph: Arc::new(Graph::of(&definition)),
            started,
            started_at: at,
            ended_at: None,
            last_at: at,
            records: 1,
            driven: true,
            ending: None,
            main_end: None,
            cancelled_late: false,
            end: None,
            nodes: definition.nodes.iter().map(NodeState::waiting_for).collect(),
            open_nodes: [of_phase(Phase::Main), of_phase(Phase::Finally)],
            failures: [Failures::default(), Failures::default()],
            error: [None, None],
            work: Work::default(),
            definition,
        };
        (0..state.nodes.len()).for_each(|number| state.consider(number));
        state
    }

    /// Goes on by one entry, which becomes part of a record later.
    pub(in crate::run) fn note(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::RunStarted(_) => {}
            Entry::RunResumed => self.resume(at),
            Entry::RunInterrupted => self.driven = false,
            Entry::CancelRequested => self.cancel(),
            Entry::MainEnded { outcome, error } => {
                self.main_end = Some((*outcome, error.clone()));
                (0..self.nodes.len()).for_each(|number| self.consider(number));
            }
            Entry::RunEnded { outcome, error, outputs } => {
                self.end = Some(End { outcome: *outcome, error: error.clone(), outputs: outputs.clone() });
                self.ended_at = Some(at);
            }
            Entry::NodeSkipped { node, reason, because } => {
                let number = self.known(node.as_str());
                self.nodes[number].because.clone_from(because);
                self.settle(number, Outcome::Skipped(*reason), at);
            }
            Entry::NodeStarted { node, items } => self.node_started(node.as_str(), items.clone(), at),
            Entry::NodeFailed { node, failure } => {
                let number = self.known(node.as_str());
                self.nodes[number].failure = Some(failure.clone());
                self.settle(number, failed(self.node(number)), at);
            }
            Entry::NodeCancelled { node } => self.settle(self.known(node.as_str()), Outcome::Cancelled, at),
            other => self.note_of_step(at, other),
        }
        self.look_for_unhandled();
    }

    fn note_of_step(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::StepStarted { step, input } => self.step_started(step, input.clone(), at),
            Entry::AttemptStarted { step, attempt } => self.attempt_started(step, *attempt, at),
            Entry::AttemptFailed { step, failure, retry_at, .. } => self.attempt_failed(step, failure, *retry_at, at),
            Entry::AttemptInterrupted { step, failure, .. } => self.change(step, |step| {
                if let Some(attempt) = step.end_attempt(at, failure.clone()) {
                    attempt.interrupted = true;
                }
                Progress::Due(Cause::Continued)
            }),
            Entry::AttemptParked { step, failure, .. } => self.change(step, |step| {
                step.end_attempt(at, Some(failure.clone()));
                Progress::Parked(at)
            }),
            Entry::RetryDue { step } => self.change(step, |_| Progress::Due(Cause::Retry)),
            Entry::StepCompleted { step, output } => self.step_ended(step, at, |step| {
                step.end_attempt(at, None);
                step.output = Some(output.clone());
                Progress::Completed
            }),
            Entry::StepFailed { step, failure } => self.step_failed(step, failure, at),
            Entry::StepCancelled { step } => self.step_ended(step, at, |_| Progress::Cancelled),
            other => self.note_of_effect(at, other),
        }
    }

    fn note_of_effect(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::EffectIntended { operation, intent } => self.change(&operation.step, |step| {
                let effect = EffectState {
                    operation: operation.clone(),
                    intent: intent.clone(),
                    intended_at: at,
                    settlement: None,
                    doubt: None,
                    decision: None,
                };
                if let Some(attempt) = step.attempts.last_mut() {
                    attempt.effects.reserve_exact(1);
                    attempt.effects.push(effect);
                }
                step.progress.clone()
            }),
            Entry::EffectSettled { operation, settlement } => {
                self.change(&operation.step, |step| settled(step, operation, settlement));
            }
            Entry::EffectInDoubt { operation, failure } => self.change(&operation.step, |step| {
                step.in_doubt_since = Some(at);
                if let Some(effect) = step.effect_mut(operation) {
                    effect.doubt = Some(failure.clone());
                    // What a person said of it did not hold.
                    effect.decision = None;
                }
                Progress::InDoubt(operation.clone())
            }),
            Entry::EffectDecided { operation, decision } => {
                self.change(&operation.step, |step| decided(step, operation, decision, at));
            }
            _ => {}
        }
    }

    fn resume(&mut self, at: Timestamp) {
        self.driven = true;
        let away = at.duration_since(self.last_at);
        let work = &self.work;
        let steps = [&work.due, &work.retries, &work.running, &work.decided].into_iter().flatten().copied();
        let steps: Vec<StepNumber> = steps.chain(work.waiting.iter().map(|(_, step)| *step)).collect();
        steps.into_iter().for_each(|(node, step)| self.nodes[node].steps[step].excuse(away));
        self.unpark(at);
    }

    /// Whoever resumes the run says that what was missing may be there.
    fn unpark(&mut self, at: Timestamp) {
        let parked = self.work.parked.iter().copied().filter(|(node, _)| !self.gives_up_parked(*node));
        for number in parked.collect::<Vec<StepNumber>>() {
            self.change(&self.step_id(number), |step| {
                if let Progress::Parked(since) = step.progress {
                    step.excuse(at.duration_since(since));
                }
                Progress::Due(Cause::Retry)
            });
        }
    }

    fn node_started(&mut self, node: &str, items: Option<Arc<Vec<Value>>>, at: Timestamp) {
        let number = self.known(node);
        let late = self.is_restrained(number);
        self.work.ready.remove(&number);
        let state = &mut self.nodes[number];
        state.life = Life::Begun;
        state.began_late = late;
        state.steps.reserve_exact(items.as_ref().map_or(1, |items| items.len()));
        let nothing_to_do = items.as_ref().is_some_and(|items| items.is_empty());
        state.items = items;
        if nothing_to_do {
            self.settle(number, Outcome::Completed, at);
        } else {
            self.spread(number);
        }
    }

    fn step_started(&mut self, id: &StepId, input: Arc<Value>, at: Timestamp) {
        let (number, step) = self.known_step(id);
        let deadline = at.checked_add(self.node(number).deadline).unwrap_or(Timestamp::MAX);
        let begun = StepState::begun(input, at, deadline);
        self.work.enter((number, step), &begun.progress);
        self.nodes[number].steps.push(begun);
        self.nodes[number].open_steps += 1;
        self.spread(number);
    }

    fn attempt_started(&mut self, id: &StepId, number: u32, at: Timestamp) {
        self.change(id, |step| {
            // Nearly every step has one: room for more would be most of what a run with many items holds.
            step.attempts.reserve_exact(1);
            step.attempts.push(AttemptState {
                number,
                started_at: at,
                ended_at: None,
                interrupted: false,
                failure: None,
                retry_at: None,
                effects: Vec::new(),
            });
            Progress::Running
        });
    }

    fn attempt_failed(&mut self, id: &StepId, failure: &Failure, retry_at: Option<Timestamp>, at: Timestamp) {
        self.change(id, |step| {
            step.count(failure);
            if let Some(attempt) = step.end_attempt(at, Some(failure.clone())) {
                attempt.retry_at = retry_at;
            }
            retry_at.map_or_else(|| step.progress.clone(), Progress::Waiting)
        });
    }

    fn step_failed(&mut self, id: &StepId, failure: &Failure, at: Timestamp) {
        if self.find_step(id).is_none() {
            self.step_started(id, Arc::new(Value::Null), at);
        }
        self.step_ended(id, at, |step| {
            step.failure = Some(failure.clone());
            Progress::Failed
        });
    }

    fn step_ended(&mut self, id: &StepId, at: Timestamp, end: impl FnOnce(&mut StepState) -> Progress) {
        self.change(id, |step| {
            step.ended_at = Some(at);
            end(step)
        });
        let (number, step) = self.known_step(id);
        let node = &self.definition.nodes[number];
        match self.nodes[number].step_settled(node, step) {
            Some(outcome) => self.settle(number, outcome, at),
            None => self.spread(number),
        }
    }

    /// Changes a step, and keeps the worklists right.
    fn change(&mut self, id: &StepId, change: impl FnOnce(&mut StepState) -> Progress) {
        let (number, place) = self.known_step(id);
        let step = &mut self.nodes[number].steps[place];
        self.work.leave((number, place), &step.progress);
        step.progress = change(step);
        self.work.enter((number, place), &step.progress);
    }

    /// Keeps the list of nodes right that may begin a further item.
    fn spread(&mut self, number: usize) {
        if self.nodes[number].has_room(&self.definition.nodes[number]) {
            self.work.spreading.insert(number);
        } else {
            self.work.spreading.remove(&number);
        }
    }

    /// A node has settled: its neighbours hear of it.
    fn settle(&mut self, number: usize, outcome: Outcome, at: Timestamp) {
        self.nodes[number].life = Life::Settled(outcome);
        self.nodes[number].ended_at = Some(at);
        for list in [&mut self.work.blocked, &mut self.work.ready, &mut self.work.spreading] {
            list.remove(&number);
        }
        self.open_nodes[self.node(number).phase as usize] -= 1;
        self.count_failure(number, outcome);
        let graph = self.graph.clone();
        for &(dependent, edge) in &graph.neighbours(number).dependents {
            let waits_for = &self.definition.nodes[dependent].edges[edge].waits_for;
            self.nodes[dependent].tally.count(Verdict::of(waits_for, outcome), waits_for);
            self.consider(dependent);
        }
        for &dependent in &graph.neighbours(number).mentioned_by {
            self.nodes[dependent].open_mentions -= 1;
            self.consider(dependent);
        }
    }

    fn count_failure(&mut self, number: usize, outcome: Outcome) {
        let graph = self.graph.clone();
        let phase = self.node(number).phase as usize;
        if outcome == Outcome::Failed {
            // A node of `finally` comes too late to handle a failure in `nodes`.
            let handlers = graph.neighbours(number).handlers.iter().copied();
            let handlers = handlers.filter(|handler| self.node(*handler).phase as usize == phase);
            let outcomes = handlers.map(|handler| self.nodes[handler].outcome());
            let is_handled = outcomes.clone().any(|outcome| outcome == Some(Outcome::Completed));
            let left = outcomes.filter(Option::is_none).count();
            if !is_handled {
                self.failures[phase].add(number, left);
            }
        }
        for (edge, source) in graph.neighbours(number).sources.iter().enumerate() {
            if self.node(number).edges[edge].waits_for.contains(&WaitsFor::Failed) {
                self.failures[phase].handler_settled(*source, outcome == Outcome::Completed);
            }
        }
    }

    fn look_for_unhandled(&mut self) {
        for phase in [Phase::Main, Phase::Finally] {
            let error = &mut self.error[phase as usize];
            if error.is_none() {
                *error = self.failures[phase as usize].first_unhandled();
            }
        }
        if self.error[Phase::Main as usize].is_some() {
            self.end_early(RunOutcome::Failed);
        }
    }

    /// Somebody asked for the run's end. What `finally` does is finished all the same; only what waits for a grant is not waited for.
    fn cancel(&mut self) {
        self.cancelled_late |= self.main_end.is_some();
        self.end_early(RunOutcome::Cancelled);
    }

    fn end_early(&mut self, outcome: RunOutcome) {
        if self.main_end.is_none() && self.ending.is_none() {
            self.ending = Some(outcome);
        }
    }

    /// Puts a node on a worklist once everything it waits for has settled.
    fn consider(&mut self, number: usize) {
        let (node, state) = (&self.definition.nodes[number], &self.nodes[number]);
        let is_its_time = node.phase == Phase::Main || self.main_end.is_some();
        if state.life != Life::Pending || state.open_mentions > 0 || !is_its_time {
            return;
        }
        match state.tally.says(node.join) {
            Said::Wait => {}
            Said::Run => {
                self.work.ready.insert(number);
            }
            Said::Blocked | Said::Condition => {
                self.work.blocked.insert(number);
            }
        }
    }

    fn known(&self, node: &str) -> usize {
        self.number(node).expect("a journal names only nodes of its own definition")
    }

    fn known_step(&self, id: &StepId) -> StepNumber {
        self.step_number(id).expect("a journal names only nodes of its own definition")
    }
}

fn settled(step: &mut StepState, operation: &OperationId, settlement: &Settlement) -> Progress {
    if let Settlement::Happened(result) = settlement {
        step.results.insert(operation.effect, result.clone());
    }
    if let Some(effect) = step.effect_mut(operation) {
        effect.settlement = Some(settlement.clone());
    }
    match &step.progress {
        Progress::Decided(decided, _) if decided == operation => Progress::Due(Cause::Continued),
        other => other.clone(),
    }
}

fn decided(step: &mut StepState, operation: &OperationId, decision: &Decision, at: Timestamp) -> Progress {
    if let Some(since) = step.in_doubt_since.take() {
        step.excuse(at.duration_since(since));
    }
    if let Some(effect) = step.effect_mut(operation) {
        effect.decision = Some(decision.clone());
        if *decision == Decision::DidNotHappen {
            effect.settlement = Some(Settlement::DidNotHappen);
        }
    }
    match decision {
        Decision::Happened { key } => Progress::Decided(operation.clone(), key.clone()),
        Decision::DidNotHappen => Progress::Due(Cause::Continued),
        Decision::Abort => step.progress.clone(),
    }
}
