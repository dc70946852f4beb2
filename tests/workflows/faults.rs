//! Every process with every fault at every operation: it ends, it says why, and no effect is done twice.
//!
//! A run that cannot know whether an effect happened says so; the answer is then given from the sandbox's effect log, as a
//! person would who looks at Jira, and the run goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use flowrun_engine::{
    id::{RunId, StepPath},
    journal::Decision,
    run::{CancellationToken, RunState, RunStatus},
};
use flowrun_jira_sandbox::{Effect, Faults, Options, read_traffic};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    effects::Told,
    person::became,
    site::{Site, names, sample},
};

/// What can go wrong with one request, in the form of a faults file.
const FAULTS: [&str; 11] = [
    "delay: { seconds: 4 }",
    "delay_reply: { seconds: 4 }",
    "drop_reply: {}",
    "cut_reply: {}",
    "reset: {}",
    "reset: { after: true }",
    "error_before: { status: 500 }",
    "error_before: { status: 503, retry_after: 1 }",
    "error_after: { status: 502 }",
    "html: { status: 504 }",
    "rate_limit: { reason: jira-burst-based, retry_after: 1 }",
];

/// A fault that only a search of issues can meet.
const STALE: &str = "stale_search: { seconds: 3600 }";

/// The operations that search issues.
const SEARCHES: [&str; 2] = ["searchAndReconsileIssuesUsingJql", "searchAndReconsileIssuesUsingJqlPost"];

/// Far more than the waits of a run add up to.
const LONGEST: Duration = Duration::from_secs(120);

/// How many runs go on at a time: more would wait for a processor for so long that a request of theirs is given up.
const AT_A_TIME: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_ends_with_one_fault_at_every_operation() {
    let endings = every_case("1").await;
    // A retry or a look mends what goes wrong once; nobody is asked.
    let expected = ["completed", "refused by preflight"];
    assert_eq!(endings.keys().collect::<Vec<_>>(), expected, "{endings:?}");
}

/// The long form: a fault that never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the long form: cargo test --test workflows -- --ignored"]
async fn every_process_ends_with_an_operation_that_always_fails() {
    let endings = every_case("always").await;
    for ending in ["completed", "failed", "refused by preflight", "failed after a decision"] {
        assert!(endings.contains_key(ending), "the faults did not fault: {endings:?}");
    }
}

/// Runs every process with every fault at every operation that it calls; how many ended how.
async fn every_case(times: &str) -> BTreeMap<String, usize> {
    let mut cases = JoinSet::new();
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    // All of these before any of the cases: they have to go without a fault on a busy machine, too.
    let mut plain = Vec::new();
    for name in names() {
        plain.push((without_fault(&name).await, name));
    }
    for ((operations, expected), name) in plain {
        assert!(operations.len() > 3, "{name} calls only {operations:?}");
        for operation in operations {
            let stale = SEARCHES.contains(&operation.as_str()).then_some(STALE);
            for fault in FAULTS.into_iter().chain(stale) {
                let rule = format!("operation: {operation}\n    times: {times}\n    {fault}");
                let case = Case { name: name.clone(), rule, expected: expected.clone() };
                let places = places.clone();
                cases.spawn(async move {
                    let _place = places.acquire().await;
                    case.run().await
                });
            }
        }
    }
    let mut endings: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(ending) = cases.join_next().await {
        *endings.entry(ending.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))).or_default() += 1;
    }
    endings
}

/// The operations that a process calls, and its effects.
async fn without_fault(name: &str) -> (BTreeSet<String>, Vec<Told>) {
    let folder = tempfile::tempdir().unwrap();
    let traffic = folder.path().join("traffic.jsonl");
    let site = Site::new(name, Options { traffic: Some(traffic.clone()), ..Options::default() }).await;
    let inputs = sample(name);
    site.preflight(&inputs).await.unwrap();
    let run = site.start(&inputs).await;
    let state = site.engine.drive(run, CancellationToken::new()).await.unwrap();
    assert_eq!(state.status(), RunStatus::Completed, "{name}: {:?}", state.error());
    let effects = site.sandbox.effects();
    site.sandbox.shutdown().await;
    let called = read_traffic(&traffic).unwrap();
    (called.into_iter().filter_map(|exchange| exchange.operation).collect(), effects.iter().map(Told::from).collect())
}

/// One process with one fault.
struct Case {
    name: String,
    rule: String,
    expected: Vec<Told>,
}

impl Case {
    /// How the run ended, in words.
    async fn run(self) -> String {
        let label = format!("{}, {}", self.name, self.rule);
        let ending = tokio::time::timeout(LONGEST, self.ending()).await;
        ending.unwrap_or_else(|_| panic!("{label}: it does not end"))
    }

    async fn ending(&self) -> String {
        let faults = Faults::parse(&format!("faults:\n  - {}\n", self.rule)).unwrap();
        let site = Site::new(&self.name, Options { faults, ..Options::default() }).await;
        let inputs = sample(&self.name);
        if let Err(message) = site.preflight(&inputs).await {
            assert!(!message.is_empty() && site.sandbox.effects().is_empty(), "{}: {message}", self.rule);
            return "refused by preflight".to_owned();
        }
        let run = site.start(&inputs).await;
        let mut state = site.engine.drive(run, CancellationToken::new()).await.unwrap();
        let mut questions: Vec<StepPath> = Vec::new();
        while state.status() == RunStatus::NeedsDecision {
            state = self.decide(&site, run, &state, &mut questions).await;
        }
        self.check_effects(&site.sandbox.effects());
        match (state.status(), questions.is_empty()) {
            (RunStatus::Completed, true) => "completed".to_owned(),
            (RunStatus::Completed, false) => "completed after a decision".to_owned(),
            (RunStatus::Failed, is_decided_by_none) => {
                let error = state.error().unwrap();
                assert!(!error.failure.message.is_empty(), "{}: {}", self.name, self.rule);
                if is_decided_by_none { "failed".to_owned() } else { "failed after a decision".to_owned() }
            }
            (other, _) => panic!("{}, {}: it rests as {other}", self.name, self.rule),
        }
    }

    /// Answers what became of each effect in doubt, and goes on. A step that asks a third time is given up.
    async fn decide(&self, site: &Site, run: RunId, state: &RunState, questions: &mut Vec<StepPath>) -> RunState {
        for step in state.steps_in_doubt() {
            questions.push(step.clone());
            let asked = questions.iter().filter(|asked| **asked == step).count();
            let decision = if asked > 2 { Decision::Abort } else { became(site, state, &step).await };
            site.engine.decide_effect(run, &step, decision).await.unwrap();
        }
        site.engine.drive(run, CancellationToken::new()).await.unwrap()
    }

    /// No effect more often than without a fault; what only a fault leads to, as a comment that says so, once.
    fn check_effects(&self, effects: &[Effect]) {
        let count = |all: &[Told], one: &Told| all.iter().filter(|other| same(other, one)).count();
        let found: Vec<Told> = effects.iter().map(Told::from).collect();
        for effect in &found {
            let most = count(&self.expected, effect).max(1);
            assert!(count(&found, effect) <= most, "{}, {}: {effect:#?} was done twice", self.name, self.rule);
        }
    }
}

/// Whether two effects are the same to Jira. Issues that are created at a time get their keys in any order.
fn same(one: &Told, other: &Told) -> bool {
    let is_create = one.operation == "createIssue";
    one.operation == other.operation && one.body == other.body && (is_create || one.issue == other.issue)
}
