//! flowrun's command line: the door. [`command`] knows the way from here.

mod arguments;
mod check;
mod command;
mod connection;
mod environment;
mod error;
mod exit;
mod inputs;
mod progress;
mod prompt;
mod reading;
mod report;
mod screen;
mod settings;
mod signal;
mod source;
mod state;
mod token;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main().into()
}
