//! What is typed. One file for the arguments of each larger command; [`crate::settings`] says what the global ones mean. A pack adds
//! others ([`crate::pack`]).

mod activities;
mod history;
mod run;
mod runs;
mod state;
mod validate;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

pub(crate) use self::{
    activities::{Activities, Completions, Explain},
    history::{Export, List, Prune, Watch, Why},
    run::{GivenInput, Run},
    runs::{Cancel, Decide, Pause, Resume, Retry, Runs, Show},
    state::{Backup, Check, Restore, State},
    validate::{Validate, ValidateFormat},
};

/// Runs processes that people can trust before they run and after they crash.
#[derive(Debug, Parser)]
#[command(name = "flowrun", version, max_term_width = 80, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Arguments of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// For people, as one JSON document, or as JSON lines while things happen
    #[arg(short, long, global = true, value_name = "FORMAT", env = "FLOWRUN_OUTPUT", hide_env_values = true)]
    pub(crate) output: Option<OutputFormat>,
    /// Where runs are kept [default: ~/.local/state/flowrun]
    #[arg(long, global = true, value_name = "DIR", env = "FLOWRUN_STATE_DIR", hide_env_values = true)]
    pub(crate) state_dir: Option<PathBuf>,
    /// Where access tokens are kept [default: ~/.local/share/flowrun/tokens]
    #[arg(long, global = true, value_name = "DIR", env = "FLOWRUN_TOKENS_DIR", hide_env_values = true)]
    pub(crate) tokens_dir: Option<PathBuf>,
    /// The settings file to use instead of the nearest `flowrun.toml`
    #[arg(long, global = true, value_name = "FILE", env = "FLOWRUN_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// So many MiB must be free on the state directory's disk before an effect begins [default: 64]
    #[arg(long, global = true, value_name = "MIB", env = "FLOWRUN_MIN_FREE", hide_env_values = true)]
    pub(crate) min_free: Option<u32>,
    /// When to use colours; `auto` is on a terminal without NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", env = "FLOWRUN_COLOR", hide_env_values = true)]
    pub(crate) color: Option<Color>,
    /// Never ask for input
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// No progress, only results and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more on stderr: requests with -v, everything with -vv
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutputFormat {
    #[default]
    Text,
    Json,
    Jsonl,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a process definition and run it
    Run(Run),
    /// Check process definitions, offline
    Validate(Validate),
    /// Look at runs, resume them, and prune them
    #[command(subcommand)]
    Runs(Runs),
    /// Check the settings, the directories, the store of runs and the access tokens, offline
    Doctor,
    /// Check, back up, restore and compact the store of runs
    #[command(subcommand)]
    State(State),
    /// List the activities, or show one
    Activities(Activities),
    /// Print the JSON Schema of process definitions, for editors
    Schema,
    /// Explain a diagnostic's code
    Explain(Explain),
    /// Print the completion script for a shell
    Completions(Completions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
