//! What a run asked for before it may go on, where its definition has `concurrency`.

use jiff::Timestamp;

use super::RunState;
use crate::{
    concurrency::{Admission, AdmissionAsked, OnConflict},
    definition::Phase,
    journal::SkipReason,
    run::{
        Command,
        binding::{StepBindings, Unresolved},
    },
};

/// The longest key, in bytes: it is shown wherever its run is.
const LONGEST_KEY: usize = 200;

/// What a run asked for, when, and whether its turn came.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct AskedAdmission {
    asked: AdmissionAsked,
    at: Timestamp,
    is_admitted: bool,
}

impl RunState {
    /// What the run asked for, and whether it was admitted; `None` where its definition lets any number of runs go on.
    pub fn admission(&self) -> Option<Admission> {
        let AskedAdmission { asked, at, is_admitted } = self.admission.as_ref()?;
        Some(Admission { key: asked.key.clone(), limit: asked.limit, asked_at: *at, is_admitted: *is_admitted })
    }

    /// What the run does while it is not admitted.
    pub fn on_conflict(&self) -> Option<OnConflict> {
        self.admission.as_ref().map(|admission| admission.asked.on_conflict)
    }

    /// Whether the run waits to be admitted: it does nothing until then.
    pub fn waits_for_admission(&self) -> bool {
        !self.is_ended() && self.admission.as_ref().is_some_and(|admission| !admission.is_admitted)
    }

    /// What the run asks for by its definition, with the inputs that hold now; `None` where that lets any number of runs go on.
    ///
    /// # Errors
    /// Why the key cannot be made.
    pub(in crate::run) fn asks_for_admission(&self) -> Result<Option<AdmissionAsked>, String> {
        let Some(concurrency) = &self.definition().concurrency else { return Ok(None) };
        let scope = StepBindings { state: self, node: None, item: None };
        let key = match scope.fill(&concurrency.key, "concurrency.key") {
            Ok(serde_json::Value::String(key)) => key,
            Ok(other) => return Err(format!("`concurrency.key` is not a string: {other}")),
            Err(Unresolved::Broken(failure)) => return Err(failure.message),
            Err(Unresolved::Missing { because, .. }) => return Err(format!("there is no `{because}`")),
        };
        if key.len() > LONGEST_KEY {
            return Err(format!("`concurrency.key` gives {} bytes: at most {LONGEST_KEY} can be", key.len()));
        }
        Ok(Some(AdmissionAsked { key, limit: concurrency.limit, on_conflict: concurrency.on_conflict }))
    }

    pub(super) fn ask_for_admission(&mut self, at: Timestamp, asked: &AdmissionAsked) {
        self.admission = Some(AskedAdmission { asked: asked.clone(), at, is_admitted: false });
    }

    pub(super) fn admit(&mut self) {
        if let Some(admission) = &mut self.admission {
            admission.is_admitted = true;
        }
    }

    /// Whether somebody asked for the run's end.
    pub(in crate::run) fn ends_early(&self) -> bool {
        [Phase::Main, Phase::Finally].iter().any(|phase| self.frame(*phase).ending.is_some())
    }

    /// What is given up of a run that was cancelled before it was admitted: nothing of it runs, `finally` neither.
    pub(in crate::run) fn give_up_unadmitted(&self) -> Vec<Command> {
        let phase = if self.frame(Phase::Main).ended.is_some() { Phase::Finally } else { Phase::Main };
        let only_finally_went_on = self.frame(Phase::Finally).ending.is_some();
        let is_open = |number: &usize| self.node(*number).phase == phase && self.nodes[*number].outcome().is_none();
        let given_up = (0..self.nodes.len()).filter(is_open).map(|number| {
            let node = self.node(number).id.clone();
            match only_finally_went_on {
                true => Command::CancelNode { node },
                false => Command::SkipNode { node, reason: SkipReason::RunFailed, because: None },
            }
        });
        given_up.collect()
    }
}
