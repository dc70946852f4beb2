//! What Jira adds to the command line: with which site a run talks, where its files are, and the commands `token` and `sandbox`.

mod sandbox;
mod token;

use std::{path::PathBuf, str::FromStr};

use clap::{Args, Subcommand};

pub(crate) use self::{
    sandbox::{Grants, Sandbox, SandboxCommand},
    token::{Add, Browser, CredentialKind, Network, RefreshToken, RemoveToken, ShowToken, TestToken, Token},
};

/// The commands that are Jira's alone. The numbers put them among the others where help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum JiraCommand {
    /// Add access tokens, show them, test them
    #[command(subcommand, display_order = 2)]
    Token(Token),
    /// Serve the sandbox, an embedded Jira, on loopback
    #[command(display_order = 7)]
    Sandbox(Sandbox),
}

/// Where a run's files are.
#[derive(Args, Debug)]
pub(crate) struct FilesArguments {
    /// Where files to attach are taken from [default: the definition's folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
}

/// Which site, as which user.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct SiteArguments {
    /// The access token to run with
    #[arg(long, value_name = "NAME", conflicts_with = "sandbox")]
    pub(crate) token: Option<String>,
    /// Run against the sandbox: embedded, or one that is served at URL
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) sandbox: Option<SandboxChoice>,
    /// The user of the sandbox to run as [default: its administrator]
    #[arg(long, value_name = "EMAIL", requires = "sandbox")]
    pub(crate) sandbox_user: Option<String>,
    /// Use only these OAuth scopes
    #[arg(long, value_name = "LIST", requires = "sandbox", value_delimiter = ',')]
    pub(crate) sandbox_scopes: Option<Vec<String>>,
    /// Also trust the certificates in this PEM file
    #[arg(long, value_name = "FILE", env = "FLOWRUN_CA_BUNDLE", hide_env_values = true)]
    pub(crate) ca_bundle: Option<PathBuf>,
}

/// Which sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SandboxChoice {
    /// In this process, its world in the state directory.
    Embedded,
    /// A running one, on loopback.
    At(String),
}

impl FromStr for SandboxChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Embedded);
        }
        let rest = text.strip_prefix("http://").ok_or("a sandbox's address begins with `http://`")?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let loopback = host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let plain = loopback && !authority.contains('@');
        if plain { Ok(Self::At(text.to_owned())) } else { Err("a sandbox is on a loopback address".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_sandboxes() {
        let accepted = |text: &str| text.parse::<SandboxChoice>().is_ok();
        for text in ["", "http://127.0.0.1:8080", "http://localhost:1/", "http://[::1]:80/ex", "http://127.0.0.2"] {
            assert!(accepted(text), "{text}");
        }
        let refused = [
            "https://127.0.0.1:1",
            "127.0.0.1:1",
            "http://acme.atlassian.net",
            "http://127.0.0.1.example.com:1",
            "http://127.0.0.1:1@example.com",
            "http://10.0.0.1:1",
        ];
        for text in refused {
            assert!(!accepted(text), "{text}");
        }
    }
}
