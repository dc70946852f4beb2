//! The last check before an activity is called: its evaluated inputs against its strict schema.

use serde_json::Value;

use crate::{
    activity::{Catalogue, Failure},
    definition::ValueProblem,
    diagnostic::Code,
    id::ActivityName,
};

/// The strict input schemas of a catalogue; each is compiled when it is first needed.
#[derive(Debug)]
pub(super) struct InputSchemas(Catalogue);

impl InputSchemas {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        Self(catalogue.clone())
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
        let form = form.map_err(|error| broken(format!("the input schema of `{name}` is broken: {error}")))?;
        if form.validator.is_valid(input) {
            return Ok(());
        }
        let problems = ValueProblem::all(&form.validator, &form.schema, input);
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
