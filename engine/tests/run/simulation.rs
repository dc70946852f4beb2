//! Random graphs on a moved clock, with a store that crashes and grants that go missing and come back. What a crash leaves goes on to the same end, and no
//! effect is done twice.
//!
//! A seed gives a graph and what its activities do. It is run undisturbed, then once for each record with a crash right
//! after that record became durable, once for each with a crash right before, once for each with stops from there on,
//! and once with crashes at random.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use flowrun_engine::{
    definition::{Definition, WaitsFor},
    journal::Decision,
    run::{CancellationToken, EngineError, RunState, RunStatus},
    store::StoreError,
    testing::{SeededRandom, WatchedStore},
};
use serde_json::{Value, json};

use crate::{
    define::{Build, define_all, last, node},
    service::{Act, Answer, Service, denied, perhaps_denied, permanent, transient, ungranted},
    world::{World, in_moved_time, outcomes},
};

const SEEDS: u64 = 16;

/// What a seed gives.
struct Case {
    definition: Arc<Definition>,
    acts: Vec<Plan>,
    can_look: bool,
}

/// What a node's activity does.
struct Plan {
    step: String,
    first: Vec<Vec<Act>>,
    usual: Vec<Act>,
}

/// How a case ended.
#[derive(Debug, PartialEq)]
struct Ending {
    status: RunStatus,
    outcomes: String,
    outputs: Vec<Value>,
    effects: Vec<String>,
}

#[test]
fn a_crash_at_any_record_changes_nothing() {
    for seed in 0..SEEDS {
        let case = Case::of(seed);
        let (undisturbed, appends) = case.play(Crashes::Never);
        assert_once(&undisturbed, seed);
        for append in 0..appends {
            for crashes in [Crashes::After(append), Crashes::Before(append)] {
                let (ending, _) = case.play(crashes);
                assert_eq!(ending, undisturbed, "seed {seed}, {crashes:?}");
            }
        }
        let (ending, _) = case.play(Crashes::AtRandom(seed));
        assert_eq!(ending, undisturbed, "seed {seed}, crashes at random");
    }
}

/// Ctrl-C after any record, and again after each of the next ones.
#[test]
fn stopping_at_any_record_changes_nothing() {
    for seed in 0..SEEDS {
        let case = Case::of(seed);
        let (undisturbed, appends) = case.play(Crashes::Never);
        for append in 0..appends {
            let (ending, _) = case.play(Crashes::StopsFrom(append));
            assert_eq!(ending, undisturbed, "seed {seed}, stopped at {append}");
        }
    }
}

/// Where a failure is left unhandled, what else was begun depends on time; that each node settles, and that no effect
/// is done twice, does not.
#[test]
fn a_crash_of_a_failing_run_repeats_no_effect() {
    for seed in 0..SEEDS {
        let case = Case { definition: without_handlers(seed), ..Case::of(seed) };
        let (undisturbed, appends) = case.play(Crashes::Never);
        for append in 0..appends {
            let (ending, _) = case.play(Crashes::After(append));
            assert_eq!(ending.status, undisturbed.status, "seed {seed}, append {append}");
            assert_once(&ending, seed);
        }
    }
}

#[track_caller]
fn assert_once(ending: &Ending, seed: u64) {
    let mut effects = ending.effects.clone();
    effects.dedup();
    assert_eq!(effects, ending.effects, "seed {seed}: an effect was done twice");
}

impl Case {
    fn of(seed: u64) -> Self {
        let chance = SeededRandom::new(seed);
        let count = 3 + chance.below(8);
        let mut nodes: Vec<Build> = (0..count).map(|number| random_node(number, &chance).continues()).collect();
        nodes.push(last("end").with(&json!({ "outcome": "${{ run.outcome }}" })));
        let acts = (0..count).flat_map(|number| plans(number, &chance)).collect();
        Self { definition: define_all(nodes, &[]), acts, can_look: chance.below(2) == 0 }
    }

    fn service(&self) -> Service {
        let service = self.acts.iter().fold(Service::default(), |service, plan| {
            let service = plan.first.iter().fold(service, |service, acts| service.script(&plan.step, acts));
            service.usually(&plan.step, &plan.usual)
        });
        if self.can_look { service.can_look() } else { service }
    }

    /// Drives it to its end, through crashes and doubts; with how many records were appended.
    fn play(&self, crashes: Crashes) -> (Ending, usize) {
        let service = self.service();
        let state = in_moved_time(async {
            let store = crashing(crashes);
            let world = World::with_store(&service, store, 3);
            let run = world.start(&self.definition, &Value::Null).await;
            for drive in 0.. {
                let stop = match crashes {
                    Crashes::StopsFrom(first) if drive < 3 => {
                        let number = (first + drive) as u64;
                        world.observed.when_recorded(move |record| record.sequence > number)
                    }
                    _ => CancellationToken::new(),
                };
                match world.engine.drive(run, stop).await {
                    Err(EngineError::Store(_) | EngineError::Unrecorded { .. }) => {}
                    Err(other) => panic!("{other}"),
                    Ok(state) if state.is_ended() => return checked(&world, state).await,
                    Ok(state) if matches!(state.status(), RunStatus::Interrupted | RunStatus::NeedsGrant) => {}
                    Ok(state) => decide_by_truth(&world, &service, &state).await,
                }
            }
            unreachable!("a run ends")
        });
        let mut effects = service.effects();
        effects.sort();
        let outputs = state.nodes().map(|node| json!({ "output": node.output, "results": node.results })).collect();
        let ending = Ending { status: state.status(), outcomes: outcomes(&state), outputs, effects };
        (ending, usize::try_from(state.records()).unwrap() - 1)
    }
}

/// A replayed journal gives the state that the run had, and each of its nodes has settled.
async fn checked(world: &World, state: RunState) -> RunState {
    let journal = world.store.journal(state.run()).await.unwrap();
    assert_eq!(RunState::replay(state.definition().clone(), &journal).unwrap(), state);
    let (ended, all) = state.ended_nodes();
    assert_eq!(ended, all);
    state
}

/// A person who knows what the service did.
async fn decide_by_truth(world: &World, service: &Service, state: &RunState) {
    assert_eq!(state.status(), RunStatus::NeedsDecision);
    for step in state.steps_in_doubt() {
        let views: Vec<_> = state.nodes().flat_map(|node| node.steps).collect();
        let view = views.into_iter().find(|view| view.step == step).unwrap();
        let effects = view.attempts.last().unwrap().effects.iter();
        let target = effects.filter(|effect| effect.settlement.is_none()).map(|effect| effect.intent.target.clone());
        let decision = match target.into_iter().next().filter(|target| service.effects().contains(target)) {
            Some(key) => Decision::Happened { key },
            None => Decision::DidNotHappen,
        };
        let decided = world.engine.decide_effect(state.run(), &step, decision).await;
        assert!(matches!(decided, Ok(()) | Err(EngineError::Store(_))), "{decided:?}");
    }
}

fn random_node(number: usize, chance: &SeededRandom) -> Build {
    use WaitsFor::{Any, Completed, Failed, Skipped};
    let lists: [&[WaitsFor]; 6] = [&[Completed], &[Completed], &[Failed], &[Any], &[Completed, Failed], &[Skipped]];
    let mut build = node(&format!("n{number}"));
    let mut earlier: Vec<usize> = (0..number).collect();
    for _ in 0..chance.below(3).min(number) {
        let from = earlier.swap_remove(chance.below(earlier.len()));
        build = build.after_being(&format!("n{from}"), lists[chance.below(lists.len())]);
    }
    if let (0, Some(mentioned)) = (chance.below(3), earlier.first()) {
        build = match chance.below(2) {
            0 => build.only_if(&format!("nodes.n{mentioned}.outcome == 'completed'")),
            _ => build.with(&json!({ "key": format!("${{{{ nodes.n{mentioned}.key }}}}") })),
        };
    }
    // Which items a failure in a parallel one lets begin depends on time.
    match chance.below(8) {
        0 => build.for_each("[0, 1, 2]", 1),
        1 => build.for_each("[0, 1, 2]", 2).items_continue(),
        _ => build,
    }
}

/// The same graph; failures are not let be, and nobody handles them on purpose.
fn without_handlers(seed: u64) -> Arc<Definition> {
    let chance = SeededRandom::new(seed);
    let count = 3 + chance.below(8);
    let mut nodes: Vec<Build> = (0..count).map(|number| random_node(number, &chance)).collect();
    nodes.push(last("end").with(&json!({ "outcome": "${{ run.outcome }}" })));
    define_all(nodes, &[])
}

/// What a node does, as itself and as its first items.
fn plans(number: usize, chance: &SeededRandom) -> Vec<Plan> {
    let steps = [format!("n{number}"), format!("n{number}[0]"), format!("n{number}[1]")];
    steps.into_iter().map(|step| plan(step, chance)).collect()
}

fn plan(step: String, chance: &SeededRandom) -> Plan {
    let take = Act::Take(chance.below(4) as u64);
    let give = Act::Give(json!({ "key": step }));
    let done = Act::Effect(0, Answer::Done);
    let lost = |answer| Act::Effect(0, answer);
    let (first, usual) = match chance.below(12) {
        0 => (vec![], vec![take, Act::Fail(permanent())]),
        1 => (vec![], vec![take, Act::Fail(transient())]),
        2 => (vec![vec![take.clone(), Act::Fail(transient())]; 2], vec![take, give]),
        3 => (vec![], vec![take.clone(), done, take, Act::Effect(1, Answer::DoneAfter(1)), give]),
        4 => (vec![vec![take.clone(), lost(Answer::LostDone)]], vec![take, done, give]),
        5 => (vec![vec![take.clone(), lost(Answer::LostUndone)]], vec![take, done, give]),
        6 => (vec![vec![done.clone(), take.clone(), Act::Fail(transient())]], vec![done, take, give]),
        7 => (vec![vec![take.clone(), Act::Fail(ungranted())]; 2], vec![take, done, give]),
        8 => (vec![vec![done.clone(), take.clone(), Act::Fail(ungranted())]], vec![done, take, give]),
        9 => (vec![vec![done.clone(), take.clone(), Act::Fail(denied())]], vec![done, take, give]),
        10 => (vec![], vec![take, Act::Fail(perhaps_denied())]),
        _ => (vec![], vec![take, give]),
    };
    Plan { step, first, usual }
}

/// When the store crashes, by the number of the append.
#[derive(Clone, Copy, Debug)]
enum Crashes {
    Never,
    /// Once, right after the record became durable.
    After(usize),
    /// Once, right before.
    Before(usize),
    /// Now and then.
    AtRandom(u64),
    /// Never, but the run is stopped after three records in a row.
    StopsFrom(usize),
}

/// A store whose process dies.
fn crashing(crashes: Crashes) -> Arc<WatchedStore> {
    let appends = AtomicUsize::new(0);
    Arc::new(WatchedStore::new(move |record, _, keep| {
        if record.sequence == 0 {
            return keep();
        }
        let (is_lost, dies) = crashes.fate(appends.fetch_add(1, Ordering::Relaxed));
        let kept = (!is_lost).then(keep);
        Box::pin(async move {
            if let Some(kept) = kept {
                kept.await?;
            }
            if dies { Err(StoreError::Io { message: "crashed".to_owned(), source: None }) } else { Ok(()) }
        })
    }))
}

impl Crashes {
    /// Whether the append with this number is to be lost, and whether the process dies at it.
    fn fate(self, append: usize) -> (bool, bool) {
        match self {
            Self::Never | Self::StopsFrom(_) => (false, false),
            Self::After(number) => (false, number == append),
            Self::Before(number) => (number == append, number == append),
            Self::AtRandom(seed) => match SeededRandom::new(seed ^ append as u64).below(8) {
                0 => (true, true),
                1 => (false, true),
                _ => (false, false),
            },
        }
    }
}
