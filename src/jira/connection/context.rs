//! What a run's context holds: the site and the files that the command line names, to be found again when the run goes on.

use std::{
    path::{self, Path},
    sync::Arc,
};

use flowrun_access_token::{KeptCredentials, Provider};
use flowrun_engine::{
    definition::Definition,
    diagnostic::{Code, Diagnostic},
};
use flowrun_jira::{Connection, Files};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::token::TokenContext;
use crate::{
    environment::Environment,
    error::CommandError,
    jira::{
        arguments::{FilesArguments, SandboxChoice, SiteArguments},
        sandbox::{SandboxContext, SandboxSite},
        tokens::AccessTokens,
    },
};

/// What a run's context holds: all that is needed to find its site and its files again, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunContext {
    #[serde(flatten)]
    pub(super) site: SiteContext,
    /// The directory that files to attach are taken from, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<String>,
    /// The PEM file of certificates to trust too, absolute; `None` where the settings say which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca_bundle: Option<String>,
}

/// Which site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SiteContext {
    /// A sandbox's own.
    Sandbox(SandboxContext),
    /// The one that an access token is for.
    AccessToken(TokenContext),
}

/// A site that was found: the choice as the run is to remember it, and how it is reached.
pub(super) struct OpenedSite {
    pub(super) site: SiteContext,
    pub(super) connection: Connection,
    /// Whether requests go to a sandbox.
    pub(super) is_sandbox: bool,
    /// What is let go in the end.
    pub(super) sandbox: Option<SandboxSite>,
    /// What may be renewed meanwhile.
    pub(super) credentials: Option<Arc<KeptCredentials>>,
}

impl RunContext {
    /// The site and the files that the command line names, or why there is none.
    pub(crate) fn new(
        site: &SiteArguments,
        files: &FilesArguments,
        file: &Path,
        definition: &Definition,
    ) -> Result<Self, CommandError> {
        let files = files_directory(files.files.as_deref(), file)?;
        let ca_bundle = named_bundle(site.ca_bundle.as_deref())?;
        Ok(Self { site: SiteContext::new(site, definition)?, files, ca_bundle })
    }

    /// What a run's context says.
    pub(crate) fn again(context: &Value) -> Result<Self, CommandError> {
        serde_json::from_value(context.clone())
            .map_err(|error| CommandError::internal("the run does not say which site it began with", &error))
    }

    pub(super) fn files(&self) -> Files {
        self.files.as_ref().map_or_else(Files::none, Files::in_directory)
    }
}

impl SiteContext {
    /// The sandbox replaces every access token; `--token` goes before the definition's.
    fn new(arguments: &SiteArguments, definition: &Definition) -> Result<Self, CommandError> {
        let url = match &arguments.sandbox {
            Some(SandboxChoice::Embedded) => None,
            Some(SandboxChoice::At(url)) => Some(url.clone()),
            None => {
                let name = arguments.token.as_ref().or(definition.access_token.as_ref()).ok_or_else(no_token)?;
                return TokenContext::named(name).map(Self::AccessToken);
            }
        };
        let scopes = arguments.sandbox_scopes.as_ref();
        // `--sandbox-scopes ""` is an access token without scopes.
        let scopes = scopes.map(|scopes| scopes.iter().filter(|scope| !scope.is_empty()).cloned().collect());
        Ok(Self::Sandbox(SandboxContext { url, user: arguments.sandbox_user.clone(), scopes }))
    }

    /// Finds the site, and how it is reached.
    pub(super) async fn open(
        self,
        environment: &Environment,
        ca_bundle: Option<&Path>,
    ) -> Result<OpenedSite, CommandError> {
        match self {
            Self::Sandbox(chosen) => {
                let sandbox = SandboxSite::open(environment, &chosen).await?;
                let connection = sandbox.connection(&chosen).await?;
                Ok(OpenedSite {
                    site: Self::Sandbox(chosen),
                    connection,
                    is_sandbox: true,
                    sandbox: Some(sandbox),
                    credentials: None,
                })
            }
            Self::AccessToken(token) => {
                let credentials = AccessTokens::open(environment).credentials(&token.name, ca_bundle).await?;
                let (token, notice) = token.met(&credentials.token())?;
                if let Some(notice) = notice {
                    environment.screen.error(&format!("warning: {notice}\n"));
                }
                let connection = credentials.connection();
                Ok(OpenedSite {
                    site: Self::AccessToken(token),
                    connection,
                    is_sandbox: matches!(credentials.token().provider, Provider::Sandbox(_)),
                    sandbox: None,
                    credentials: Some(credentials),
                })
            }
        }
    }
}

/// Where files to attach are taken from: the directory that is named, or the definition's.
fn files_directory(named: Option<&Path>, file: &Path) -> Result<Option<String>, CommandError> {
    let beside = || file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = named.unwrap_or_else(beside);
    match (named, usable(directory)) {
        (Some(named), Err(why)) => Err(CommandError::Usage(
            format!("`--files`: the directory `{}` cannot be used: {why}", named.display()),
            None,
        )),
        (_, absolute) => Ok(absolute.ok()),
    }
}

/// The absolute path of a CA bundle that the command line names: a run may go on from another directory.
pub(super) fn named_bundle(named: Option<&Path>) -> Result<Option<String>, CommandError> {
    let Some(named) = named else { return Ok(None) };
    let unusable = |why: &str| {
        CommandError::Usage(format!("`--ca-bundle`: the path `{}` cannot be used: {why}", named.display()), None)
    };
    let absolute = path::absolute(named).map_err(|cause| unusable(&cause.to_string()))?;
    absolute.to_str().map(|path| Some(path.to_owned())).ok_or_else(|| unusable("it is not UTF-8"))
}

/// The absolute path of a directory, or why there is none.
fn usable(directory: &Path) -> Result<String, String> {
    let absolute = path::absolute(directory).map_err(|cause| cause.to_string())?;
    let found = absolute.metadata().map_err(|cause| cause.to_string())?;
    if !found.is_dir() {
        return Err("it is not a directory".to_owned());
    }
    absolute.to_str().map(str::to_owned).ok_or_else(|| "its path is not UTF-8".to_owned())
}

fn no_token() -> CommandError {
    let help = "name one with `--token NAME`, or with `access_token: NAME` in the definition: add it with \
                `flowrun token add NAME`; or run against the sandbox with `--sandbox`";
    Diagnostic::error(Code::NO_ACCESS_TOKEN, None, "no access token is given to run with").with_help(help).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ca_bundle_without_an_absolute_path_is_a_wrong_option() {
        let Err(CommandError::Usage(told, _)) = named_bundle(Some(Path::new(""))) else { panic!("a wrong option") };
        assert!(told.starts_with("`--ca-bundle`: "), "{told}");
    }

    /// A run's context outlives the version that wrote it.
    #[test]
    fn contexts_of_runs_are_read_for_ever() {
        let contexts = [
            json!({ "sandbox": { "url": null, "user": "dana@example.com", "scopes": ["read:jira-work"] }, "files": "/x" }),
            json!({ "sandbox": { "url": "http://127.0.0.1:8479", "user": null, "scopes": null } }),
            json!({ "access_token": { "name": "acme" } }),
            json!({ "access_token": { "name": "acme", "began_with": {
                "cloud_id": "1324", "site_url": "https://acme.atlassian.net", "account_id": null,
            } }, "files": "/x", "ca_bundle": "/x.pem" }),
        ];
        for context in contexts {
            let chosen: RunContext = serde_json::from_value(context.clone()).unwrap();
            assert_eq!(serde_json::to_value(&chosen).unwrap(), context);
        }
    }
}
