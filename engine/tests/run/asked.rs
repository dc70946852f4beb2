//! Grants that are asked for: which one an attempt lacked that was refused, and whether it is there again while a step waits for it.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    activity::{Failure, Reconciled},
    definition::Definition,
    diagnostic::Code,
    journal::{Entry, Record, StepEntry},
    run::{CallEnd, CancellationToken, Input, RunState, RunStatus, Signal},
};
use insta::assert_snapshot;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{
    by_hand::ByHand,
    define::{define, last, node},
    service::{Act, Answer, Grants, Service, denied, limited, perhaps_denied, permanent, transient, ungranted},
    world::{World, in_moved_time, outcomes},
};

fn second(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + seconds.seconds()
}

fn missing() -> Failure {
    Failure::needs_grant(Code::NOT_AUTHORISED, "Ann may not do it").with_help("ask Bob")
}

fn asked(answer: Result<Option<Failure>, Failure>) -> CallEnd {
    CallEnd::GrantsAsked(answer)
}

/// A run of one node that was denied, and was found to lack a grant at second 0.
fn parked() -> ByHand {
    let mut run = ByHand::of(&define([node("n")]), 8);
    assert_eq!(run.fails("n", denied()), "→ ask grants for n");
    assert_eq!(run.ends("n", asked(Ok(Some(missing()))), false), "n parks 1, asks at 300");
    run
}

#[test]
fn what_an_attempt_was_refused_for_is_asked_first() {
    let parks = "n parks 1, asks at 300";
    let fails = "n fails 1, n failed: FR0703, nodes failed, run failed, rests";
    let tables = [
        (Ok(Some(missing())), parks, parks),
        // Nothing but a missing grant is denied so, whoever knows of it.
        (Ok(None), parks, fails),
        (Err(permanent()), parks, fails),
        (Err(ungranted()), parks, parks),
        (Err(transient()), "n fails 1, again at 2", "n fails 1, again at 2"),
        (Err(limited(second(60))), "n fails 1, again at 60", "n fails 1, again at 60"),
    ];
    for (answer, when_denied, when_perhaps_denied) in tables {
        for (refused, told) in [(denied(), when_denied), (perhaps_denied(), when_perhaps_denied)] {
            let mut run = ByHand::of(&define([node("n")]), 8);
            assert_eq!(run.fails("n", refused), "→ ask grants for n");
            assert_eq!(run.machine.state().status(), RunStatus::Running);
            assert_eq!(run.ends("n", asked(answer.clone()), false), told, "{answer:?}");
        }
    }
}

#[test]
fn what_is_missing_is_told_before_what_the_service_said() {
    let run = parked();
    let state = run.machine.state();
    let lacks = state.steps_parked()[0].1.clone();
    assert_eq!(lacks.message, "Ann may not do it; no");
    assert_eq!((lacks.help.as_deref(), lacks.code), (Some("ask Bob"), Code::NOT_AUTHORISED));
    assert_eq!(state.node_view("n").unwrap().next_ask, Some(second(300)));
    assert_eq!((state.next_ask(), state.summary().due), (Some(second(300)), Some(second(300))));
}

/// A node's timeout is that of its attempts: what it takes to ask is another matter.
#[test]
fn asking_has_a_limit_of_its_own() {
    for refused in [denied(), perhaps_denied()] {
        let mut run = ByHand::of(&define([node("n").timeout(10)]), 8);
        run.at(5).fails("n", refused);
        assert_eq!(run.timeout(), Some(35));
        assert_eq!(run.at(35).timer(), "→ drop n");
        assert_eq!(run.ends("n", CallEnd::Dropped, false), "n fails 1, again at 37", "nothing is known");
    }
}

#[test]
fn a_process_that_ends_asks_nobody_and_the_next_one_tries_again() {
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.fails("n", denied());
    assert_eq!(run.tell(Input::Stop), "→ drop n");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "n loses 1, let go, rests");
    let mut run = ByHand::of(&define([node("n")]), 8);
    run.tell(Input::Stop);
    assert_eq!(run.fails("n", denied()), "n loses 1, let go, rests");
    let state = RunState::replay(run.machine.state().definition().clone(), run.journal()).unwrap();
    assert_eq!(ByHand::going_on(state).tell(Input::TakenOver), "resumed, n tries 2, → try n");
}

#[test]
fn a_missing_grant_is_asked_for_again_until_it_is_there() {
    let mut run = parked();
    assert_eq!((run.timeout(), run.output().rests), (Some(300), false));
    assert_eq!(run.at(299).timer(), "");
    assert_eq!(run.at(300).timer(), "→ ask grants for n");
    assert_eq!((run.timeout(), run.machine.state().status()), (Some(330), RunStatus::NeedsGrant));
    let lacks = |run: &ByHand| run.machine.state().steps_parked()[0].1.message.clone();
    assert_eq!(
        run.at(301).ends("n", asked(Ok(Some(missing()))), false),
        "n is still parked (Ann may not do it), asks at 601"
    );
    run.at(601).timer();
    assert_eq!(run.ends("n", asked(Ok(Some(missing()))), false), "n is still parked, asks at 901", "it is the same");
    assert_eq!(lacks(&run), "Ann may not do it");
    for answer in [asked(Err(transient())), asked(Err(permanent())), CallEnd::Dropped] {
        let at = run.timeout().unwrap();
        assert_eq!(run.at(at).timer(), "→ ask grants for n");
        assert_eq!(
            run.ends("n", answer, false),
            format!("n is still parked, asks at {}", at + 300),
            "nothing is known"
        );
    }
    let at = run.timeout().unwrap();
    run.at(at).timer();
    let told = run.ends("n", asked(Err(ungranted())), false);
    assert_eq!(told, format!("n is still parked ({}), asks at {}", ungranted(), at + 300));
    run.at(at + 300).timer();
    assert_eq!(run.ends("n", asked(Ok(None)), false), "n is unparked, n tries 2, → try n");
    assert_eq!(run.gives("n"), "n completes, nodes completed, run completed, rests");
}

#[test]
fn a_wait_for_a_grant_uses_up_nothing_of_the_deadline() {
    let mut run = ByHand::of(&define([node("n").deadline(60)]), 8);
    run.at(20).fails("n", ungranted());
    run.at(320).timer();
    run.at(321).ends("n", asked(Ok(None)), false);
    assert_eq!(run.timeout(), Some(351), "the attempt's own limit");
    run.at(322).fails("n", transient());
    run.at(330).timer();
    assert_eq!(run.timeout(), Some(360));
    run.at(350).fails("n", limited(second(361)));
    assert_eq!(run.timeout(), Some(361), "60 seconds and the 301 of the wait");
}

/// All use the same access token: while one step waits, nothing begins.
#[test]
fn nothing_begins_before_every_grant_is_there() {
    let mut run = ByHand::of(&define([node("a"), node("b"), node("c").after("a")]), 8);
    run.fails("a", ungranted());
    run.at(10).fails("b", ungranted());
    assert_eq!(run.at(300).timer(), "→ ask grants for a");
    assert_eq!(run.at(301).ends("a", asked(Ok(None)), false), "a is unparked");
    assert_eq!((run.timeout(), run.machine.state().status()), (Some(310), RunStatus::NeedsGrant));
    assert_eq!(run.at(310).timer(), "→ ask grants for b");
    assert_eq!(run.ends("b", asked(Ok(None)), false), "b is unparked, a tries 2, b tries 2, → try a, → try b");
}

#[test]
fn a_process_that_ends_leaves_a_parked_step_as_it_is() {
    let mut run = parked();
    run.at(300).timer();
    assert_eq!(run.tell(Input::Stop), "→ drop n");
    assert_eq!(run.ends("n", CallEnd::Dropped, false), "let go, rests");
    let state = run.machine.state();
    assert_eq!((state.status(), state.next_ask()), (RunStatus::NeedsGrant, Some(second(300))));
    let mut run = parked();
    assert_eq!(run.tell(Input::Stop), "let go, rests");
}

#[test]
fn who_cancels_waits_for_no_answer() {
    let cancelled = "cancelled, n cancelled, nodes cancelled, run cancelled, rests";
    assert_eq!(parked().tell(Input::Signal(Signal::Cancel)), cancelled);
    let mut run = parked();
    run.at(300).timer();
    assert_eq!(run.tell(Input::Signal(Signal::Cancel)), cancelled);
}

/// What is asked when the run ends early is asked in vain.
#[test]
fn an_answer_that_comes_after_the_step_was_cancelled_changes_nothing() {
    let mut run = ByHand::of(&define([node("n"), last("end")]), 8);
    run.fails("n", ungranted());
    run.at(300).timer();
    assert!(run.tell(Input::Signal(Signal::Cancel)).ends_with("→ try end, → drop n"));
    assert_eq!(run.ends("n", asked(Ok(None)), false), "");
    assert_eq!(run.gives("end"), "end completes, run cancelled, rests");
}

#[test]
fn a_denial_in_a_run_that_ends_early_is_no_new_work() {
    let mut run = ByHand::of(&define([node("n"), node("fails")]), 8);
    run.fails("n", denied());
    run.fails("fails", permanent());
    let told = run.ends("n", asked(Ok(Some(missing()))), false);
    assert_eq!(told, "n parks 1, asks at 300, n cancelled, nodes failed, run failed, rests");
}

#[test]
fn what_did_not_happen_is_asked_for_again_though_it_was_denied() {
    for (refused, told) in [
        (denied(), "n/e/1 did not happen, → ask grants for n"),
        (perhaps_denied(), "n/e/1 did not happen, n fails 1, again at 2"),
    ] {
        let mut run = ByHand::of(&define([node("n")]), 8);
        run.intends("n/e");
        assert_eq!(run.loses("n", refused), "→ look for n");
        assert_eq!(run.finds("n", Reconciled::DidNotHappen { evidence: String::new() }), told);
    }
}

/// A process dies after each record, and the next one takes the run.
#[test]
fn a_run_that_is_read_again_waits_as_before() {
    let mut run = parked();
    run.at(300).timer();
    run.ends("n", asked(Ok(Some(missing()))), false);
    let definition = run.machine.state().definition().clone();
    let state = RunState::replay(definition, run.journal()).unwrap();
    assert_eq!(&state, run.machine.state());
    let mut next = ByHand::going_on(state);
    assert_eq!(next.at(400).tell(Input::TakenOver), "resumed, n tries 2, → try n", "an attempt is the best question");
}

/// Journals of earlier versions know of no time.
#[test]
fn a_step_that_an_earlier_version_parked_waits_until_the_run_is_resumed() {
    let run = parked();
    let mut journal: Vec<Record> = run.journal().to_vec();
    for entry in journal.iter_mut().flat_map(|record| &mut record.entries) {
        if let Entry::Step(_, StepEntry::AttemptParked { ask_at, .. }) = entry {
            *ask_at = None;
        }
    }
    let state = RunState::replay(run.machine.state().definition().clone(), &journal).unwrap();
    assert_eq!((state.status(), state.summary().due), (RunStatus::NeedsGrant, None));
    let mut old = ByHand::going_on(state);
    assert_eq!(old.at(5000).timer(), "let go, rests");
}

/// How a run ends whose attempt is refused, by what is said of the grant then; and what was asked.
fn judged(refused: &Failure, grants: &[Grants]) -> String {
    in_moved_time(async {
        let service = Service::default().script("a", &[Act::Fail(refused.clone())]).grants(grants);
        let world = World::new(&service);
        let run = world.start(&define([node("a").attempts(1).with(&json!({ "text": "T-1" }))]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        let error = state.node_view("a").unwrap().error.map(|error| format!(" ({error})")).unwrap_or_default();
        format!("{}{error}; {}", state.status(), service.asked().join(", "))
    })
}

/// As preflight judges: what is missing or hidden is a grant's fault, what is not there or not known is not.
#[test]
fn a_refusal_is_judged_as_preflight_would() {
    let rows = [
        Grants::Missing("Ann may not do it"),
        Grants::Hidden("Ann may not see it"),
        Grants::Held,
        Grants::Absent,
        Grants::Unknown,
        Grants::Unasked(ungranted()),
        Grants::Unasked(transient()),
        Grants::Hang,
    ];
    let told = rows.map(|grants| judged(&perhaps_denied(), &[grants]));
    assert_snapshot!(told.join("\n"), @r"
    needs_grant (Ann may not do it; no); DO on thing T-1
    needs_grant (Ann may not see it; no); DO on thing T-1
    failed (no); DO on thing T-1
    failed (no); DO on thing T-1
    failed (no); DO on thing T-1
    needs_grant (the access token must be re-authorized); DO on thing T-1
    failed (no); DO on thing T-1
    failed (no); DO on thing T-1
    ");
    assert_snapshot!(judged(&denied(), &[Grants::Held]), @"needs_grant (no); DO on thing T-1");
}

/// Attempts that have one effect before they lack the grant; those after it have the other one, too.
fn lacking(grants: &[Grants]) -> (Service, Arc<Definition>) {
    let both = [Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)];
    let service = Service::default().script("a", &[Act::Effect(0, Answer::Done), Act::Fail(denied())]);
    (service.usually("a", &both).grants(grants), define([node("a"), node("b").after("a")]))
}

#[test]
fn a_run_goes_on_by_itself_once_the_grant_is_there_and_does_nothing_twice() {
    let no = || Grants::Missing("Ann may not do it");
    in_moved_time(async {
        let (service, definition) = lacking(&[no(), no(), Grants::Hang, no()]);
        let world = World::new(&service);
        let run = world.start(&definition, &Value::Null).await;
        let state = world.stay(run).await.unwrap();
        assert_eq!(outcomes(&state), "a: completed, b: completed");
        assert_eq!(service.effects(), ["a/0", "a/1"]);
        assert_eq!(service.calls(), ["a/1", "a/2", "b/1"]);
        assert_eq!(service.asked().len(), 5);
        assert_eq!(
            state.ended_at(),
            Some(second(1230)),
            "asked at 300, at 600 in vain for 30 seconds, at 930 and 1230"
        );
        assert_eq!(
            world.observed.statuses(),
            [RunStatus::Running, RunStatus::NeedsGrant, RunStatus::Running, RunStatus::Completed]
        );
    });
}

#[test]
fn a_run_that_waits_for_a_grant_can_be_stopped_and_gone_on_with() {
    in_moved_time(async {
        let (service, definition) = lacking(&[Grants::Missing("Ann may not do it"), Grants::Hang]);
        let world = World::new(&service);
        let run = world.start(&definition, &Value::Null).await;
        let stop = CancellationToken::new();
        let (engine, stopped) = (world.engine.clone(), stop.clone());
        let driven = tokio::spawn(async move { engine.drive(run, stopped).await });
        // Grants are asked for at this time.
        tokio::time::sleep(Duration::from_secs(310)).await;
        stop.cancel();
        assert_eq!(driven.await.unwrap().unwrap().status(), RunStatus::NeedsGrant);
        assert_eq!(outcomes(&world.stay(run).await.unwrap()), "a: completed, b: completed");
        assert_eq!(service.effects(), ["a/0", "a/1"]);
    });
}
