//! What the machine knows of activities without calling them: how long they may take, whether they read first, and which inputs
//! their strict schemas let through.

use std::time::Duration;

use serde_json::Value;

use crate::{
    activity::{Catalogue, Description, Failure},
    definition::ValueProblem,
    diagnostic::Code,
    id::ActivityName,
};

/// The activities of a catalogue. A strict schema is compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Activities(Catalogue);

impl Activities {
    /// Those of this catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        Self(catalogue.clone())
    }

    /// How long an attempt may take where the definition does not say; one of an activity that is not there takes no time.
    pub(super) fn timeout(&self, name: &ActivityName) -> Duration {
        self.description(name).map_or(Duration::ZERO, |description| description.timeout)
    }

    /// Whether an attempt reads before it sends its first effect.
    pub(super) fn reads(&self, name: &ActivityName) -> bool {
        self.description(name).is_some_and(|description| description.reads)
    }

    fn description(&self, name: &ActivityName) -> Option<&Description> {
        self.0.get(name.as_str()).map(|activity| activity.description())
    }

    /// Checks the inputs of a call.
    ///
    /// # Errors
    /// Everything that does not fit, as one failure; its field is the first input that is to blame.
    pub(super) fn check(&self, name: &ActivityName, input: &Value) -> Result<(), Failure> {
        let broken = |message: String| Failure::permanent(Code::ACTIVITY_BROKEN, message);
        let Some(activity) = self.0.get(name.as_str()) else {
            return Err(broken(format!("there is no activity `{name}`")));
        };
        let form = self.0.language().input(activity.as_ref());
        let no_schema = |error: &str| broken(format!("the input schema of `{name}` is broken: {error}"));
        if form.takes(input).map_err(no_schema)? {
            return Ok(());
        }
        let problems = ValueProblem::all(form.validator().map_err(no_schema)?, &form.schema, input);
        let Some((first, _)) = problems.first() else { return Ok(()) };
        let message = problems.iter().map(message).collect::<Vec<_>>().join("; ");
        let failure = Failure::permanent(Code::INPUT_REFUSED, message);
        let field = first.split('/').nth(1).map(ToOwned::to_owned);
        Err(Failure { field, help: problems.iter().find_map(|(_, problem)| problem.help.clone()), ..failure })
    }
}

/// What is wrong, and where: `labels.2`.
fn message((pointer, problem): &(String, ValueProblem)) -> String {
    match pointer.trim_start_matches('/').replace('/', ".") {
        path if path.is_empty() => problem.message.clone(),
        path => format!("`{path}`: {}", problem.message),
    }
}
