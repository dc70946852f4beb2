//! Activities whose inputs, reads and outputs are Rust types: what implementers write. One adapter makes them what the engine calls.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Activity, Attempt, Description, Effect, Failure, OpenEffect, Problem, Reads, Reconciled};
use crate::{
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};

/// What activities work at. What only reads is a type of its own, so that reading cannot have effects.
pub trait Service: Send + Sync + 'static {
    /// What can only read.
    type Reader: Send + Sync;

    /// What can only read.
    fn reader(&self) -> Self::Reader;
}

/// No service: for activities that only compute, or that bring their own.
impl Service for () {
    type Reader = ();

    fn reader(&self) {}
}

/// What an activity reads with.
pub type ReaderOf<A> = <<A as TypedActivity>::Service as Service>::Reader;

/// A kind of work, as it is written. What is asked of each method is said at [`Activity`], too.
#[async_trait]
pub trait TypedActivity: Send + Sync + 'static {
    /// Its inputs.
    type Input: DeserializeOwned + JsonSchema + Send + Sync;
    /// What it gives.
    type Output: Serialize + JsonSchema;
    /// What it reads before its effects.
    type Reads: Send + Sync + 'static;
    /// What it works at.
    type Service: Service;

    /// Its static facts: [`Description::of`] takes schemas from the types. Asked once.
    fn description(&self) -> Description;

    /// What a node with these inputs needs.
    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let _ = input;
        Vec::new()
    }

    /// What is wrong with these inputs as far as it can be seen without asking the service.
    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let _ = input;
        Vec::new()
    }

    /// Where the thing will be that the output's field `path` names.
    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        let _ = (path, input);
        None
    }

    /// The thing that a node with these inputs makes, where its name is known before the run.
    fn makes(&self, input: &Planned) -> Option<Subject> {
        let _ = input;
        None
    }

    /// Refuses inputs before anything is read: because of their [`Self::problems`], unless it is said otherwise.
    ///
    /// # Errors
    /// The first problem.
    fn check(&self, input: &Value) -> Result<(), Failure> {
        Problem::refuse(self.problems(&Planned::Known(input.clone())))
    }

    /// Reads what preparing needs.
    ///
    /// # Errors
    /// What went wrong, and whether another attempt can help.
    async fn read(&self, attempt: &Attempt<'_, Self::Input>, reader: &ReaderOf<Self>) -> Result<Self::Reads, Failure>;

    /// The effects of the attempt, in order.
    ///
    /// # Errors
    /// When what was read does not allow it.
    fn prepare(&self, attempt: &Attempt<'_, Self::Input>, reads: &Self::Reads) -> Result<Vec<Effect>, Failure> {
        let _ = (attempt, reads);
        Ok(Vec::new())
    }

    /// Sends one request for an effect, and gives its result.
    ///
    /// # Errors
    /// What went wrong, and whether the effect may have happened.
    async fn send(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        reads: &Self::Reads,
        effect: &Effect,
        service: &Self::Service,
    ) -> Result<Value, Failure> {
        let _ = (attempt, reads, service);
        Err(Failure::without_sender(effect))
    }

    /// What the step gives, when all of its effects are done.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn output(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        reads: Self::Reads,
        reader: &ReaderOf<Self>,
    ) -> Result<Self::Output, Failure>;

    /// Finds out whether an effect whose answer was lost has happened.
    async fn reconcile(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        open: &OpenEffect,
        reader: &ReaderOf<Self>,
    ) -> Reconciled {
        let _ = (attempt, open, reader);
        Reconciled::cannot_look()
    }

    /// Gives the result of an effect that a person says has happened, from the `key` of the thing it made.
    ///
    /// # Errors
    /// When `key` does not name such a thing.
    async fn adopt(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        open: &OpenEffect,
        key: &str,
        reader: &ReaderOf<Self>,
    ) -> Result<Value, Failure> {
        let _ = (attempt, key, reader);
        Err(Failure::without_adoption(open))
    }
}

/// A typed activity at its service.
pub(super) struct Typed<A: TypedActivity> {
    activity: A,
    service: A::Service,
    reader: ReaderOf<A>,
    description: Description,
}

/// What an attempt holds from its reading to its end.
struct Held<A: TypedActivity> {
    input: A::Input,
    reads: A::Reads,
}

impl<A: TypedActivity> Typed<A> {
    pub(super) fn new(activity: A, service: A::Service) -> Self {
        let (reader, description) = (service.reader(), activity.description());
        Self { activity, service, reader, description }
    }
}

#[async_trait]
impl<A: TypedActivity> Activity for Typed<A> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        self.activity.requirements(input)
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        self.activity.problems(input)
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        self.activity.subject_of_output(path, input)
    }

    fn makes(&self, input: &Planned) -> Option<Subject> {
        self.activity.makes(input)
    }

    async fn read(&self, attempt: &Attempt<'_>) -> Result<Reads, Failure> {
        self.activity.check(attempt.input)?;
        let input = parsed(attempt.input)?;
        let reads = self.activity.read(&attempt.of(&input), &self.reader).await?;
        Ok(Reads::new(Held::<A> { input, reads }))
    }

    fn prepare(&self, attempt: &Attempt<'_>, reads: &Reads) -> Result<Vec<Effect>, Failure> {
        let Held { input, reads } = reads.get::<Held<A>>();
        self.activity.prepare(&attempt.of(input), reads)
    }

    async fn send(&self, attempt: &Attempt<'_>, reads: &Reads, effect: &Effect) -> Result<Value, Failure> {
        let Held { input, reads } = reads.get::<Held<A>>();
        self.activity.send(&attempt.of(input), reads, effect, &self.service).await
    }

    async fn output(&self, attempt: &Attempt<'_>, reads: Reads) -> Result<Value, Failure> {
        let Held { input, reads } = reads.into_inner::<Held<A>>();
        let output = self.activity.output(&attempt.of(&input), reads, &self.reader).await?;
        let unwritable = |cause: serde_json::Error| Failure::permanent(Code::ACTIVITY_BROKEN, cause.to_string());
        serde_json::to_value(output).map_err(unwritable)
    }

    async fn reconcile(&self, attempt: &Attempt<'_>, open: &OpenEffect) -> Reconciled {
        match parsed(attempt.input) {
            Ok(input) => self.activity.reconcile(&attempt.of(&input), open, &self.reader).await,
            Err(failure) => Reconciled::Undecidable(failure.message),
        }
    }

    async fn adopt(&self, attempt: &Attempt<'_>, open: &OpenEffect, key: &str) -> Result<Value, Failure> {
        let input = parsed(attempt.input)?;
        self.activity.adopt(&attempt.of(&input), open, key, &self.reader).await
    }
}

/// Inputs that the strict schema has accepted.
fn parsed<Input: DeserializeOwned>(input: &Value) -> Result<Input, Failure> {
    Input::deserialize(input).map_err(|cause| Failure::permanent(Code::INPUT_REFUSED, cause.to_string()))
}
