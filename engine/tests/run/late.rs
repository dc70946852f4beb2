//! Answers that come late: to an effect that is looked for already, or that a person was asked about.

use flowrun_engine::{
    activity::Reconciled,
    journal::Decision,
    run::{CallEnd, RunStatus},
};
use serde_json::json;

use crate::{
    by_hand::ByHand,
    define::{define, node},
    service::transient,
};

/// A run whose only other node goes on, and whose effect is in doubt.
fn in_doubt() -> ByHand {
    let mut run = ByHand::of(&define([node("n"), node("other")]), 8);
    run.intends("n/e");
    assert_eq!(run.loses("n", transient()), "→ look for n");
    let undecidable = Reconciled::Undecidable("nobody can tell".to_owned());
    assert_eq!(run.finds("n", undecidable), "n fails 1, n/e/1 in doubt");
    run
}

#[test]
fn an_answer_that_comes_while_a_person_is_asked_ends_the_doubt() {
    for answer in [ByHand::happened, ByHand::did_not_happen] {
        let mut run = in_doubt();
        let told = answer(&mut run, "n/e");
        assert!(told.ends_with("n tries 2, → try n"), "{told}");
        assert_eq!(run.gives("n"), "n completes");
        run.gives("other");
        assert_eq!(run.machine.state().status(), RunStatus::Completed);
    }
}

#[test]
fn a_person_is_not_waited_for_in_vain() {
    let mut run = in_doubt();
    run.at(100).happened("n/e");
    assert_eq!(run.machine.state().steps_in_doubt(), []);
    assert_eq!(run.decides("n", Decision::DidNotHappen), "");
    assert!(run.output().answers[0].is_err(), "there is nothing to decide any more");
}

/// What a person named is looked at: that says how the effect ended. Were the answer taken too, the step would have two calls.
#[test]
fn an_answer_that_comes_while_what_a_person_named_is_looked_at_changes_nothing() {
    let mut run = in_doubt();
    let named = Decision::Happened { key: "K".to_owned() };
    assert_eq!(run.decides("n", named), "n/e/1 decided, → look at K for n");
    assert_eq!(run.happened("n/e"), "");
    assert_eq!(run.ends("n", CallEnd::Adopted(Ok(json!({}))), false), "n/e/1 happened, n tries 2, → try n");
}

#[test]
fn an_answer_that_comes_while_its_effect_is_looked_for_is_taken_and_the_look_waited_for() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.intends("n/e");
    run.loses("n", transient());
    assert_eq!(run.happened("n/e"), "n/e/1 happened");
    assert_eq!(run.finds("n", Reconciled::DidNotHappen { evidence: String::new() }), "n loses 1, n tries 2, → try n");
}
