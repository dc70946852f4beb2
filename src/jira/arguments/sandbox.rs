//! The arguments of `sandbox`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::SandboxChoice;

/// `flowrun sandbox`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Sandbox {
    /// The loopback address to serve at; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8479", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// A YAML file that describes the world to begin with [default: the one it had, or the built-in one]
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// A YAML file that says which requests go wrong, and how
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
}

/// What to do with the sandbox's world.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// List what was changed in it, in order
    Effects,
    /// Start over: without effects, and with the permissions of its seed
    Reset {
        /// Forget the seed as well: the next start takes the built-in world, or another seed
        #[arg(long)]
        forget_seed: bool,
    },
    /// Give a user scopes or permissions, even while the sandbox is being served
    Grant(Grants),
    /// Take scopes or permissions from a user, even while the sandbox is being served
    Revoke(Grants),
}

/// `flowrun sandbox grant` and `flowrun sandbox revoke`
#[derive(Args, Clone, Debug)]
pub(crate) struct Grants {
    /// The user's e-mail address
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) what: What,
    /// Change the permissions in this project only
    #[arg(long, value_name = "KEY", requires = "permission")]
    pub(crate) project: Option<String>,
    /// In the sandbox served at this address [default: the one in the state directory]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<SandboxChoice>,
}

/// What is given or taken.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct What {
    /// OAuth scopes of the user's access tokens, such as write:jira-work
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
    /// Permission keys, such as ADD_COMMENTS
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) permission: Vec<String>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "write ADDRESS:PORT, such as 127.0.0.1:0".to_owned())?;
    let loopback = address.ip().is_loopback();
    loopback.then_some(address).ok_or_else(|| "the sandbox serves on a loopback address only".to_owned())
}
