//! flowrun's command line: the door. [`command`] knows the way from here.

mod arguments;
mod check;
mod command;
mod environment;
mod error;
mod exit;
mod inputs;
mod jira;
mod patience;
mod progress;
mod prompt;
mod reading;
mod report;
mod screen;
mod settings;
mod signal;
mod source;
mod state;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main().into()
}
