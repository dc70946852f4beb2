//! The last check before an activity is called: its evaluated inputs against its strict schema.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::Value;

use crate::{
    activity::{Catalogue, Failure},
    definition::ValueProblem,
    diagnostic::Code,
    id::ActivityName,
};

/// The strict input schemas of a catalogue, compiled once.
#[derive(Debug)]
pub(super) struct InputSchemas(BTreeMap<ActivityName, Result<InputSchema, String>>);

#[derive(Debug)]
struct InputSchema {
    schema: Value,
    validator: Validator,
}

impl InputSchemas {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let descriptions = catalogue.iter().map(|activity| activity.description());
        let compiled = descriptions.map(|description| {
            let schema = description.input.clone();
            let validator = jsonschema::draft7::new(&schema).map_err(|error| error.to_string());
            (description.name.clone(), validator.map(|validator| InputSchema { schema, validator }))
        });
        Self(compiled.collect())
    }

    /// Checks the inputs of a call.
    ///
    /// # Errors
    /// Everything that does not fit, as one failure; its field is the first input that is to blame.
    pub(super) fn check(&self, activity: &ActivityName, input: &Value) -> Result<(), Failure> {
        let broken = |message: String| Failure::permanent(Code::ACTIVITY_BROKEN, message);
        let InputSchema { schema, validator } = match self.0.get(activity) {
            Some(Ok(schema)) => schema,
            Some(Err(error)) => return Err(broken(format!("the input schema of `{activity}` is broken: {error}"))),
            None => return Err(broken(format!("there is no activity `{activity}`"))),
        };
        let problems = ValueProblem::all(validator, schema, input);
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
