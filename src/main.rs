//! flowrun's command line with Jira's activities: the door.

use std::process::ExitCode;

fn main() -> ExitCode {
    flowrun::main(&flowrun::Jira)
}
