//! From commands to entries and actions, until nothing more follows. What follows from one thing becomes durable with it.

use super::{Action, Call, CallKind, Limit, Machine, RecordDraft, Running};
use crate::{
    id::StepPath,
    journal::{Entry, NodeEntry, RunEntry, StepEntry},
    kind::Doing,
    run::{Activities, Command, RunState, decide},
};

/// How many commands one turn carries out: whoever stops or cancels need not wait until the conditions of thousands of nodes are
/// evaluated.
const MOST_COMMANDS: usize = 32;

impl Machine {
    /// Carries out what follows.
    pub(super) fn carry_out(&mut self, draft: &mut RecordDraft) {
        let max_in_flight = if self.is_stopping { 0 } else { self.max_in_flight };
        let first = draft.entries.len();
        self.has_more = !carry_out(&mut self.state, &self.activities, max_in_flight, draft);
        for place in first..draft.entries.len() {
            if let Entry::Step(step, StepEntry::AttemptStarted { .. }) = &draft.entries[place] {
                let step = step.clone();
                self.start_attempt(step, draft);
            }
        }
    }

    fn start_attempt(&mut self, step: StepPath, draft: &mut RecordDraft) {
        let call = Call::of(&self.state, &step);
        let state = self.state.find_step(&step).expect("an attempt is made of a step that has begun");
        let limit = Limit::of_attempt(state, self.timeout(&step), draft.at());
        draft.actions.push(Action::StartAttempt(call));
        self.calls.insert(step, Running { kind: CallKind::Attempt, limit, dropped: None, is_refused: false });
    }

    /// How long a call for a step may take.
    pub(super) fn timeout(&self, path: &StepPath) -> std::time::Duration {
        let node = self.state.activity(path);
        node.timeout.unwrap_or_else(|| self.activities.timeout(&node.activity))
    }
}

impl Call {
    /// A call for the last attempt of a step that has begun.
    pub(in crate::run) fn of(state: &RunState, path: &StepPath) -> Self {
        let step = state.find_step(path).expect("an attempt is made of a step that has begun");
        Self {
            step: path.clone(),
            attempt: step.last_attempt(),
            activity: state.activity(path).activity.clone(),
            input: step.attempted_input().clone(),
            results: step.results.clone(),
        }
    }
}

/// Carries out what follows in this state, as far as one turn goes; whether that was all.
pub(in crate::run) fn carry_out(
    state: &mut RunState,
    activities: &Activities,
    max_in_flight: usize,
    draft: &mut RecordDraft,
) -> bool {
    let mut carried_out = 0;
    loop {
        let commands = decide(state, max_in_flight);
        if commands.is_empty() {
            return true;
        }
        if carried_out >= MOST_COMMANDS {
            return false;
        }
        let ending = state.ending();
        for command in commands {
            carried_out += 1;
            for entry in entries(command, state, activities) {
                draft.push(state, entry);
            }
            // What was decided for a run that goes on does not hold for one that ends.
            if state.ending() != ending {
                break;
            }
        }
    }
}

/// The entries that a command leaves.
fn entries(command: Command, state: &RunState, activities: &Activities) -> Vec<Entry> {
    vec![match command {
        Command::SkipNode { node, reason, because } => Entry::Node(node, NodeEntry::Skipped { reason, because }),
        Command::StartNode { node, items } => Entry::Node(node, NodeEntry::Started { items }),
        Command::FailNode { node, failure } => Entry::Node(node, NodeEntry::Failed { failure }),
        Command::CancelNode { node } => Entry::Node(node, NodeEntry::Cancelled),
        Command::FailStep { step, failure } => Entry::Step(step, StepEntry::Failed { failure }),
        Command::StartAttempt { step, attempt } => Entry::Step(step, StepEntry::AttemptStarted { attempt }),
        Command::CancelStep { step } => Entry::Step(step, StepEntry::Cancelled),
        Command::EndMain { outcome, error } => Entry::Run(RunEntry::MainEnded { outcome, error }),
        Command::EndRun { outcome, error, outputs } => Entry::Run(RunEntry::Ended { outcome, error, outputs }),
        Command::StartStep { step, input } => {
            let checked = state.doing(&step).map(|doing| match doing {
                Doing::Attempts(node) => activities.check(&node.activity, &input),
                Doing::Awaits(kind) => kind.check(&input),
            });
            let refused = checked.and_then(Result::err);
            let begun = Entry::Step(step.clone(), StepEntry::Started { input });
            let failed = refused.map(|failure| Entry::Step(step, StepEntry::Failed { failure }));
            return [begun].into_iter().chain(failed).collect();
        }
    }]
}
