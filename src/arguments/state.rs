//! The arguments of `state`.

use clap::Subcommand;

/// `flowrun state`
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum State {
    /// Check whether the store of runs is intact; if it is damaged but has lost nothing, make a usable copy beside it
    Check,
}
