//! The arguments of `token`. No flag takes a secret: other users of the machine can read a process's arguments.

mod add;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use flowrun_access_token::TokenName;

pub(crate) use self::add::{Add, Browser, CredentialKind};

/// `flowrun token`
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Add an access token, step by step
    Add(Box<Add>),
    /// List the access tokens
    List,
    /// Show one: its site, account, scopes and expiry, and which scopes are not needed
    Show(ShowToken),
    /// Test one: whether Jira recognises it, and what it may do
    Test(TestToken),
    /// Get the next bearer now
    Refresh(RefreshToken),
    /// Remove one
    Remove(RemoveToken),
}

/// `flowrun token show`
#[derive(Args, Debug)]
pub(crate) struct ShowToken {
    /// Its name
    pub(crate) name: TokenName,
    /// Compare its scopes with what these definitions need [default: with what all activities need]
    #[arg(long = "for", value_name = "PATH", num_args = 1..)]
    pub(crate) definitions: Vec<PathBuf>,
}

/// `flowrun token test`
#[derive(Args, Debug)]
pub(crate) struct TestToken {
    /// Its name
    pub(crate) name: TokenName,
    /// Check what its user may do in this project
    #[arg(long, value_name = "KEY")]
    pub(crate) project: Option<String>,
    /// Check only what these definitions need [default: what all activities need]
    #[arg(long = "for", value_name = "PATH", num_args = 1..)]
    pub(crate) definitions: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) network: Network,
}

/// `flowrun token refresh`
#[derive(Args, Debug)]
pub(crate) struct RefreshToken {
    /// Its name
    pub(crate) name: TokenName,
    #[command(flatten)]
    pub(crate) network: Network,
}

/// `flowrun token remove`
#[derive(Args, Debug)]
pub(crate) struct RemoveToken {
    /// Its name
    pub(crate) name: TokenName,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// How the network is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Network {
    /// Also trust the certificates in this PEM file
    #[arg(long, value_name = "FILE", env = "FLOWRUN_CA_BUNDLE", hide_env_values = true)]
    pub(crate) ca_bundle: Option<PathBuf>,
}
