//! With which site a run talks, and where its files are: chosen on the command line, kept in the run's context, found again when it goes on.

mod kept;
mod site;

use std::{
    fs,
    path::{self, Path},
    sync::Arc,
};

use flowrun_engine::{
    activity::{Catalogue, Failure},
    clock::SystemClock,
    definition::{Definition, Source},
    diagnostic::{Code, Diagnostic},
    preflight,
    run::RunState,
};
use flowrun_jira::{Client, Connection, Files, JiraAuthority};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::site::{change_served_grants, refused as sandbox_refused, start as start_sandbox};
use self::{kept::ChosenToken, site::Site};
use crate::{
    arguments::{self, SandboxChoice},
    command::{CommandError, Environment},
    report::Reported,
    token::Tokens,
};

/// What a run's context holds: all that is needed to find its site and its files again, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    #[serde(flatten)]
    site: ChosenSite,
    /// The directory that files to attach are taken from, absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<String>,
}

/// Which site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChosenSite {
    /// A sandbox's own.
    Sandbox(ChosenSandbox),
    /// The one that an access token is for.
    AccessToken(ChosenToken),
}

/// A sandbox, and as whom it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ChosenSandbox {
    /// Where it is served; `None` for the embedded one.
    url: Option<String>,
    /// The user's e-mail address; `None` for the administrator.
    user: Option<String>,
    /// The scopes of the access token; `None` for all.
    scopes: Option<Vec<String>>,
}

/// A site that can be talked to.
pub(crate) struct Connected {
    chosen: Chosen,
    client: Arc<Client>,
    catalogue: Catalogue,
    /// The sandbox, unless it is a site of an access token.
    sandbox: Option<Site>,
}

impl Chosen {
    /// The site and the directory that the command line names, or why there is none.
    pub(crate) fn new(arguments: &arguments::Run, definition: &Definition) -> Result<Self, CommandError> {
        let files = files_directory(arguments)?;
        Ok(Self { site: ChosenSite::new(&arguments.connection, definition)?, files })
    }

    /// What a run's context says.
    fn again(context: &Value) -> Result<Self, CommandError> {
        serde_json::from_value(context.clone())
            .map_err(|error| CommandError::internal("the run does not say with which site it began", &error))
    }

    fn files(&self) -> Files {
        self.files.as_ref().map_or_else(Files::none, Files::in_directory)
    }
}

impl ChosenSite {
    /// The sandbox replaces every access token; `--token` goes before the definition's.
    fn new(arguments: &arguments::Connection, definition: &Definition) -> Result<Self, CommandError> {
        let url = match &arguments.sandbox {
            Some(SandboxChoice::Embedded) => None,
            Some(SandboxChoice::At(url)) => Some(url.clone()),
            None => {
                let name = arguments.token.as_ref().or(definition.access_token.as_ref()).ok_or_else(no_token)?;
                return ChosenToken::named(name).map(Self::AccessToken);
            }
        };
        let scopes = arguments.sandbox_scopes.as_ref();
        // `--sandbox-scopes ""` is an access token without scopes.
        let scopes = scopes.map(|scopes| scopes.iter().filter(|scope| !scope.is_empty()).cloned().collect());
        Ok(Self::Sandbox(ChosenSandbox { url, user: arguments.sandbox_user.clone(), scopes }))
    }

    /// Finds the site, and how it is reached. Gives the choice as the run is to remember it.
    async fn open(
        self,
        environment: &Environment,
        ca_bundle: Option<&Path>,
    ) -> Result<(Self, Option<Site>, Connection), CommandError> {
        match self {
            Self::Sandbox(sandbox) => {
                let site = Site::open(environment, &sandbox).await?;
                let connection = site.connection(&sandbox).await?;
                Ok((Self::Sandbox(sandbox), Some(site), connection))
            }
            Self::AccessToken(token) => {
                let credentials = Tokens::open(environment).credentials(&token.name, ca_bundle).await?;
                let (token, notice) = token.met(&credentials.token())?;
                if let Some(notice) = notice {
                    environment.screen.error(&format!("warning: {notice}\n"));
                }
                Ok((Self::AccessToken(token), None, credentials.connection()))
            }
        }
    }
}

/// Where files to attach are taken from: the directory that is named, or the definition's.
fn files_directory(arguments: &arguments::Run) -> Result<Option<String>, CommandError> {
    let beside = || arguments.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = arguments.files.as_deref().unwrap_or_else(beside);
    match (&arguments.files, usable(directory)) {
        (Some(named), Err(why)) => Err(CommandError::Usage(
            format!("`--files`: the directory `{}` cannot be used: {why}", named.display()),
            None,
        )),
        (_, absolute) => Ok(absolute.ok()),
    }
}

/// The absolute path of a directory, or why there is none.
fn usable(directory: &Path) -> Result<String, String> {
    let absolute = path::absolute(directory).map_err(|cause| cause.to_string())?;
    let found = absolute.metadata().map_err(|cause| cause.to_string())?;
    if !found.is_dir() {
        return Err("it is no directory".to_owned());
    }
    absolute.to_str().map(str::to_owned).ok_or_else(|| "its path is not UTF-8".to_owned())
}

impl Connected {
    /// Connects to the site.
    pub(crate) async fn new(
        environment: &Environment,
        chosen: Chosen,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let files = chosen.files();
        Self::with_files(environment, chosen, &files, ca_bundle).await
    }

    async fn with_files(
        environment: &Environment,
        chosen: Chosen,
        files: &Files,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let (site, sandbox, connection) = chosen.site.open(environment, ca_bundle).await?;
        let chosen = Chosen { site, ..chosen };
        let settings =
            flowrun_jira::Settings { ca_bundle: ca_bundle.map(read_bundle).transpose()?, ..Default::default() };
        let client = Client::connect(connection, &settings, Arc::new(SystemClock))
            .map_err(|error| CommandError::internal("the connection cannot be made", &error))?;
        let client = Arc::new(client);
        let catalogue = flowrun_jira::catalogue(&client, files);
        Ok(Self { chosen, client, catalogue, sandbox })
    }

    /// Connects to the site that a run began with.
    pub(crate) async fn again(environment: &Environment, context: &Value) -> Result<Self, CommandError> {
        let chosen = Chosen::again(context)?;
        let files = chosen.files().of_a_run_that_goes_on();
        Self::with_files(environment, chosen, &files, environment.settings.ca_bundle.as_deref()).await
    }

    /// The site that a run began with, as long as nothing is to be done there.
    pub(crate) fn offline(context: &Value) -> Result<Self, CommandError> {
        let client = Arc::new(Client::offline());
        let catalogue = flowrun_jira::catalogue(&client, &Files::none());
        Ok(Self { chosen: Chosen::again(context)?, client, catalogue, sandbox: None })
    }

    /// Checks all grants; gives the warnings.
    pub(crate) async fn preflight(
        &self,
        source: &Source,
        definition: &Definition,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Reported>, CommandError> {
        let authority = JiraAuthority::new(self.client.clone());
        passed(source, preflight::preflight(definition, inputs, &self.catalogue, &authority).await)
    }

    /// Checks the grants of what is left of a run; gives the warnings.
    pub(crate) async fn preflight_rest(
        &self,
        source: &Source,
        state: &RunState,
    ) -> Result<Vec<Reported>, CommandError> {
        let authority = JiraAuthority::new(self.client.clone());
        passed(source, preflight::preflight_rest(state, &self.catalogue, &authority).await)
    }

    /// What the run keeps, to find the site again.
    pub(crate) fn context(&self) -> Result<Value, CommandError> {
        Ok(serde_json::to_value(&self.chosen)?)
    }

    /// The activities, at work on this site.
    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Lets the site go; the embedded sandbox answers what is on the wire first.
    pub(crate) async fn close(self) {
        if let Some(site) = self.sandbox {
            site.close().await;
        }
    }

    /// Whether it is a sandbox's own site.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }
}

/// The warnings of a preflight that nothing was missing in.
fn passed(source: &Source, checked: Result<Vec<Diagnostic>, Failure>) -> Result<Vec<Reported>, CommandError> {
    let reported = Reported::all(source, checked.map_err(|failure| unasked(&failure))?);
    let refused = reported.iter().any(|reported| reported.diagnostic.is_error());
    if refused { Err(CommandError::Reported(reported)) } else { Ok(reported) }
}

/// The activities without a site: their facts, for commands that send nothing.
pub(crate) fn offline_catalogue() -> Catalogue {
    flowrun_jira::catalogue(&Arc::new(Client::offline()), &Files::none())
}

/// The certificates of a PEM file.
pub(crate) fn read_bundle(path: &Path) -> Result<Vec<u8>, CommandError> {
    let told = || format!("the CA bundle `{}` cannot be read", path.display());
    fs::read(path).map_err(|error| CommandError::internal(&told(), &error))
}

fn no_token() -> CommandError {
    let help = "name one with `--token NAME`, or with `access_token: NAME` in the definition: `flowrun token add NAME` gets \
                it; or run against the sandbox with `--sandbox`";
    Diagnostic::error(Code::NO_ACCESS_TOKEN, None, "no access token is named to run with").with_help(help).into()
}

/// Why the grants could not be asked for.
fn unasked(failure: &Failure) -> CommandError {
    let code = if failure.status == Some(401) { Code::TOKEN_NOT_RECOGNISED } else { failure.code };
    let diagnostic = Diagnostic::error(code, None, format!("the grants cannot be checked: {failure}"));
    diagnostic.with_help_if_any(failure.help.clone()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A run's context outlives the version that wrote it.
    #[test]
    fn contexts_of_runs_are_read_for_ever() {
        let contexts = [
            json!({ "sandbox": { "url": null, "user": "dana@example.com", "scopes": ["read:jira-work"] }, "files": "/x" }),
            json!({ "sandbox": { "url": "http://127.0.0.1:8479", "user": null, "scopes": null } }),
            json!({ "access_token": { "name": "acme" } }),
            json!({ "access_token": { "name": "acme", "began_with": {
                "cloud_id": "1324", "site_url": "https://acme.atlassian.net", "account_id": null,
            } }, "files": "/x" }),
        ];
        for context in contexts {
            let chosen: Chosen = serde_json::from_value(context.clone()).unwrap();
            assert_eq!(serde_json::to_value(&chosen).unwrap(), context);
        }
    }
}
