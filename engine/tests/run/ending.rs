//! Failures handled and not, what a failing run still does, `finally`, cancelling, and outputs.

use flowrun_engine::{
    definition::WaitsFor::{Any, Completed, Failed},
    diagnostic::Code,
    journal::{Entry, RunEntry, RunOutcome, StepEntry},
    run::RunStatus,
};
use serde_json::{Value, json};

use crate::{
    define::{Build, define, define_all, last, node},
    service::{Act, Answer, Service, permanent, transient},
    world::{World, in_moved_time, outcomes, run},
};

/// A service where these nodes fail for good.
fn failing(nodes: &[&str]) -> Service {
    nodes.iter().fold(Service::default(), |service, node| service.script(node, &[Act::Fail(permanent())]))
}

#[track_caller]
fn check<const COUNT: usize>(service: &Service, nodes: [Build; COUNT], status: RunStatus, expected: &str) {
    let state = run(service, &define(nodes));
    assert_eq!(outcomes(&state), expected);
    assert_eq!(state.status(), status);
}

#[test]
fn a_failure_is_handled_by_a_node_that_waits_for_it_and_completes() {
    let a_b = || [node("a"), node("b").after_being("a", &[Failed])];
    check(&failing(&["a"]), a_b(), RunStatus::Completed, "a: failed, b: completed");
    // The handler fails too.
    check(&failing(&["a", "b"]), a_b(), RunStatus::Failed, "a: failed, b: failed");
    // The handler is skipped.
    let [a, b] = a_b();
    check(&failing(&["a"]), [a, b.only_if("false")], RunStatus::Failed, "a: failed, b: skipped condition");
    // A list with `failed` handles, `any` does not.
    let list = [node("a"), node("b").after_being("a", &[Completed, Failed])];
    check(&failing(&["a"]), list, RunStatus::Completed, "a: failed, b: completed");
    let any = [node("a"), node("b").after_being("a", &[Any])];
    check(&failing(&["a"]), any, RunStatus::Failed, "a: failed, b: completed");
}

#[test]
fn one_handler_of_several_is_enough() {
    let nodes = [
        node("a"),
        node("b").after_being("a", &[Failed]).only_if("false"),
        node("c").after_being("a", &[Failed]),
        node("d").after("c"),
    ];
    let expected = "a: failed, b: skipped condition, c: completed, d: completed";
    check(&failing(&["a"]), nodes, RunStatus::Completed, expected);
}

#[test]
fn a_handler_that_completed_for_one_failure_handles_a_later_one() {
    let handler = node("h").join_any().after_being("a", &[Failed]).after_being("b", &[Failed]);
    let service = failing(&["a"]).script("b", &[Act::Take(5), Act::Fail(permanent())]);
    check(&service, [node("a"), node("b"), handler], RunStatus::Completed, "a: failed, b: failed, h: completed");
}

#[test]
fn a_failed_handler_does_not_handle_even_if_its_own_failure_is_handled() {
    let nodes = [node("a"), node("b").after_being("a", &[Failed]), node("c").after_being("b", &[Failed])];
    let state = run(&failing(&["a", "b"]), &define(nodes));
    assert_eq!(outcomes(&state), "a: failed, b: failed, c: skipped run_failed");
    assert_eq!(state.error().unwrap().node.unwrap().as_str(), "a", "the first failure that nobody handled");
}

#[test]
fn while_a_handler_is_still_possible_the_rest_goes_on() {
    let service = failing(&["a"]).script("slow", &[Act::Take(10)]);
    let nodes = [
        node("a"),
        node("slow"),
        node("other").after("slow"),
        node("handler").after_being("a", &[Failed]).after("other"),
    ];
    check(&service, nodes, RunStatus::Completed, "a: failed, slow: completed, other: completed, handler: completed");
}

#[test]
fn on_failure_continue_counts_as_completed_and_as_failed() {
    let nodes = [
        node("a").continues(),
        node("b").after("a"),
        node("c").after_being("a", &[Failed]),
        node("d").only_if("nodes.a.outcome == 'failed'"),
    ];
    check(&failing(&["a"]), nodes, RunStatus::Completed, "a: failed, b: completed, c: completed, d: completed");
    // Its handlers may fail: nothing is left to handle.
    let nodes = [node("a").continues(), node("c").after_being("a", &[Failed]).continues()];
    check(&failing(&["a", "c"]), nodes, RunStatus::Completed, "a: failed, c: failed");
}

#[test]
fn a_failing_run_starts_nothing_new_but_any_edges() {
    let service = failing(&["bad"]).script("slow", &[Act::Take(10), Act::Give(json!({ "key": "S" }))]);
    let nodes = [
        node("bad"),
        node("slow"),
        node("next").after("slow"),
        node("further").after("next"),
        node("mentions").with(&json!({ "of": "${{ nodes.slow.key }}" })),
        node("blocked").after("bad").after("slow"),
        node("needs").with(&json!({ "of": "${{ nodes.bad.key }}" })),
        node("off").after("slow").only_if("false"),
        node("cleanup").after_being("slow", &[Any]).after_being("next", &[Any, Completed]),
        node("mixed").after_being("slow", &[Any]).after("slow"),
        node("after_cleanup").after("cleanup"),
    ];
    let state = run(&service, &define(nodes));
    let expected = "bad: failed, slow: completed, next: skipped run_failed, further: skipped run_failed, \
                    mentions: skipped run_failed, blocked: skipped upstream, needs: skipped upstream, \
                    off: skipped condition, cleanup: completed, mixed: skipped run_failed, \
                    after_cleanup: skipped run_failed";
    assert_eq!(outcomes(&state), expected);
    assert_eq!((state.status(), state.error().unwrap().node.unwrap().as_str()), (RunStatus::Failed, "bad"));
}

#[test]
fn with_join_any_a_failing_run_waits_for_an_any_edge() {
    let service = failing(&["bad"]).script("slow", &[Act::Take(10)]);
    let nodes = [
        node("bad"),
        node("slow"),
        node("early").join_any().after_being("bad", &[Any]).after("slow"),
        node("late").join_any().after_being("slow", &[Any]).after_being("bad", &[Failed]).after("early"),
        node("never").join_any().after("slow").after("early"),
    ];
    // `late` handles the failure of `bad`, so the run is not failing.
    let expected = "bad: failed, slow: completed, early: completed, late: completed, never: completed";
    check(&service, nodes, RunStatus::Completed, expected);
    let nodes = [
        node("bad"),
        node("slow"),
        node("late").join_any().after_being("slow", &[Any]).after("never"),
        node("never").join_any().after("slow"),
    ];
    let service = failing(&["bad"]).script("slow", &[Act::Take(10)]);
    let expected = "bad: failed, slow: completed, late: completed, never: skipped run_failed";
    check(&service, nodes, RunStatus::Failed, expected);
}

#[test]
fn a_failing_run_cancels_what_waits_for_a_retry() {
    let service = Service::default()
        .script("bad", &[Act::Take(1), Act::Fail(permanent())])
        .script("waits", &[Act::Fail(transient())])
        .script("fails_later", &[Act::Take(5), Act::Fail(transient())])
        .script("any_edge", &[Act::Fail(transient())]);
    let nodes = [
        node("bad"),
        node("waits"),
        node("fails_later"),
        node("any_edge").after_being("waits", &[Any]),
        node("skipped").after("waits"),
    ];
    let expected =
        "bad: failed, waits: cancelled, fails_later: cancelled, any_edge: completed, skipped: skipped run_failed";
    let state = run(&service, &define(nodes));
    assert_eq!(outcomes(&state), expected);
    assert_eq!(state.node_view("any_edge").unwrap().attempts, 2, "what starts while failing is tried again");
    assert_eq!(state.node_view("waits").unwrap().attempts, 1);
    let late = state.node_view("fails_later").unwrap();
    assert_eq!(late.steps[0].attempts[0].retry_at, None, "no attempt is promised that will not come");
}

#[test]
fn a_failing_run_sends_no_further_effect() {
    let service = Service::default()
        .script("bad", &[Act::Take(2), Act::Fail(permanent())])
        .script("reads_first", &[Act::Take(4), Act::Effect(0, Answer::Done)])
        .script("has_more", &[Act::Effect(0, Answer::DoneAfter(4)), Act::Effect(1, Answer::Done)])
        .script("only_reads", &[Act::Take(4)]);
    let state = run(&service, &define([node("bad"), node("reads_first"), node("has_more"), node("only_reads")]));
    let expected = "bad: failed, reads_first: cancelled, has_more: cancelled, only_reads: completed";
    assert_eq!(outcomes(&state), expected);
    assert_eq!(service.effects().len(), 1, "{:?}", service.effects());
}

#[test]
fn finally_runs_at_the_end_whatever_happened() {
    let nodes = || {
        [
            node("a").with(&json!({})),
            last("tell").with(&json!({ "outcome": "${{ run.outcome }}", "error": "${{ run.error }}" })),
            last("after").after("tell"),
            last("needs").with(&json!({ "key": "${{ nodes.a.key }}" })),
        ]
    };
    let service = Service::default().script("a", &[Act::Give(json!({ "key": "K" }))]);
    check(&service, nodes(), RunStatus::Completed, "a: completed, tell: completed, after: completed, needs: completed");
    assert_eq!(service.input("tell"), json!({ "outcome": "completed", "error": null }));
    let service = failing(&["a"]).script("tell", &[Act::Fail(transient())]);
    let expected = "a: failed, tell: completed, after: completed, needs: skipped upstream";
    check(&service, nodes(), RunStatus::Failed, expected);
    let error = json!({ "code": "FR0703", "message": "no", "status": null, "field": null, "node": "a" });
    assert_eq!(service.input("tell"), json!({ "outcome": "failed", "error": error }));
}

#[test]
fn a_failure_in_finally_fails_the_run_and_stops_nothing() {
    let nodes = [
        node("a"),
        last("bad"),
        last("other").after_being("slow", &[Completed]),
        last("slow"),
        last("lost").after("bad"),
    ];
    let service = failing(&["bad"]).script("slow", &[Act::Take(5)]);
    let state = run(&service, &define(nodes));
    assert_eq!(
        outcomes(&state),
        "a: completed, bad: failed, other: completed, slow: completed, lost: skipped upstream"
    );
    assert_eq!((state.status(), state.error().unwrap().node.unwrap().as_str()), (RunStatus::Failed, "bad"));
    assert_eq!(state.outputs(), None);
    let handled = [last("bad"), last("handler").after_being("bad", &[Failed])];
    check(&failing(&["bad"]), handled, RunStatus::Completed, "bad: failed, handler: completed");
}

#[test]
fn a_node_of_finally_does_not_handle_a_failure_of_nodes() {
    let nodes = [node("a"), node("b"), last("report").after_being("a", &[Failed])];
    let service = failing(&["a"]);
    check(&service, nodes, RunStatus::Failed, "a: failed, b: completed, report: completed");
}

#[test]
fn outputs_are_evaluated_at_the_end_and_missing_ones_are_null() {
    let nodes = vec![node("a"), node("off").only_if("false")];
    let outputs =
        [("key", "${{ nodes.a.key }}"), ("none", "${{ nodes.off.key }}"), ("text", "it is ${{ nodes.a.key }}")];
    let service = Service::default().script("a", &[Act::Give(json!({ "key": "K" }))]);
    let state = run(&service, &define_all(nodes, &outputs));
    assert_eq!(json!(state.outputs()), json!({ "key": "K", "none": null, "text": "it is K" }));
}

/// An output × what its evaluation comes to: null only where an output of a node that did not run is missing.
#[test]
fn an_output_that_fails_fails_the_run() {
    let cases = [
        ("${{ nodes.a.list[5] }}", Err("the list has no element")),
        ("${{ nodes.a.nothing }}", Err("nothing")),
        ("${{ 1 / nodes.a.zero }}", Err("division by zero")),
        ("it is ${{ nodes.a.list }}", Err("nodes.a.list")),
        ("${{ nodes.off.key }}", Ok(Value::Null)),
        ("x ${{ nodes.off.key }} y", Ok(Value::Null)),
        ("${{ nodes.off.outcome }}", Ok(json!("skipped"))),
        ("${{ nodes.a.list[0] }}", Ok(json!(1))),
    ];
    for (output, expected) in cases {
        let nodes = vec![node("a"), node("off").only_if("false")];
        let service = Service::default().script("a", &[Act::Give(json!({ "list": [1], "zero": 0 }))]);
        let state = run(&service, &define_all(nodes, &[("fine", "x"), ("out", output)]));
        match expected {
            Ok(value) => {
                assert_eq!(state.status(), RunStatus::Completed, "{output}");
                assert_eq!(json!(state.outputs()), json!({ "fine": "x", "out": value }), "{output}");
            }
            Err(words) => {
                assert_eq!((state.status(), state.outputs()), (RunStatus::Failed, None), "{output}");
                let error = state.error().expect("an error");
                assert_eq!((error.node, error.failure.code), (None, Code::EXPRESSION_FAILED), "{output}");
                assert_eq!(error.failure.field.as_deref(), Some("outputs.out"), "{output}");
                assert!(error.failure.message.contains(words), "{output}: {}", error.failure.message);
            }
        }
    }
}

#[test]
fn a_cancelled_run_finishes_what_runs_and_does_finally() {
    let service = Service::default()
        .script("runs", &[Act::Take(10), Act::Give(json!({ "key": "R" }))])
        .script("waits", &[Act::Fail(transient())]);
    let nodes = [
        node("runs"),
        node("waits"),
        node("next").after("runs"),
        node("cleanup").after_being("waits", &[Any]),
        last("tell").with(&json!({ "outcome": "${{ run.outcome }}" })),
    ];
    let state = in_moved_time(async {
        let world = World::new(&service);
        let run = world.start(&define(nodes), &Value::Null).await;
        let failed = world.observed.when(|entry| matches!(entry, Entry::Step(_, StepEntry::AttemptFailed { .. })));
        let cancel = async {
            failed.cancelled().await;
            world.engine.request_cancel(run).await.unwrap();
        };
        tokio::join!(world.drive(run), cancel).0.unwrap()
    });
    let expected = "runs: completed, waits: cancelled, next: skipped run_failed, cleanup: completed, tell: completed";
    assert_eq!(outcomes(&state), expected);
    assert_eq!(state.status(), RunStatus::Cancelled);
    assert_eq!(state.error(), None);
    assert_eq!(service.input("tell"), json!({ "outcome": "cancelled" }));
}

#[test]
fn a_run_that_nobody_drives_ends_when_it_is_driven_again() {
    in_moved_time(async {
        let world = World::new(&Service::default());
        let run = world.start(&define([node("a")]), &Value::Null).await;
        world.engine.request_cancel(run).await.unwrap();
        let state = world.drive(run).await.unwrap();
        assert_eq!((outcomes(&state).as_str(), state.status()), ("a: skipped run_failed", RunStatus::Cancelled));
        let refused = world.engine.request_cancel(run).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("run `{run}` has ended"));
        let journal = world.store.journal(run).await.unwrap();
        assert!(matches!(
            journal.last().unwrap().entries.last(),
            Some(Entry::Run(RunEntry::Ended { outcome: RunOutcome::Cancelled, .. }))
        ));
    });
}
