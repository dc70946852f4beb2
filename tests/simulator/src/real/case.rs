//! What a seed gives: which definitions run, and what troubles there are.

use std::collections::BTreeSet;

use flowrun_engine::activity::Catalogue;
use serde_json::json;

use super::written::written;
use crate::{
    bounds::{Bounds, Part},
    random::Seeded,
    world::{Beginning, Misfortunes},
};

/// Something that may go wrong in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Requests and answers take seconds.
    Delays,
    /// Requests never arrive.
    LostRequests,
    /// Answers never arrive.
    LostAnswers,
    /// Requests arrive twice.
    Duplicates,
    /// Nobody takes connections.
    Resets,
    /// A gateway says that Jira is not there, and may be wrong.
    Unavailable,
    /// A gateway says that there were too many requests.
    RateLimits,
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
    /// Permissions are taken away for a while.
    Grants,
    /// Somebody retries what failed or was cancelled.
    Retries,
    /// Somebody pauses, and resumes later.
    Pauses,
    /// Whoever cancels gives what runs a time to finish, which may be none.
    Graces,
    /// Credentials expire, and are renewed.
    Expiry,
}

impl Part for Trouble {
    const ALL: &'static [Self] = &[
        Self::Delays,
        Self::LostRequests,
        Self::LostAnswers,
        Self::Duplicates,
        Self::Resets,
        Self::Unavailable,
        Self::RateLimits,
        Self::Crashes,
        Self::Processes,
        Self::Stops,
        Self::Cancels,
        Self::ClockJumps,
        Self::FailingReads,
        Self::SlowDisk,
        Self::Grants,
        Self::Retries,
        Self::Pauses,
        Self::Graces,
        Self::Expiry,
    ];
    const LATER: &'static [Self] = &[Self::Retries, Self::Pauses, Self::Graces, Self::Expiry];
}

/// What a seed gives.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) troubles: BTreeSet<Trouble>,
    pub(crate) runs: Vec<Beginning>,
}

impl Case {
    pub(crate) fn of(seed: u64, bounds: &Bounds<Trouble>, catalogue: &Catalogue) -> Self {
        let random = Seeded::named(seed, "real");
        let troubles = bounds.parts(&random, &Seeded::named(seed, "later"));
        let runs = 1 + random.below(3).min(bounds.runs - 1);
        let beginning = |run| {
            let beginning = Beginning::written(written(seed, run, bounds.nodes), catalogue);
            let title = ("title".to_owned(), json!(format!("Run {run} of {seed}")));
            Beginning { inputs: [title].into_iter().collect(), ..beginning }
        };
        Self { seed, troubles, runs: (0..runs).map(beginning).collect() }
    }

    /// Those that worlds of all kinds may have.
    pub(crate) fn misfortunes(&self) -> Misfortunes {
        let has = |trouble| self.troubles.contains(&trouble);
        Misfortunes {
            crashes: has(Trouble::Crashes),
            processes: has(Trouble::Processes),
            stops: has(Trouble::Stops),
            cancels: has(Trouble::Cancels),
            clock_jumps: has(Trouble::ClockJumps),
            failing_reads: has(Trouble::FailingReads),
            slow_disk: has(Trouble::SlowDisk),
            retries: has(Trouble::Retries),
            pauses: has(Trouble::Pauses),
            graces: has(Trouble::Graces),
        }
    }
}
