//! Activities: kinds of work that a node can do. The engine knows this trait; the packages under `activities/` implement it.
//!
//! An activity is called once an attempt, with inputs that its strict schema accepted. Reads it does as it likes; each
//! effect goes through [`Attempt::effect`], which makes the intent durable before anything is sent.

mod attempt;
mod catalogue;
mod failure;
mod schema;

use std::{borrow::Cow, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

pub use attempt::{Attempt, EffectLog, Intent, MemoryEffectLog, Named, Settlement, Stopped};
pub use catalogue::Catalogue;
pub use failure::{Certainty, Failure, Recovery};
pub use schema::LazySchema;

use crate::{
    id::ActivityName,
    requirement::{Planned, Requirement, Scopes, Subject},
};

/// The static facts of an activity: what the catalogue lists, and what definitions are checked against.
#[derive(Clone, Debug)]
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
    /// Whether it asks for effects.
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
}

/// Something wrong with inputs that is seen without asking the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The input, and what of it: `due_date`, `labels[2]`, `fields.Severity`.
    pub field: String,
    /// What is wrong, whole: "`2026-02-30` is no date".
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A kind of work.
#[async_trait]
pub trait Activity: Send + Sync {
    /// Its static facts. Called often: keep it, give it by reference.
    fn description(&self) -> &Description;

    /// What a node with this `with` needs. `input` may be known in part; what is not known adds what it might need
    /// only where that is certain.
    fn requirements(&self, input: &Planned) -> Vec<Requirement>;

    /// What is wrong with these inputs as far as it can be seen without asking the service: a date that no calendar
    /// has, a file that is not there. What the input schema refuses is not repeated.
    ///
    /// Asked when a definition is loaded, for what is written in it, and before a run, for what its inputs make known.
    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let _ = input;
        Vec::new()
    }

    /// Where the thing will be that the output's field `path` names: an issue that this node creates is in its
    /// project. `None` where that cannot be said before the run.
    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let _ = (path, input);
        None
    }

    /// The thing that a node with these inputs makes, where its name is known before the run: nodes after it may need
    /// permissions on it, which nobody can have been granted yet. A thing whose name is only in the output is the concern of
    /// [`Self::subject_of_output`].
    fn makes(&self, input: &Planned) -> Option<Subject> {
        let _ = input;
        None
    }

    /// Does the work once.
    ///
    /// The future may be dropped while no effect is on the wire: at a timeout, or when the run stops.
    ///
    /// # Errors
    /// A [`Failure`] that says what went wrong, whether another attempt can help, and whether an effect may have happened.
    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure>;

    /// Finds out whether an effect whose answer was lost has happened.
    ///
    /// The default cannot tell, so that a person is asked.
    async fn reconcile(&self, input: &Value, intent: &Intent, attempt: &Attempt) -> Reconciled {
        let _ = (input, intent, attempt);
        Reconciled::Undecidable("this activity does not look for lost effects".into())
    }

    /// Gives the result of an effect that a person says has happened, from the `key` of the thing it made.
    ///
    /// The value is what `send` in [`Attempt::effect`] would have given.
    ///
    /// # Errors
    /// When `key` does not name such a thing.
    async fn adopt(&self, input: &Value, intent: &Intent, key: &str, attempt: &Attempt) -> Result<Value, Failure>;
}

/// What became of an effect whose answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Reconciled {
    /// It happened; this is its result.
    Happened(Value),
    /// It did not happen, and no longer will.
    DidNotHappen,
    /// It cannot be shown; why.
    Undecidable(String),
}
