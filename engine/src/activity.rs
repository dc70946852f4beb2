//! Activities: kinds of work that a node can do. The engine knows this trait; the packages under `activities/` implement it.
//!
//! An attempt reads, prepares its effects as data, and has them sent one after the other ([`perform`]): each once its intent is
//! durable, and what an earlier attempt had done never again. Implementers have [`TypedActivity`], and
//! [`Catalogue::function`] where there is no effect.
//!
//! ```
//! use flowrun_engine::activity::{Catalogue, Failure};
//! use flowrun_engine::diagnostic::Code;
//! use std::collections::BTreeMap;
//!
//! // The smallest activity is a function: what its inputs and its output are follows from the types.
//! let catalogue = Catalogue::default().function("example.greet", "Greets.", |who: BTreeMap<String, String>, _| async move {
//!     match who.get("name") {
//!         Some(name) => Ok(format!("Hello, {name}!")),
//!         None => Err(Failure::permanent(Code::REFUSED, "nobody is named")),
//!     }
//! });
//! assert!(catalogue.get("example.greet").is_some());
//! ```

mod attempt;
mod catalogue;
mod description;
mod effect;
mod function;
mod language;
mod perform;
mod problem;
mod reads;
mod schema;
mod typed;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

pub use attempt::{Attempt, Done};
pub use catalogue::Catalogue;
pub use description::Description;
pub use effect::{Change, Effect, EffectRequest, Intent, Named, OpenEffect, Settlement, Whereabouts};
pub use function::Context;
pub(crate) use language::{Language, needs_with, of_with};
pub use perform::{EffectLog, MemoryEffectLog, Stopped, perform};
pub use problem::Problem;
pub use reads::Reads;
pub use schema::LazySchema;
pub use typed::{ReaderOf, Service, TypedActivity};

pub use crate::failure::{Certainty, Failure, Recovery};

use crate::{
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};

/// A kind of work, as the engine calls it.
#[async_trait]
pub trait Activity: Send + Sync {
    /// Its static facts. Called often: keep it, give it by reference.
    fn description(&self) -> &Description;

    /// What a node with this `with` needs. `input` may be known in part; what is not known adds what it might need
    /// only where that is certain.
    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let _ = input;
        Vec::new()
    }

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

    /// Reads what preparing needs. It has no effect.
    ///
    /// An earlier attempt may have done effects that can no longer be prepared: what was deleted is not there to be read.
    ///
    /// # Errors
    /// A [`Failure`] that says what went wrong, and whether another attempt can help.
    async fn read(&self, attempt: &Attempt<'_>) -> Result<Reads, Failure>;

    /// The effects of the attempt, in order; those that are done may be among them, and are not sent again. It asks nobody.
    ///
    /// # Errors
    /// When what was read does not allow it.
    fn prepare(&self, attempt: &Attempt<'_>, reads: &Reads) -> Result<Vec<Effect>, Failure> {
        let _ = (attempt, reads);
        Ok(Vec::new())
    }

    /// Sends one request for an effect, tagged with [`Attempt::operation`] where the service takes tags. Gives the result, which the
    /// journal keeps.
    ///
    /// # Errors
    /// A [`Failure`] that says, too, whether the effect may have happened.
    async fn send(&self, attempt: &Attempt<'_>, reads: &Reads, effect: &Effect) -> Result<Value, Failure> {
        let _ = (attempt, reads);
        Err(Failure::without_sender(effect))
    }

    /// What the step gives, when all of its effects are done.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn output(&self, attempt: &Attempt<'_>, reads: Reads) -> Result<Value, Failure>;

    /// Finds out whether an effect whose answer was lost has happened. It has no effect.
    ///
    /// The default cannot tell, so that a person is asked.
    async fn reconcile(&self, attempt: &Attempt<'_>, open: &OpenEffect) -> Reconciled {
        let _ = (attempt, open);
        Reconciled::cannot_look()
    }

    /// Gives the result of an effect that a person says has happened, from the `key` of the thing it made: what
    /// [`Self::send`] would have given. It has no effect.
    ///
    /// # Errors
    /// When `key` does not name such a thing.
    async fn adopt(&self, attempt: &Attempt<'_>, open: &OpenEffect, key: &str) -> Result<Value, Failure> {
        let _ = (attempt, key);
        Err(Failure::without_adoption(open))
    }
}

/// What became of an effect whose answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Reconciled {
    /// It happened.
    Happened {
        /// Its result.
        result: Value,
        /// What shows it, for people: "comment `10012` bears the tag of this effect".
        evidence: String,
    },
    /// It did not happen, and no longer will.
    DidNotHappen {
        /// What shows it, for people.
        evidence: String,
    },
    /// It cannot be shown yet: the request may still be on its way, or what would show it lags behind.
    NotYet {
        /// When to look again. Whoever drives the run may do so later, so that looks have a bound, and does so at the step's deadline at
        /// the latest.
        until: Timestamp,
        /// Why it cannot be shown yet.
        why: String,
    },
    /// The look was refused, and a missing grant may be why: with the failure's [`Recovery`] it says how likely.
    /// Grants are asked for then, as where an attempt is refused, and it is looked for again once they are there.
    Denied(Failure),
    /// It cannot be shown; why.
    Undecidable(String),
}

impl Failure {
    fn without_sender(effect: &Effect) -> Self {
        Self::permanent(Code::ACTIVITY_BROKEN, format!("nothing sends effect `{}` of this activity", effect.name))
    }

    fn without_adoption(open: &OpenEffect) -> Self {
        let message = format!("this activity takes nobody's word for it: {}", open.intent.summary);
        Self::permanent(Code::ACTIVITY_BROKEN, message)
    }
}

impl Reconciled {
    fn cannot_look() -> Self {
        Self::Undecidable("this activity does not look for lost effects".into())
    }
}
