//! What an activity is, as far as that is the same for all nodes.

use std::{borrow::Cow, time::Duration};

use serde_json::Value;

use super::{LazySchema, TypedActivity};
use crate::{id::ActivityName, requirement::Scopes};

/// The static facts of an activity: what the catalogue lists, and what definitions are checked against.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Description {
    /// `jira.create_issue`
    pub name: ActivityName,
    /// One sentence: "Creates an issue."
    pub summary: &'static str,
    /// The strict JSON Schema (draft 7) of its inputs, which evaluated values must pass before the activity is
    /// called. The authoring schema, where each value may be `${{ … }}`, is derived from it. The keyword `x-expected`
    /// says what a pattern stands for: "`abc` is not a date, such as `2026-02-28`"; `x-text` names the kind of texts that belong
    /// there ([`crate::text`]); `x-as-written` marks a map in which only the service knows the types: numbers come as they are spelled.
    pub input: LazySchema,
    /// The JSON Schema (draft 7) of its output. References to outputs are checked against it; `x-text` says which values are texts
    /// of a kind.
    pub output: LazySchema,
    /// Whether it has effects.
    pub writes: bool,
    /// Whether it reads from the service before its first effect: what was made just before is then on the disk first.
    pub reads: bool,
    /// How long an attempt may take where the definition does not say.
    pub timeout: Duration,
    /// The scopes it needs whatever its inputs are.
    pub scopes: Scopes,
    /// The permissions it needs whatever its inputs are: keys, and in words on what.
    pub permissions: Vec<(Cow<'static, str>, &'static str)>,
    /// What it calls: `POST /rest/api/3/issue`.
    pub endpoints: Vec<&'static str>,
    /// What may fail, and how it is said: "the issue is not there" and the message.
    pub failures: Vec<(&'static str, &'static str)>,
    /// What an output, or the result of one of its effects, says to people in a few words; nothing where it has no words for it.
    pub output_text: fn(&Value) -> String,
}

/// More than an activity of a few small requests ever needs.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Description {
    /// An activity that neither reads nor writes, needs nothing, and may take 30 seconds.
    pub fn new(name: &str, summary: &'static str, input: impl Into<LazySchema>, output: impl Into<LazySchema>) -> Self {
        Self {
            name: name.into(),
            summary,
            input: input.into(),
            output: output.into(),
            writes: false,
            reads: false,
            timeout: TIMEOUT,
            scopes: Scopes::default(),
            permissions: Vec::new(),
            endpoints: Vec::new(),
            failures: Vec::new(),
            output_text: |_| String::new(),
        }
    }

    /// The same, of an activity whose types say what it takes and gives.
    pub fn of<A: TypedActivity>(name: &str, summary: &'static str) -> Self {
        Self::new(name, summary, LazySchema::of_input::<A::Input>(&[]), LazySchema::of_output::<A::Output>())
    }

    /// The same, of an activity that has effects.
    #[must_use]
    pub fn writing(self) -> Self {
        Self { writes: true, ..self }
    }

    /// The same, of an activity that reads before its first effect.
    #[must_use]
    pub fn reading(self) -> Self {
        Self { reads: true, ..self }
    }

    /// The same, with how long an attempt may take.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same, with the scopes that are needed, and the permissions: keys, and in words on what.
    #[must_use]
    pub fn needing(self, scopes: Scopes, permissions: Vec<(Cow<'static, str>, &'static str)>) -> Self {
        Self { scopes, permissions, ..self }
    }

    /// The same, with what an output of it says to people, or the result of one of its effects: a few words on one line.
    #[must_use]
    pub fn saying(self, output_text: fn(&Value) -> String) -> Self {
        Self { output_text, ..self }
    }

    /// The same, with what it calls.
    #[must_use]
    pub fn calling(self, endpoints: Vec<&'static str>) -> Self {
        Self { endpoints, ..self }
    }

    /// The same, with what may fail, and how it is said.
    #[must_use]
    pub fn failing(self, failures: &[(&'static str, &'static str)]) -> Self {
        Self { failures: failures.to_vec(), ..self }
    }
}
