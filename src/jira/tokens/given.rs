//! Access tokens that the environment or systemd gives. They go before kept ones of the same name, and are never changed.

use std::{env, ffi::OsString, fs, path::PathBuf};

use flowrun_access_token::{EnvironmentToken, Provider, TokenName, from_environment, variable_of};
use flowrun_engine::diagnostic::{Diagnostic, causes};

use super::TokenOrigin;
use crate::error::CommandError;

const VARIABLE: &str = "FLOWRUN_TOKEN_";

const CREDENTIAL: &str = "flowrun-token-";

/// What is given for a name, and by whom.
pub(super) fn find(name: &TokenName) -> Result<Option<(EnvironmentToken, TokenOrigin)>, CommandError> {
    let origin = if env::var_os(variable_of(name)).is_some() { TokenOrigin::Environment } else { TokenOrigin::Systemd };
    let given = from_environment(name, |variable| env::var_os(variable)).map_err(|error| {
        let diagnostic = Diagnostic::error(error.code(), None, causes(&error));
        CommandError::from(diagnostic.with_help_if_any(error.help()))
    })?;
    Ok(given.map(|given| (given, origin)))
}

/// Why what is given for a name cannot be used, and what to do; `None` where it has the form that it should have.
pub(super) fn problem(name: &TokenName) -> Option<(String, Option<String>)> {
    let read = from_environment(name, |variable| env::var_os(variable));
    read.err().map(|error| (causes(&error), error.help()))
}

/// The names of all that are given. A variable does not tell `-` from `_`: it is listed with `_`.
pub(super) fn names() -> Vec<(TokenName, TokenOrigin)> {
    let name = |text: &str| text.to_ascii_lowercase().parse().ok();
    let in_variable = |variable: OsString| name(variable.to_str()?.strip_prefix(VARIABLE)?);
    let variables = env::vars_os().filter_map(|(variable, _)| in_variable(variable));
    let directory = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let entries = directory.and_then(|directory| fs::read_dir(directory).ok()).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix(CREDENTIAL)?.parse().ok());
    let given =
        variables.map(|name| (name, TokenOrigin::Environment)).chain(files.map(|name| (name, TokenOrigin::Systemd)));
    let mut given: Vec<(TokenName, TokenOrigin)> = given.collect();
    given.sort_by(|(one, _), (other, _)| one.cmp(other));
    given
}

/// Who gave it: a sandbox is at plain HTTP, on this machine.
pub(super) fn provider(given: &EnvironmentToken) -> Provider {
    let (EnvironmentToken::ApiToken { site, .. } | EnvironmentToken::ServiceAccount { site, .. }) = given;
    Provider::sandbox(site).unwrap_or(Provider::Atlassian)
}
