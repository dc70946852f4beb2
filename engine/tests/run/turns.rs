//! What one turn of the machine gives, to the word: what may run, what may be sent, and who is named as the reason.

use flowrun_engine::{
    activity::{Failure, Reconciled},
    definition::WaitsFor::{Completed, Failed},
    diagnostic::Code,
    journal::Decision,
    run::{Action, Command, Input, decide},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    by_hand::ByHand,
    define::{define, define_all, node},
    service::{permanent, transient, ungranted},
};

#[test]
fn attempts_are_told_by_their_numbers() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    assert_eq!(run.fails("n", transient()), "n fails 1, again at 2");
    assert_eq!(run.timeout(), Some(2));
    assert_eq!(run.at(1).timer(), "");
    assert_eq!(run.at(2).timer(), "n is due, n tries 2, → try n");
    assert_eq!(run.fails("n", ungranted()), "n parks 2, asks at 302");
    assert_eq!(run.tell(Input::TakenOver), "resumed, n tries 3, → try n");
    run.intends("n/e/3");
    run.loses("n", transient());
    assert_eq!(run.finds("n", Reconciled::Undecidable(String::new())), "n fails 3, n/e/3 in doubt, let go, rests");
}

#[test]
fn what_did_not_happen_is_asked_for_again_whatever_was_seen() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.intends("n/e");
    assert_eq!(run.loses("n", permanent()), "→ look for n");
    assert_eq!(
        run.finds("n", Reconciled::DidNotHappen { evidence: String::new() }),
        "n/e/1 did not happen, n fails 1, again at 2"
    );
}

#[test]
fn what_is_in_doubt_says_what_was_seen_and_why_nobody_knows() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.intends("n/e");
    run.loses("n", transient());
    run.finds("n", Reconciled::Undecidable("the service is gone".to_owned()));
    let views: Vec<_> = run.machine.state().nodes().flat_map(|node| node.steps).collect();
    let doubt = views[0].attempts[0].effects[0].doubt.unwrap();
    assert_eq!(doubt.code, Code::EFFECT_UNKNOWN);
    assert_eq!(doubt.message, "it is unknown whether it happened: busy; the service is gone");
}

#[test]
fn only_the_attempt_that_runs_may_send_and_one_effect_at_a_time() {
    let mut run = ByHand::of(&define([node("n"), node("other")]), 8);
    assert_eq!(run.intends("nobody/e"), "→ refuse nobody/e/1");
    assert_eq!(run.intends("n/e"), "n/e/1 intended, → send n/e/1");
    assert_eq!(run.intends("n/f"), "→ refuse n/f/1");
    assert_eq!(run.did_not_happen("n/f"), "");
    assert_eq!(run.did_not_happen("n/e"), "n/e/1 did not happen");
    run.fails("n", transient());
    assert_eq!(run.intends("n/e"), "→ refuse n/e/1");
    run.at(2).timer();
    assert_eq!(run.intends("n/e/1"), "→ refuse n/e/1");
    assert_eq!(run.intends("n/e/2"), "n/e/2 intended, → send n/e/2");
    run.loses("n", transient());
    assert_eq!(run.intends("n/f/2"), "→ refuse n/f/2", "it is looked for");
    assert_eq!(run.fails("other", permanent()), "other fails 1, other failed: FR0703");
}

#[test]
fn an_attempt_that_goes_on_while_the_run_fails_sends_nothing_more_and_is_not_tried_again() {
    let mut run = ByHand::of(&define([node("n"), node("other")]), 8);
    run.intends("n/e");
    run.fails("other", permanent());
    run.happened("n/e");
    assert_eq!(run.intends("n/f"), "→ refuse n/f/1");
    assert_eq!(run.fails("n", transient()), "n fails 1, n cancelled, nodes failed, run failed, rests");
}

#[test]
fn no_more_attempts_run_at_a_time_than_may() {
    let mut run = ByHand::of(&define([node("a"), node("b"), node("c")]), 1);
    assert_eq!(run.fails("a", transient()), "a fails 1, again at 2, b starts, b begins, b tries 1, → try b");
    assert_eq!(run.at(2).timer(), "a is due");
    assert_eq!(run.gives("b"), "b completes, a tries 2, → try a");
    assert_eq!(run.gives("a"), "a completes, c starts, c begins, c tries 1, → try c");
}

#[test]
fn items_of_several_nodes_share_what_may_run() {
    let definition = define([node("a").for_each("[1, 2, 3, 4]", 4), node("b").for_each("[1, 2, 3, 4]", 4)]);
    let mut run = ByHand::of(&definition, 3);
    let tries = |run: &ByHand| {
        let actions = run.output().actions.iter();
        actions.filter(|action| matches!(action, Action::StartAttempt(_))).count()
    };
    assert_eq!(tries(&run), 3);
    for step in ["a[0]", "b[0]", "a[1]", "a[2]", "a[3]"] {
        run.gives(step);
        assert_eq!(tries(&run), 1, "{step}");
    }
}

#[test]
fn conditions_are_evaluated_a_few_at_a_time() {
    let nodes = (0..30).map(|number| node(&format!("n{number:02}")).only_if("false")).collect();
    let run = ByHand::of(&define_all(nodes, &[]), 64);
    let fresh = ByHand::begun(&define_all((0..30).map(|number| node(&format!("n{number:02}"))).collect(), &[]));
    let starts = |command: &&Command| matches!(command, Command::StartNode { .. });
    assert_eq!(decide(&fresh, 64).iter().filter(starts).count(), 8);
    assert!(run.machine.state().is_ended());
}

#[test]
fn a_turn_ends_before_all_is_done_where_there_is_much() {
    let nodes = (0..200).map(|number| node(&format!("n{number:03}")).only_if("false")).collect();
    let mut run = ByHand::of(&define_all(nodes, &[]), 8);
    assert!(!run.machine.state().is_ended());
    let mut turns = 1;
    while !run.machine.state().is_ended() {
        assert_eq!(run.machine.poll_timeout(), Some(Timestamp::MIN), "there is more to do at once");
        assert!(!run.output().rests);
        run.timer();
        turns += 1;
    }
    assert_eq!(turns, 7, "32 commands a turn at least, 8 at a time");
}

#[test]
fn a_skipped_node_names_the_edge_that_decides() {
    let skipped = |id: &str| node(id).only_if("false");
    let mut run = ByHand::of(
        &define([
            node("done"),
            node("fails").continues(),
            skipped("off"),
            skipped("off_too"),
            node("neutral").after("off").after("off_too"),
            node("branch").after("off").after_being("done", &[Failed]),
            node("taken").after("done").after_being("done", &[Completed]),
        ]),
        8,
    );
    assert_eq!(run.gives("fails"), "fails completes");
    let told = run.gives("done");
    assert!(told.contains("branch skipped condition (done)"), "{told}");
    let reason = |id: &str| run.machine.state().node_view(id).unwrap().because.map(ToOwned::to_owned);
    assert_eq!(reason("neutral").as_deref(), Some("off"));
    assert_eq!(reason("branch").as_deref(), Some("done"));
}

#[test]
fn a_blocked_node_names_the_failure_before_what_never_ran() {
    let mut run = ByHand::of(
        &define([
            node("a"),
            node("b"),
            node("c").after("a").after("b"),
            node("d").after("c"),
            node("handler").after_being("b", &[Failed]),
        ]),
        8,
    );
    run.gives("a");
    let told = run.fails("b", permanent());
    assert!(told.contains("c skipped upstream (b)"), "{told}");
    assert!(told.contains("d skipped upstream (c)"), "{told}");
}

#[test]
fn a_stop_drops_what_has_sent_nothing_and_refuses_what_would() {
    let mut run = ByHand::of(&define([node("a"), node("b"), node("c"), node("d").after("a")]), 8);
    run.intends("b/e");
    run.intends("c/e");
    run.loses("c", transient());
    assert_eq!(run.tell(Input::Stop), "→ drop a");
    assert_eq!(run.tell(Input::Stop), "");
    assert_eq!(run.intends("a/e"), "→ refuse a/e/1");
    let stopped = Failure::transient(Code::STOPPED, "the run stops before this effect");
    assert_eq!(run.fails("a", stopped), "a loses 1");
    assert_eq!(run.happened("b/e"), "b/e/1 happened");
    assert_eq!(run.intends("b/f"), "→ refuse b/f/1");
    assert_eq!(run.fails("b", transient()), "b fails 1, again at 2");
    assert_eq!(run.timeout(), Some(30), "no retry is waited for, the look is");
    let found = Reconciled::Happened { result: json!({}), evidence: String::new() };
    assert_eq!(run.finds("c", found), "c/e/1 happened, c loses 1, let go, rests");
}

#[test]
fn what_a_person_named_is_looked_at_once_the_grant_is_back() {
    let mut run = ByHand::of(&define([node("a"), node("b"), node("c")]), 8);
    run.intends("a/e");
    run.loses("a", transient());
    run.finds("a", Reconciled::Undecidable(String::new()));
    run.fails("b", ungranted());
    assert_eq!(run.decides("a", Decision::Happened { key: "K".to_owned() }), "a/e/1 decided");
    assert_eq!(run.gives("c"), "c completes");
    assert_eq!(run.tell(Input::TakenOver), "resumed, b tries 2, → try b, → look at K for a");
}
