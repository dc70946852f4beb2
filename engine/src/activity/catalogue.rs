//! The activities that a program has, by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{Activity, Context, Failure, Language, TypedActivity, function::function, typed::Typed};
use crate::{
    id::ActivityName,
    text::{TextKind, TextKinds},
};

/// The activities that definitions may use. Copies share what is compiled for them.
#[derive(Clone, Default)]
pub struct Catalogue {
    activities: BTreeMap<ActivityName, Arc<dyn Activity>>,
    language: Arc<OnceLock<Language>>,
    texts: TextKinds,
}

impl Catalogue {
    /// Adds an activity under its own name; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, activity: impl Activity + 'static) -> Self {
        self.activities.insert(activity.description().name.clone(), Arc::new(activity));
        self.language = Arc::default();
        self
    }

    /// Adds a typed activity that works at this service.
    #[must_use]
    pub fn with_typed<A: TypedActivity>(self, activity: A, service: A::Service) -> Self {
        self.with(Typed::new(activity, service))
    }

    /// Adds an activity that has no effect and is one function. A retry calls it again.
    #[must_use]
    pub fn function<Input, Output, Called>(
        self,
        name: &str,
        summary: &'static str,
        call: impl Fn(Input, Context) -> Called + Clone + Send + Sync + 'static,
    ) -> Self
    where
        Input: DeserializeOwned + JsonSchema + Send + 'static,
        Output: Serialize + JsonSchema + 'static,
        Called: Future<Output = Result<Output, Failure>> + Send + 'static,
    {
        self.with(function(name, summary, call))
    }

    /// Adds a kind of texts, which the schemas of activities and of inputs may name by `x-text`.
    #[must_use]
    pub fn with_text_kind(mut self, kind: impl TextKind + 'static) -> Self {
        self.texts = self.texts.with(kind);
        self.language = Arc::default();
        self
    }

    /// The kinds of texts.
    pub fn texts(&self) -> &TextKinds {
        &self.texts
    }

    /// The activity `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Activity>> {
        self.activities.get(name)
    }

    /// All of them, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Activity>> {
        self.activities.values()
    }

    /// The language that definitions with these activities are written in.
    pub(crate) fn language(&self) -> &Language {
        self.language.get_or_init(|| Language::of(self.activities.keys()))
    }
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.activities.keys()).finish()
    }
}
