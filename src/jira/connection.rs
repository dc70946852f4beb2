//! With which site a run talks, and where its files are: chosen on the command line, kept in the run's context, found again when it goes on.

mod chosen;
mod kept;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use flowrun_access_token::KeptCredentials;
use flowrun_engine::{
    activity::{Catalogue, Failure},
    clock::SystemClock,
    definition::{Definition, Source},
    diagnostic::{Code, Diagnostic},
    id::NodeId,
    preflight,
    run::RunState,
};
use flowrun_jira::{Client, Files, JiraAuthority};
use jiff::Timestamp;
use serde_json::{Map, Value};

pub(crate) use self::chosen::Chosen;
use self::chosen::{Opened, named_bundle};
use super::sandbox::Site;
use crate::{
    environment::Environment,
    error::CommandError,
    patience::patiently,
    reading,
    report::{Reported, local_time},
    screen::Screen,
};

/// A site that can be talked to.
pub(crate) struct Connected {
    chosen: Chosen,
    client: Arc<Client>,
    catalogue: Catalogue,
    /// The sandbox, unless it is a site of an access token.
    sandbox: Option<Site>,
    /// Of the access token, unless it is a sandbox's.
    credentials: Option<Arc<KeptCredentials>>,
}

impl Connected {
    /// Connects to the site.
    pub(crate) async fn new(environment: &Environment, chosen: Chosen) -> Result<Self, CommandError> {
        let files = chosen.files();
        Self::with_files(environment, chosen, &files).await
    }

    async fn with_files(environment: &Environment, chosen: Chosen, files: &Files) -> Result<Self, CommandError> {
        let ca_bundle = chosen.ca_bundle.clone().map(PathBuf::from).or_else(|| environment.settings.ca_bundle.clone());
        let ca_bundle = ca_bundle.as_deref();
        let Opened { site, connection, sandbox, credentials } = chosen.site.open(environment, ca_bundle).await?;
        let chosen = Chosen { site, ..chosen };
        let settings =
            flowrun_jira::Settings { ca_bundle: ca_bundle.map(read_bundle).transpose()?, ..Default::default() };
        let client = Client::connect(connection, &settings, Arc::new(SystemClock))
            .map_err(|error| CommandError::internal("the connection cannot be made", &error))?;
        let client = Arc::new(client);
        let catalogue = flowrun_jira::catalogue(&client, files);
        Ok(Self { chosen, client, catalogue, sandbox, credentials })
    }

    /// Connects to the site that a run began with, with the CA bundle that is named now, else with the one of then.
    pub(crate) async fn again(
        environment: &Environment,
        context: &Value,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let mut chosen = Chosen::again(context)?;
        chosen.ca_bundle = named_bundle(ca_bundle)?.or(chosen.ca_bundle);
        let files = chosen.files().of_a_run_that_goes_on();
        Self::with_files(environment, chosen, &files).await
    }

    /// The site that a run began with, as long as nothing is to be done there.
    pub(crate) fn offline(context: &Value) -> Result<Self, CommandError> {
        let (chosen, client) = (Chosen::again(context)?, Arc::new(Client::offline()));
        let catalogue = flowrun_jira::catalogue(&client, &Files::none());
        Ok(Self { chosen, client, catalogue, sandbox: None, credentials: None })
    }

    /// Checks all grants; gives the warnings.
    pub(crate) async fn preflight(
        &self,
        source: &Source,
        definition: &Definition,
        inputs: &Map<String, Value>,
        screen: &Screen,
    ) -> Result<Vec<Reported>, CommandError> {
        let authority = JiraAuthority::new(self.client.clone());
        let check = async || preflight::preflight(definition, inputs, &self.catalogue, &authority).await;
        passed(source, patiently(&SystemClock, |until| tell_limit(screen, until), check).await)
    }

    /// Checks the grants of what is left of a run; gives the warnings.
    pub(crate) async fn preflight_rest(
        &self,
        source: &Source,
        state: &RunState,
        screen: &Screen,
    ) -> Result<Vec<Reported>, CommandError> {
        let authority = JiraAuthority::new(self.client.clone());
        let (definition, inputs) = (state.definition(), &state.started().inputs);
        let is_left = |node: &NodeId| state.node_status(node.as_str()).is_some_and(|status| !status.is_ended());
        let check = async || preflight::preflight_rest(definition, inputs, is_left, &self.catalogue, &authority).await;
        passed(source, patiently(&SystemClock, |until| tell_limit(screen, until), check).await)
    }

    /// Those of the access token, which may be renewed meanwhile; a sandbox's own has none.
    pub(crate) fn credentials(&self) -> Option<&Arc<KeptCredentials>> {
        self.credentials.as_ref()
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

/// The activities without a site: their facts, for commands that send nothing. One for all, with what is compiled of it.
pub(crate) fn offline_catalogue() -> &'static Catalogue {
    static OFFLINE: LazyLock<Catalogue> =
        LazyLock::new(|| flowrun_jira::catalogue(&Arc::new(Client::offline()), &Files::none()));
    &OFFLINE
}

/// Every certificate that a machine trusts takes a quarter of a mebibyte, in PEM.
const LONGEST_BUNDLE: u64 = 8 * 1024 * 1024;

/// The certificates of a PEM file.
pub(crate) fn read_bundle(path: &Path) -> Result<Vec<u8>, CommandError> {
    reading::all(path, LONGEST_BUNDLE).map_err(|error| {
        let message = format!("the CA bundle `{}` cannot be read: {error}", path.display());
        CommandError::Usage(message, Some("name one that can be with `--ca-bundle FILE`".to_owned()))
    })
}

/// The warnings of a preflight that nothing was missing in.
fn passed(source: &Source, checked: Result<Vec<Diagnostic>, Failure>) -> Result<Vec<Reported>, CommandError> {
    let reported = Reported::all(source, checked.map_err(|failure| unasked(&failure))?);
    match reported.iter().any(|reported| reported.diagnostic.is_error()) {
        true => Err(CommandError::Reported(reported)),
        false => Ok(reported),
    }
}

fn tell_limit(screen: &Screen, until: Timestamp) {
    screen.note(&format!("checking grants: waits for a rate limit of the site until {}\n", local_time(until)));
}

/// Why the grants could not be asked for.
fn unasked(failure: &Failure) -> CommandError {
    let code = if failure.status == Some(401) { Code::TOKEN_NOT_RECOGNISED } else { failure.code };
    let diagnostic = Diagnostic::error(code, None, format!("the grants cannot be checked: {failure}"));
    diagnostic.with_help_if_any(failure.help.clone()).into()
}
