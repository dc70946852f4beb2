//! Looks that are refused: where a grant is missing the step waits for it with its effect open, and it is looked for again then.

use flowrun_engine::{
    activity::{Failure, Reconciled},
    diagnostic::Code,
    journal::Decision,
    run::{CallEnd, Input, RunState, RunStatus, Signal},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::{
    by_hand::ByHand,
    define::{Build, define, node},
    service::{denied, limited, perhaps_denied, permanent, transient, ungranted},
};

const PARKS: &str = "n/e/1 not shown yet, again at 6, n parks 1, asks at 306";
const ASKS_PERSON: &str = "n fails 1, n/e/1 in doubt, let go, rests";

fn missing() -> Failure {
    Failure::needs_grant(Code::NOT_AUTHORISED, "Ann may not see it").with_help("ask Bob")
}

fn asked(answer: Result<Option<Failure>, Failure>) -> CallEnd {
    CallEnd::GrantsAsked(answer)
}

fn found() -> Reconciled {
    Reconciled::Happened { result: json!({ "key": "K" }), evidence: String::new() }
}

/// A run in which the answer to the effect of this node was lost, and the look for it is refused at second 6.
fn refused(build: Build, failure: Failure) -> ByHand {
    let mut run = ByHand::of(&define([build]), 8);
    run.at(5).intends("n/e");
    assert_eq!(run.loses("n", transient()), "→ look for n");
    assert_eq!(run.at(6).finds("n", Reconciled::Denied(failure)), "→ ask grants for n");
    run
}

/// The same, and a grant is missing.
fn parked(build: Build) -> ByHand {
    let mut run = refused(build, denied());
    assert_eq!(run.ends("n", asked(Ok(Some(missing()))), false), PARKS);
    run
}

/// The run as it is read again.
fn replayed(run: &ByHand) -> RunState {
    RunState::replay(run.machine.state().definition().clone(), run.journal()).unwrap()
}

#[test]
fn what_a_look_was_refused_for_is_asked_first() {
    let again = "n/e/1 not shown yet, again at 6";
    let later = "n/e/1 not shown yet, again at 60";
    let minute = Timestamp::UNIX_EPOCH + 60.seconds();
    let table = [
        (Ok(Some(missing())), PARKS, PARKS),
        (Ok(None), PARKS, ASKS_PERSON),
        (Err(permanent()), PARKS, ASKS_PERSON),
        (Err(ungranted()), PARKS, PARKS),
        (Err(transient()), again, again),
        (Err(limited(minute)), later, later),
    ];
    for (answer, when_denied, when_perhaps_denied) in table {
        for (failure, told) in [(denied(), when_denied), (perhaps_denied(), when_perhaps_denied)] {
            let mut run = refused(node("n"), failure);
            assert_eq!(run.ends("n", asked(answer.clone()), false), told, "{answer:?}");
        }
    }
}

#[test]
fn once_the_grant_is_there_the_effect_is_looked_for_before_anything_is_tried() {
    let mut run = parked(node("n"));
    let state = run.machine.state();
    assert_eq!((state.status(), state.steps_parked()[0].1.code), (RunStatus::NeedsGrant, Code::NOT_AUTHORISED));
    assert_eq!(state.open_effects().len(), 1);
    assert_eq!(run.at(306).timer(), "→ ask grants for n");
    assert_eq!(run.ends("n", asked(Ok(None)), false), "n is unparked, n is to be looked for, → look for n");
    assert_eq!(run.finds("n", found()), "n/e/1 happened, n loses 1, n tries 2, → try n");
}

#[test]
fn whoever_takes_the_run_over_looks_for_it_first() {
    let mut other = ByHand::going_on(replayed(&parked(node("n"))));
    assert_eq!(other.at(20).tell(Input::TakenOver), "resumed, n is to be looked for, → look for n");
    let doubted = other.finds("n", Reconciled::Undecidable("nobody can tell".to_owned()));
    assert_eq!(doubted, ASKS_PERSON);
    let node = other.machine.state().node_view("n").unwrap();
    let doubt = node.steps[0].attempts[0].effects[0].doubt.unwrap();
    assert_eq!(doubt.message, "it is unknown whether it happened: busy; nobody can tell", "what was seen is kept");
}

#[test]
fn waiting_for_it_uses_up_nothing_of_the_deadline() {
    let mut run = parked(node("n").deadline(30));
    run.at(306).timer();
    run.ends("n", asked(Ok(None)), false);
    let index = Reconciled::NotYet { until: Timestamp::UNIX_EPOCH, why: "the index lags".to_owned() };
    assert_eq!(run.at(309).finds("n", index), "n/e/1 not shown yet, again at 309");
}

#[test]
fn its_answer_may_come_while_it_waits() {
    let mut run = parked(node("n"));
    assert_eq!(run.happened("n/e"), "n/e/1 happened");
    run.at(306).timer();
    assert_eq!(run.ends("n", asked(Ok(None)), false), "n is unparked, n tries 2, → try n");
    let mut run = refused(node("n"), denied());
    run.happened("n/e");
    assert_eq!(run.ends("n", asked(Ok(Some(missing()))), false), "n loses 1, n tries 2, → try n");
}

#[test]
fn a_run_that_is_cancelled_meanwhile_asks_a_person() {
    let mut run = parked(node("n"));
    assert_eq!(run.tell(Input::Signal(Signal::Cancel)), "cancelled, n/e/1 in doubt, let go, rests");
    let node = run.machine.state().node_view("n").unwrap();
    let doubt = node.steps[0].attempts[0].effects[0].doubt.unwrap();
    assert_eq!(doubt.message, "it is unknown whether it happened: busy; Ann may not see it; no");
    let told = run.decides("n", Decision::DidNotHappen);
    assert_eq!(told, "n/e/1 decided, n tries 2, → try n");
}

#[test]
fn grants_that_are_being_asked_for_are_left_before_a_person_is_asked() {
    let mut run = parked(node("n"));
    run.at(306).timer();
    assert_eq!(run.tell(Input::Signal(Signal::Cancel)), "cancelled, → drop n");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "n/e/1 in doubt, let go, rests");
}

#[test]
fn where_it_may_be_done_twice_nobody_is_asked_at_the_end() {
    let mut run = parked(node("n").retries_unknown());
    let told = run.tell(Input::Signal(Signal::Cancel));
    assert_eq!(told, "cancelled, n cancelled, nodes cancelled, run cancelled, rests");
}

/// An attempt may fail for want of a grant while its effect is on the wire, and be made again although nobody knows of that.
#[test]
fn what_may_be_done_twice_is_tried_again_once_its_attempt_has_its_grant() {
    let mut run = ByHand::of(&define([node("n").retries_unknown()]), 8);
    run.at(5).intends("n/e");
    assert_eq!(run.loses("n", ungranted()), "→ look for n");
    assert_eq!(run.finds("n", Reconciled::Undecidable(String::new())), "n parks 1, asks at 305");
    run.at(305).timer();
    assert_eq!(run.ends("n", asked(Ok(None)), false), "n is unparked, n tries 2, → try n");
}

#[test]
fn a_process_that_ends_leaves_the_look_to_the_next() {
    let mut run = refused(node("n"), denied());
    assert_eq!(run.tell(Input::Stop), "→ drop n");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "n/e/1 not shown yet, again at 6, let go, rests");
    let mut next = ByHand::going_on(replayed(&run));
    assert_eq!(next.at(9).tell(Input::TakenOver), "resumed, n is to be looked for, → look for n");
    next.tell(Input::Stop);
    assert_eq!(next.finds("n", Reconciled::Denied(denied())), "n/e/1 not shown yet, again at 9, let go, rests");
}
