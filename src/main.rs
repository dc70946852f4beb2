//! flowrun's command line: the door. [`command`] knows the way from here.

mod arguments;
mod command;
mod connection;
mod exit;
mod inputs;
mod progress;
mod random;
mod report;
mod settings;
mod signal;
mod source;
mod state;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main().into()
}
