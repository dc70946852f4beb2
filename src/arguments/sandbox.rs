//! The arguments of `sandbox`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

/// `flowrun sandbox`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Sandbox {
    /// The loopback address to serve at; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8479", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
}

/// What to do with the sandbox's world.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// List what was changed in it, in order
    Effects,
    /// Begin anew with the built-in world
    Reset,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "write ADDRESS:PORT, such as 127.0.0.1:0".to_owned())?;
    let loopback = address.ip().is_loopback();
    loopback.then_some(address).ok_or_else(|| "the sandbox serves on a loopback address only".to_owned())
}
