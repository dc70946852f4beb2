//! With which site a run talks, and where its files are: chosen on the command line, kept in the run's context, found again when it goes on.

mod context;
mod token;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{activity::Catalogue, clock::SystemClock, requirement::Authority};
use flowrun_jira::{Client, Files, JiraAuthority};
use serde_json::Value;

pub(crate) use self::context::RunContext;
use self::context::{OpenedSite, named_bundle};
use crate::{
    environment::Environment,
    error::CommandError,
    jira::{ca_bundle, sandbox::SandboxSite, tokens::Renewal},
    pack::Connection,
    signal::UnfinishedWork,
};

/// The sandbox does nothing for a client that has hung up; until it notices, this long at most goes by.
const SANDBOX_LANDING: Duration = Duration::from_secs(1);

/// Whoever plays with grants in the sandbox does not wait for minutes.
const SANDBOX_ASKS_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// A site that can be talked to.
pub(crate) struct JiraConnection {
    chosen: RunContext,
    catalogue: Catalogue,
    authority: Arc<dyn Authority>,
    is_sandbox: bool,
    /// The sandbox, unless it is a site of an access token, or was let go.
    sandbox: Mutex<Option<SandboxSite>>,
    renewal: Option<Arc<dyn UnfinishedWork>>,
}

impl JiraConnection {
    /// Connects to the site.
    pub(crate) async fn new(environment: &Environment, chosen: RunContext) -> Result<Self, CommandError> {
        let files = chosen.files();
        Self::with_files(environment, chosen, &files).await
    }

    async fn with_files(environment: &Environment, chosen: RunContext, files: &Files) -> Result<Self, CommandError> {
        let bundle = chosen.ca_bundle.clone().map(PathBuf::from).or_else(|| environment.settings.ca_bundle.clone());
        let bundle = bundle.as_deref();
        let OpenedSite { site, connection, is_sandbox, sandbox, credentials } =
            chosen.site.open(environment, bundle).await?;
        let chosen = RunContext { site, ..chosen };
        let settings = flowrun_jira::Settings::default();
        let landing = if is_sandbox { SANDBOX_LANDING } else { settings.landing };
        let settings =
            flowrun_jira::Settings { landing, ca_bundle: bundle.map(ca_bundle::read).transpose()?, ..settings };
        let client = Client::connect(connection, &settings, Arc::new(SystemClock))
            .map_err(|error| CommandError::internal("the connection cannot be made", &error))?;
        let renewal = credentials.map(|credentials| Renewal::of(environment, &credentials) as Arc<dyn UnfinishedWork>);
        let client = Arc::new(client);
        let authority = JiraAuthority::new(client.clone());
        let authority = if is_sandbox { authority.asking_again_after(SANDBOX_ASKS_AGAIN_AFTER) } else { authority };
        Ok(Self::over(&client, authority, chosen, files, (sandbox, renewal)))
    }

    /// Connects to the site that a run began with, with the CA bundle that is named now, else with the one of then.
    pub(crate) async fn again(
        environment: &Environment,
        context: &Value,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let mut chosen = RunContext::again(context)?;
        chosen.ca_bundle = named_bundle(ca_bundle)?.or(chosen.ca_bundle);
        let files = chosen.files().of_a_run_that_goes_on();
        Self::with_files(environment, chosen, &files).await
    }

    /// The site that a run began with, as long as nothing is to be done there.
    pub(crate) fn offline(context: &Value) -> Result<Self, CommandError> {
        let (chosen, client) = (RunContext::again(context)?, Arc::new(Client::offline()));
        let authority = JiraAuthority::new(client.clone());
        Ok(Self::over(&client, authority, chosen, &Files::none(), (None, None)))
    }

    fn over(
        client: &Arc<Client>,
        authority: JiraAuthority,
        chosen: RunContext,
        files: &Files,
        (sandbox, renewal): (Option<SandboxSite>, Option<Arc<dyn UnfinishedWork>>),
    ) -> Self {
        Self {
            chosen,
            catalogue: flowrun_jira::catalogue(client, files),
            authority: Arc::new(authority),
            is_sandbox: sandbox.is_some(),
            sandbox: Mutex::new(sandbox),
            renewal,
        }
    }
}

#[async_trait]
impl Connection for JiraConnection {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn authority(&self) -> Arc<dyn Authority> {
        self.authority.clone()
    }

    fn context(&self) -> Result<Value, CommandError> {
        Ok(serde_json::to_value(&self.chosen)?)
    }

    fn notice(&self) -> Option<&'static str> {
        self.is_sandbox.then_some("This is the sandbox, an embedded Jira: nothing here is in your own Jira.\n")
    }

    /// The renewal of the access token; a sandbox's own is never renewed.
    fn unfinished_work(&self) -> Option<Arc<dyn UnfinishedWork>> {
        self.renewal.clone()
    }

    /// The embedded sandbox answers what is on the wire first.
    async fn close(&self) {
        let sandbox = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sandbox) = sandbox {
            sandbox.close().await;
        }
    }
}
