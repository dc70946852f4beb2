//! A process definition from its text to its end, in one process and in two.

use std::{sync::Arc, time::Duration};

use flowrun_engine::{
    definition::{self, Source},
    id::RunId,
    run::{NewRun, RunState, RunStatus},
    store::MemoryStore,
};
use serde_json::{Value, json};

use crate::{
    service::{Act, Service, transient},
    world::{World, in_moved_time, outcomes},
};

const PROCESS: &str = r#"
process: test
version: 1.0.0
inputs:
  names: { type: array, items: { type: string }, default: [] }
nodes:
  file:
    activity: test.act
    with:
      text: bug
  tell:
    for_each: inputs.names
    as: name
    max_parallel: 2
    activity: test.act
    retry: { attempts: 3, delay: 10s, jitter: false }
    with:
      text: ${{ name }}
  start:
    after: [file, tell]
    if: size(nodes.tell.results) == 3
    activity: test.act
  report:
    after: { start: failed }
    activity: test.act
finally:
  last:
    activity: test.act
    with:
      text: '${{ run.outcome == "completed" ? "good" : "bad" }}'
outputs:
  told: ${{ size(nodes.tell.results) }}
"#;

fn service() -> Service {
    Service::default()
        .script("tell[0]", &[Act::Fail(transient())])
        .script("tell[1]", &[Act::Take(5)])
        .usually("tell[1]", &[Act::Take(5)])
}

async fn start(world: &World, service: &Service) -> RunId {
    let source = Source::new("test.yaml", PROCESS);
    let loaded = definition::load(&source, &service.catalogue());
    assert_eq!(loaded.diagnostics, []);
    let inputs = json!({ "names": ["a", "b", "c"] }).as_object().cloned().unwrap();
    let definition = Arc::new(loaded.definition.unwrap());
    world.engine.start(NewRun { source: &source, definition, inputs, key: None, context: Value::Null }).await.unwrap()
}

#[track_caller]
fn check_end(state: &RunState, service: &Service) {
    let expected = "file: completed, tell: completed, start: completed, report: skipped condition, last: completed";
    assert_eq!(outcomes(state), expected);
    assert_eq!(json!(state.outputs()), json!({ "told": 3 }));
    assert_eq!(service.input("last"), json!({ "text": "good" }));
}

#[test]
fn a_definition_runs_from_its_text_to_its_end() {
    in_moved_time(async {
        let service = service();
        let world = World::new(&service);
        let run = start(&world, &service).await;
        check_end(&world.drive(run).await.unwrap(), &service);
    });
}

#[test]
fn another_process_goes_on_with_the_definition_that_the_run_began_with() {
    in_moved_time(async {
        let (service, store) = (service(), Arc::new(MemoryStore::default()));
        let world = World::with_store(&service, store.clone(), 8);
        let run = start(&world, &service).await;
        let killed = tokio::time::timeout(Duration::from_secs(3), world.drive(run)).await;
        assert!(killed.is_err());
        drop(world);
        let world = World::with_store(&service, store, 8);
        let shown = world.engine.state(run).await.unwrap();
        assert_eq!((shown.status(), shown.definition().process.as_str()), (RunStatus::Interrupted, "test"));
        check_end(&world.drive(run).await.unwrap(), &service);
    });
}
