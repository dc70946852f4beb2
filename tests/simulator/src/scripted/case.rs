//! What a seed gives: process definitions with features switched at random, written as people write them.

use std::{collections::BTreeSet, fmt::Write as _};

use flowrun_engine::activity::Catalogue;
use serde_json::{Map, Value, json};

use crate::{
    bounds::{Bounds, Part},
    disk::Run,
    random::Seeded,
    world::{Beginning, Misfortunes},
};

/// Something that a world may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Nodes that the first of their edges starts.
    JoinAny,
    /// Nodes with items, several at a time.
    Items,
    /// Nodes of `finally`.
    Finally,
    /// Failures that are handled by other nodes, or let be.
    Handled,
    /// Failures, passing and lasting.
    Failures,
    /// Short timeouts, and calls that hang.
    Timeouts,
    /// Short deadlines.
    Deadlines,
    /// Rate limits.
    RateLimits,
    /// Answers that are lost.
    LostAnswers,
    /// Effects that are asked for again where nobody knows.
    OnUnknown,
    /// Grants that go missing.
    Grants,
    /// All processes are killed; what was not synced may be lost.
    Crashes,
    /// One process is killed, while the other has the store; and what is said to a run is said in either.
    Processes,
    /// The process stops in good order.
    Stops,
    /// Somebody cancels.
    Cancels,
    /// The wall clock is set, forwards and back.
    ClockJumps,
    /// Reading the store fails at times.
    FailingReads,
    /// The disk takes its time.
    SlowDisk,
    /// Attempts that do not wait for their effects, or outlive their calls.
    Strays,
    /// People who decide about steps that ask nobody.
    Meddling,
    /// Looks that cannot show yet whether an effect happened.
    EarlyLooks,
    /// Somebody retries what failed or was cancelled.
    Retries,
    /// Somebody pauses, and resumes later.
    Pauses,
    /// Whoever cancels gives what runs a time to finish, which may be none.
    Graces,
}

impl Part for Feature {
    const ALL: &'static [Self] = &[
        Self::JoinAny,
        Self::Items,
        Self::Finally,
        Self::Handled,
        Self::Failures,
        Self::Timeouts,
        Self::Deadlines,
        Self::RateLimits,
        Self::LostAnswers,
        Self::OnUnknown,
        Self::Grants,
        Self::Crashes,
        Self::Processes,
        Self::Stops,
        Self::Cancels,
        Self::ClockJumps,
        Self::FailingReads,
        Self::SlowDisk,
        Self::Strays,
        Self::Meddling,
        Self::EarlyLooks,
        Self::Retries,
        Self::Pauses,
        Self::Graces,
    ];
    const LATER: &'static [Self] = &[Self::Retries, Self::Pauses, Self::Graces];
}

/// What a seed gives, within bounds.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) features: BTreeSet<Feature>,
    pub(crate) runs: Vec<Beginning>,
    /// Whether lost effects can be looked for.
    pub(crate) can_look: bool,
}

impl Case {
    pub(crate) fn of(seed: u64, bounds: &Bounds<Feature>, catalogue: &Catalogue) -> Self {
        let random = Seeded::of(seed);
        let features = bounds.parts(&random, &Seeded::named(seed, "later"));
        let runs = 1 + random.below(3).min(bounds.runs - 1);
        let can_look = !random.once_in(3);
        let beginning = |run| {
            let beginning = Beginning::written(written((seed, run), bounds.nodes, &features), catalogue);
            Beginning { inputs: inputs(&[1, 2, 3]), ..beginning }
        };
        let runs = (0..runs).map(beginning).collect();
        Self { seed, features, runs, can_look }
    }

    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Those that worlds of all kinds may have.
    pub(crate) fn misfortunes(&self) -> Misfortunes {
        Misfortunes {
            crashes: self.has(Feature::Crashes),
            processes: self.has(Feature::Processes),
            stops: self.has(Feature::Stops),
            cancels: self.has(Feature::Cancels),
            clock_jumps: self.has(Feature::ClockJumps),
            failing_reads: self.has(Feature::FailingReads),
            slow_disk: self.has(Feature::SlowDisk),
            retries: self.has(Feature::Retries),
            pauses: self.has(Feature::Pauses),
            graces: self.has(Feature::Graces),
        }
    }
}

/// What a run is given: the list that some of its nodes go through.
pub(crate) fn inputs(list: &[u8]) -> Map<String, Value> {
    [("list".to_owned(), json!(list))].into_iter().collect()
}

/// The definition of a run, with so many nodes at most.
fn written((seed, run): (u64, Run), most: u64, features: &BTreeSet<Feature>) -> String {
    let nodes = (3 + Seeded::named(seed, &format!("{run}")).below(12)).min(most);
    let mut text = "process: simulated\nversion: 1.0.0\ninputs:\n  list: { type: array }\nnodes:\n".to_owned();
    for number in 0..nodes {
        node(&mut text, number, &Seeded::named(seed, &format!("{run} node {number}")), features);
    }
    if features.contains(&Feature::Finally) {
        text += "finally:\n  last:\n    activity: sim.change\n    with: { of: \"${{ run.outcome }}\" }\n";
        text += "  very_last:\n    activity: sim.make\n    after: last\n";
    }
    text
}

fn node(text: &mut String, number: u64, random: &Seeded, features: &BTreeSet<Feature>) {
    let has = |feature| features.contains(&feature);
    let activity = random.one_of(&["sim.make", "sim.change", "sim.note"]);
    let mut line = |key: &str, value: &str| writeln!(text, "    {key}: {value}").expect("a string takes it");
    line("activity", activity);
    // Nothing more is written to the text before its name.
    let edges = edges(number, random, features);
    if !edges.is_empty() {
        line("after", &format!("{{ {} }}", edges.join(", ")));
        if has(Feature::JoinAny) && random.once_in(3) {
            line("join", "any");
        }
    }
    if number > 0 && random.once_in(4) {
        line("if", &format!("\"nodes.n{}.outcome != 'skipped'\"", random.below(number)));
    }
    if has(Feature::Items) && random.once_in(4) {
        let list = ["1", "1, 2", "1, 2, 3, 4"][random.below(3) as usize];
        match has(Feature::Retries) && random.once_in(2) {
            true => line("for_each", "inputs.list"),
            false => line("for_each", &format!("\"[{list}]\"")),
        }
        line("max_parallel", random.one_of(&["1", "2", "4"]));
        line("on_item_failure", random.one_of(&["stop", "continue"]));
    }
    line("retry", &format!("{{ attempts: {}, delay: 1s, jitter: false }}", 1 + random.below(4)));
    if has(Feature::Timeouts) && random.once_in(2) {
        line("timeout", random.one_of(&["1s", "5s"]));
    }
    if has(Feature::Deadlines) && random.once_in(3) {
        line("deadline", random.one_of(&["2s", "10s", "2m"]));
    }
    if has(Feature::Handled) && random.once_in(3) {
        line("on_failure", "continue");
    }
    if has(Feature::OnUnknown) && random.once_in(3) {
        line("on_unknown", "retry");
    }
    let at = text.rfind("    activity:").expect("it was just written");
    text.insert_str(at, &format!("  n{number}:\n"));
}

fn edges(number: u64, random: &Seeded, features: &BTreeSet<Feature>) -> Vec<String> {
    let waits: &[&str] = match features.contains(&Feature::Handled) {
        true => &["completed", "completed", "any", "failed", "[completed, failed]", "skipped"],
        false => &["completed", "completed", "any"],
    };
    let mut from = BTreeSet::new();
    for _ in 0..random.below(3).min(number) {
        from.insert(random.below(number));
    }
    from.into_iter().map(|from| format!("n{from}: {}", random.one_of(waits))).collect()
}
