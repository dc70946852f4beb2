//! What the file of an activity writes ([`JiraActivity`]), and the one adapter that makes it the engine's: whatever holds for all
//! activities is done here, so that none can forget it.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Effect, Failure, OpenEffect, Problem, Reconciled, Recovery, TypedActivity},
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    effect::{self, Prepared, Sending},
    evidence::{self, Evidence, reconciled},
    output_text::output_text,
};
use crate::{
    client::{Client, Reader},
    input::refused,
};

/// An activity at Jira. What is asked of each method is said at [`TypedActivity`], too.
#[async_trait]
pub(super) trait JiraActivity: Send + Sync + 'static {
    /// Its inputs.
    type Input: DeserializeOwned + JsonSchema + Send + Sync;
    /// What it gives.
    type Output: Serialize + JsonSchema;
    /// What it reads before its effects.
    type Reads: Send + Sync + 'static;
    /// What sending one of its effects needs.
    type Effect: Sending<Self::Input>;

    /// Its static facts.
    fn description(&self) -> Description;

    /// What a node with these inputs needs.
    fn requirements(&self, input: &Planned) -> Vec<Requirement>;

    /// What is wrong with these inputs as far as it can be seen without asking Jira.
    fn problems(&self, input: &Planned) -> Vec<Problem>;

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
    async fn read(&self, attempt: &Attempt<'_, Self::Input>, reader: &Reader) -> Result<Self::Reads, Failure>;

    /// The effects of the attempt, in order.
    ///
    /// # Errors
    /// When what was read does not allow it.
    fn prepare(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        reads: &Self::Reads,
    ) -> Result<Vec<Prepared<Self::Effect>>, Failure> {
        let _ = (attempt, reads);
        Ok(Vec::new())
    }

    /// What the step gives, when all of its effects are done.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn output(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        reads: Self::Reads,
        reader: &Reader,
    ) -> Result<Self::Output, Failure>;

    /// What Jira shows of an effect whose answer was lost. Nothing is asked for that could change anything.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn evidence(
        &self,
        attempt: &Attempt<'_, Self::Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let _ = (attempt, reader);
        Ok(Evidence::Unclear(format!("this activity does not look for lost effects: {}", open.intent.summary)))
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
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let _ = (attempt, key, reader);
        let message = format!("this activity has no effects: {}", open.intent.summary);
        Err(Failure::permanent(Code::ACTIVITY_BROKEN, message))
    }
}

/// An activity at Jira, as the engine takes it. What it refuses for may be what is remembered of the site and no longer so: then all
/// is forgotten ([`Reader::doubting`]), and the next attempt asks anew; or a grant is missing ([`denied`]).
pub(super) struct AtJira<A>(pub(super) A);

/// What was read, and with what.
pub(super) struct Held<Reads> {
    reads: Reads,
    reader: Reader,
}

#[async_trait]
impl<A: JiraActivity> TypedActivity for AtJira<A> {
    type Input = A::Input;
    type Output = A::Output;
    type Reads = Held<A::Reads>;
    type Service = Client;

    fn description(&self) -> Description {
        self.0.description().saying(output_text)
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        self.0.requirements(input)
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        self.0.problems(input)
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        self.0.subject_of_output(path, input)
    }

    fn makes(&self, input: &Planned) -> Option<Subject> {
        self.0.makes(input)
    }

    fn check(&self, input: &Value) -> Result<(), Failure> {
        self.0.check(input)
    }

    async fn read(&self, attempt: &Attempt<'_, A::Input>, reader: &Reader) -> Result<Held<A::Reads>, Failure> {
        let reads = denied(reader.doubting(self.0.read(attempt, reader).await))?;
        Ok(Held { reads, reader: reader.clone() })
    }

    fn prepare(&self, attempt: &Attempt<'_, A::Input>, held: &Held<A::Reads>) -> Result<Vec<Effect>, Failure> {
        let prepared = denied(held.reader.doubting(self.0.prepare(attempt, &held.reads)))?;
        Ok(prepared.into_iter().map(|prepared| prepared.into_effect(&held.reader)).collect())
    }

    async fn send(
        &self,
        attempt: &Attempt<'_, A::Input>,
        held: &Held<A::Reads>,
        effect: &Effect,
        client: &Client,
    ) -> Result<Value, Failure> {
        denied(held.reader.doubting(effect::send::<A::Effect, _>(client, attempt, effect).await))
    }

    async fn output(
        &self,
        attempt: &Attempt<'_, A::Input>,
        held: Held<A::Reads>,
        reader: &Reader,
    ) -> Result<A::Output, Failure> {
        denied(reader.doubting(self.0.output(attempt, held.reads, reader).await))
    }

    async fn reconcile(&self, attempt: &Attempt<'_, A::Input>, open: &OpenEffect, reader: &Reader) -> Reconciled {
        let seen = denied(self.0.evidence(attempt, open, &reader.persistent()).await);
        reconciled(seen, &evidence::operation(attempt, open), reader)
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, A::Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let adopted = self.0.adopt(attempt, open, key, reader).await?;
        let is_change = open.intent.named.as_ref().is_some_and(|named| named.words.is_none());
        // What cannot be read speaks neither for nor against what a person says.
        if is_change && let Ok(Evidence::Absent(seen)) = self.0.evidence(attempt, open, reader).await {
            let help = "if it was undone since, or the user cannot see it, `--did-not` sends it again, and `--abort` gives it up";
            return Err(refused(format!("it did not happen: {seen}")).with_help(help));
        }
        Ok(adopted)
    }
}

/// What a missing grant may be the reason of, though neither Jira's answer nor what was read says so: a 404 for what the user may not see,
/// a 400 where the user may not do it, and a screen, a transition or a person that Jira leaves out. \[SPEC: the statuses of editIssue,
/// doTransition, createIssue, getIssue; getTransitions gives an empty list without "Transition issues"\]
fn denied<T>(result: Result<T, Failure>) -> Result<T, Failure> {
    result.map_err(|failure| {
        let is_of_what_was_read = failure.status.is_none()
            && [Code::INPUT_REFUSED, Code::REFUSED, Code::NOT_FOUND, Code::NOT_AUTHORISED].contains(&failure.code);
        let may_be_denied = is_of_what_was_read || matches!(failure.status, Some(400 | 404));
        match failure.recovery {
            Recovery::Permanent if may_be_denied => Failure { recovery: Recovery::PerhapsDenied, ..failure },
            _ => failure,
        }
    })
}

#[cfg(test)]
mod tests;
