//! When calls end and attempts follow, to the second.

use flowrun_engine::{
    activity::Recovery,
    diagnostic::Code,
    journal::{Entry, StepEntry},
    run::CallEnd,
};
use jiff::{Timestamp, ToSpan};

use crate::{
    by_hand::ByHand,
    define::{define, node},
    service::{limited, transient},
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

/// A quick attempt is no reason why a look is.
#[test]
fn a_look_has_a_limit_of_its_own() {
    for (timeout, until) in [(1, 33), (10, 33), (40, 43)] {
        let mut run = ByHand::of(&define([node("n").timeout(timeout)]), 8);
        run.intends("n/e");
        assert_eq!(run.at(3).loses("n", transient()), "→ look for n");
        assert_eq!(run.timeout(), Some(until));
        assert_eq!(run.at(until).timer(), "→ drop n");
        assert_eq!(run.ends("n", CallEnd::Dropped, false), format!("n/e/1 not shown yet, again at {until}"));
    }
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
fn a_step_that_would_be_too_late_fails_for_good_and_says_what_it_failed_with_last() {
    let mut run = ByHand::of(&define([node("n").deadline(10)]), 8);
    run.fails("n", limited(second(60)));
    let view = run.machine.state().node_view("n").unwrap();
    let failure = view.error.unwrap();
    assert_eq!((failure.code, failure.recovery), (Code::DEADLINE_PASSED, Recovery::Permanent));
    assert!(failure.message.ends_with("the last one failed: too many"), "{}", failure.message);
}

#[test]
fn a_rate_limit_that_ends_at_once_is_waited_for_a_second() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    assert_eq!(run.at(7).fails("n", limited(second(3))), "n fails 1, again at 8");
}
