//! Every cell of design's table of edges, and the rules 1 to 5 that make of it when a node runs.

use flowrun_engine::{
    definition::WaitsFor::{self, Any, Completed, Failed, Skipped},
    journal::SkipReason,
    run::{EdgeVerdict, NodeOutcome, RunStatus},
};
use serde_json::json;

use crate::{
    define::{Build, define, node},
    service::{Act, Service, permanent},
    world::{outcome, outcomes, run, run_with},
};

#[test]
fn every_cell_of_the_table() {
    use EdgeVerdict::{Blocked, Neutral, NotTaken, Taken};
    let outcomes = [
        NodeOutcome::Completed,
        NodeOutcome::Failed,
        NodeOutcome::Skipped(SkipReason::Condition),
        NodeOutcome::Skipped(SkipReason::Upstream),
        NodeOutcome::FailedButContinued,
        NodeOutcome::Skipped(SkipReason::RunFailed),
        NodeOutcome::Cancelled,
    ];
    let rows: [(&[WaitsFor], [EdgeVerdict; 7]); 10] = [
        (&[Completed], [Taken, Blocked, Neutral, Blocked, Taken, Blocked, Blocked]),
        (&[Failed], [NotTaken, Taken, NotTaken, NotTaken, Taken, NotTaken, NotTaken]),
        (&[Skipped], [NotTaken, NotTaken, Taken, Taken, NotTaken, Taken, NotTaken]),
        (&[Any], [Taken, Taken, Taken, Taken, Taken, Taken, Taken]),
        (&[Completed, Failed], [Taken, Taken, Neutral, Blocked, Taken, Blocked, Blocked]),
        (&[Completed, Skipped], [Taken, Blocked, Taken, Taken, Taken, Taken, Blocked]),
        (&[Failed, Skipped], [NotTaken, Taken, Taken, Taken, Taken, Taken, NotTaken]),
        (&[Completed, Failed, Skipped], [Taken, Taken, Taken, Taken, Taken, Taken, Blocked]),
        (&[Failed, Any], [Taken, Taken, Taken, Taken, Taken, Taken, Taken]),
        (&[Completed, Any], [Taken, Taken, Taken, Taken, Taken, Taken, Taken]),
    ];
    for (waits_for, verdicts) in rows {
        for (outcome, verdict) in outcomes.into_iter().zip(verdicts) {
            assert_eq!(EdgeVerdict::of(waits_for, outcome), verdict, "{waits_for:?} of {outcome:?}");
        }
    }
}

/// Nodes that settle in each of the ways, by name; the failure of `bad` is handled, so that the run goes on.
fn sources() -> Vec<Build> {
    vec![
        node("done"),
        node("bad"),
        node("handler").after_being("bad", &[Failed]),
        node("off").only_if("false"),
        node("lost").after("bad"),
        node("let_be").continues(),
    ]
}

fn service() -> Service {
    Service::default().script("bad", &[Act::Fail(permanent())]).script("let_be", &[Act::Fail(permanent())])
}

/// What becomes of a node with these edges.
#[track_caller]
fn check(edges: &[(&str, &[WaitsFor])], expected: &str) {
    let target = edges.iter().fold(node("target"), |node, (from, waits_for)| node.after_being(from, waits_for));
    check_node(target, expected);
}

#[track_caller]
fn check_node(target: Build, expected: &str) {
    let nodes = sources().into_iter().chain([target]).collect();
    let state = run(&service(), &crate::define::define_all(nodes, &[]));
    assert_eq!(outcome(&state, "target"), expected);
    assert_eq!(state.status(), RunStatus::Completed, "every failure is handled");
    assert_eq!(outcome(&state, "lost"), "skipped upstream");
    assert_eq!(outcome(&state, "off"), "skipped condition");
}

#[test]
fn one_edge_decides_by_its_cell() {
    let (runs, upstream, condition) = ("completed", "skipped upstream", "skipped condition");
    let sources = ["done", "bad", "off", "lost", "let_be"];
    let rows: [(&[WaitsFor], [&str; 5]); 7] = [
        (&[Completed], [runs, upstream, condition, upstream, runs]),
        (&[Failed], [condition, runs, condition, condition, runs]),
        (&[Skipped], [condition, condition, runs, runs, condition]),
        (&[Any], [runs, runs, runs, runs, runs]),
        (&[Completed, Failed], [runs, runs, condition, upstream, runs]),
        (&[Completed, Skipped], [runs, upstream, runs, runs, runs]),
        (&[Failed, Skipped], [condition, runs, runs, runs, runs]),
    ];
    for (waits_for, expected) in rows {
        for (source, expected) in sources.into_iter().zip(expected) {
            check(&[(source, waits_for)], expected);
        }
    }
}

#[test]
fn edges_together_follow_the_rules_in_order() {
    // Rule 1 before rule 2.
    check(&[("done", &[Failed]), ("bad", &[Completed])], "skipped upstream");
    check(&[("lost", &[Completed]), ("off", &[Completed])], "skipped upstream");
    // Rule 2: one edge that is not taken is enough.
    check(&[("done", &[Completed]), ("done", &[Failed])], "skipped condition");
    check(&[("off", &[Completed]), ("done", &[Skipped])], "skipped condition");
    // Rule 3: neutral edges let it run unless all are.
    check(&[("done", &[Completed]), ("off", &[Completed])], "completed");
    check(&[("off", &[Completed]), ("off", &[Completed])], "skipped condition");
    check(&[("off", &[Completed]), ("bad", &[Failed])], "completed");
    // No edges at all.
    check(&[], "completed");
}

#[test]
fn conditions_come_after_the_edges() {
    check_node(node("target").only_if("1 == 1"), "completed");
    check_node(node("target").only_if("1 == 2"), "skipped condition");
    // The condition of a blocked node is not asked: it would fail.
    check_node(node("target").after("bad").only_if("1 / 0 == 1"), "skipped upstream");
    // What belongs to a node whose `if` is false is not evaluated.
    check_node(node("target").only_if("false").with(&json!({ "text": "${{ 1 / 0 }}" })), "skipped condition");
    check_node(node("target").only_if("false").for_each("[1 / 0]", 1), "skipped condition");
}

#[test]
fn join_any_starts_at_the_first_edge_taken() {
    let either = |edges: &[(&str, &[WaitsFor])]| {
        edges.iter().fold(node("target").join_any(), |node, (from, waits_for)| node.after_being(from, waits_for))
    };
    check_node(either(&[("bad", &[Completed]), ("done", &[Completed])]), "completed");
    check_node(either(&[("lost", &[Completed]), ("done", &[Failed]), ("off", &[Skipped])]), "completed");
    // None is taken: rules 1 to 3 say why.
    check_node(either(&[("bad", &[Completed]), ("done", &[Failed])]), "skipped upstream");
    check_node(either(&[("off", &[Completed]), ("done", &[Failed])]), "skipped condition");
    check_node(either(&[("off", &[Completed])]), "skipped condition");
    check_node(either(&[]), "completed");
}

#[test]
fn join_any_does_not_wait_for_the_others() {
    let definition = define([
        node("quick"),
        node("slow"),
        node("target").join_any().after("quick").after("slow"),
        node("bound").join_any().after("quick").with(&json!({ "of": "${{ nodes.slow.key }}" })),
    ]);
    let service = Service::default().script("slow", &[Act::Take(10), Act::Give(json!({ "key": "S" }))]);
    let state = run(&service, &definition);
    let (slow, target) = (state.node_view("slow").unwrap(), state.node_view("target").unwrap());
    assert!(target.ended_at < slow.ended_at, "it ran while `slow` did");
    // A mention is awaited all the same.
    assert!(state.node_view("bound").unwrap().started_at >= slow.ended_at);
    assert_eq!(service.input("bound"), json!({ "of": "S" }));
}

#[test]
fn a_mention_orders_and_nothing_more() {
    let mention = |node: &str, field: &str| json!({ "text": format!("${{{{ nodes.{node}.{field} }}}}") });
    // It waits, and sees the output.
    check_node(node("target").only_if("nodes.done.outcome == 'completed'"), "completed");
    // What it needs is not there: it is skipped for that node's reason.
    check_node(node("target").with(&mention("bad", "key")), "skipped upstream");
    check_node(node("target").with(&mention("lost", "key")), "skipped upstream");
    check_node(node("target").with(&mention("off", "key")), "skipped condition");
    check_node(node("target").with(&mention("let_be", "key")), "skipped upstream");
    check_node(node("target").only_if("nodes.off.key == 'x'"), "skipped condition");
    check_node(node("target").for_each("nodes.bad.keys", 1), "skipped upstream");
    // Guards help, and outcomes and errors are always there.
    check_node(node("target").only_if("!has(nodes.off.key)"), "completed");
    check_node(node("target").only_if("nodes.bad.outcome == 'failed' && nodes.bad.error.message == 'no'"), "completed");
    check_node(node("target").only_if("nodes.done.error == null"), "completed");
}

#[test]
fn an_expression_that_fails_by_itself_fails_the_node() {
    let cases = [
        (node("a").only_if("1 / 0 == 1"), "if"),
        (node("a").only_if("'yes'"), "if"),
        (node("a").for_each("{'a': 1}", 1), "for_each"),
        (node("a").with(&json!({ "text": "${{ inputs.none }}" })), "with"),
        (node("a").with(&json!({ "text": "a ${{ [1] }}" })), "with"),
    ];
    for (node, key) in cases {
        let state = run(&Service::default(), &define([node]));
        let view = state.node_view("a").unwrap();
        let error = view.error.unwrap();
        assert_eq!((error.code.to_string().as_str(), error.field.as_deref()), ("FR0702", Some(key)), "{error}");
        assert_eq!((view.attempts, state.status()), (0, RunStatus::Failed));
    }
}

#[test]
fn an_output_that_a_completed_node_lacks_fails_the_node() {
    let definition = define([node("a"), node("b").with(&json!({ "text": "${{ nodes.a.keyy }}" }))]);
    let state = run(&Service::default(), &definition);
    assert_eq!(outcomes(&state), "a: completed, b: failed");
}

#[test]
fn evaluated_inputs_are_checked_before_anything_is_sent() {
    let a = node("a").with(&json!({ "text": "${{ inputs.text }}" }));
    let definition = define([node("before"), a, node("b").after("a"), node("behind")]);
    let service = Service::default();
    let state = run_with(&service, &definition, &json!({ "text": "far too long" }));
    let error = state.node_view("a").unwrap().error.unwrap().clone();
    assert_eq!((error.code.to_string().as_str(), error.field.as_deref()), ("FR0701", Some("text")));
    assert_eq!(error.message, "`text`: `far too long` is longer than 5 characters");
    // What began before the failure goes on, in the order of the file; what is behind it does not begin.
    let expected = "before: completed, a: failed, b: skipped upstream, behind: skipped run_failed";
    assert_eq!(outcomes(&state), expected);
    assert_eq!(service.calls(), ["before/1"]);
}
