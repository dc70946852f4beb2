//! Steps that wait for a person's grant: what rests meanwhile, what goes on, and how a run ends that gets none. When grants are asked for
//! is in `asked`.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    definition::{Definition, WaitsFor},
    journal::{Decision, Entry, StepEntry},
    run::{RunState, RunStatus},
};
use serde_json::{Value, json};

use crate::{
    define::{Build, define, last, node},
    service::{Act, Answer, Service, permanent, transient, ungranted},
    world::{World, in_moved_time, outcomes},
};

/// A service that misses a grant at the first attempt of this step.
fn missing_for(step: &str) -> Service {
    Service::default().script(step, &[Act::Fail(ungranted())])
}

/// Drives a run until it rests, each time anew after a day; with how it was after each.
fn rests(service: &Service, definition: &Arc<Definition>, times: usize) -> Vec<String> {
    in_moved_time(async {
        let world = World::new(service);
        let run = world.start(definition, &Value::Null).await;
        let mut told = Vec::new();
        for _ in 0..times {
            told.push(tell(&world.drive(run).await.unwrap()));
            tokio::time::sleep(Duration::from_secs(24 * 60 * 60)).await;
        }
        told
    })
}

fn tell(state: &RunState) -> String {
    format!("{}; {}", state.status(), outcomes(state))
}

#[test]
fn a_step_without_its_grant_parks_and_goes_on_when_the_run_is_resumed() {
    let service = missing_for("a");
    let told = rests(&service, &define([node("a"), node("b").after("a")]), 2);
    assert_eq!(told, ["needs_grant; a: waiting, b: pending", "completed; a: completed, b: completed"]);
    assert_eq!(service.calls(), ["a/1", "a/2", "b/1"]);
}

#[test]
fn what_is_missing_is_told_and_kept() {
    in_moved_time(async {
        let world = World::new(&missing_for("a"));
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        assert_eq!(state.node_view("a").unwrap().error, Some(&ungranted()));
        let parked = state.steps_parked();
        assert_eq!(
            parked.iter().map(|(step, failure)| (step.to_string(), *failure)).collect::<Vec<_>>(),
            [("a".to_owned(), &ungranted())]
        );
        let shown = world.engine.state(run).await.unwrap();
        assert_eq!((shown.status(), shown.is_ended()), (RunStatus::NeedsGrant, false));
        let summary = world.store.summary(run).await.unwrap().unwrap();
        assert_eq!(
            (summary.status, world.engine.statuses(std::slice::from_ref(&summary)).await.unwrap()[0]),
            (RunStatus::NeedsGrant, RunStatus::NeedsGrant),
            "lists find it"
        );
    });
}

#[test]
fn an_attempt_without_its_grant_is_not_counted() {
    let service = (0..9).fold(Service::default(), |service, _| service.script("a", &[Act::Fail(ungranted())]));
    let told = rests(&service, &define([node("a").attempts(1)]), 10);
    assert_eq!(told[8..], ["needs_grant; a: waiting", "completed; a: completed"]);
}

#[test]
fn waiting_for_a_grant_uses_up_nothing_of_the_deadline() {
    let service = missing_for("a").script("a", &[Act::Take(20)]);
    let told = rests(&service, &define([node("a").deadline(30)]), 2);
    assert_eq!(told[1], "completed; a: completed", "a day went by");
    let service =
        Service::default().script("a", &[Act::Take(20), Act::Fail(ungranted())]).script("a", &[Act::Take(20)]);
    let told = rests(&service, &define([node("a").deadline(30)]), 2);
    assert_eq!(told[1], "failed; a: failed", "what it had worked before counts");
}

/// What runs goes on to its end; nothing else begins, no second attempt either.
#[test]
fn while_a_grant_is_missing_nothing_begins() {
    let service = missing_for("lacks")
        .script("runs", &[Act::Take(20), Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)])
        .script("again", &[Act::Take(19), Act::Fail(transient())]);
    let definition = define([node("lacks"), node("runs"), node("again"), node("next").after("runs"), last("end")]);
    let told = rests(&service, &definition, 2);
    assert_eq!(
        told,
        [
            "needs_grant; lacks: waiting, runs: completed, again: waiting, next: pending, end: pending",
            "completed; lacks: completed, runs: completed, again: completed, next: completed, end: completed"
        ]
    );
    assert_eq!(service.calls(), ["lacks/1", "runs/1", "again/1", "lacks/2", "next/1", "again/2", "end/1"]);
    assert_eq!(service.effects(), ["runs/0", "runs/1"]);
}

/// A grant that is missing is not a failure: nobody who waits for one begins.
#[test]
fn neither_continue_nor_a_handler_takes_it_for_a_failure() {
    let handler = node("handler").after_being("a", &[WaitsFor::Failed]);
    for a in [node("a"), node("a").continues()] {
        let told = rests(&missing_for("a"), &define([a, handler.clone()]), 2);
        assert_eq!(
            told,
            ["needs_grant; a: waiting, handler: pending", "completed; a: completed, handler: skipped condition"]
        );
    }
}

#[test]
fn items_park_each_for_itself() {
    let service = missing_for("a[1]").script("a[0]", &[Act::Take(5)]);
    let told = rests(&service, &define([node("a").for_each("[0, 1, 2]", 2), node("b").after("a")]), 2);
    assert_eq!(told, ["needs_grant; a: waiting, b: pending", "completed; a: completed, b: completed"]);
    assert_eq!(service.calls(), ["a[0]/1", "a[1]/1", "a[1]/2", "a[2]/1", "b/1"]);
}

#[test]
fn effects_that_are_done_are_not_done_again() {
    let effects = [Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)];
    let service =
        Service::default().script("a", &[Act::Effect(0, Answer::Done), Act::Fail(ungranted())]).script("a", &effects);
    assert_eq!(rests(&service, &define([node("a")]), 2)[1], "completed; a: completed");
    assert_eq!(service.effects(), ["a/0", "a/1"]);
}

/// The failure proves nothing about an effect whose answer was lost before.
#[test]
fn a_lost_effect_is_looked_for_before_its_step_parks() {
    let lost = |answer| [Act::Effect(0, answer)];
    let done = [Act::Effect(0, Answer::Done)];
    for answer in [Answer::LostGrant(true), Answer::LostGrant(false)] {
        let service = Service::default().can_look().script("a", &lost(answer)).usually("a", &done);
        assert_eq!(rests(&service, &define([node("a")]), 2)[1], "completed; a: completed", "{answer:?}");
        assert_eq!(service.effects(), ["a/0"], "{answer:?}");
        let service = Service::default().script("a", &lost(answer)).usually("a", &done);
        assert_eq!(rests(&service, &define([node("a")]), 1), ["needs_decision; a: needs_decision"], "{answer:?}");
    }
}

/// The grant comes first: without it nobody can look at what is to be decided about.
#[test]
fn a_missing_grant_goes_before_a_decision() {
    in_moved_time(async {
        let service = missing_for("lacks").script("doubts", &[Act::Effect(0, Answer::LostUndone)]);
        let world = World::new(&service);
        let run = world.start(&define([node("lacks"), node("doubts")]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        assert_eq!(tell(&state), "needs_grant; lacks: waiting, doubts: needs_decision");
        let decided = world.engine.decide_effect(run, &state.steps_in_doubt()[0], Decision::DidNotHappen).await;
        assert!(decided.is_ok());
        assert_eq!(world.engine.state(run).await.unwrap().status(), RunStatus::NeedsGrant, "deciding brings no grant");
        assert_eq!(tell(&world.drive(run).await.unwrap()), "completed; lacks: completed, doubts: completed");
    });
}

#[test]
fn a_run_that_lost_its_grant_can_also_be_resumed_to_a_decision() {
    let service = missing_for("lacks").script("doubts", &[Act::Effect(0, Answer::LostUndone)]);
    let told = rests(&service, &define([node("lacks"), node("doubts")]), 2);
    assert_eq!(told[1], "needs_decision; lacks: completed, doubts: needs_decision");
}

/// What would be new work of a run that ends is not waited for.
#[test]
fn a_failure_elsewhere_cancels_what_waits_for_a_grant() {
    let service = missing_for("lacks").script("fails", &[Act::Take(5), Act::Fail(permanent())]);
    let told = rests(&service, &define([node("lacks"), node("fails"), last("end")]), 1);
    assert_eq!(told, ["failed; lacks: cancelled, fails: failed, end: completed"]);
    let service = missing_for("fails").script("fails", &[Act::Fail(permanent())]);
    assert_eq!(rests(&service, &define([node("fails"), last("end")]), 2)[1], "failed; fails: failed, end: completed");
}

/// How a run that waits for a grant ends when that is asked for so many times.
fn cancelled<const COUNT: usize>(service: &Service, nodes: [Build; COUNT], times: usize) -> Vec<String> {
    in_moved_time(async {
        let world = World::new(service);
        let run = world.start(&define(nodes), &Value::Null).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::NeedsGrant);
        let mut told = Vec::new();
        for _ in 0..times {
            world.engine.request_cancel(run).await.unwrap();
            told.push(tell(&world.drive(run).await.unwrap()));
        }
        told
    })
}

#[test]
fn a_run_that_waits_for_a_grant_can_be_cancelled() {
    let told = cancelled(&missing_for("a"), [node("a"), node("b").after("a"), last("end")], 1);
    assert_eq!(told, ["cancelled; a: cancelled, b: skipped run_failed, end: completed"]);
}

/// What no activity is needed for can be ended where the site cannot be reached.
#[test]
fn a_run_ends_by_itself_once_cancelled_unless_an_activity_is_left() {
    let ends = |service: &Service, definition: &Arc<Definition>| {
        in_moved_time(async {
            let world = World::new(service);
            let run = world.start(definition, &Value::Null).await;
            let before = world.engine.state(run).await.unwrap();
            let rests = world.drive(run).await.unwrap();
            (world.engine.ends_once_cancelled(&before), world.engine.ends_once_cancelled(&rests))
        })
    };
    assert_eq!(ends(&missing_for("a"), &define([node("a"), node("b").after("a")])), (true, true));
    assert_eq!(ends(&missing_for("a"), &define([node("a"), last("end")])), (false, false));
    let in_doubt = Service::default().script("a", &[Act::Effect(0, Answer::LostDone)]);
    assert_eq!(ends(&in_doubt, &define([node("a")])), (true, false));
}

/// `finally` may wait for the grant too; who cancels once more gives that up.
#[test]
fn cancelling_again_gives_up_what_finally_waits_for() {
    let without_end = || (0..9).fold(Service::default(), |service, _| service.script("end", &[Act::Fail(ungranted())]));
    let service = without_end().script("a", &[Act::Fail(ungranted())]);
    let told = cancelled(&service, [node("a"), last("end")], 2);
    assert_eq!(told, ["needs_grant; a: cancelled, end: waiting", "cancelled; a: cancelled, end: cancelled"]);
    let told = cancelled(&without_end(), [node("a"), last("end"), last("more").after("end")], 1);
    assert_eq!(told, ["cancelled; a: completed, end: cancelled, more: skipped run_failed"]);
}

#[test]
fn finally_waits_for_its_grant_and_goes_on() {
    let told = rests(&missing_for("end"), &define([node("a"), last("end")]), 2);
    assert_eq!(told, ["needs_grant; a: completed, end: waiting", "completed; a: completed, end: completed"]);
    let service = missing_for("end").script("a", &[Act::Fail(permanent())]);
    let told = rests(&service, &define([node("a"), last("end")]), 2);
    assert_eq!(told[1], "failed; a: failed, end: completed");
}

#[test]
fn a_run_that_is_stopped_while_a_grant_is_missing_still_needs_it() {
    in_moved_time(async {
        let service = missing_for("lacks").script("runs", &[Act::Take(50)]);
        let world = World::new(&service);
        let run = world.start(&define([node("lacks"), node("runs")]), &Value::Null).await;
        let stop = world.observed.when(|entry| matches!(entry, Entry::Step(_, StepEntry::AttemptParked { .. })));
        let state = world.engine.drive(run, stop).await.unwrap();
        assert_eq!(state.status(), RunStatus::NeedsGrant);
        let state = world.drive(run).await.unwrap();
        assert_eq!(tell(&state), "completed; lacks: completed, runs: completed");
        assert_eq!(json!(service.calls()), json!(["lacks/1", "runs/1", "runs/2", "lacks/2"]));
    });
}
