//! `flowrun schema`: the JSON Schema of process definitions.

use flowrun_engine::definition;

use crate::{environment::Environment, error::CommandError, exit::Exit, pack::Pack};

/// Prints the schema that editors use.
pub(super) fn schema(environment: &Environment, pack: &dyn Pack) -> Result<Exit, CommandError> {
    let schema = definition::process_schema(pack.catalogue());
    environment.screen.data(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Exit::Success)
}
