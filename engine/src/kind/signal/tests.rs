//! A node that waits for a signal: how it is written, what is refused, and how runs go on by what they are told.

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::{
    activity::{Catalogue, Context, Failure},
    clock::SystemClock,
    definition::{Definition, Source, load},
    id::{NodeId, RunId, StepPath},
    journal::{self, Entry, Record, RunEntry, RunStarted},
    random::SystemRandom,
    requirement::NoAuthority,
    run::{
        Activities, CancellationToken, Engine, EngineError, EngineParts, Input, Machine, NewRun, NodeStatus, Output,
        Refused, RunState, RunStatus, Signal, SilentObserver,
    },
    store::MemoryStore,
};

const RELEASE: &str = "process: release
version: '1'
inputs: { env: { type: string, default: live } }
nodes:
  go: { signal: 'go-${{ inputs.env }}' }
  note: { activity: test.note, with: { text: '${{ nodes.go.said.by }}' } }
outputs: { by: '${{ nodes.note.text }}' }
";

fn catalogue() -> Catalogue {
    let note = |input: Map<String, Value>, _: Context| async move { Ok::<_, Failure>(Value::Object(input)) };
    Catalogue::default().function("test.note", "Notes something.", note)
}

fn loaded(nodes: &str) -> Result<Arc<Definition>, String> {
    let source = Source::new("p.yaml", format!("process: p\nversion: '1'\nnodes:\n{nodes}"));
    let loaded = load(&source, &catalogue());
    let told = loaded.diagnostics.iter().map(|fault| {
        let at = source.position(fault.span.clone().unwrap_or_default().start);
        let help = fault.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}:{} {} {}{help}", at.line, at.column, fault.code, fault.message)
    });
    loaded.definition.map(Arc::new).ok_or_else(|| told.collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_is_wrong_with_its_nodes_is_told_as_of_any() {
    let refused = |nodes: &str| loaded(nodes).expect_err("it has faults");
    assert_snapshot!(refused("  a: { signal: go, activity: test.note }\n"), @"4:20 FR0205 a node is one thing only: it cannot have both `signal` and `activity`; make two nodes of it");
    assert_snapshot!(refused("  a: { signal: go, retry: { attempts: 2 }, with: {} }\n"), @"
    4:20 FR0210 `retry` does not apply beside `signal`; remove it
    4:44 FR0210 `with` does not apply beside `signal`; remove it
    ");
    assert_snapshot!(refused("  a: { signal: [go] }\n"), @"4:16 FR0203 expected a string, found a list");
    assert_snapshot!(refused("  a: { signal: '${{ nodes.b.x }}' }\n"), @"4:27 FR0402 no such node: `b`; did you mean `a`?");
    assert_snapshot!(refused("  a: { signal: '${{ [1] }}' }\n"), @"4:21 FR0405 this needs a string, found a list");
    assert_snapshot!(refused("  a: { signl: go }\n"), @"4:8 FR0201 there is no key `signl` here; did you mean `signal`?");
}

fn path(step: &str) -> StepPath {
    step.parse().expect("a step's path")
}

/// A machine of a run that has begun at time 0, and its journal.
struct World {
    machine: Machine,
    definition: Arc<Definition>,
    journal: Vec<Record>,
}

impl World {
    fn of(nodes: &str) -> Self {
        let definition = loaded(nodes).expect("no faults");
        let started = RunStarted {
            run: RunId::new(uuid::Uuid::nil()),
            key: None,
            definition: definition.hash.clone(),
            source_name: "p.yaml".to_owned(),
            source_path: None,
            process: "p".to_owned(),
            version: "1".to_owned(),
            inputs: Map::new(),
            context: Value::Null,
        };
        let entries = vec![Entry::Run(RunEntry::Started(started))];
        let journal = vec![Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries }];
        let state = RunState::replay(definition.clone(), &journal).expect("it has begun");
        Self { machine: Machine::new(state, Activities::of(&catalogue()), 8), definition, journal }
    }

    fn tell(&mut self, seconds: i64, input: Input) -> Output {
        let output = self.machine.handle([input], Timestamp::UNIX_EPOCH + seconds.seconds(), &SystemRandom);
        self.journal.extend(output.record.clone());
        assert_eq!(&self.replayed(), self.machine.state(), "what is on the disk tells the same");
        output
    }

    fn answer(&mut self, seconds: i64, step: &str, answer: Value) -> Output {
        self.tell(seconds, Input::Signal(Signal::Answer { step: path(step), answer }))
    }

    /// The state that the journal tells, as it comes from a disk.
    fn replayed(&self) -> RunState {
        let read = self.journal.iter().map(|record| journal::decode(&journal::encode(record)).expect("it can be read"));
        RunState::replay(self.definition.clone(), &read.collect::<Vec<_>>()).expect("it has begun")
    }

    fn status(&self, node: &str) -> NodeStatus {
        self.machine.state().node_status(node).expect("the node")
    }
}

#[test]
fn a_run_waits_for_it_and_costs_nothing_meanwhile() {
    let mut world = World::of("  a: { signal: go }\n  b: { after: a, activity: test.note }\n");
    let begun = world.tell(0, Input::TakenOver);
    assert!(begun.rests && begun.actions.is_empty(), "{begun:?}");
    assert_eq!((world.status("a"), world.machine.state().status()), (NodeStatus::Waiting, RunStatus::Waiting));
    assert_eq!(world.machine.poll_timeout(), None, "it has all the time there is");
    let output = world.answer(1_000_000, "a", json!("yes"));
    assert_eq!(output.answers, [Ok(())]);
    assert_eq!(output.barrier, crate::store::Barrier::Now, "whoever said it was told that it is kept");
    assert_eq!(world.status("a"), NodeStatus::Completed);
    let view = world.machine.state().node_view("a").expect("the node");
    assert_eq!(view.output, Some(&json!({ "name": "go", "said": "yes" })));
    assert_eq!(output.actions.len(), 1, "the next node begins with it: {output:?}");
}

#[test]
fn what_is_no_answer_changes_nothing() {
    let mut world = World::of("  a: { signal: go }\n  b: { after: a, signal: stay }\n");
    world.tell(0, Input::TakenOver);
    let nothing_asked = |step: &str| [Err(Refused::NothingAsked(path(step)))];
    let why = "there is nothing in it".to_owned();
    assert_eq!(world.answer(1, "a", Value::Null).answers, [Err(Refused::NoAnswer { step: path("a"), why })]);
    assert_eq!(world.status("a"), NodeStatus::Waiting);
    assert_eq!(world.answer(1, "b", json!(1)).answers, nothing_asked("b"), "it has not begun");
    assert_eq!(world.answer(1, "c", json!(1)).answers, nothing_asked("c"), "there is no such step");
    assert_eq!(world.answer(1, "a", json!(1)).answers, [Ok(())]);
    assert_eq!(world.answer(1, "a", json!(2)).answers, nothing_asked("a"), "it has its answer");
}

#[test]
fn an_empty_name_fails_the_step_before_it_waits() {
    let mut world = World::of("  a: { signal: \"${{ '' }}\" }\n");
    world.tell(0, Input::TakenOver);
    assert_eq!((world.status("a"), world.machine.state().status()), (NodeStatus::Failed, RunStatus::Failed));
}

#[test]
fn a_deadline_that_is_written_on_it_ends_it() {
    let mut world = World::of("  a: { signal: go, deadline: 1m }\n");
    assert!(!world.tell(0, Input::TakenOver).rests, "its time is awaited");
    assert_eq!(world.machine.poll_timeout(), Some(Timestamp::UNIX_EPOCH + 60.seconds()));
    world.tell(59, Input::TimerFired);
    assert_eq!(world.status("a"), NodeStatus::Waiting);
    world.tell(60, Input::TimerFired);
    assert_eq!((world.status("a"), world.machine.state().status()), (NodeStatus::Failed, RunStatus::Failed));
}

#[test]
fn a_run_that_ends_waits_no_longer() {
    let mut world = World::of("  a: { signal: go }\n  b: { after: a, signal: stay }\n");
    world.tell(0, Input::TakenOver);
    world.tell(1, Input::Signal(Signal::Cancel));
    assert_eq!((world.status("a"), world.status("b")), (NodeStatus::Cancelled, NodeStatus::Skipped));
    assert_eq!(world.machine.state().status(), RunStatus::Cancelled);
}

#[test]
fn each_item_waits_for_its_own() {
    let mut world = World::of("  a: { for_each: '[1, 2, 3]', max_parallel: 2, signal: 'go-${{ item }}' }\n");
    world.tell(0, Input::TakenOver);
    world.answer(1, "a[1]", json!("second"));
    world.answer(2, "a[2]", json!("third"));
    assert_eq!(world.status("a"), NodeStatus::Waiting);
    world.answer(3, "a[0]", json!("first"));
    let results = world.machine.state().node_view("a").and_then(|view| view.results).expect("results");
    let said: Vec<Value> = results.values().map(|result| result["output"].clone()).collect();
    let expected = ["first", "second", "third"].iter().zip(1..);
    let expected: Vec<Value> =
        expected.map(|(said, item)| json!({ "name": format!("go-{item}"), "said": said })).collect();
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_lets_the_run_go_and_takes_it_up_with_the_answer() {
    let source = Source::new("release.yaml", RELEASE);
    let definition = Arc::new(load(&source, &catalogue()).definition.expect("no faults"));
    let engine = Engine::new(EngineParts {
        store: Arc::new(MemoryStore::default()),
        catalogue: catalogue(),
        authority: Arc::new(NoAuthority),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        observer: Arc::new(SilentObserver),
        max_in_flight: 8,
    });
    let inputs = [("env".to_owned(), json!("test"))].into_iter().collect();
    let new = NewRun { source: &source, definition, inputs, key: None, context: Value::Null };
    let state = engine.run(new, CancellationToken::new()).await.expect("it rests");
    assert_eq!(state.status(), RunStatus::Waiting);
    let (run, go) = (state.run(), StepPath::of(NodeId::new("go")));
    let refused = engine.answer(run, &go, Value::Null).await.expect_err("there is nothing in it");
    assert_snapshot!(refused, @"this does not answer `go`: there is nothing in it");
    engine.answer(run, &go, json!({ "by": "Mia" })).await.expect("it is taken");
    let again = engine.answer(run, &go, json!({ "by": "Ole" })).await;
    assert!(matches!(again, Err(EngineError::NothingAsked(step)) if step == go));
    let state = engine.drive(run, CancellationToken::new()).await.expect("it goes on");
    assert_eq!(state.outputs(), Some(&[("by".to_owned(), json!("Mia"))].into_iter().collect()));
}
