//! The pairs that no world can show, and why.

use super::{RunIs, StepIs, Told};

/// Why a machine is never told this of a step that is so; `None` if it can be.
pub(super) fn of_step(told: Told, is: StepIs) -> Option<&'static str> {
    use StepIs::{Lost, LostOpen, Unbegun};
    use Told::{Cancel, CancelWithin, DecidedAbort, DecidedDidNot, DecidedHappened, Pause, Resume, TakenOver};
    match (told, is) {
        (DecidedHappened | DecidedDidNot | DecidedAbort, Unbegun) => None,
        (_, Unbegun) => Some("a step that has not begun has nobody who tells of it, and nothing that could end"),
        (TakenOver, _) if call(is).is_some() => Some("a process that takes a run over has made no calls yet"),
        (TakenOver, _) => None,
        // Whoever takes a run hears in the same moment what was said to it before.
        (Cancel | CancelWithin | Pause | Resume, Lost | LostOpen) => None,
        (_, Lost | LostOpen) => {
            Some("a process goes on with what another left in the moment in which it takes the run")
        }
        _ => of_call(told, is).or_else(|| of_time(told, is)),
    }
}

/// A call that ends.
fn of_call(told: Told, is: StepIs) -> Option<&'static str> {
    let (kind, is_dropped) = end(told)?;
    match call(is) {
        // A step that is cancelled while it waits for a grant may have been asked about.
        None if kind == CallKind::Ask && is == StepIs::Ended => None,
        Some((of, _)) if of != kind => Some("a call ends as calls of its kind do, and a step has one at a time"),
        Some((_, false)) if is_dropped => Some("no call is dropped that was not to be"),
        Some(_) => None,
        None => Some("only a call that runs can end"),
    }
}

/// A time that comes.
fn of_time(told: Told, is: StepIs) -> Option<&'static str> {
    match (told, call(is)) {
        (Told::AskDue, _) if is != StepIs::Parked => {
            Some("only a step that waits for a grant has a time to ask for it")
        }
        (Told::RetryDue, _) if is != StepIs::Waiting => Some("only a step that waits for its retry has a time for it"),
        (Told::LookDue, _) if is != StepIs::LooksAgain => {
            Some("only a step whose effect is looked for later has a time for it")
        }
        (Told::LimitReached, None) => Some("only a call has a limit"),
        (Told::LimitReached, Some((_, true))) => Some("a call is to be dropped once"),
        _ => None,
    }
}

/// Why a machine is never told this while its run is so; `None` if it can be.
pub(super) fn of_run(told: Told, is: RunIs) -> Option<&'static str> {
    match (told, is) {
        (_, RunIs::Ended) => Some("a machine whose run has ended rests, and is let go"),
        (Told::RetryDue | Told::LookDue, RunIs::LacksGrant | RunIs::Paused | RunIs::Stopping) => {
            Some("nothing begins while it holds, neither a retry nor a look")
        }
        (Told::AskDue, RunIs::Paused | RunIs::Stopping) => {
            Some("nobody is asked for a run that is paused, nor by a process that ends")
        }
        (Told::AskDue, RunIs::GoingOn) => Some("a run in which a step waits for a grant lacks it"),
        (Told::TakenOver, RunIs::Stopping) => Some("a process takes a run before it is asked to end"),
        _ => None,
    }
}

/// What a call is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CallKind {
    Attempt,
    Look,
    Adopt,
    Ask,
}

/// The call of a step that is so, and whether it is being dropped.
fn call(is: StepIs) -> Option<(CallKind, bool)> {
    match is {
        StepIs::Attempting | StepIs::Intending | StepIs::Sending => Some((CallKind::Attempt, false)),
        StepIs::Dropping | StepIs::DroppingIntending | StepIs::DroppingSending => Some((CallKind::Attempt, true)),
        StepIs::Looking | StepIs::LookingAnswered => Some((CallKind::Look, false)),
        StepIs::LookingDropping => Some((CallKind::Look, true)),
        StepIs::Adopting => Some((CallKind::Adopt, false)),
        StepIs::AdoptingDropping => Some((CallKind::Adopt, true)),
        StepIs::Asking | StepIs::ParkedAsking => Some((CallKind::Ask, false)),
        StepIs::AskingDropping | StepIs::ParkedAskingDropping => Some((CallKind::Ask, true)),
        StepIs::Unbegun
        | StepIs::Due
        | StepIs::Lost
        | StepIs::LostOpen
        | StepIs::Waiting
        | StepIs::LooksAgain
        | StepIs::Parked
        | StepIs::InDoubt
        | StepIs::Decided
        | StepIs::Ended => None,
    }
}

/// Of which kind the call is that ends so, and whether it was dropped.
fn end(told: Told) -> Option<(CallKind, bool)> {
    match told {
        Told::AttemptGave
        | Told::AttemptFailed
        | Told::AttemptFailedForNow
        | Told::AttemptLimited
        | Told::AttemptLacksGrant
        | Told::AttemptDenied
        | Told::AttemptPerhapsDenied
        | Told::AttemptRefused => Some((CallKind::Attempt, false)),
        Told::AttemptDropped => Some((CallKind::Attempt, true)),
        Told::LookFound | Told::LookFoundNone | Told::LookNotYet | Told::LookDenied | Told::LookUndecided => {
            Some((CallKind::Look, false))
        }
        Told::LookDropped => Some((CallKind::Look, true)),
        Told::AdoptSaw | Told::AdoptSawNone => Some((CallKind::Adopt, false)),
        Told::AdoptDropped => Some((CallKind::Adopt, true)),
        Told::GrantMissing | Told::GrantThere | Told::GrantUnknown => Some((CallKind::Ask, false)),
        Told::AskDropped => Some((CallKind::Ask, true)),
        Told::Intended
        | Told::Happened
        | Told::DidNotHappen
        | Told::AskDue
        | Told::RetryDue
        | Told::LookDue
        | Told::LimitReached
        | Told::DecidedHappened
        | Told::DecidedDidNot
        | Told::DecidedAbort
        | Told::Cancel
        | Told::CancelWithin
        | Told::Pause
        | Told::Resume
        | Told::Stop
        | Told::TakenOver => None,
    }
}
