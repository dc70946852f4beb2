//! `flowrun completions`: a shell's completion script.

use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Completions},
    environment::Environment,
    error::CommandError,
    exit::Exit,
};

/// Prints the script for a shell.
pub(super) fn completions(environment: &Environment, arguments: &Completions) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "flowrun", &mut script);
    environment.screen.script(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
