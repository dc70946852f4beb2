//! Whatever a definition is, wherever its run fails and however that is mended in what is not done: the run ends as a new one of the mended text
//! would, and what was done is done once.

use std::collections::{BTreeMap, BTreeSet};

use flowrun_engine::run::{CannotRetry, EngineError, NodeStatus, RunState, RunStatus};
use serde_json::Value;

use crate::{
    corrected::Ended,
    service::{Act, Answer, Service, permanent},
    world::{in_moved_time, outcomes},
};

/// Draws numbers, the same ones for the same seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's constants; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).unwrap()
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A node as it is written.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    name: String,
    after: Vec<(String, &'static str)>,
    items: usize,
    runs: bool,
    text: usize,
    is_last: bool,
}

impl Written {
    fn new(draws: &mut Draws, name: String, before: &[&str]) -> Self {
        let mut after: Vec<(String, &'static str)> = Vec::new();
        for earlier in before {
            if draws.once_in(2) && after.len() < 3 {
                after.push(((*earlier).to_owned(), if draws.once_in(4) { "any" } else { "completed" }));
            }
        }
        let items = if draws.once_in(3) { 1 + draws.below(3) } else { 0 };
        Self { name, after, items, runs: !draws.once_in(6), text: draws.below(5), is_last: false }
    }

    fn text(&self) -> String {
        let edges: Vec<_> = self.after.iter().map(|(node, waits)| format!("{node}: {waits}")).collect();
        let list: Vec<_> = (0..self.items).map(|item| item.to_string()).collect();
        let list = if self.items > 0 { format!(", for_each: '[{}]'", list.join(", ")) } else { String::new() };
        let (name, runs, text) = (&self.name, self.runs, self.text);
        let edges = edges.join(", ");
        format!(
            "  {name}: {{ activity: test.act, after: {{ {edges} }}, if: '{runs}', with: {{ text: 't{text}' }}{list} }}\n"
        )
    }
}

fn text(nodes: &[Written]) -> String {
    let of = |is_last| nodes.iter().filter(move |node| node.is_last == is_last).map(Written::text).collect::<String>();
    let last = of(true);
    let last = if last.is_empty() { last } else { format!("finally:\n{last}") };
    format!("nodes:\n{}{last}", of(false))
}

fn drawn(draws: &mut Draws) -> Vec<Written> {
    let mut nodes: Vec<Written> = Vec::new();
    for number in 0..3 + draws.below(5) {
        let before: Vec<_> = nodes.iter().map(|node| node.name.clone()).collect();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        nodes.push(Written::new(draws, format!("n{number}"), &before));
    }
    if draws.once_in(2) {
        nodes.push(Written { is_last: true, ..Written::new(draws, "last".to_owned(), &[]) });
    }
    nodes
}

/// Every step has two effects; one may fail at its first attempt, before, between or after them.
fn service(failing: Option<(&str, usize)>) -> Service {
    let done = [Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Done)];
    let names = (0..20).flat_map(|number| [format!("n{number}"), format!("new{number}")]).chain(["last".to_owned()]);
    let steps =
        names.flat_map(|name| (0..4).map(|item| format!("{name}[{item}]")).chain([name.clone()]).collect::<Vec<_>>());
    let service = steps.fold(Service::default(), |service, step| service.usually(&step, &done));
    let Some((step, at)) = failing else { return service };
    let acts: &[Act] = match at {
        0 => &[Act::Fail(permanent())],
        1 => &[Act::Effect(0, Answer::Done), Act::Effect(1, Answer::Refused)],
        _ => &[Act::Effect(0, Answer::Refused)],
    };
    service.script(step, acts)
}

/// What nobody minds may be another: of nodes of which nothing is done. Others wait for what is new, and for one another.
fn mended(draws: &mut Draws, nodes: &[Written], state: &RunState) -> Vec<Written> {
    let touched = |name: &str| {
        let view = state.node_view(name).unwrap();
        let happened = view.steps.iter().flat_map(|step| &step.attempts).flat_map(|attempt| &attempt.effects);
        let has_effects = happened
            .into_iter()
            .any(|effect| !matches!(effect.settlement, Some(flowrun_engine::activity::Settlement::DidNotHappen)));
        view.status == NodeStatus::Completed || has_effects
    };
    let mut mended: Vec<Written> = Vec::new();
    let mut gone = BTreeSet::new();
    for node in nodes {
        let before: Vec<_> = mended.iter().filter(|_| !node.is_last).map(|node| node.name.clone()).collect();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        if touched(&node.name) {
            mended.push(node.clone());
            continue;
        }
        if draws.once_in(4) {
            let name = format!("new{}", mended.len());
            mended.push(Written { is_last: node.is_last, ..Written::new(draws, name, &before) });
        }
        match draws.below(4) {
            0 => drop(gone.insert(node.name.clone())),
            1 => {
                let before: Vec<_> =
                    mended.iter().filter(|it| it.is_last == node.is_last).map(|it| it.name.clone()).collect();
                let before: Vec<&str> = before.iter().map(String::as_str).collect();
                mended.push(Written { is_last: node.is_last, ..Written::new(draws, node.name.clone(), &before) });
            }
            2 => mended.push(Written { text: 9, ..node.clone() }),
            _ => mended.push(node.clone()),
        }
    }
    for node in &mut mended {
        node.after.retain(|(from, _)| !gone.contains(from));
    }
    let moves = draws.below(mended.len().max(1));
    mended.rotate_left(moves);
    mended
}

/// What became of one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Nothing,
    Refused,
    Same,
}

async fn one(seed: u64) -> Became {
    let mut draws = Draws(seed.wrapping_mul(2_654_435_761) + 1);
    let nodes = drawn(&mut draws);
    let failing = &nodes[draws.below(nodes.len())];
    let step = match failing.items {
        0 => failing.name.clone(),
        items => format!("{}[{}]", failing.name, draws.below(items)),
    };
    let at = draws.below(3);
    let ended = Ended::of(service(Some((&step, at))), &text(&nodes), &Value::Null).await;
    if ended.state.status() != RunStatus::Failed {
        return Became::Nothing;
    }
    let mended = mended(&mut draws, &nodes, &ended.state);
    if !mended.iter().any(|node| !node.is_last) {
        return Became::Nothing;
    }
    let story = format!("seed {seed}, {step} fails\n{}\n{}", text(&nodes), text(&mended));
    let all: Vec<Written> = nodes.iter().chain(&mended).cloned().collect();
    let state = match ended.retry(&text(&mended)).await {
        Ok(state) => state,
        Err(EngineError::CannotRetry { why, .. }) => {
            let CannotRetry::Contradicted { problems, .. } = *why else { panic!("{why}\n{story}") };
            // A node was written otherwise that had ended as it was, and something went on from that.
            let is_late = problems.iter().all(|problem| {
                problem.message.contains("comes too late") || (problem.message.contains("`after` is another"))
            });
            assert!(is_late, "{problems:#?}\n{story}");
            return Became::Refused;
        }
        Err(error) => panic!("{error}\n{story}"),
    };
    let new = Ended::of(service(None), &text(&mended), &Value::Null).await;
    assert_eq!((outcomes(&state), state.status()), (outcomes(&new.state), new.state.status()), "{story}");
    let main: BTreeSet<&str> = all.iter().filter(|node| !node.is_last).map(|node| node.name.as_str()).collect();
    let counted = |service: &Service| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let of_main = |effect: &String| main.contains(effect.split(['[', '/']).next().unwrap());
        service.effects().into_iter().filter(of_main).for_each(|effect| *counts.entry(effect).or_default() += 1);
        counts
    };
    assert_eq!(counted(&ended.service), counted(&new.service), "{story}");
    Became::Same
}

#[test]
fn a_mended_run_ends_as_a_new_one_would_and_its_effects_are_done_once() {
    let mut counts: BTreeMap<Became, usize> = BTreeMap::new();
    for seed in 0..250 {
        *counts.entry(in_moved_time(one(seed))).or_default() += 1;
    }
    assert!(counts[&Became::Same] > 100 && counts[&Became::Refused] > 3, "{counts:?}");
}
