//! What is durable before what, seen through a store that takes its time.

use std::{
    future::ready,
    sync::{Arc, Mutex},
    time::Duration,
};

use flowrun_engine::{
    activity::Settlement,
    journal::{EffectEntry, Entry, StepEntry},
    run::{EngineError, RunState},
    store::StoreError,
    testing::WatchedStore,
};
use serde_json::{Value, json};

use crate::{
    define::{define, node},
    service::{Act, Answer, Service},
    world::{World, in_moved_time, outcomes},
};

#[test]
fn an_effect_is_sent_only_after_its_intent_is_durable() {
    let service = Service::default().script("a", &[Act::Effect(0, Answer::Done)]);
    let (state, sent) =
        run_slowly(&service, 5, |entry| matches!(entry, Entry::Effect(_, EffectEntry::Intended { .. })));
    assert_eq!(outcomes(&state), "a: completed, b: completed");
    assert_eq!((sent, service.effects().len()), (vec![0], 1), "how many were sent when the intent became durable");
}

#[test]
fn an_intent_whose_attempt_timed_out_meanwhile_was_never_sent() {
    let service = Service::default().script("a", &[Act::Effect(0, Answer::Done)]).usually("a", &[Act::Give(json!({}))]);
    let (state, _) = run_slowly(&service, 40, |entry| matches!(entry, Entry::Effect(_, EffectEntry::Intended { .. })));
    assert_eq!(outcomes(&state), "a: completed, b: completed");
    assert!(service.effects().is_empty());
    let view = state.node_view("a").unwrap();
    let attempts = &view.steps[0].attempts;
    assert_eq!(attempts[0].failure.unwrap().code.to_string(), "FR0708");
    assert_eq!(attempts[0].effects[0].settlement, Some(&Settlement::DidNotHappen));
}

#[test]
fn an_intent_that_nobody_waits_for_is_not_recorded() {
    let effect = [Act::Take(2), Act::Effect(0, Answer::Done)];
    let service = Service::default().script("a", &effect).script("b", &effect[1..]);
    let (state, _) = run_slowly(&service, 40, |entry| matches!(entry, Entry::Effect(_, EffectEntry::Intended { .. })));
    assert_eq!(outcomes(&state), "a: completed, b: completed");
    assert!(service.effects().is_empty());
    assert!(state.node_view("a").unwrap().steps[0].attempts[0].effects.is_empty());
}

/// What is known of an effect in the end: its settlement, if there is one.
type Known = Option<Settlement>;

#[test]
fn when_the_store_is_gone_nothing_more_is_sent_and_what_is_known_of_effects_is_given_back() {
    let happened = |result: Value| Some(Settlement::Happened(result));
    let intended = |entry: &Entry| matches!(entry, Entry::Effect(effect, EffectEntry::Intended { .. }) if effect.step.node().as_str() == "a");
    let completed = |entry: &Entry| matches!(entry, Entry::Step(_, StepEntry::Completed { .. }));
    let effect = |answer| vec![Act::Effect(0, answer)];
    let late = |acts: &[Act]| [&[Act::Take(2)], acts].concat();
    // The script of `a` and `b`, when the store is gone, how many effects there were, and what is known of those of `a` and `b`.
    type Case = (&'static str, Vec<Act>, Vec<Act>, fn(&Entry) -> bool, usize, [Option<Known>; 2]);
    let cases: [Case; 4] = [
        (
            "before its intent is durable",
            effect(Answer::Done),
            vec![],
            intended,
            0,
            [Some(Some(Settlement::DidNotHappen)), None],
        ),
        (
            "after it was answered",
            effect(Answer::Done),
            late(&[]),
            completed,
            1,
            [Some(happened(json!({ "key": "a/0" }))), None],
        ),
        (
            "while another is on the wire",
            late(&effect(Answer::Done)),
            effect(Answer::DoneAfter(9)),
            intended,
            1,
            [Some(Some(Settlement::DidNotHappen)), Some(happened(json!({ "key": "b/0" })))],
        ),
        (
            "while the answer to another is lost",
            late(&effect(Answer::Done)),
            effect(Answer::LostDone),
            intended,
            1,
            [Some(Some(Settlement::DidNotHappen)), Some(None)],
        ),
    ];
    for (when, a, b, gone, sent, known) in cases {
        let service = Service::default().script("a", &a).script("b", &b);
        let state = lost(&service, gone);
        assert_eq!(service.effects().len(), sent, "{when}");
        for (node, known) in ["a", "b"].into_iter().zip(known) {
            let view = state.node_view(node).unwrap();
            let effects = view.steps.iter().flat_map(|step| &step.attempts).flat_map(|attempt| &attempt.effects);
            let found: Vec<_> = effects.map(|effect| effect.settlement.cloned()).collect();
            assert_eq!(found.first(), known.as_ref(), "{when}, {node}");
        }
    }
}

/// Runs two nodes on a store that is gone when a record with such an entry is to be written; the run as it is known then.
fn lost(service: &Service, gone: fn(&Entry) -> bool) -> RunState {
    in_moved_time(async {
        let store = Arc::new(WatchedStore::new(move |record, _, keep| match record.entries.iter().any(gone) {
            true => Box::pin(ready(Err(StoreError::Gone("a test took it".to_owned())))),
            false => keep(),
        }));
        let world = World::with_store(service, store, 8);
        let run = world.start(&define([node("a"), node("b")]), &Value::Null).await;
        match world.drive(run).await.unwrap_err() {
            EngineError::Unrecorded { error: StoreError::Gone(_), state } => *state,
            other => panic!("{other}"),
        }
    })
}

/// Runs two nodes on a store that takes so many seconds for the first record with such an entry; with how many effects
/// had been sent when that record became durable.
fn run_slowly(service: &Service, seconds: u64, slow: fn(&Entry) -> bool) -> (RunState, Vec<usize>) {
    in_moved_time(async {
        let sent: Arc<Mutex<Vec<usize>>> = Arc::default();
        let (service_then, sent_then) = (service.clone(), sent.clone());
        let store = Arc::new(WatchedStore::new(move |record, _, keep| {
            let kept = keep();
            if !record.entries.iter().any(slow) || !sent_then.lock().unwrap().is_empty() {
                return kept;
            }
            let (service, sent) = (service_then.clone(), sent_then.clone());
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                sent.lock().unwrap().push(service.effects().len());
                kept.await
            })
        }));
        let world = World::with_store(service, store, 8);
        let run = world.start(&define([node("a"), node("b")]), &Value::Null).await;
        let state = world.drive(run).await.unwrap();
        let sent = sent.lock().unwrap().clone();
        (state, sent)
    })
}
