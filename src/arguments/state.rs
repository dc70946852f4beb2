//! The arguments of `state`.

use clap::Subcommand;

/// `flowrun state`
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum State {
    /// See whether the store of runs is whole; beside a damaged one that lost nothing, make a copy that can be used
    Check,
}
