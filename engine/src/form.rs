//! The form of a value: its JSON Schema (draft 7), compiled once a value needs more than a glance. What is wrong with a value that does not
//! have its form, `definition` tells.

pub(crate) mod glance;

use std::sync::OnceLock;

use jsonschema::{PatternOptions, ValidationError, ValidationOptions, Validator};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A schema, and its validator once a value needs more than a glance.
#[derive(Debug)]
pub(crate) struct Form {
    /// The schema.
    pub(crate) schema: Value,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Form {
    /// That of this schema; nothing is compiled yet.
    pub(crate) fn of(schema: Value) -> Self {
        Self { schema, compiled: OnceLock::new() }
    }

    /// Whether a value has this form.
    ///
    /// # Errors
    /// Why the schema is not a JSON Schema, where that is needed.
    pub(crate) fn takes(&self, value: &Value) -> Result<bool, &str> {
        if self.compiled.get().is_none() && glance::takes(&self.schema, value) == Some(true) {
            return Ok(true);
        }
        self.validator().map(|validator| validator.is_valid(value))
    }

    /// What tells how a value fails the form. Its patterns take linear time, and it reads nothing from outside.
    ///
    /// # Errors
    /// Why the schema is not a JSON Schema.
    pub(crate) fn validator(&self) -> Result<&Validator, &str> {
        let compile = || options().build(&self.schema).map_err(|error| error.to_string());
        self.compiled.get_or_init(compile).as_ref().map_err(String::as_str)
    }
}

/// What tells whether the value of an input fits. `format` is more than a remark there.
pub(crate) fn input_validator(schema: &Value) -> Result<Validator, Box<ValidationError<'static>>> {
    options().should_validate_formats(true).build(schema).map_err(Box::new)
}

fn options() -> ValidationOptions<'static> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7);
    options.with_pattern_options(PatternOptions::regex())
}

/// Reads an integer, also as `2.0`, which JSON Schema takes for one.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    let whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    // The range was checked in the line above.
    whole.then_some(Some(number as u32)).ok_or_else(|| de::Error::custom("not an integer"))
}
