//! Looks that are made again, where it cannot be shown yet whether an effect happened: when, how often, and what goes before them.

use flowrun_engine::{
    activity::Reconciled,
    diagnostic::Code,
    journal::{Decision, EffectEntry, Entry},
    run::{CallEnd, Input, RunState, RunStatus, Signal},
    store::Barrier,
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{
    by_hand::ByHand,
    define::{Build, define, node},
    service::{Act, Answer, Service, transient, ungranted},
    world::{World, in_moved_time, outcome},
};

fn not_yet(milliseconds: i64) -> Reconciled {
    let until = Timestamp::UNIX_EPOCH + milliseconds.milliseconds();
    Reconciled::NotYet { until, why: "the index lags".to_owned() }
}

/// A run of these nodes, in which the answer to the effect of `n` was lost at second 5, and cannot be shown until second 20.
fn unshown<const COUNT: usize>(nodes: [Build; COUNT]) -> ByHand {
    let mut run = ByHand::of(&define(nodes), 8);
    run.at(5).intends("n/e");
    assert_eq!(run.loses("n", transient()), "→ look for n");
    assert_eq!(run.finds("n", not_yet(20_000)), "n/e/1 not shown yet, again at 20");
    run
}

/// How far the run and its node `n` are.
fn statuses(run: &ByHand) -> (RunStatus, &'static str) {
    let state = run.machine.state();
    (state.status(), state.node_status("n").unwrap().as_str())
}

/// The run as it is read again.
fn replayed(run: &ByHand) -> RunState {
    RunState::replay(run.machine.state().definition().clone(), run.journal()).unwrap()
}

#[test]
fn what_cannot_be_shown_yet_is_looked_for_again_when_its_time_comes() {
    let mut run = unshown([node("n").attempts(1)]);
    assert_eq!(run.output().barrier, Barrier::Now, "nothing rides over a timer");
    assert_eq!((run.timeout(), statuses(&run)), (Some(20), (RunStatus::Running, "running")));
    assert_eq!(run.machine.state().next_timer(), Some(Timestamp::UNIX_EPOCH + 20.seconds()));
    assert_eq!(run.at(19).timer(), "");
    assert_eq!(run.at(20).timer(), "n is to be looked for, → look for n");
    let found = Reconciled::Happened { result: json!({ "key": "K" }), evidence: String::new() };
    assert_eq!(run.finds("n", found), "n/e/1 happened, n loses 1, n tries 2, → try n");
    assert_eq!(run.gives("n"), "n completes, nodes completed, run completed, rests");
}

#[test]
fn a_look_that_is_still_to_come_is_told_with_its_reason() {
    let mut run = unshown([node("n")]);
    let state = run.machine.state();
    let node = state.node_view("n").unwrap();
    let (step, look) = node.next_look().unwrap();
    assert_eq!((step.to_string().as_str(), look.at.as_second(), look.why), ("n", 20, "the index lags"));
    assert_eq!(state.open_effects()[0].next_look, Some(look));
    run.at(20).timer();
    assert_eq!(run.machine.state().node_view("n").unwrap().next_look(), None, "it is made now");
}

#[test]
fn what_did_not_happen_is_asked_for_again_with_what_was_seen_first() {
    let mut run = unshown([node("n")]);
    run.at(20).timer();
    assert_eq!(
        run.finds("n", Reconciled::DidNotHappen { evidence: String::new() }),
        "n/e/1 did not happen, n fails 1, again at 22"
    );
    let node = run.machine.state().node_view("n").unwrap();
    assert_eq!(node.steps[0].attempts[0].failure.unwrap().code, Code::UNAVAILABLE);
}

/// When the next look comes, in milliseconds, after one that could not show it until some time.
#[test]
fn looks_keep_a_distance_that_doubles_up_to_a_quarter_of_an_hour() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.intends("n/e");
    run.loses("n", transient());
    let (mut now, longest) = (0, 900_000);
    let doubling = (0..14).map(|looks| 100 << looks);
    for wait in doubling.chain([longest, longest]) {
        run.finds("n", not_yet(now - 1));
        now += wait;
        assert_eq!(run.machine.poll_timeout().unwrap().as_millisecond(), now);
        run.at_millisecond(now).timer();
    }
    run.finds("n", not_yet(now + 2 * longest));
    assert_eq!(
        run.machine.poll_timeout().unwrap().as_millisecond(),
        now + 2 * longest,
        "what is far enough is as it was said"
    );
}

#[test]
fn nothing_is_looked_for_again_after_its_deadline() {
    let tables = [
        (node("n").deadline(60), "n fails 1, n/e/1 in doubt, let go, rests"),
        (node("n").deadline(60).retries_unknown(), "n fails 1, n failed: FR0709, nodes failed, run failed, rests"),
    ];
    for (node, told) in tables {
        let mut run = unshown([node]);
        run.at(20).timer();
        assert_eq!(run.finds("n", not_yet(3_600_000)), "n/e/1 not shown yet, again at 60");
        assert_eq!(run.at(60).timer(), "n is to be looked for, → look for n");
        assert_eq!(run.at(61).finds("n", not_yet(90_000)), told);
    }
}

/// A slow service is no reason to call a person: only the step's deadline ends such looks.
#[test]
fn a_look_that_takes_too_long_is_made_again_until_the_deadline() {
    let tables = [
        (node("n").timeout(10).deadline(80), "n fails 1, n/e/1 in doubt, let go, rests"),
        (
            node("n").timeout(10).deadline(80).retries_unknown(),
            "n fails 1, n failed: FR0709, nodes failed, run failed, rests",
        ),
    ];
    for (node, told) in tables {
        let mut run = unshown([node]);
        run.at(20).timer();
        assert_eq!(run.at(50).timer(), "→ drop n");
        run.ends("n", CallEnd::Dropped, false);
        assert_eq!(statuses(&run), (RunStatus::Running, "running"), "nobody is asked");
        assert_eq!(run.machine.poll_timeout().unwrap().as_millisecond(), 50_200, "as any look that shows nothing");
        assert_eq!(run.at(60).timer(), "n is to be looked for, → look for n");
        assert_eq!(run.at(90).timer(), "→ drop n");
        assert_eq!(run.ends("n", CallEnd::Dropped, false), told);
    }
}

#[test]
fn a_look_takes_a_call_like_any_other_and_goes_before_what_is_new() {
    let mut run = ByHand::of(&define([node("n"), node("other"), node("third")]), 1);
    run.intends("n/e");
    run.loses("n", transient());
    let told = run.finds("n", not_yet(10_000));
    assert_eq!(told, "n/e/1 not shown yet, again at 10, other starts, other begins, other tries 1, → try other");
    assert_ne!(run.timeout(), Some(10), "no call is free");
    assert_eq!(run.at(10).timer(), "");
    assert_eq!(run.at(12).gives("other"), "other completes, n is to be looked for, → look for n");
}

#[test]
fn a_run_that_is_stopped_rests_and_looks_again_when_it_goes_on() {
    let mut run = unshown([node("n").deadline(60)]);
    assert_eq!(run.tell(Input::Stop), "let go, rests");
    assert_eq!(run.timeout(), None);
    let state = replayed(&run);
    assert_eq!((state.status(), state.node_view("n").unwrap().next_look().is_some()), (RunStatus::Interrupted, true));
    let mut early = ByHand::going_on(state.clone());
    assert_eq!(early.at(10).tell(Input::TakenOver), "resumed");
    assert_eq!(early.timeout(), Some(20));
    let mut late = ByHand::going_on(state);
    assert_eq!(late.at(3600).tell(Input::TakenOver), "resumed, n is to be looked for, → look for n");
    let told = late.finds("n", not_yet(9_000_000));
    assert_eq!(told, "n/e/1 not shown yet, again at 3655", "the time in which nobody drove it counts for nothing");
}

#[test]
fn a_run_that_is_stopped_during_a_look_waits_for_that_alone() {
    let mut run = unshown([node("n")]);
    run.at(20).timer();
    assert_eq!(run.tell(Input::Stop), "");
    assert_eq!(run.finds("n", not_yet(30_000)), "n/e/1 not shown yet, again at 30, let go, rests");
}

#[test]
fn a_process_that_dies_before_or_during_a_look_leaves_one_to_be_made() {
    let mut run = unshown([node("n")]);
    let mut waiting = ByHand::going_on(replayed(&run));
    assert_eq!(waiting.at(7).tell(Input::TakenOver), "resumed");
    assert_eq!(waiting.at(20).timer(), "n is to be looked for, → look for n");
    run.at(20).timer();
    let mut looking = ByHand::going_on(replayed(&run));
    assert_eq!(looking.at(21).tell(Input::TakenOver), "resumed, → look for n");
    looking.finds("n", Reconciled::Undecidable("nobody can tell".to_owned()));
    let node = looking.machine.state().node_view("n").unwrap();
    let doubt = node.steps[0].attempts[0].effects[0].doubt.unwrap();
    assert_eq!(doubt.message, "it is unknown whether it happened: busy; nobody can tell", "what was seen is kept");
}

#[test]
fn a_person_may_decide_before_the_next_look() {
    let named = Decision::Happened { key: "K".to_owned() };
    let table = [
        (named, "n fails 1, n/e/1 decided, → look at K for n"),
        (Decision::DidNotHappen, "n fails 1, n/e/1 decided, n tries 2, → try n"),
        (Decision::Abort, "n fails 1, n/e/1 decided, n failed: FR0711, nodes failed, run failed, rests"),
    ];
    for (decision, told) in table {
        let mut run = unshown([node("n")]);
        assert_eq!(run.decides("n", decision), told);
        assert_eq!(run.output().answers, [Ok(())]);
        assert_ne!(run.timeout(), Some(20), "it is not looked for again");
    }
    let mut run = unshown([node("n")]);
    run.at(20).timer();
    assert_eq!(run.decides("n", Decision::DidNotHappen), "", "what is being looked for is not asked about");
    assert!(run.output().answers[0].is_err());
}

#[test]
fn an_answer_that_comes_before_the_next_look_spares_it() {
    let mut run = unshown([node("n")]);
    assert_eq!(run.happened("n/e"), "n/e/1 happened, n loses 1, n tries 2, → try n");
    let mut run = unshown([node("n")]);
    assert_eq!(run.did_not_happen("n/e"), "n/e/1 did not happen, n loses 1, n tries 2, → try n");
}

#[test]
fn a_run_that_ends_early_still_finds_out() {
    let mut run = unshown([node("n")]);
    assert_eq!(run.tell(Input::Signal(Signal::Cancel)), "cancelled");
    assert_eq!(run.at(20).timer(), "n is to be looked for, → look for n");
    let told = run.finds("n", Reconciled::DidNotHappen { evidence: String::new() });
    assert_eq!(told, "n/e/1 did not happen, n fails 1, n cancelled, nodes cancelled, run cancelled, rests");
}

#[test]
fn nothing_is_looked_for_again_while_a_grant_is_missing() {
    let mut run = unshown([node("n"), node("other")]);
    assert_eq!(run.fails("other", ungranted()), "other parks 1, asks at 305");
    assert_eq!((run.timeout(), run.machine.state().status()), (Some(305), RunStatus::NeedsGrant));
    let told = run.at(30).tell(Input::TakenOver);
    assert_eq!(told, "resumed, n is to be looked for, other tries 2, → look for n, → try other");
}

#[test]
fn whoever_asks_sees_a_run_that_goes_on_while_another_effect_is_in_doubt() {
    let mut run = unshown([node("n"), node("other")]);
    run.intends("other/e");
    run.loses("other", transient());
    run.finds("other", Reconciled::Undecidable(String::new()));
    assert_eq!(run.machine.state().status(), RunStatus::Running);
    run.at(20).timer();
    run.finds("n", Reconciled::Undecidable(String::new()));
    assert_eq!(run.machine.state().status(), RunStatus::NeedsDecision);
}

/// A service at which `a` loses the answer to its effect, and which does not show it to the first so many looks.
fn lagging(looks: u32) -> Service {
    let again = [Act::Effect(0, Answer::Done), Act::Give(json!({ "key": "K" }))];
    let lost = [Act::Effect(0, Answer::LostDone)];
    Service::default().can_look_after(looks).script("a", &lost).usually("a", &again)
}

#[test]
fn a_person_may_decide_about_a_run_that_was_stopped_before_its_next_look() {
    in_moved_time(async {
        let service = lagging(100);
        let world = World::new(&service);
        let run = world.start(&define([node("a").attempts(1)]), &Value::Null).await;
        let stop = world.observed.when(|entry| matches!(entry, Entry::Effect(_, EffectEntry::NotShownYet { .. })));
        let state = world.engine.drive(run, stop).await.unwrap();
        assert_eq!((state.status(), outcome(&state, "a").as_str()), (RunStatus::Interrupted, "running"));
        let wrong = Decision::Happened { key: "wrong".to_owned() };
        let step = "a".parse().unwrap();
        assert!(world.engine.decide_effect(run, &step, wrong).await.is_err(), "it is looked at first");
        let named = Decision::Happened { key: "K".to_owned() };
        world.engine.decide_effect(run, &step, named).await.unwrap();
        let state = world.drive(run).await.unwrap();
        assert_eq!((outcome(&state, "a").as_str(), service.effects().len()), ("completed", 1));
    });
}

#[test]
fn the_engine_looks_again_until_it_shows() {
    in_moved_time(async {
        let service = lagging(3);
        let world = World::new(&service);
        let run = world.start(&define([node("a").attempts(1)]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        assert_eq!((outcome(&state, "a").as_str(), service.effects().len()), ("completed", 1));
        assert_eq!(world.observed.statuses(), [RunStatus::Running, RunStatus::Completed]);
        let took = state.ended_at().unwrap().duration_since(state.started_at());
        assert_eq!(took.as_secs(), 30, "three looks that could not show it, ten seconds each");
    });
}
