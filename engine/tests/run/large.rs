//! Ten thousand nodes: chains, fans and wide joins cost what happens in them, not the square of it.

use std::{collections::BTreeSet, sync::Arc};

use flowrun_engine::{
    definition::Definition,
    id::RunId,
    journal::{Entry, NodeEntry, Record, RunEntry, RunStarted, StepEntry},
    run::{Command, RunState, RunStatus, decide},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    define::{Build, define_all, node},
    service::Service,
    world::{World, in_moved_time},
};

const NODES: usize = 10_000;

fn name(number: usize) -> String {
    format!("n{number}")
}

fn chain() -> Arc<Definition> {
    let link = |number: usize| match number {
        0 => node(&name(0)),
        _ => node(&name(number)).after(&name(number - 1)),
    };
    define_all((0..NODES).map(link).collect(), &[])
}

/// One node, all others after it, and one after all of them.
fn fan() -> Arc<Definition> {
    let middle = (1..NODES - 1).map(|number| node(&name(number)).after("n0"));
    let end = (1..NODES - 1).fold(node("end"), |end, number| end.after(&name(number)));
    define_all([node("n0")].into_iter().chain(middle).chain([end]).collect(), &[])
}

/// Layers of a hundred nodes, each after three of the layer before, and mentioning one more.
fn layers() -> Arc<Definition> {
    let layered = |number: usize| {
        let before = |offset: usize| name(number - 100 - (number % 100) + (number + offset) % 100);
        let alone = node(&name(number));
        match number < 100 {
            true => alone,
            false => [0, 7, 31]
                .into_iter()
                .fold(alone, |node: Build, offset| node.after(&before(offset)))
                .with(&json!({ "of": format!("${{{{ nodes.{}.outcome }}}}", before(50)) })),
        }
    };
    define_all((0..NODES).map(layered).collect(), &[])
}

/// Every attempt completes at once: how many steps of `decide` and `apply` it takes to the end, with no runner.
fn decide_all(definition: &Arc<Definition>) -> (RunState, usize) {
    let at = Timestamp::UNIX_EPOCH;
    let started = RunStarted {
        run: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<RunId>().unwrap(),
        key: None,
        definition: definition.hash.clone(),
        source_name: String::new(),
        source_path: None,
        process: String::new(),
        version: String::new(),
        inputs: Map::new(),
        context: Value::Null,
    };
    let first = Record { sequence: 0, at, entries: vec![Entry::Run(RunEntry::Started(started))] };
    let mut state = RunState::replay(definition.clone(), &[first]).unwrap();
    let mut commands_in_all = 0;
    loop {
        let commands = decide(&state, 8);
        if commands.is_empty() {
            return (state, commands_in_all);
        }
        commands_in_all += commands.len();
        let entries = commands.into_iter().flat_map(carry_out).collect();
        state.apply(&Record { sequence: state.records(), at, entries });
    }
}

fn carry_out(command: Command) -> Vec<Entry> {
    match command {
        Command::StartNode { node, items } => vec![Entry::Node(node, NodeEntry::Started { items })],
        Command::StartStep { step, input } => vec![Entry::Step(step, StepEntry::Started { input })],
        Command::StartAttempt { step, attempt } => vec![
            Entry::Step(step.clone(), StepEntry::AttemptStarted { attempt }),
            Entry::Step(step, StepEntry::Completed { output: json!({}).into() }),
        ],
        Command::EndMain { outcome, error } => vec![Entry::Run(RunEntry::MainEnded { outcome, error })],
        Command::EndRun { outcome, error, outputs } => vec![Entry::Run(RunEntry::Ended { outcome, error, outputs })],
        other => panic!("nothing fails here: {other:?}"),
    }
}

#[test]
fn ten_thousand_nodes_are_decided_in_as_many_commands_as_there_is_to_do() {
    for definition in [chain(), fan(), layers()] {
        let (state, commands) = decide_all(&definition);
        assert_eq!((state.status(), state.ended_nodes()), (RunStatus::Completed, (NODES, NODES)));
        assert_eq!(commands, 3 * NODES + 2);
    }
}

#[test]
fn ten_thousand_nodes_run_with_few_attempts_in_flight() {
    for definition in [chain(), fan(), layers()] {
        let service = Service::default();
        let state = in_moved_time(async {
            let world = World::new(&service);
            let run = world.start(&definition, &Value::Null).await;
            world.drive(run).await.unwrap()
        });
        assert_eq!(state.status(), RunStatus::Completed);
        assert!(service.most_running() <= 8);
        let once: BTreeSet<String> = service.calls().into_iter().collect();
        assert_eq!(once.len(), NODES, "each node ran once");
    }
}

#[test]
fn a_failure_at_the_head_settles_ten_thousand_nodes() {
    use crate::service::{Act, permanent};
    for definition in [chain(), fan()] {
        let service = Service::default().script("n0", &[Act::Fail(permanent())]);
        let state = in_moved_time(async {
            let world = World::new(&service);
            let run = world.start(&definition, &Value::Null).await;
            world.drive(run).await.unwrap()
        });
        assert_eq!((state.status(), state.ended_nodes()), (RunStatus::Failed, (NODES, NODES)));
        assert_eq!(service.calls(), ["n0/1"]);
    }
}

#[test]
fn thousands_of_items_beside_a_large_input() {
    let each =
        node("each").for_each("inputs.rows", 8).with(&json!({ "of": ["${{ item.key }}", "${{ inputs.project }}"] }));
    let rows: Vec<Value> =
        (0..5_000).map(|row| json!({ "key": row, "more": ["some", "text", "beside", "it"] })).collect();
    let inputs = json!({ "project": "OPS", "rows": rows });
    let service = Service::default();
    let state = crate::world::run_with(&service, &define_all(vec![each], &[]), &inputs);
    assert_eq!((state.status(), service.calls().len()), (RunStatus::Completed, 5_000));
}
