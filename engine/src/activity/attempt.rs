//! One try of a step, as its activity sees it: who it is, what it is given, and which of the step's effects are done.

use std::{collections::BTreeMap, fmt::Display};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Failure;
use crate::{
    diagnostic::Code,
    id::{EffectId, EffectName, OperationId, RunId, StepPath},
};

/// One try of a step.
#[derive(Debug)]
pub struct Attempt<'a, Input = Value> {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: &'a StepPath,
    /// The attempt's number, from 1.
    pub number: u32,
    /// What the activity is given.
    pub input: &'a Input,
    /// The step's effects that are done.
    pub done: &'a Done,
}

impl<Input> Clone for Attempt<'_, Input> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Input> Copy for Attempt<'_, Input> {}

impl<'a, Input> Attempt<'a, Input> {
    /// Which effect it is, of all runs: what its request is tagged with.
    pub fn operation(&self, effect: &EffectName) -> OperationId {
        OperationId { run: self.run, effect: self.effect(effect) }
    }

    /// Which effect it is, of the run.
    pub(super) fn effect(&self, name: &EffectName) -> EffectId {
        EffectId { step: self.step.clone(), name: name.clone(), attempt: self.number }
    }

    /// The same, when these effects are done.
    #[must_use]
    pub(super) fn after(self, done: &'a Done) -> Self {
        Self { done, ..self }
    }

    /// The same, with inputs of a type.
    pub(super) fn of<Other>(self, input: &'a Other) -> Attempt<'a, Other> {
        let Self { run, step, number, input: _, done } = self;
        Attempt { run, step, number, input, done }
    }
}

/// The effects of a step that are done, in this attempt or an earlier one, with their results: found by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done(BTreeMap<EffectName, Value>);

impl Done {
    /// Whether an effect is done.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The result of an effect, if it is done.
    pub fn result(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The result of an effect that is done, as what its activity made of it.
    ///
    /// # Errors
    /// When it is not done, or the journal has something else.
    pub fn read<Kept: DeserializeOwned>(&self, name: &str) -> Result<Kept, Failure> {
        let broken = |cause: &dyn Display| {
            Failure::permanent(
                Code::ACTIVITY_BROKEN,
                format!("effect `{name}` has no result that can be read: {cause}"),
            )
        };
        let result = self.0.get(name).ok_or_else(|| broken(&"it is not done"))?;
        Kept::deserialize(result).map_err(|cause| broken(&cause))
    }

    /// An effect is done.
    pub fn add(&mut self, name: EffectName, result: Value) {
        self.0.insert(name, result);
    }
}

impl From<BTreeMap<EffectName, Value>> for Done {
    fn from(results: BTreeMap<EffectName, Value>) -> Self {
        Self(results)
    }
}
