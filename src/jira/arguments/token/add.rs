//! The arguments of `token add`.

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, ValueEnum};
use flowrun_access_token::{Sealing, TokenName};
use flowrun_engine::definition::parse_duration;

use super::Network;
use crate::jira::arguments::SandboxChoice;

/// Nobody looks for the page after an hour, and a code is good for minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// `flowrun token add`
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// What to call it (Token Name): lower-case letters, digits, `-` and `_`
    pub(crate) name: TokenName,
    /// What kind it is [default: the same as before, otherwise oauth]
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<CredentialKind>,
    /// The address of the site (Jira Portal URL), such as `https://acme.atlassian.net`
    #[arg(long, value_name = "URL")]
    pub(crate) site: Option<String>,
    /// The app's Consumer Key; the developer console calls it Client ID
    #[arg(long, value_name = "KEY", env = "FLOWRUN_CONSUMER_KEY", hide_env_values = true)]
    pub(crate) consumer_key: Option<String>,
    /// Read the Consumer Secret or the API token from this file; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// The app's callback URL [default: http://localhost:8971/callback]
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
    /// The account's e-mail address, for an API token
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// How it is kept: in a file that only you can read, which a passphrase or a key in the system's keyring can seal
    /// [default: the same as before; otherwise keyring, if flowrun was built with it and one answers; otherwise file]
    #[arg(long, value_name = "HOW")]
    pub(crate) keep: Option<Keep>,
    /// Get it from the sandbox that is served at URL, as a rehearsal
    #[arg(
        long, value_name = "URL", num_args = 0..=1, require_equals = true,
        default_missing_value = "http://127.0.0.1:8479"
    )]
    pub(crate) sandbox: Option<SandboxChoice>,
    #[command(flatten)]
    pub(crate) scopes: WantedScopes,
    #[command(flatten)]
    pub(crate) browser: Browser,
    #[command(flatten)]
    pub(crate) network: Network,
}

/// Which scopes are asked for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Scopes [default: what all activities need]")]
pub(crate) struct WantedScopes {
    /// Only what these definitions need
    #[arg(long = "for", value_name = "PATH", num_args = 1..)]
    pub(crate) definitions: Vec<PathBuf>,
    /// These scopes, by their keys
    #[arg(long = "scopes", value_name = "LIST", value_delimiter = ',', conflicts_with = "definitions")]
    pub(crate) keys: Option<Vec<String>>,
    /// The granular ones instead of the classic ones
    #[arg(long, conflicts_with = "keys")]
    pub(crate) granular: bool,
}

/// Where the consent is given.
#[derive(Args, Debug)]
#[command(next_help_heading = "Browser")]
pub(crate) struct Browser {
    /// Consent in a browser on another machine, and paste the address it ends at
    #[arg(long)]
    pub(crate) paste: bool,
    /// Print the address to open, and open no browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// How long to wait for the consent: `5m`, `1m30s`
    #[arg(long, value_name = "TIME", default_value = "5m")]
    pub(crate) wait: Wait,
}

/// Kinds of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialKind {
    /// OAuth 2.0 (3LO): an app of yours, and your consent
    #[value(name = "oauth")]
    OAuth,
    /// An API token of your account, with scopes or without
    ApiToken,
    /// A service account, by client credentials
    ServiceAccount,
    /// A personal access token of Jira Data Center: not supported, and this says why
    PersonalAccessToken,
}

/// How an access token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keep {
    /// In a file that only you can read
    File,
    /// The same, sealed with a passphrase
    Passphrase,
    /// The same, sealed with a key that the system's keyring holds
    Keyring,
}

impl From<Keep> for Sealing {
    fn from(keep: Keep) -> Self {
        match keep {
            Keep::File => Self::Open,
            Keep::Passphrase => Self::Passphrase,
            Keep::Keyring => Self::Keyring,
        }
    }
}

/// How long something is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = parse_duration(text).map_err(|error| error.to_string())?;
        let fits = !length.is_zero() && length <= LONGEST_WAIT;
        fits.then_some(Self(length)).ok_or_else(|| "it must be more than zero, and an hour at most".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_bounded() {
        let wait = |text: &str| text.parse::<Wait>().ok().map(|wait| wait.0.as_secs());
        for (text, seconds) in [("5m", 300), ("1m30s", 90), ("1h", 3600)] {
            assert_eq!(wait(text), Some(seconds), "{text}");
        }
        for text in ["", "5", "0s", "61m"] {
            assert_eq!(wait(text), None, "{text}");
        }
    }
}
