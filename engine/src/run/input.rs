//! The last check before an activity is called: its evaluated inputs against its strict schema.

use std::collections::BTreeMap;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::{
    activity::{Catalogue, Failure},
    diagnostic::Code,
    id::ActivityName,
};

/// The strict input schemas of a catalogue, compiled once.
#[derive(Debug)]
pub(super) struct InputSchemas(BTreeMap<ActivityName, Result<Validator, String>>);

impl InputSchemas {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let descriptions = catalogue.iter().map(|activity| activity.description());
        let compiled = descriptions.map(|description| {
            let validator = jsonschema::draft7::new(&description.input).map_err(|error| error.to_string());
            (description.name.clone(), validator)
        });
        Self(compiled.collect())
    }

    /// Checks the inputs of a call.
    ///
    /// # Errors
    /// Everything that does not fit, as one failure; its field is the first input that is to blame.
    pub(super) fn check(&self, activity: &ActivityName, input: &Value) -> Result<(), Failure> {
        let broken = |message: String| Failure::permanent(Code::ACTIVITY_BROKEN, message);
        let validator = match self.0.get(activity) {
            Some(Ok(validator)) => validator,
            Some(Err(error)) => return Err(broken(format!("the input schema of `{activity}` is broken: {error}"))),
            None => return Err(broken(format!("there is no activity `{activity}`"))),
        };
        let faults: Vec<ValidationError<'_>> = validator.iter_errors(input).collect();
        let Some(first) = faults.first() else { return Ok(()) };
        let message = faults.iter().map(message).collect::<Vec<_>>().join("; ");
        let failure = Failure::permanent(Code::INPUT_REFUSED, message);
        Err(match field(first) {
            Some(field) => failure.with_field(field),
            None => failure,
        })
    }
}

/// Says what is wrong without the value: it may be long.
fn message(fault: &ValidationError<'_>) -> String {
    let path = fault.instance_path().to_string();
    match path.is_empty() {
        true => fault.masked_with("the input").to_string(),
        false => format!("`{}`: {}", path.trim_start_matches('/').replace('/', "."), fault.masked_with("the value")),
    }
}

fn field(fault: &ValidationError<'_>) -> Option<String> {
    let path = fault.instance_path().to_string();
    path.split('/').nth(1).map(ToOwned::to_owned)
}
