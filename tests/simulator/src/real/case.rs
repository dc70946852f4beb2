//! What a seed gives: which definitions run, and what troubles there are.

use std::{collections::BTreeSet, sync::Arc};

use flowrun_engine::{
    activity::Catalogue,
    definition::{Definition, Source, load},
};

use crate::random::Seeded;

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
    /// The process is killed; what was not synced may be lost.
    Crashes,
    /// The process stops in good order.
    Stops,
    /// Somebody cancels.
    Cancels,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Delays,
        Self::LostRequests,
        Self::LostAnswers,
        Self::Duplicates,
        Self::Resets,
        Self::Unavailable,
        Self::RateLimits,
        Self::Crashes,
        Self::Stops,
        Self::Cancels,
    ];
}

/// The definitions that run.
const TEXTS: [(&str, &str); 5] = [
    ("report.yaml", include_str!("definitions/report.yaml")),
    ("evidence.yaml", include_str!("definitions/evidence.yaml")),
    ("items.yaml", include_str!("definitions/items.yaml")),
    ("passing.yaml", include_str!("definitions/passing.yaml")),
    ("project.yaml", include_str!("definitions/project.yaml")),
];

/// Loads the definitions.
pub(crate) fn definitions(catalogue: &Catalogue) -> Vec<Arc<Definition>> {
    let load = |(name, text)| {
        let loaded = load(&Source::new(name, text), catalogue);
        Arc::new(loaded.definition.unwrap_or_else(|| panic!("{name}: {:#?}", loaded.diagnostics)))
    };
    TEXTS.into_iter().map(load).collect()
}

/// What a seed gives.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) troubles: BTreeSet<Trouble>,
    /// The definition of each run.
    pub(crate) runs: Vec<Arc<Definition>>,
}

impl Case {
    pub(crate) fn of(seed: u64, definitions: &[Arc<Definition>]) -> Self {
        let random = Seeded::named(seed, "real");
        let troubles = Trouble::ALL.into_iter().filter(|_| !random.once_in(3)).collect();
        let runs = 1 + random.below(3);
        let definition = |_| {
            let number = usize::try_from(random.below(definitions.len() as u64)).expect("it is below a length");
            Arc::clone(&definitions[number])
        };
        Self { seed, troubles, runs: (0..runs).map(definition).collect() }
    }

    pub(crate) fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }
}
