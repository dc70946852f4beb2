//! What a machine is told, and how its step and its run are then: seen from outside, for the table.

use std::collections::BTreeMap;

use flowrun_engine::{
    activity::{Failure, Reconciled, Recovery, Settlement},
    diagnostic::Code,
    id::StepPath,
    journal::{Decision, Entry, RunEntry, SignalEntry, TimerEntry},
    run::{Action, CallEnd, EffectView, Input, NodeStatus, Output, Signal, StepView},
};

use super::{
    Scripted,
    calling::{Calling, Calls, Work},
};
use crate::{
    disk::Run,
    table::{RunIs, StepIs, Table, Told},
    world::{Driven, World, entries},
};

/// How a run and its steps are before its machine is told something.
pub(super) struct Before {
    told: Vec<Input>,
    steps: BTreeMap<StepPath, StepIs>,
    runs: Vec<RunIs>,
}

impl World<Scripted<'_>> {
    /// How a run is now that its machine is told this, where a table is made.
    pub(super) fn before(&self, run: Run, told: &[Input]) -> Option<Before> {
        self.kind.table.as_ref()?;
        let driven = self.driven.get(&run)?;
        Some(Before { told: told.to_vec(), steps: steps(driven), runs: runs(driven, self.stopping.contains(&run)) })
    }
}

impl Before {
    /// Notes what the machine was told, and what of it came of the time alone.
    pub(super) fn note(&self, output: &Output, table: &mut Table) {
        for input in &self.told {
            match input {
                Input::TakenOver => self.each(Told::TakenOver, table),
                Input::Stop => self.each(Told::Stop, table),
                Input::Signal(signal) | Input::Received { signal, .. } => self.signalled(signal, table),
                Input::EffectIntended { effect, .. } => self.one(Told::Intended, &effect.step, table),
                Input::EffectSettled { effect, settlement } => self.one(settled(settlement), &effect.step, table),
                Input::CallEnded { step, end, .. } => self.one(ended(end, self.is(step)), step, table),
                Input::TimerFired => self.timer_fired(output, table),
            }
        }
    }

    fn signalled(&self, signal: &Signal, table: &mut Table) {
        match signal {
            Signal::Cancel | Signal::CancelFor { .. } => self.each(Told::Cancel, table),
            Signal::CancelWithin(_) => self.each(Told::CancelWithin, table),
            Signal::Pause => self.each(Told::Pause, table),
            Signal::Resume => self.each(Told::Resume, table),
            Signal::Decide { step, decision } => self.one(decided(decision), step, table),
            // No kind of the language waits for one: it is refused.
            Signal::Answer { .. } => {}
        }
    }

    fn timer_fired(&self, output: &Output, table: &mut Table) {
        for entry in entries(output.record.as_ref()) {
            if let Entry::Timer(step, due) = entry {
                let told = match due {
                    TimerEntry::RetryDue => Told::RetryDue,
                    TimerEntry::LookDue => Told::LookDue,
                };
                self.one(told, step, table);
            }
        }
        for action in &output.actions {
            match action {
                Action::DropCall(step) => self.one(Told::LimitReached, step, table),
                Action::AskGrants(call) if self.is(&call.step) == StepIs::Parked => {
                    self.one(Told::AskDue, &call.step, table);
                }
                _ => {}
            }
        }
    }

    fn one(&self, told: Told, step: &StepPath, table: &mut Table) {
        table.saw_step(told, self.is(step));
        self.run(told, table);
    }

    fn each(&self, told: Told, table: &mut Table) {
        self.steps.values().for_each(|is| table.saw_step(told, *is));
        self.run(told, table);
    }

    fn run(&self, told: Told, table: &mut Table) {
        self.runs.iter().for_each(|is| table.saw_run(told, *is));
    }

    fn is(&self, step: &StepPath) -> StepIs {
        self.steps.get(step).copied().unwrap_or(StepIs::Unbegun)
    }
}

fn decided(decision: &Decision) -> Told {
    match decision {
        Decision::Happened { .. } => Told::DecidedHappened,
        Decision::DidNotHappen => Told::DecidedDidNot,
        Decision::Abort => Told::DecidedAbort,
    }
}

fn settled(settlement: &Settlement) -> Told {
    match settlement {
        Settlement::Happened(_) => Told::Happened,
        Settlement::DidNotHappen => Told::DidNotHappen,
    }
}

fn ended(end: &CallEnd, is: StepIs) -> Told {
    match end {
        CallEnd::Returned(Ok(_)) => Told::AttemptGave,
        CallEnd::Returned(Err(failure)) => failed(failure),
        CallEnd::Reconciled(Reconciled::Happened { .. }) => Told::LookFound,
        CallEnd::Reconciled(Reconciled::DidNotHappen { .. }) => Told::LookFoundNone,
        CallEnd::Reconciled(Reconciled::NotYet { .. }) => Told::LookNotYet,
        CallEnd::Reconciled(Reconciled::Denied(_)) => Told::LookDenied,
        CallEnd::Reconciled(Reconciled::Undecidable(_)) => Told::LookUndecided,
        CallEnd::Adopted(Ok(_)) => Told::AdoptSaw,
        CallEnd::Adopted(Err(_)) => Told::AdoptSawNone,
        CallEnd::GrantsAsked(Ok(Some(_))) => Told::GrantMissing,
        CallEnd::GrantsAsked(Ok(None)) => Told::GrantThere,
        CallEnd::GrantsAsked(Err(_)) => Told::GrantUnknown,
        CallEnd::Dropped if matches!(is, StepIs::AskingDropping | StepIs::ParkedAskingDropping | StepIs::Ended) => {
            Told::AskDropped
        }
        CallEnd::Dropped if is == StepIs::LookingDropping => Told::LookDropped,
        CallEnd::Dropped if is == StepIs::AdoptingDropping => Told::AdoptDropped,
        CallEnd::Dropped => Told::AttemptDropped,
    }
}

fn failed(failure: &Failure) -> Told {
    match failure.recovery {
        Recovery::Transient { .. } if failure.code == Code::STOPPED => Told::AttemptRefused,
        Recovery::Transient { .. } => Told::AttemptFailedForNow,
        Recovery::RateLimited { .. } => Told::AttemptLimited,
        Recovery::NeedsGrant => Told::AttemptLacksGrant,
        Recovery::Denied => Told::AttemptDenied,
        Recovery::PerhapsDenied => Told::AttemptPerhapsDenied,
        Recovery::Permanent => Told::AttemptFailed,
    }
}

fn steps(driven: &Driven<Calls>) -> BTreeMap<StepPath, StepIs> {
    let steps = driven.machine.state().nodes().flat_map(|node| node.steps);
    steps.map(|step| (step.step.clone(), how(&step, driven.calls.known(&step.step)))).collect()
}

fn how(step: &StepView<'_>, calling: Option<&Calling>) -> StepIs {
    let last = step.attempts.last();
    let open = last.and_then(|attempt| attempt.effects.iter().find(|effect| effect.settlement.is_none()));
    match step.status {
        NodeStatus::Completed | NodeStatus::Failed | NodeStatus::Cancelled => StepIs::Ended,
        NodeStatus::NeedsDecision => StepIs::InDoubt,
        NodeStatus::Waiting if last.is_some_and(|attempt| attempt.retry_at.is_some()) => StepIs::Waiting,
        NodeStatus::Waiting => match calling {
            None => StepIs::Parked,
            Some(asking) if asking.is_dropping => StepIs::ParkedAskingDropping,
            Some(_) => StepIs::ParkedAsking,
        },
        NodeStatus::Running => match calling {
            Some(calling) => called(calling, open.is_some()),
            None if open.is_some_and(|effect| effect.next_look.is_some()) => StepIs::LooksAgain,
            None if open.is_some_and(|effect| effect.decision.is_some()) => StepIs::Decided,
            None if last.is_some_and(|attempt| attempt.ended_at.is_none()) => lost(open),
            None => StepIs::Due,
        },
        // It had ended, and begins again some time.
        NodeStatus::Pending => StepIs::Ended,
        NodeStatus::Skipped | NodeStatus::Undone => unreachable!("no step is so"),
    }
}

fn called(calling: &Calling, is_open: bool) -> StepIs {
    match (&calling.work, calling.is_dropping) {
        (Work::Attempt { is_sent: true, .. }, false) if is_open => StepIs::Sending,
        (Work::Attempt { is_sent: true, .. }, true) if is_open => StepIs::DroppingSending,
        (Work::Attempt { .. }, false) if is_open => StepIs::Intending,
        (Work::Attempt { .. }, true) if is_open => StepIs::DroppingIntending,
        (Work::Attempt { .. }, false) => StepIs::Attempting,
        (Work::Attempt { .. }, true) => StepIs::Dropping,
        (Work::Reconcile, true) => StepIs::LookingDropping,
        (Work::Reconcile, false) if is_open => StepIs::Looking,
        (Work::Reconcile, false) => StepIs::LookingAnswered,
        (Work::AskGrants, true) => StepIs::AskingDropping,
        (Work::AskGrants, false) => StepIs::Asking,
        (Work::Adopt(_), true) => StepIs::AdoptingDropping,
        (Work::Adopt(_), false) => StepIs::Adopting,
    }
}

fn lost(open: Option<&EffectView<'_>>) -> StepIs {
    if open.is_some() { StepIs::LostOpen } else { StepIs::Lost }
}

fn runs(driven: &Driven<Calls>, is_stopping: bool) -> Vec<RunIs> {
    let (state, entries) = (driven.machine.state(), driven.calls.journal.iter().flat_map(|record| &record.entries));
    let (mut is_cancelled, mut is_in_finally) = (false, false);
    for entry in entries {
        if let Entry::Run(RunEntry::Retried { finally_only, .. }) = entry {
            (is_cancelled, is_in_finally) = (false, *finally_only);
        }
        is_cancelled |= *entry == Entry::Signal(SignalEntry::CancelRequested);
        is_in_finally |= matches!(entry, Entry::Run(RunEntry::MainEnded { .. }));
    }
    let all = [
        (RunIs::Draining, is_cancelled || state.error().is_some()),
        (RunIs::LacksGrant, !state.steps_parked().is_empty()),
        (RunIs::AsksPerson, !state.steps_in_doubt().is_empty()),
        (RunIs::Paused, state.is_paused()),
        (RunIs::Stopping, is_stopping),
        (RunIs::Finally, is_in_finally),
        (RunIs::Retried, !state.retries().is_empty()),
        (RunIs::Ended, state.is_ended()),
    ];
    let runs: Vec<RunIs> = all.into_iter().filter(|(_, is)| *is).map(|(run, _)| run).collect();
    if runs.is_empty() { vec![RunIs::GoingOn] } else { runs }
}
