//! Runs of earlier versions: what today's rules refuse in a definition that was accepted once, and runs that cannot go on with it.

use std::sync::Arc;

use flowrun_engine::{
    definition::{self, Definition, Node, Source},
    diagnostic::Code,
    id::{DefinitionHash, RunId, StepPath},
    journal::{Decision, Entry, Record, RunEntry, RunStarted},
    run::{CancellationToken, EngineError, NodeView, RunState, RunStatus},
    store::{Barrier, MemoryStore, RunSummary, Store},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    service::{Act, Answer, Service, permanent, transient},
    world::{World, in_moved_time, keep, outcomes},
};

/// A run of this text, as an earlier version left it right after its beginning.
async fn begun(store: &MemoryStore, text: &str, inputs: Value) -> RunId {
    let run = RunId::new(uuid::Builder::from_unix_timestamp_millis(1, &[7; 10]).into_uuid());
    let (process, version) = ("kept".to_owned(), "1".to_owned());
    let hash = DefinitionHash::new("the text's");
    let summary = RunSummary {
        run,
        key: None,
        definition: hash.clone(),
        process: process.clone(),
        version: version.clone(),
        status: RunStatus::Running,
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        due: None,
        admission: None,
        failure: None,
    };
    let started = RunStarted {
        run,
        key: None,
        definition: hash,
        source_name: "kept.yaml".to_owned(),
        source_path: None,
        process,
        version,
        inputs: inputs.as_object().cloned().unwrap_or_default(),
        context: Value::Null,
    };
    let entries = vec![Entry::Run(RunEntry::Started(started))];
    let record = Record { sequence: 0, at: Timestamp::UNIX_EPOCH, entries };
    store.create(&summary, text, &record, None, Barrier::Now).await.unwrap();
    run
}

/// A store with this journal, of a run of this text.
async fn kept(summary: &RunSummary, journal: &[Record], text: &str) -> Arc<MemoryStore> {
    let store = MemoryStore::default();
    keep(&store, summary, text, journal).await;
    Arc::new(store)
}

#[test]
fn a_run_whose_definition_todays_rules_refuse_is_shown_resumed_and_ended() {
    const REFUSED: &str = r#"
process: kept
version: 1
inputs:
  size: { type: number, maximun: 9, default: none }
nodes:
  run:
    activity: test.act
    max_parallel: 2
    if: true || size > 3
    with: { text: "${{ string(inputs.size / 2.0) }}" }
  next:
    after: run
    activity: test.act
outputs:
  half: ${{ inputs.size / 2.0 }}
"#;
    in_moved_time(async {
        let (service, store) = (Service::default(), Arc::new(MemoryStore::default()));
        let strict = definition::load(&Source::new("kept.yaml", REFUSED), &service.catalogue());
        assert_eq!(strict.definition, None);
        let run = begun(&store, REFUSED, json!({ "size": 5 })).await;
        let world = World::with_store(&service, store, 8);
        let shown = world.engine.state(run).await.unwrap();
        assert_eq!((shown.status(), shown.cannot_go_on()), (RunStatus::Interrupted, None));
        let told: Vec<Code> = shown.definition().passed_over.iter().map(|told| told.code).collect();
        let expected = [Code::UNKNOWN_KEY, Code::BAD_NAME, Code::KEY_DOES_NOT_APPLY, Code::UNKNOWN_NAME];
        assert_eq!(told, expected);
        let ended = world.drive(run).await.unwrap();
        assert_eq!(
            (ended.status(), outcomes(&ended).as_str()),
            (RunStatus::Completed, "run: completed, next: completed")
        );
        assert_eq!(json!(ended.outputs()), json!({ "half": 2.5 }), "the schema says how numbers are read");
        assert_eq!(service.input("run"), json!({ "text": "2.5" }));
    });
}

#[test]
fn what_was_passed_over_fails_when_its_time_comes() {
    let cases = [
        ("if: '1'", "FR0702", "`if` cannot be evaluated: a number is not a boolean"),
        ("for_each: '1'", "FR0702", "`for_each` cannot be evaluated: a number is not a list"),
        ("with: { text: '${{ nothing }}' }", "FR0702", ""),
        ("with: { text: '${{ inputs.nothing }}' }", "FR0702", ""),
        ("with: { text: 'a ${{ [1] }}' }", "FR0702", ""),
        ("if: item == 1", "FR0702", ""),
        ("with: { text: [5] }", "FR0701", ""),
    ];
    for (line, code, message) in cases {
        in_moved_time(async {
            let text = format!(
                "process: kept\nversion: 1\nnodes:\n  a:\n    activity: test.act\n    {line}\n  b:\n    after: {{ a: failed \
                 }}\n    activity: test.act\n"
            );
            let (service, store) = (Service::default(), Arc::new(MemoryStore::default()));
            let run = begun(&store, &text, Value::Null).await;
            let state = World::with_store(&service, store, 8).drive(run).await.unwrap();
            assert_eq!(outcomes(&state), "a: failed, b: completed", "{line}");
            let failure = state.node_view("a").unwrap().error.unwrap().clone();
            assert_eq!(failure.code.to_string(), code, "{line}: {failure}");
            assert!(failure.message.contains(message), "{line}: {failure}");
        });
    }
}

const WHOLE: &str = r#"
process: kept
version: 1
inputs:
  names: { type: array, items: { type: string } }
nodes:
  file:
    activity: test.act
  tell:
    for_each: inputs.names
    as: name
    on_item_failure: continue
    activity: test.act
    with: { text: "${{ name }}" }
  stop:
    for_each: inputs.names
    max_parallel: 2
    activity: test.act
    on_failure: continue
  never:
    if: size(nodes.tell.results) == 1
    activity: test.act
  ask:
    after: file
    activity: test.act
  handle:
    after: { ask: failed }
    activity: test.act
  last:
    after: { never: any, handle: any, stop: any }
    activity: test.act
finally:
  tidy:
    activity: test.act
"#;

/// What may go wrong in it.
fn service() -> Service {
    Service::default()
        .script("tell[0]", &[Act::Fail(permanent())])
        .script("stop[0]", &[Act::Take(1), Act::Fail(permanent())])
        .script("stop[1]", &[Act::Take(2)])
        .script("file", &[Act::Fail(transient())])
        .script("ask", &[Act::Effect(0, Answer::Refused)])
        .script("last", &[Act::Effect(0, Answer::Done)])
}

/// A run of the whole text, driven to its end, and its definition.
async fn driven() -> (Arc<Definition>, RunState, Vec<Record>) {
    let (service, store) = (service(), Arc::new(MemoryStore::default()));
    let source = Source::new("kept.yaml", WHOLE);
    let definition = Arc::new(definition::load(&source, &service.catalogue()).definition.unwrap());
    let world = World::with_store(&service, store.clone(), 8);
    let inputs = json!({ "names": ["a", "b", "c"] }).as_object().cloned().unwrap();
    let new = World::new_run(&source, definition.clone(), inputs);
    let state = world.engine.run(new, CancellationToken::new()).await.unwrap();
    let journal = store.journal(state.run()).await.unwrap();
    (definition, state, journal)
}

/// All that reports show of a run, but for its status.
fn seen(state: &RunState) -> Vec<String> {
    let results = |node: &NodeView<'_>| node.results.map(|results| results.values().collect::<Vec<_>>());
    let seen = |node: NodeView<'_>| format!("{:?} {:?}", results(&node), NodeView { results: None, ..node });
    let ends = format!("{:?} {:?} {:?}", state.error(), state.outputs(), state.ended_at());
    state.nodes().map(seen).chain([ends]).collect()
}

#[test]
fn a_run_that_cannot_go_on_is_shown_as_far_as_it_came() {
    in_moved_time(async {
        let (definition, end, journal) = driven().await;
        let expected = "file: completed, tell: completed, stop: failed, never: skipped condition, ask: failed, \
                        handle: completed, last: completed, tidy: completed";
        assert_eq!((outcomes(&end).as_str(), journal.len() > 10), (expected, true));
        for length in 1..=journal.len() {
            check_shown(&definition, &journal[..length]).await;
            check_shown(&definition, &cancelled_after(&definition, &journal[..length]).await).await;
        }
    });
}

/// The journal of a run that was cancelled after these records, if it had not ended.
async fn cancelled_after(definition: &Arc<Definition>, journal: &[Record]) -> Vec<Record> {
    let summary = RunState::replay(definition.clone(), journal).unwrap().summary();
    let store = kept(&summary, journal, WHOLE).await;
    let service = Service::default().usually("tell[0]", &[Act::Fail(permanent())]);
    let world = World::with_store(&service, store.clone(), 8);
    drop(world.engine.request_cancel(summary.run).await);
    world.drive(summary.run).await.unwrap();
    store.journal(summary.run).await.unwrap()
}

/// Checks that nothing of a run is shown otherwise, or nothing of its steps, where its definition is refused now, or cannot even be read.
async fn check_shown(definition: &Arc<Definition>, journal: &[Record]) {
    let unreadable = "process: {";
    let unknown_node = WHOLE.replace("after: file", "after: [file, nobody]");
    let state = RunState::replay(definition.clone(), journal).unwrap();
    for text in [&format!("{WHOLE}later: x\n"), &unknown_node, unreadable] {
        let store = kept(&state.summary(), journal, text).await;
        let shown = World::with_store(&Service::default(), store, 8).engine.state(state.run()).await.unwrap();
        assert_eq!(shown.cannot_go_on().is_some(), !state.is_ended());
        let status = match state.status() {
            RunStatus::Running | RunStatus::Waiting => RunStatus::Interrupted,
            status => status,
        };
        assert_eq!(shown.status(), status, "after {} records", journal.len());
        if text == unreadable {
            let steps = |node: &NodeView<'_>| state.node_view(node.id.as_str()).map(|view| view.steps);
            assert!(shown.nodes().all(|node| steps(&node) == Some(node.steps)), "after {} records", journal.len());
            let phase = |node: &Node| definition.node(node.id.as_str()).map(|node| node.phase);
            assert!(shown.definition().nodes.iter().all(|node| phase(node) == Some(node.phase)));
        } else {
            assert_eq!(seen(&shown), seen(&state), "after {} records", journal.len());
        }
    }
}

#[test]
fn a_run_that_cannot_go_on_keeps_its_status_and_its_journal() {
    let text = format!("{WHOLE}later: x\n");
    let statuses = [
        (RunStatus::Running, RunStatus::Interrupted),
        (RunStatus::Waiting, RunStatus::Interrupted),
        (RunStatus::Interrupted, RunStatus::Interrupted),
        (RunStatus::NeedsGrant, RunStatus::NeedsGrant),
        (RunStatus::NeedsDecision, RunStatus::NeedsDecision),
    ];
    for (written, expected) in statuses {
        in_moved_time(async {
            let (definition, end, journal) = driven().await;
            let (run, journal) = (end.run(), &journal[..4]);
            let state = RunState::replay(definition, journal).unwrap();
            let summary = RunSummary { status: written, ..state.summary() };
            let (service, store) = (Service::default(), kept(&summary, journal, &text).await);
            let world = World::with_store(&service, store.clone(), 8);
            let step: StepPath = "file".parse().unwrap();
            let refused = [
                world.drive(run).await.map(drop),
                world.engine.request_cancel(run).await,
                world.engine.decide_effect(run, &step, Decision::Abort).await,
            ];
            for refused in refused {
                let Err(EngineError::CannotGoOn { why, .. }) = &refused else { panic!("{refused:?}") };
                let [told] = why.diagnostics.as_slice() else { panic!("{why:?}") };
                let marked = told.span.clone().map(|span| &why.source.text()[span]);
                assert_eq!((told.code, marked, why.status), (Code::UNKNOWN_KEY, Some("later"), expected));
            }
            let shown = world.engine.state(run).await.unwrap();
            assert_eq!(
                (shown.status(), world.engine.statuses(std::slice::from_ref(&summary)).await.unwrap()[0]),
                (expected, expected)
            );
            assert!(!world.engine.ends_once_cancelled(&shown));
            assert_eq!(flowrun_engine::run::decide(&shown, 8), []);
            assert_eq!((store.journal(run).await.unwrap().as_slice(), service.calls()), (journal, vec![]));
            assert_eq!(store.summary(run).await.unwrap(), Some(summary));
        });
    }
}

#[test]
fn a_run_that_has_ended_needs_no_valid_definition() {
    in_moved_time(async {
        let (_, end, journal) = driven().await;
        let store = kept(&end.summary(), &journal, "process: {").await;
        let world = World::with_store(&Service::default(), store, 8);
        let (shown, driven) = (world.engine.state(end.run()).await.unwrap(), world.drive(end.run()).await.unwrap());
        assert_eq!([shown.status(), driven.status()], [end.status(); 2]);
        assert_eq!(shown.cannot_go_on(), None);
        let refused = world.engine.request_cancel(end.run()).await;
        assert!(matches!(refused, Err(EngineError::Ended(_))), "{refused:?}");
    });
}
