//! What looks for lost effects came to, by activity: each verdict of each is to be seen in some world.

use std::{collections::BTreeMap, fmt};

use flowrun_engine::{activity::Reconciled, id::ActivityName};

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The effect happened.
    Happened,
    /// It did not.
    DidNotHappen,
    /// It cannot be shown yet.
    NotYet,
    /// A grant may be missing without which it cannot be seen.
    Denied,
    /// It cannot be shown.
    Undecidable,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Happened, Self::DidNotHappen, Self::NotYet, Self::Denied, Self::Undecidable];
}

impl From<&Reconciled> for Verdict {
    fn from(found: &Reconciled) -> Self {
        match found {
            Reconciled::Happened { .. } => Self::Happened,
            Reconciled::DidNotHappen { .. } => Self::DidNotHappen,
            Reconciled::NotYet { .. } => Self::NotYet,
            Reconciled::Denied(_) => Self::Denied,
            Reconciled::Undecidable(_) => Self::Undecidable,
        }
    }
}

/// How often a look came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks(BTreeMap<(ActivityName, Verdict), u64>);

impl Looks {
    pub(crate) fn saw(&mut self, activity: &ActivityName, found: &Reconciled) {
        *self.0.entry((activity.clone(), found.into())).or_default() += 1;
    }

    /// Those of another world as well.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(seen, count)| *self.0.entry(seen.clone()).or_default() += count);
    }

    /// How often a look for an effect of this activity came to this.
    pub fn count(&self, activity: &str, verdict: Verdict) -> u64 {
        let seen = self.0.iter().filter(|((of, is), _)| of.as_str() == activity && *is == verdict);
        seen.map(|(_, count)| count).sum()
    }

    fn activities(&self) -> Vec<&ActivityName> {
        let mut activities: Vec<_> = self.0.keys().map(|(activity, _)| activity).collect();
        activities.dedup();
        activities
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<28}", "what looks came to")?;
        Verdict::ALL.iter().try_for_each(|verdict| write!(formatter, " {:>12}", format!("{verdict:?}")))?;
        for activity in self.activities() {
            write!(formatter, "\n{activity:<28}")?;
            Verdict::ALL
                .iter()
                .try_for_each(|verdict| write!(formatter, " {:>12}", self.count(activity.as_str(), *verdict)))?;
        }
        writeln!(formatter)
    }
}
