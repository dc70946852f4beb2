//! `flowrun completions`: a shell's completion script.

use super::command_line::command;
use crate::{arguments::Completions, environment::Environment, error::CommandError, exit::Exit, pack::Pack};

/// Prints the script for a shell.
pub(super) fn completions(
    environment: &Environment,
    pack: &dyn Pack,
    arguments: &Completions,
) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(pack), "flowrun", &mut script);
    environment.screen.script(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
