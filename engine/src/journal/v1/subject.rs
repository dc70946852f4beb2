//! Entries by what they are about: what follows each other about one subject names it once.

use serde::{Deserialize, Serialize};

use super::mirror::{ReadBack, Shown, text};
use crate::{
    id::{EffectId, EffectName, NodeId, StepPath},
    journal::{EffectEntry, Entry, NodeEntry, RunEntry, SignalEntry, StepEntry, TimerEntry},
};

/// A subject, and what happened to it, as it is written.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject<'a> {
    Run(Vec<Shown<'a, RunEntry>>),
    Node(&'a NodeId, Vec<Shown<'a, NodeEntry>>),
    Step(#[serde(with = "text")] &'a StepPath, Vec<Shown<'a, StepEntry>>),
    Effect(#[serde(with = "text")] &'a StepPath, &'a EffectName, u32, Vec<Shown<'a, EffectEntry>>),
    Timer(#[serde(with = "text")] &'a StepPath, Vec<Shown<'a, TimerEntry>>),
    Signal(Vec<Shown<'a, SignalEntry>>),
}

/// The same, as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubjectRead {
    Run(Vec<ReadBack<RunEntry>>),
    Node(NodeId, Vec<ReadBack<NodeEntry>>),
    Step(#[serde(with = "text")] StepPath, Vec<ReadBack<StepEntry>>),
    Effect(#[serde(with = "text")] StepPath, EffectName, u32, Vec<ReadBack<EffectEntry>>),
    Timer(#[serde(with = "text")] StepPath, Vec<ReadBack<TimerEntry>>),
    Signal(Vec<ReadBack<SignalEntry>>),
}

/// Entries by their subjects, in order.
pub(super) fn of(entries: &[Entry]) -> Vec<Subject<'_>> {
    let mut subjects = Vec::new();
    for entry in entries {
        match (entry, subjects.last_mut()) {
            (Entry::Run(next), Some(Subject::Run(list))) => list.push(Shown(next)),
            (Entry::Node(id, next), Some(Subject::Node(same, list))) if id == *same => list.push(Shown(next)),
            (Entry::Step(path, next), Some(Subject::Step(same, list))) if path == *same => list.push(Shown(next)),
            (Entry::Effect(id, next), Some(Subject::Effect(step, name, attempt, list)))
                if (&id.step, &id.name, id.attempt) == (*step, *name, *attempt) =>
            {
                list.push(Shown(next));
            }
            (Entry::Timer(path, next), Some(Subject::Timer(same, list))) if path == *same => list.push(Shown(next)),
            (Entry::Signal(next), Some(Subject::Signal(list))) => list.push(Shown(next)),
            (entry, _) => subjects.push(Subject::of(entry)),
        }
    }
    subjects
}

impl<'a> Subject<'a> {
    fn of(entry: &'a Entry) -> Self {
        match entry {
            Entry::Run(first) => Self::Run(vec![Shown(first)]),
            Entry::Node(id, first) => Self::Node(id, vec![Shown(first)]),
            Entry::Step(path, first) => Self::Step(path, vec![Shown(first)]),
            Entry::Effect(id, first) => Self::Effect(&id.step, &id.name, id.attempt, vec![Shown(first)]),
            Entry::Timer(path, first) => Self::Timer(path, vec![Shown(first)]),
            Entry::Signal(first) => Self::Signal(vec![Shown(first)]),
        }
    }
}

impl SubjectRead {
    /// What happened to the subject, in order.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        match self {
            Self::Run(list) => list.into_iter().map(|kept| Entry::Run(kept.0)).collect(),
            Self::Node(id, list) => list.into_iter().map(|kept| Entry::Node(id.clone(), kept.0)).collect(),
            Self::Step(path, list) => list.into_iter().map(|kept| Entry::Step(path.clone(), kept.0)).collect(),
            Self::Effect(step, name, attempt, list) => {
                let id = EffectId { step, name, attempt };
                list.into_iter().map(|kept| Entry::Effect(id.clone(), kept.0)).collect()
            }
            Self::Timer(path, list) => list.into_iter().map(|kept| Entry::Timer(path.clone(), kept.0)).collect(),
            Self::Signal(list) => list.into_iter().map(|kept| Entry::Signal(kept.0)).collect(),
        }
    }
}
