//! What one turn of the machine gives, to the second and to the word: limits, numbers, and who is named as the reason.

use flowrun_engine::{
    activity::{Failure, Reconciled},
    definition::WaitsFor::{Completed, Failed},
    diagnostic::Code,
    journal::{Decision, Entry, StepEntry},
    run::{CallEnd, Command, Input, decide},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::{
    by_hand::ByHand,
    define::{define, define_all, node},
    service::{limited, permanent, transient, ungranted},
};

fn second(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + seconds.seconds()
}

/// The codes that attempts failed with, in the record of the last turn.
fn codes(run: &ByHand) -> Vec<Code> {
    let entries = run.output().record.iter().flat_map(|record| &record.entries);
    let failed = entries.filter_map(|entry| match entry {
        Entry::Step(_, StepEntry::AttemptFailed { failure, .. }) => Some(failure.code),
        Entry::Run(_) | Entry::Node(..) | Entry::Step(..) | Entry::Effect(..) | Entry::Timer(..) | Entry::Signal(_) => {
            None
        }
    });
    failed.collect()
}

#[test]
fn a_call_is_dropped_once_when_its_time_is_up() {
    let mut run = ByHand::of(&define([node("n").timeout(10)]), 8);
    assert_eq!(run.timeout(), Some(10));
    assert_eq!(run.at(9).timer(), "");
    assert!(run.machine.is_in_time(&"n".parse().unwrap(), second(9)));
    assert!(!run.machine.is_in_time(&"n".parse().unwrap(), second(10)));
    assert_eq!(run.at(10).timer(), "→ drop n");
    assert_eq!(run.timeout(), None, "a call that is to be dropped has no time any more");
    assert_eq!(run.at(11).timer(), "");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "n fails 1, again at 13");
    assert_eq!(codes(&run), [Code::TIMED_OUT]);
}

#[test]
fn a_deadline_ends_an_attempt_only_where_it_comes_before_the_timeout() {
    let table = [(9, Code::DEADLINE_PASSED), (10, Code::TIMED_OUT), (11, Code::TIMED_OUT)];
    for (deadline, code) in table {
        let mut run = ByHand::of(&define([node("n").timeout(10).deadline(deadline)]), 8);
        assert_eq!(run.timeout(), Some(deadline.min(10) as i64));
        run.at(10).timer();
        run.ends("n", CallEnd::Dropped, false);
        assert_eq!(codes(&run), [code], "{deadline}");
    }
}

#[test]
fn an_effect_that_is_asked_for_too_late_gets_no_answer_until_its_call_is_dropped() {
    let mut run = ByHand::of(&define([node("n").timeout(10)]), 8);
    assert_eq!(run.at(10).intends("n/e"), "");
    assert_eq!(run.timer(), "→ drop n");
    assert_eq!(run.intends("n/e"), "");
}

#[test]
fn time_begins_anew_with_a_further_effect_and_never_gets_shorter() {
    let mut run = ByHand::of(&define([node("n").timeout(10)]), 8);
    run.at(4).intends("n/a");
    assert_eq!(run.timeout(), Some(10));
    run.at(5).happened("n/a");
    run.at(6).intends("n/b");
    assert_eq!(run.timeout(), Some(16));
    run.happened("n/b");
    run.at(2).intends("n/c");
    assert_eq!(run.timeout(), Some(16), "the clock was set back");
}

#[test]
fn a_look_has_a_limit_of_its_own() {
    let mut run = ByHand::of(&define([node("n").timeout(10)]), 8);
    run.at(3).intends("n/e");
    assert_eq!(run.at(5).loses("n", transient()), "→ look for n");
    assert_eq!(run.timeout(), Some(15));
    assert_eq!(run.at(15).timer(), "→ drop n");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "n fails 1, n/e/1 in doubt, let go, rests");
}

#[test]
fn attempts_are_told_by_their_numbers() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    assert_eq!(run.fails("n", transient()), "n fails 1, again at 2");
    assert_eq!(run.timeout(), Some(2));
    assert_eq!(run.at(1).timer(), "");
    assert_eq!(run.at(2).timer(), "n is due, n tries 2, → try n");
    assert_eq!(run.fails("n", ungranted()), "n parks 2, let go, rests");
    assert_eq!(run.tell(Input::TakenOver), "resumed, n tries 3, → try n");
    run.intends("n/e/3");
    run.loses("n", transient());
    assert_eq!(run.finds("n", Reconciled::Undecidable(String::new())), "n fails 3, n/e/3 in doubt, let go, rests");
}

#[test]
fn the_last_moment_before_a_deadline_is_early_enough() {
    for (deadline, told) in [(60, "n fails 1, again at 60"), (59, "n fails 1, n failed: FR0709")] {
        let mut run = ByHand::of(&define([node("n").deadline(deadline)]), 8);
        let told_now = run.fails("n", limited(second(60)));
        assert!(told_now.starts_with(told), "{told_now}");
    }
}

#[test]
fn a_rate_limit_that_ends_at_once_is_waited_for_a_second() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    assert_eq!(run.at(7).fails("n", limited(second(3))), "n fails 1, again at 8");
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
    let found = Reconciled::Happened(json!({}));
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
    assert_eq!(run.gives("c"), "c completes, let go, rests");
    assert_eq!(run.tell(Input::TakenOver), "resumed, b tries 2, → try b, → look at K for a");
}
