//! Runs that are paused, and runs whose end has to come within a time.

use std::time::Duration;

use flowrun_engine::{
    activity::{Failure, Reconciled},
    diagnostic::Code,
    journal::{Decision, Refused},
    run::{CallEnd, CancellationToken, EngineError, Input, RunState, RunStatus, Signal},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    by_hand::ByHand,
    define::{Build, define, node},
    service::{Act, Answer, Service, transient},
    world::{World, in_moved_time, outcomes},
};

fn run_of<const COUNT: usize>(nodes: [Build; COUNT]) -> ByHand {
    ByHand::of(&define(nodes), 8)
}

impl ByHand {
    fn pause(&mut self) -> String {
        self.tell(Input::Signal(Signal::Pause))
    }

    fn resume(&mut self) -> String {
        self.tell(Input::Signal(Signal::Resume))
    }

    fn cancel_within(&mut self, seconds: u64) -> String {
        self.tell(Input::Signal(Signal::CancelWithin(Duration::from_secs(seconds))))
    }

    fn status(&self) -> RunStatus {
        self.machine.state().status()
    }
}

fn found() -> Reconciled {
    Reconciled::Happened { result: json!({ "key": "K" }), evidence: String::new() }
}

#[test]
fn a_pause_drops_what_has_sent_nothing_and_finishes_what_has() {
    let mut run = run_of([node("reads"), node("writes"), node("next").after("writes")]);
    run.intends("writes/e");
    assert_eq!(run.pause(), "paused, → drop reads");
    assert_eq!(run.status(), RunStatus::Paused);
    assert_eq!(run.ends("reads", CallEnd::Dropped, false), "reads loses 1");
    assert_eq!(run.happened("writes/e"), "writes/e/1 happened");
    assert_eq!(run.gives("writes"), "writes completes, let go, rests");
    assert_eq!(run.status(), RunStatus::Paused);
    assert_eq!(run.timeout(), None, "nothing of it comes by itself");
}

#[test]
fn an_attempt_may_not_send_after_the_pause() {
    let mut run = run_of([node("n")]);
    run.pause();
    assert_eq!(run.intends("n/e"), "→ refuse n/e/1");
    let refused = || Failure::transient(Code::STOPPED, "stopped");
    assert_eq!(run.fails("n", refused()), "n loses 1, let go, rests");
    let mut soon = run_of([node("n")]);
    soon.pause();
    soon.intends("n/e");
    soon.resume();
    assert_eq!(soon.fails("n", refused()), "n loses 1, n tries 2, → try n", "it is made again at once");
}

#[test]
fn a_run_that_is_resumed_before_it_rests_goes_on() {
    let mut run = run_of([node("a"), node("b"), node("c").after("b")]);
    run.intends("b/e");
    run.pause();
    run.ends("a", CallEnd::Dropped, false);
    assert_eq!(run.resume(), "pause is over, a tries 2, → try a");
    assert_eq!(run.status(), RunStatus::Running);
    run.happened("b/e");
    assert!(run.gives("b").ends_with("→ try c"));
}

/// A retry, a look, a grant that is asked for again: none has a time while the run is paused.
#[test]
fn times_do_not_come_in_a_pause_and_come_at_once_after_it() {
    let mut run = run_of([node("n")]);
    run.fails("n", transient());
    assert_eq!(run.timeout(), Some(2));
    assert_eq!(run.pause(), "paused, let go, rests");
    run.at(10).tell(Input::TakenOver);
    assert_eq!(run.resume(), "pause is over");
    assert_eq!(run.timer(), "n is due, n tries 2, → try n");
}

#[test]
fn an_effect_whose_answer_is_lost_in_a_pause_is_looked_for() {
    let mut run = run_of([node("n")]);
    run.intends("n/e");
    run.pause();
    assert_eq!(run.loses("n", transient()), "→ look for n", "what became of what was sent is found out");
    assert_eq!(run.finds("n", found()), "n/e/1 happened, n loses 1, let go, rests");
    let mut late = run_of([node("n")]);
    late.intends("n/e");
    late.loses("n", transient());
    late.finds("n", Reconciled::NotYet { until: jiff::Timestamp::UNIX_EPOCH, why: "the index lags".to_owned() });
    assert_eq!(late.pause(), "paused, let go, rests");
    assert_eq!(late.timeout(), None);
}

#[test]
fn a_pause_takes_nothing_from_a_deadline() {
    let mut run = run_of([node("n").deadline(30)]);
    run.at(5).fails("n", transient());
    run.at(6).pause();
    run.at(1000).decides("n", Decision::Abort);
    run.at(1006).tell(Input::TakenOver);
    run.resume();
    assert_eq!(run.timer(), "n is due, n tries 2, → try n");
    assert_eq!(run.timeout(), Some(1030), "30 s and the pause of 1,000");
}

#[test]
fn a_run_can_be_paused_however_it_waits_and_can_be_ended_then() {
    let mut doubted = run_of([node("n")]);
    doubted.intends("n/e");
    doubted.loses("n", transient());
    doubted.finds("n", Reconciled::Undecidable(String::new()));
    assert_eq!(doubted.status(), RunStatus::NeedsDecision);
    doubted.pause();
    assert_eq!(doubted.status(), RunStatus::Paused);
    assert_eq!(doubted.decides("n", Decision::DidNotHappen), "n/e/1 decided, let go, rests");
    assert_eq!(doubted.status(), RunStatus::Paused);
    assert!(doubted.tell(Input::Signal(Signal::Cancel)).ends_with("→ try n"), "it is sent again, as was decided");
}

#[test]
fn what_is_asked_twice_is_done_once() {
    let mut run = run_of([node("n")]);
    assert_eq!(run.resume(), "");
    run.pause();
    assert_eq!(run.pause(), "");
    assert_eq!(run.output().answers, [Ok(())]);
    run.resume();
    run.gives("n");
    run.pause();
    assert_eq!(run.output().answers, [Err(Refused::Ended)]);
}

#[test]
fn a_run_whose_last_work_is_done_in_the_pause_ends() {
    let mut run = run_of([node("n")]);
    run.intends("n/e");
    run.pause();
    run.happened("n/e");
    assert_eq!(run.gives("n"), "n completes, nodes completed, run completed, rests");
}

#[test]
fn whoever_reads_the_run_sees_the_pause() {
    let mut run = run_of([node("n")]);
    run.pause();
    let read = RunState::replay(run.machine.state().definition().clone(), run.journal()).unwrap();
    assert_eq!((read.status(), read.clone().abandoned().status()), (RunStatus::Paused, RunStatus::Paused));
    assert_eq!(read.summary().due, None);
}

#[test]
fn a_paused_run_is_driven_by_nobody_until_it_is_resumed() {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Effect(0, Answer::DoneAfter(10)), Act::Give(json!({}))]);
        let world = World::new(&service);
        let run = world.start(&define([node("a"), node("b").after("a")]), &Value::Null).await;
        let pause = async {
            sleep(Duration::from_secs(5)).await;
            world.engine.request_pause(run).await.unwrap();
        };
        let state = tokio::join!(world.drive(run), pause).0.unwrap();
        assert_eq!((state.status(), outcomes(&state).as_str()), (RunStatus::Paused, "a: completed, b: pending"));
        let records = world.store.journal(run).await.unwrap().len();
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Paused);
        assert_eq!(world.store.journal(run).await.unwrap().len(), records, "it is not even taken over");
        assert_eq!(world.engine.state(run).await.unwrap().status(), RunStatus::Paused);
        world.engine.request_resume(run).await.unwrap();
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
        assert!(matches!(world.engine.request_pause(run).await, Err(EngineError::Ended(_))));
    });
}

#[test]
fn whoever_drives_all_runs_leaves_a_paused_one_and_takes_it_once_it_is_resumed() {
    in_moved_time(async {
        let world = World::new(&Service::default());
        let run = world.start(&define([node("a")]), &Value::Null).await;
        world.engine.request_pause(run).await.unwrap();
        let stop = CancellationToken::new();
        let told = async {
            sleep(Duration::from_secs(100)).await;
            let paused = world.engine.state(run).await.unwrap().status();
            world.engine.request_resume(run).await.unwrap();
            sleep(Duration::from_secs(1)).await;
            stop.cancel();
            (paused, world.engine.state(run).await.unwrap().status())
        };
        let (driven, told) = tokio::join!(world.engine.drive_all(1, stop.clone()), told);
        assert!(driven.unwrap().is_empty());
        assert_eq!(told, (RunStatus::Paused, RunStatus::Completed));
    });
}

#[test]
fn what_runs_has_its_time_to_finish() {
    let mut run = run_of([node("a"), node("b").after("a")]);
    assert_eq!(run.cancel_within(20), "cancelled, grace begins");
    assert_eq!(run.timeout(), Some(20));
    assert_eq!(run.at(19).gives("a"), "a completes, b skipped run_failed (-), nodes cancelled, run cancelled, rests");
}

#[test]
fn what_has_not_finished_then_is_dropped_and_is_not_tried_again() {
    let mut run = run_of([node("a")]);
    run.cancel_within(20);
    assert_eq!(run.at(20).timer(), "grace is over, → drop a");
    let dropped = run.ends("a", CallEnd::Dropped, false);
    assert_eq!(dropped, "a loses 1, a cancelled, nodes cancelled, run cancelled, rests");
}

#[test]
fn an_effect_on_the_wire_is_looked_for_when_the_time_is_over() {
    let mut run = run_of([node("a")]);
    run.intends("a/e");
    assert_eq!(run.cancel_within(0), "cancelled, grace is over, → drop a");
    assert_eq!(run.ends("a", CallEnd::Dropped, true), "→ look for a");
    let found = run.finds("a", found());
    assert_eq!(found, "a/e/1 happened, a loses 1, a cancelled, nodes cancelled, run cancelled, rests");
}

#[test]
fn a_second_cancel_can_bound_the_first() {
    let mut run = run_of([node("a")]);
    run.tell(Input::Signal(Signal::Cancel));
    assert_eq!(run.at(5).cancel_within(3), "cancelled, grace begins");
    assert_eq!(run.timeout(), Some(8));
}
