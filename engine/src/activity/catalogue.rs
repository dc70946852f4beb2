//! The activities that a program has, by name.

use std::{collections::BTreeMap, sync::Arc};

use super::Activity;
use crate::id::ActivityName;

/// The activities that definitions may use.
#[derive(Clone, Default)]
pub struct Catalogue {
    activities: BTreeMap<ActivityName, Arc<dyn Activity>>,
}

impl Catalogue {
    /// Adds an activity under its own name; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, activity: impl Activity + 'static) -> Self {
        self.activities.insert(activity.description().name.clone(), Arc::new(activity));
        self
    }

    /// The activity `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Activity>> {
        self.activities.get(name)
    }

    /// All of them, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Activity>> {
        self.activities.values()
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.activities.keys()).finish()
    }
}
