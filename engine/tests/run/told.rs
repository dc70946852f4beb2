//! What the state of a run tells while it goes on: of itself to lists and reports, of its nodes to expressions.

use flowrun_engine::{
    activity::Reconciled,
    definition::WaitsFor::{Any, Failed},
    journal::Decision,
    run::{Input, RunStatus},
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{
    by_hand::ByHand,
    define::{Build, define, define_all, node},
    service::{permanent, transient, ungranted},
};

fn second(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + seconds.seconds()
}

#[test]
fn a_run_tells_when_it_began_and_ended_and_what_became_of_it() {
    let mut run = ByHand::of(&define([node("a"), node("b")]), 8);
    let state = run.machine.state();
    assert_eq!((state.started_at(), state.ended_at(), state.records()), (second(0), None, 2));
    assert_eq!((state.outputs(), state.error(), state.next_timer()), (None, None, None));
    run.at(3).fails("a", permanent());
    let state = run.machine.state();
    assert_eq!(state.error().unwrap().place(), "a", "before the end too");
    assert_eq!((state.status(), state.ended_at()), (RunStatus::Running, None));
    run.at(5).gives("b");
    let state = run.machine.state();
    let summary = state.summary();
    assert_eq!((summary.run, &summary.process[..], &summary.version[..]), (state.run(), "test", "1.0.0"));
    assert_eq!((summary.status, summary.started_at, summary.ended_at), (RunStatus::Failed, second(0), Some(second(5))));
    assert_eq!((summary.key, &summary.definition), (None, &state.definition().hash));
    assert_eq!((state.records(), state.outputs()), (4, None));
}

#[test]
fn the_first_failure_is_told_though_several_lose_their_handler_at_once() {
    let handler = node("handler").after_being("b", &[Failed]).after_being("a", &[Failed]);
    let mut run = ByHand::of(&define([node("a"), node("b"), handler]), 8);
    run.fails("b", permanent());
    run.fails("a", permanent());
    assert_eq!(run.machine.state().error(), None, "somebody may still handle them");
    run.fails("handler", permanent());
    assert_eq!(run.machine.state().error().unwrap().place(), "b");
}

fn doubted(run: &mut ByHand, step: &str) {
    run.intends(&format!("{step}/e"));
    run.loses(step, transient());
    run.finds(step, Reconciled::Undecidable(String::new()));
}

/// Another node that fails, a node that asks a person, and whatever stands beside them.
fn asking(nodes: Vec<Build>, step: &str) -> ByHand {
    let mut run = ByHand::of(&define_all([node("other")].into_iter().chain(nodes).collect(), &[]), 8);
    doubted(&mut run, step);
    run
}

#[test]
fn a_person_is_waited_for_once_nothing_else_goes_on() {
    let mut run = asking(vec![node("n")], "n");
    assert_eq!(run.machine.state().status(), RunStatus::Running);
    run.fails("other", transient());
    assert_eq!(run.machine.state().status(), RunStatus::Waiting);
    run.at(2).timer();
    assert_eq!(run.machine.state().status(), RunStatus::Running);
    run.gives("other");
    assert_eq!(run.machine.state().status(), RunStatus::NeedsDecision);
}

#[test]
fn a_run_that_fails_waits_for_a_person_where_nothing_may_begin() {
    let perhaps = node("perhaps").after_being("n", &[Any]).after("other").join_any();
    let never = node("never").after("n");
    let items = node("n").for_each("[1, 2]", 1);
    for (nodes, step) in [(vec![node("n"), perhaps, never], "n"), (vec![items], "n[0]")] {
        let mut run = asking(nodes, step);
        run.fails("other", permanent());
        assert_eq!(run.machine.state().status(), RunStatus::NeedsDecision, "{step}");
        assert!(run.output().rests);
    }
}

/// Its `any` edge may be taken yet, when the person has decided.
#[test]
fn a_run_that_fails_waits_for_a_person_where_a_node_perhaps_begins() {
    let perhaps = node("perhaps").after_being("n", &[Any]).after("done").join_any();
    let mut run = asking(vec![node("n"), node("done"), perhaps], "n");
    run.fails("other", permanent());
    run.gives("done");
    assert_eq!(run.machine.state().status(), RunStatus::NeedsDecision);
    run.tell(Input::TakenOver);
    let told = run.decides("n", Decision::Abort);
    assert!(told.contains("perhaps tries 1, → try perhaps"), "{told}");
}

#[test]
fn a_run_that_is_stopped_with_items_left_is_interrupted_though_one_asks_a_person() {
    let mut run = ByHand::of(&define([node("n").for_each("[1, 2, 3]", 2)]), 8);
    doubted(&mut run, "n[0]");
    run.tell(Input::Stop);
    assert_eq!(run.gives("n[1]"), "n[1] completes, let go, rests");
    assert_eq!(run.machine.state().status(), RunStatus::Interrupted);
}

/// There a node would begin that could not if the run failed.
#[test]
fn a_run_that_is_stopped_with_a_node_left_is_interrupted_though_a_person_is_asked() {
    let perhaps = node("perhaps").after_being("n", &[Any]).after("other").join_any();
    let mut run = asking(vec![node("n"), perhaps], "n");
    run.tell(Input::Stop);
    run.gives("other");
    assert_eq!(run.machine.state().status(), RunStatus::Interrupted);
}

#[test]
fn a_person_is_waited_for_where_more_items_might_run_and_none_is_left() {
    let mut run = asking(vec![node("n").for_each("[1]", 2)], "n[0]");
    run.gives("other");
    assert_eq!(run.machine.state().status(), RunStatus::NeedsDecision);
}

#[test]
fn an_any_edge_lets_its_node_begin_once_the_doubt_is_over() {
    let perhaps = node("perhaps").after_being("n", &[Any]).after("other").join_any();
    let mut run = asking(vec![node("n"), perhaps], "n");
    run.fails("other", permanent());
    run.tell(Input::TakenOver);
    let told = run.decides("n", Decision::Abort);
    assert!(told.contains("perhaps tries 1, → try perhaps"), "{told}");
}

#[test]
fn a_missing_grant_is_told_once_nothing_runs() {
    let mut run = asking(vec![node("n"), node("lacks")], "n");
    run.fails("lacks", ungranted());
    assert_eq!(run.machine.state().status(), RunStatus::Running);
    run.gives("other");
    assert_eq!(run.machine.state().status(), RunStatus::NeedsGrant);
}

#[test]
fn an_item_is_decided_about_by_its_own_name() {
    let mut run = asking(vec![node("n").for_each("[1]", 1)], "n[0]");
    assert_eq!(run.decides("n", Decision::Abort), "", "there is no step without an item");
    assert!(run.output().answers[0].is_err());
    assert!(run.decides("n[0]", Decision::Abort).starts_with("n[0]/e/1 decided, n[0] failed"));
}

#[test]
fn expressions_see_a_node_whole() {
    let items = node("items").for_each("[1, 2, 3]", 1);
    let sees = node("sees").with(&json!({
        "plain": "${{ nodes.plain }}",
        "items": "${{ nodes.items }}",
        "results": ["${{ has(nodes.plain.results) }}", "${{ has(nodes.items.results) }}"],
    }));
    let let_be = |build: Build| build.continues();
    let mut run = ByHand::of(&define([node("plain"), let_be(items), sees]), 8);
    run.gives_this("plain", json!({ "key": "K" }));
    run.gives_this("items[0]", json!({ "key": "I" }));
    run.fails("items[1]", permanent());
    let error = json!({ "code": "FR0703", "message": "no", "status": null, "field": null });
    let item =
        |outcome: &str, output: Value, error: &Value| json!({ "outcome": outcome, "output": output, "error": error });
    let steps: Vec<_> = run.machine.state().nodes().flat_map(|node| node.steps).collect();
    let seen = steps.iter().find(|step| step.step.to_string() == "sees").unwrap().input;
    assert_eq!(seen["plain"], json!({ "outcome": "completed", "error": null, "key": "K" }));
    assert_eq!(seen["results"], json!([false, true]));
    assert_eq!(seen["items"]["outcome"], "failed");
    assert_eq!(seen["items"]["error"], error);
    let results = json!([
        item("completed", json!({ "key": "I" }), &Value::Null),
        item("failed", Value::Null, &error),
        item("skipped", Value::Null, &Value::Null),
    ]);
    assert_eq!(seen["items"]["results"], results);
    let view = run.machine.state().node_view("items").unwrap();
    assert_eq!(view.results.unwrap().values().collect::<Vec<_>>(), results.as_array().unwrap()[..]);
}

#[test]
fn an_effect_keeps_what_is_said_of_it_by_its_attempt() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.intends("n/e");
    run.did_not_happen("n/e");
    run.fails("n", transient());
    run.at(2).timer();
    run.intends("n/e/2");
    run.happened("n/e/2");
    let steps: Vec<_> = run.machine.state().nodes().flat_map(|node| node.steps).collect();
    let settled = |attempt: usize| format!("{:?}", steps[0].attempts[attempt].effects[0].settlement);
    assert_eq!(settled(0), "Some(DidNotHappen)");
    assert!(settled(1).starts_with("Some(Happened("), "{}", settled(1));
}
