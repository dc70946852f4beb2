//! flowrun's command line as a library: a program of your own gives it a [`Pack`], a set of activities, and has all of its commands.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     flowrun::main(&flowrun::Jira)
//! }
//! ```

mod arguments;
mod check;
mod command;
mod environment;
mod error;
mod exit;
mod inputs;
mod jira;
mod pack;
mod preflight;
mod progress;
mod prompt;
mod reading;
mod report;
mod run_name;
mod screen;
mod settings;
mod signal;
mod source;
mod state;

use std::process::ExitCode;

pub use check::{Check, CheckOutcome};
pub use environment::Environment;
pub use error::CommandError;
pub use exit::Exit;
pub use jira::Jira;
pub use pack::{Connection, Pack};
pub use report::{PackWords, Reported};
pub use signal::UnfinishedWork;

/// Does what the command line of this process says, with the activities of `pack`.
pub fn main(pack: &'static dyn Pack) -> ExitCode {
    command::main(pack).into()
}
