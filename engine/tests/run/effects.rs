//! Effects: an intent before each, none done twice, and what happens where it is unknown whether one was done.

use flowrun_engine::{
    id::{NodeId, RunId, StepPath},
    journal::{Decision, EffectEntry, Entry, NodeEntry, RunEntry, StepEntry},
    run::{RunState, RunStatus},
};
use serde_json::{Value, json};

use crate::{
    define::{Build, define, node},
    service::{Act, Answer, Service, transient},
    world::{World, in_moved_time, outcome, outcomes, run},
};

fn effect(number: u32, answer: Answer) -> Act {
    Act::Effect(number, answer)
}

fn step(id: &str) -> StepPath {
    StepPath::of(NodeId::new(id))
}

fn happened(key: &str) -> Decision {
    Decision::Happened { key: key.to_owned() }
}

#[test]
fn an_intent_is_durable_before_its_effect_and_settled_with_what_follows() {
    in_moved_time(async {
        let service = Service::default().script("a", &[effect(0, Answer::Done), effect(1, Answer::Done)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        world.drive(run).await.unwrap();
        let journal = world.store.journal(run).await.unwrap();
        let words: Vec<Vec<_>> = journal.iter().map(|record| record.entries.iter().map(word).collect()).collect();
        let expected: [Vec<&str>; 5] = [
            vec!["run started"],
            vec!["node started", "step started", "attempt started"],
            vec!["effect intended"],
            vec!["effect settled", "effect intended"],
            vec!["effect settled", "step completed", "main ended", "run ended"],
        ];
        assert_eq!(words, expected);
    });
}

fn word(entry: &Entry) -> &'static str {
    match entry {
        Entry::Run(RunEntry::Started(_)) => "run started",
        Entry::Run(RunEntry::MainEnded { .. }) => "main ended",
        Entry::Run(RunEntry::Ended { .. }) => "run ended",
        Entry::Node(_, NodeEntry::Started { .. }) => "node started",
        Entry::Step(_, StepEntry::Started { .. }) => "step started",
        Entry::Step(_, StepEntry::AttemptStarted { .. }) => "attempt started",
        Entry::Step(_, StepEntry::Completed { .. }) => "step completed",
        Entry::Effect(_, EffectEntry::Intended { .. }) => "effect intended",
        Entry::Effect(_, EffectEntry::Settled { .. }) => "effect settled",
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_an_earlier_attempt_had_done_is_not_sent_again() {
    let done = [effect(0, Answer::Done), effect(1, Answer::Done)];
    let service = Service::default().script("a", &[effect(0, Answer::Done), Act::Fail(transient())]).script("a", &done);
    let state = run(&service, &define([node("a")]));
    assert_eq!(outcome(&state, "a"), "completed");
    assert_eq!(service.effects(), ["a/0", "a/1"]);
    assert_eq!(service.calls(), ["a/1", "a/2"]);
}

#[test]
fn a_refused_effect_is_no_doubt() {
    let service = Service::default().script("a", &[effect(0, Answer::Refused)]);
    let state = run(&service, &define([node("a")]));
    assert_eq!((outcome(&state, "a").as_str(), state.status()), ("failed", RunStatus::Failed));
}

#[test]
fn a_lost_answer_is_looked_for() {
    let lost = |answer| {
        Service::default().can_look().script("a", &[effect(0, answer)]).script("a", &[effect(0, Answer::Done)])
    };
    let service = lost(Answer::LostDone);
    let state = run(&service, &define([node("a").attempts(1)]));
    assert_eq!((outcome(&state, "a").as_str(), service.effects().len()), ("completed", 1));
    // It did not happen: the attempt failed, and another sends it.
    let service = lost(Answer::LostUndone);
    let state = run(&service, &define([node("a")]));
    assert_eq!((outcome(&state, "a").as_str(), service.effects().len()), ("completed", 1));
    assert_eq!(run(&lost(Answer::LostUndone), &define([node("a").attempts(1)])).status(), RunStatus::Failed);
}

#[test]
fn timeouts_and_panics_with_an_effect_on_the_wire_are_in_doubt() {
    let endings =
        [[effect(0, Answer::DoneAfter(60)), Act::Give(json!({}))], [effect(0, Answer::LostDone), Act::Give(json!({}))]];
    for acts in endings {
        let state = run(&Service::default().script("a", &acts), &define([node("a"), node("b").after("a"), node("c")]));
        assert_eq!(outcomes(&state), "a: needs_decision, b: pending, c: completed");
        assert_eq!(state.status(), RunStatus::NeedsDecision);
        assert_eq!(state.steps_in_doubt(), [step("a")]);
    }
    // Between effects nothing is in doubt.
    let service = Service::default().script("a", &[effect(0, Answer::Done), Act::Panic]);
    assert_eq!(run(&service, &define([node("a")])).status(), RunStatus::Failed);
    let service =
        Service::default().script("a", &[effect(0, Answer::Done), Act::Hang]).script("a", &[effect(0, Answer::Done)]);
    assert_eq!(run(&service, &define([node("a")])).status(), RunStatus::Completed);
    assert_eq!(service.effects(), ["a/0"]);
}

#[test]
fn nothing_more_of_an_attempt_is_sent_while_an_effect_is_in_doubt() {
    let service = Service::default().script("a", &[effect(0, Answer::LostDone), effect(1, Answer::Done)]);
    let state = run(&service, &define([node("a")]));
    assert_eq!(state.status(), RunStatus::NeedsDecision);
    assert_eq!(service.effects(), ["a/0"]);
}

#[test]
fn what_has_had_its_effect_is_finished_after_the_deadline_too() {
    let service = Service::default()
        .can_look()
        .script("a", &[Act::Take(50), effect(0, Answer::DoneAfter(30))])
        .script("a", &[effect(0, Answer::Done), Act::Take(1), Act::Give(json!({ "key": "K" }))]);
    let state = run(&service, &define([node("a").timeout(300).deadline(60)]));
    assert_eq!(state.node_view("a").unwrap().output, Some(&json!({ "key": "K" })));
    assert_eq!(service.effects(), ["a/0"]);
}

#[test]
fn on_unknown_retry_sends_again() {
    let service =
        Service::default().script("a", &[effect(0, Answer::LostDone)]).script("a", &[effect(0, Answer::Done)]);
    let state = run(&service, &define([node("a").retries_unknown()]));
    assert_eq!((outcome(&state, "a").as_str(), service.effects().len()), ("completed", 2));
}

/// Drives to the doubt, decides, and drives on.
fn decided(service: &Service, a: Build, decision: Decision) -> RunState {
    in_moved_time(async {
        let world = World::new(service);
        let run = world.start(&define([a, node("b").after("a")]), &Value::Null).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::NeedsDecision);
        assert_eq!(world.store.summary(run).await.unwrap().unwrap().status, RunStatus::NeedsDecision);
        world.engine.decide_effect(run, &step("a"), decision).await.unwrap();
        assert_eq!(world.engine.state(run).await.unwrap().status(), RunStatus::Interrupted);
        world.drive(run).await.unwrap()
    })
}

fn in_doubt() -> Service {
    let next = [effect(0, Answer::Done), effect(1, Answer::Done)];
    Service::default().script("a", &[effect(0, Answer::LostDone)]).script("a", &next)
}

#[test]
fn a_person_says_that_it_happened() {
    let service = in_doubt();
    let state = decided(&service, node("a").attempts(1), happened("K"));
    assert_eq!(outcomes(&state), "a: completed, b: completed");
    assert_eq!(service.effects(), ["a/0", "a/1"], "the effect that was decided about is not sent again");
}

#[test]
fn a_person_says_that_it_did_not_happen() {
    let service = in_doubt();
    let state = decided(&service, node("a").attempts(1), Decision::DidNotHappen);
    assert_eq!(outcomes(&state), "a: completed, b: completed");
    assert_eq!(service.effects(), ["a/0", "a/0", "a/1"]);
}

#[test]
fn a_person_gives_the_step_up() {
    let service = in_doubt();
    let state = decided(&service, node("a"), Decision::Abort);
    assert_eq!(outcomes(&state), "a: failed, b: skipped upstream");
    assert_eq!(state.error().unwrap().failure.code.to_string(), "FR0711");
    assert_eq!(service.calls(), ["a/1"]);
}

#[test]
fn a_wrong_key_is_refused_at_once_and_nothing_is_recorded() {
    in_moved_time(async {
        let service = in_doubt();
        let world = World::new(&service);
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let before = world.drive(run).await.unwrap();
        let refused = world.engine.decide_effect(run, &step("a"), happened("wrong")).await.unwrap_err();
        assert_eq!(refused.to_string(), "nothing was recorded of `a`: there is no `wrong`");
        let after = world.engine.state(run).await.unwrap();
        assert_eq!((after.status(), after.ended_at()), (RunStatus::NeedsDecision, before.ended_at()));
        assert!(after.node_view("a").unwrap().steps[0].attempts[0].effects[0].decision.is_none());
    });
}

#[test]
fn what_is_gone_when_the_run_goes_on_leaves_the_effect_in_doubt_and_says_why() {
    let state = decided(&in_doubt(), node("a"), happened("gone"));
    assert_eq!(outcomes(&state), "a: needs_decision, b: pending");
    let view = state.node_view("a").unwrap();
    let effect = &view.steps[0].attempts[0].effects[0];
    assert_eq!(effect.doubt.unwrap().message, "there is no `gone`");
    assert_eq!((effect.settlement, effect.decision), (None, None), "what was said of it did not hold");
}

#[test]
fn the_time_of_a_decision_does_not_count_towards_the_deadline() {
    in_moved_time(async {
        let service = in_doubt();
        let world = World::new(&service);
        let run = world.start(&define([node("a").deadline(60)]), &Value::Null).await;
        world.drive(run).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        world.engine.decide_effect(run, &step("a"), Decision::DidNotHappen).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
    });
}

#[test]
fn only_what_is_in_doubt_can_be_decided_about() {
    in_moved_time(async {
        let world = World::new(&Service::default());
        let run = world.start(&define([node("a")]), &Value::Null).await;
        let refused = world.engine.decide_effect(run, &step("a"), Decision::Abort).await.unwrap_err();
        assert_eq!(refused.to_string(), "no effect of `a` is in doubt: there is nothing to decide");
        let nobody: RunId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let refused = world.engine.decide_effect(nobody, &step("a"), Decision::Abort).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("there is no run `{nobody}`"));
    });
}

#[test]
fn an_item_is_named_where_there_are_items_and_only_there() {
    let decide = |a: Build, item: Option<u32>| {
        in_moved_time(async {
            let service = in_doubt().script("a[0]", &[effect(0, Answer::LostDone)]);
            let world = World::new(&service);
            let run = world.start(&define([a]), &Value::Null).await;
            assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::NeedsDecision);
            let step = item.map_or_else(|| step("a"), |item| StepPath::of_item(NodeId::new("a"), item));
            world.engine.decide_effect(run, &step, Decision::DidNotHappen).await.is_ok()
        })
    };
    assert!(decide(node("a"), None));
    assert!(!decide(node("a"), Some(0)));
    assert!(decide(node("a").for_each("[1, 2]", 1), Some(0)));
    assert!(!decide(node("a").for_each("[1, 2]", 1), None));
}

#[test]
fn a_doubt_can_be_decided_while_the_rest_goes_on() {
    in_moved_time(async {
        let service = in_doubt().script("slow", &[Act::Take(20)]);
        let world = World::new(&service);
        let run = world.start(&define([node("a"), node("slow")]), &Value::Null).await;
        let doubt = world.observed.when(|entry| matches!(entry, Entry::Effect(_, EffectEntry::InDoubt { .. })));
        let decide = async {
            doubt.cancelled().await;
            world.engine.decide_effect(run, &step("a"), happened("K")).await.unwrap();
        };
        let state = tokio::join!(world.drive(run), decide).0.unwrap();
        assert_eq!(outcomes(&state), "a: completed, slow: completed");
    });
}
