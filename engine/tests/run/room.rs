//! A disk that is nearly full: no effect begins there, and what is under way is recorded.

use std::sync::{Arc, Weak};

use flowrun_engine::{
    definition::Source,
    journal::{EffectEntry, Entry},
    run::{CancellationToken, EngineError, RunStatus},
    store::StoreError,
    testing::WatchedStore,
};
use serde_json::{Map, Value};

use crate::{
    define::{define, node},
    service::{Act, Answer, Service},
    world::{World, in_moved_time, outcomes},
};

fn is_full(error: &EngineError) -> bool {
    let (EngineError::Store(error) | EngineError::Unrecorded { error, .. }) = error else { return false };
    matches!(error, StoreError::Full { .. })
}

#[test]
fn a_run_stops_before_the_next_effect_and_goes_on_once_there_is_room() {
    let effect = [Act::Effect(0, Answer::Done)];
    let service = Service::default().script("a", &effect).usually("b", &effect);
    let (definition, store) = (define([node("a"), node("b").after("a")]), full_after_an_effect());
    in_moved_time(async {
        let world = World::with_store(&service, store.clone(), 8);
        let run = world.start(&definition, &Value::Null).await;
        let error = world.drive(run).await.unwrap_err();
        assert!(is_full(&error), "{error}");
        assert_eq!(service.effects().len(), 1, "the second was not sent");
        let state = world.engine.state(run).await.unwrap();
        assert_eq!(state.status(), RunStatus::Interrupted);
        assert!(outcomes(&state).starts_with("a: completed"), "what was under way is recorded: {}", outcomes(&state));
        assert!(is_full(&world.drive(run).await.unwrap_err()), "and again");
        store.fill(false);
        assert_eq!(world.drive(run).await.unwrap().status(), RunStatus::Completed);
        assert_eq!(service.effects().len(), 2);
    });
}

#[test]
fn no_run_begins() {
    let service = Service::default();
    let (definition, store) = (define([node("a")]), Arc::new(WatchedStore::new(|_, _, keep| keep())));
    store.fill(true);
    in_moved_time(async {
        let world = World::with_store(&service, store.clone(), 8);
        let source = Source::new("test.yaml", "process: test");
        let new = World::new_run(&source, definition.clone(), Map::new());
        assert!(is_full(&world.engine.start(new).await.unwrap_err()));
        let new = World::new_run(&source, definition, Map::new());
        let error = world.engine.run(new, CancellationToken::new()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no effect begins while the disk of `memory` has less than 64 MiB free: it has 0 MiB"
        );
        assert_eq!(world.store.by_prefix("", 9).await.unwrap(), []);
    });
}

/// A store whose disk is nearly full once an effect has settled.
fn full_after_an_effect() -> Arc<WatchedStore> {
    Arc::new_cyclic(|store: &Weak<WatchedStore>| {
        let store = store.clone();
        let is_settled = |entry: &Entry| matches!(entry, Entry::Effect(_, EffectEntry::Settled { .. }));
        WatchedStore::new(move |record, _, keep| {
            if record.entries.iter().any(is_settled) {
                store.upgrade().expect("it is there while it is called").fill(true);
            }
            keep()
        })
    })
}
