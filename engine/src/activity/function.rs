//! An activity without effects that is one function.

use std::future::Future;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Activity, Attempt, Description, Failure, LazySchema, Reads};
use crate::{
    diagnostic::Code,
    id::{RunId, StepPath},
};

/// Who calls a function.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepPath,
    /// The attempt's number, from 1.
    pub attempt: u32,
}

/// A function as an activity.
pub(super) struct Function<F> {
    description: Description,
    call: F,
}

/// A function's result, until it is asked for.
type Boxed = std::pin::Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// The activity of this name that a function is.
pub(super) fn function<Input, Output, Called, F>(name: &str, summary: &'static str, call: F) -> impl Activity + 'static
where
    Input: DeserializeOwned + JsonSchema + Send + 'static,
    Output: Serialize + JsonSchema + 'static,
    Called: Future<Output = Result<Output, Failure>> + Send + 'static,
    F: Fn(Input, Context) -> Called + Clone + Send + Sync + 'static,
{
    let (input, output) = (LazySchema::of_input::<Input>(&[]), LazySchema::of_output::<Output>());
    let description = Description::new(name, summary, input, output);
    let call = move |input: &Value, context: Context| -> Boxed {
        let (input, call) = (Input::deserialize(input), call.clone());
        Box::pin(async move {
            let input = input.map_err(|cause| Failure::permanent(Code::INPUT_REFUSED, cause.to_string()))?;
            let output = call(input, context).await?;
            serde_json::to_value(output).map_err(|cause| Failure::permanent(Code::ACTIVITY_BROKEN, cause.to_string()))
        })
    };
    Function { description, call }
}

#[async_trait]
impl<F: Fn(&Value, Context) -> Boxed + Send + Sync> Activity for Function<F> {
    fn description(&self) -> &Description {
        &self.description
    }

    async fn read(&self, attempt: &Attempt<'_>) -> Result<Reads, Failure> {
        let context = Context { run: attempt.run, step: attempt.step.clone(), attempt: attempt.number };
        (self.call)(attempt.input, context).await.map(Reads::new)
    }

    async fn output(&self, _: &Attempt<'_>, reads: Reads) -> Result<Value, Failure> {
        Ok(reads.into_inner())
    }
}
