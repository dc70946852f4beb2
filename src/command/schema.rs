//! `flowrun schema`: the JSON Schema of process definitions.

use flowrun_engine::definition;

use crate::{environment::Environment, error::CommandError, exit::Exit, jira};

/// Prints the schema that editors use.
pub(super) fn schema(environment: &Environment) -> Result<Exit, CommandError> {
    let schema = definition::process_schema(jira::offline_catalogue());
    environment.screen.data(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Exit::Success)
}
