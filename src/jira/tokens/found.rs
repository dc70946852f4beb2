//! What is known of an access token without asking anybody, and where it comes from.

use flowrun_access_token::{AccessToken, Grant};

/// Where an access token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenOrigin {
    /// The directory of access tokens.
    File,
    /// A `FLOWRUN_TOKEN_…` variable.
    Environment,
    /// systemd's credentials directory.
    Systemd,
}

impl TokenOrigin {
    /// As documents have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Environment => "environment",
            Self::Systemd => "systemd",
        }
    }

    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::File => "the directory of access tokens",
            Self::Environment => "the environment",
            Self::Systemd => "systemd's credentials directory",
        }
    }
}

/// An access token of the list.
#[derive(Clone, Debug)]
pub(crate) struct FoundToken {
    /// Its name.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) origin: TokenOrigin,
    /// What is known of it.
    pub(crate) token: TokenState,
}

/// What is known of an access token without asking anybody.
#[derive(Clone, Debug)]
pub(crate) enum TokenState {
    /// All that may be shown.
    Kept(Box<AccessToken>),
    /// That it is given, not kept: Jira would tell the rest.
    Given,
    /// Why it cannot be read.
    Unreadable {
        /// Why.
        problem: String,
        /// What to do.
        help: Option<String>,
    },
}

/// As documents name a grant.
pub(crate) fn grant_word(grant: &Grant) -> &'static str {
    match grant {
        Grant::OAuth(_) => "oauth",
        Grant::ServiceAccount { .. } => "service-account",
        Grant::ApiToken { .. } => "api-token",
        Grant::ScopedApiToken { .. } => "scoped-api-token",
    }
}
