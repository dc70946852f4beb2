//! The arguments of `state`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `flowrun state`
#[derive(Debug, Subcommand)]
pub(crate) enum State {
    /// Check whether the store of runs is intact; if it is damaged but has lost nothing, make a usable copy beside it
    Check(Check),
    /// Copy the store of runs to a new directory, while runs go on
    Backup(Backup),
    /// Put a backup in the place of the store of runs
    Restore(Restore),
    /// Give back the room that pruned runs and old data take
    Compact,
}

/// `flowrun state check`
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Make the lists and other indexes anew, if they alone are wrong
    #[arg(long)]
    pub(crate) repair: bool,
}

/// `flowrun state backup`
#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The directory to make: a state directory with a copy of the runs
    #[arg(value_name = "DIR")]
    pub(crate) to: PathBuf,
}

/// `flowrun state restore`
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The directory that `flowrun state backup` made
    #[arg(value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Replace the store that is there; it is kept beside
    #[arg(long)]
    pub(crate) replace: bool,
}
