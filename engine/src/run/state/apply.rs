//! Entries → state. Each arm changes what its entry is about, and tells the neighbours.

mod correction;
mod effect;
mod node;
mod retry;
mod step;

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{Cause, Frame, Grace, Graph, NodeState, RunEnd, RunState, StepNumber, StepProgress, Work};
use crate::{
    definition::{Definition, Phase},
    id::StepPath,
    journal::{Entry, RunEntry, RunOutcome, RunStarted, SignalEntry, TimerEntry},
};

impl RunState {
    /// A run that has just begun.
    pub(super) fn begin(definition: Arc<Definition>, started: RunStarted, at: Timestamp) -> Self {
        let of_phase = |phase| definition.nodes.iter().filter(|node| node.phase == phase).count();
        let mut state = Self {
            graph: Arc::new(Graph::of(&definition)),
            corrections: BTreeMap::new(),
            started,
            started_at: at,
            ended_at: None,
            last_at: at,
            records: 1,
            received: 0,
            driven: true,
            paused_at: None,
            grace: None,
            end: None,
            retries: Vec::new(),
            admission: None,
            cancelled_for: None,
            cannot_go_on: None,
            gone: BTreeMap::new(),
            nodes: definition.nodes.iter().map(NodeState::waiting_for).collect(),
            frames: [Phase::Main, Phase::Finally].map(|phase| Frame::of(of_phase(phase))),
            work: Work::default(),
            definition,
        };
        (0..state.nodes.len()).for_each(|number| state.consider(number));
        state
    }

    /// Goes on by one entry, which becomes part of a record later.
    pub(in crate::run) fn note(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::Run(entry) => self.note_of_run(at, entry),
            Entry::Node(node, entry) => self.note_of_node(at, node, entry),
            Entry::Step(step, entry) => self.note_of_step(at, step, entry),
            Entry::Effect(effect, entry) => self.note_of_effect(at, effect, entry),
            Entry::Timer(step, TimerEntry::RetryDue) => self.change(step, |_| StepProgress::Due(Cause::Retry)),
            Entry::Timer(step, TimerEntry::LookDue) => self.change(step, |_| StepProgress::Running),
            Entry::Signal(entry) => self.note_of_signal(at, entry),
        }
        self.look_for_unhandled();
    }

    fn note_of_signal(&mut self, at: Timestamp, entry: &SignalEntry) {
        match entry {
            SignalEntry::CancelRequested => self.cancel(at),
            SignalEntry::CancelRequestedFor { run } => {
                self.cancelled_for = Some(*run);
                self.cancel(at);
            }
            SignalEntry::GraceBegan { grace } => {
                self.grace = Some(Grace::Until(at.saturating_add(*grace).unwrap_or(Timestamp::MAX)));
            }
            SignalEntry::GraceEnded => self.grace = Some(Grace::Over),
            SignalEntry::PauseRequested => self.paused_at = Some(at),
            SignalEntry::ResumeRequested => self.end_pause(at),
            SignalEntry::Received { message, .. } => self.received = *message,
        }
    }

    fn note_of_run(&mut self, at: Timestamp, entry: &RunEntry) {
        match entry {
            RunEntry::Started(_) => {}
            RunEntry::Resumed => self.resume(at),
            RunEntry::Interrupted => self.driven = false,
            RunEntry::MainEnded { outcome, error } => {
                self.frame_mut(Phase::Main).ended = Some((*outcome, error.clone()));
                (0..self.nodes.len()).for_each(|number| self.consider(number));
            }
            RunEntry::Ended { outcome, error, outputs } => {
                self.end = Some(RunEnd { outcome: *outcome, error: error.clone(), outputs: outputs.clone() });
                self.ended_at = Some(at);
                (self.paused_at, self.grace) = (None, None);
            }
            RunEntry::AdmissionAsked(asked) => self.ask_for_admission(at, asked),
            RunEntry::Admitted => self.admit(),
            RunEntry::Retried { nodes, left, finally_only, inputs, correction } => {
                if let Some(correction) = correction {
                    let definition = self.corrections.get(&correction.definition).cloned();
                    self.correct(definition.expect("whoever folds a journal has the definitions that it names"));
                }
                self.retry(at, nodes, (inputs.as_ref(), correction.as_ref()));
                self.open_again((nodes, left), *finally_only);
            }
        }
    }

    fn resume(&mut self, at: Timestamp) {
        self.driven = true;
        // A pause is over when it is said to be.
        if !self.is_paused() {
            self.excuse(at.duration_since(self.last_at));
        }
        self.unpark(at);
    }

    fn end_pause(&mut self, at: Timestamp) {
        if let Some(since) = self.paused_at.take() {
            self.excuse(at.duration_since(since));
        }
    }

    /// So long nothing could begin: the deadlines of what has begun do not count that.
    fn excuse(&mut self, away: SignedDuration) {
        let work = &self.work;
        let steps = [&work.due, &work.retries, &work.running, &work.decided].into_iter().flatten().copied();
        let timed = work.waiting.iter().chain(&work.looks).map(|(_, step)| *step);
        let steps: Vec<StepNumber> = steps.chain(timed).collect();
        steps.into_iter().for_each(|(node, step)| self.nodes[node].steps[step].excuse(away));
    }

    /// Whoever resumes the run says that what was missing may be there.
    fn unpark(&mut self, at: Timestamp) {
        let parked = self.work.parked.iter().copied().filter(|(node, _)| !self.gives_up_parked(*node));
        for number in parked.collect::<Vec<StepNumber>>() {
            self.change(&self.step_path(number), |step| step.unpark(at));
        }
    }

    /// Somebody asked for the run's end, and so for the end of a pause. What `finally` does is finished all the same; only what waits for a
    /// grant is not waited for.
    fn cancel(&mut self, at: Timestamp) {
        self.end_pause(at);
        let phase = if self.frame(Phase::Main).ended.is_some() { Phase::Finally } else { Phase::Main };
        self.frame_mut(phase).end_early(RunOutcome::Cancelled);
    }

    fn look_for_unhandled(&mut self) {
        self.frames.iter_mut().for_each(Frame::find_unhandled);
        let main = self.frame_mut(Phase::Main);
        if main.failed_node.is_some() {
            main.end_early(RunOutcome::Failed);
        }
    }

    pub(super) fn frame_mut(&mut self, phase: Phase) -> &mut Frame {
        &mut self.frames[phase as usize]
    }

    fn known(&self, node: &str) -> usize {
        self.number(node).expect("a journal names only nodes of its own definition")
    }

    fn known_step(&self, path: &StepPath) -> StepNumber {
        self.step_number(path).expect("a journal names only nodes of its own definition")
    }
}
