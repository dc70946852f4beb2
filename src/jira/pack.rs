//! Jira, as the command line takes it.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use flowrun_engine::{activity::Catalogue, definition::Definition};
use flowrun_jira::EMBEDDED_SITE;
use serde_json::Value;

use super::{
    age,
    arguments::{FilesArguments, JiraCommand, Network, SiteArguments},
    catalogue, command,
    connection::{JiraConnection, RunContext},
    tokens::AccessTokens,
};
use crate::{
    check::Check,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    pack::{Connection, Pack},
    report::PackWords,
};

/// Jira's activities, with access tokens and the sandbox.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jira;

impl PackWords for Jira {
    fn service(&self) -> &'static str {
        "Jira"
    }

    fn catalogue(&self) -> &Catalogue {
        catalogue::offline()
    }

    fn place(&self, context: &Value) -> Option<String> {
        match context.pointer("/access_token/name").and_then(Value::as_str) {
            Some(name) => Some(format!("with access token {name}")),
            None => context.get("sandbox").map(|_| "in the sandbox".to_owned()),
        }
    }

    /// A link into the embedded sandbox, which ended with its command, by what it leads to.
    fn value_text(&self, value: &Value) -> Option<String> {
        let key = value.as_str().filter(|link| link.starts_with(EMBEDDED_SITE))?.rsplit('/').next()?;
        Some(format!("{key}, which `flowrun sandbox` shows"))
    }
}

#[async_trait]
impl Pack for Jira {
    fn about(&self) -> &'static str {
        "Runs Jira processes that people can trust before they run and after they crash"
    }

    /// Somebody has to give the keyring its password, or to wait for another process.
    fn notice_targets(&self) -> &'static [&'static str] {
        &["flowrun_access_token::store"]
    }

    fn run_arguments(&self, run: Command) -> Command {
        SiteArguments::augment_args(FilesArguments::augment_args(run))
    }

    fn resume_arguments(&self, command: Command) -> Command {
        Network::augment_args(command)
    }

    fn context(&self, typed: &ArgMatches, file: &Path, definition: &Definition) -> Result<Value, CommandError> {
        let (site, files): (SiteArguments, FilesArguments) = (read(typed)?, read(typed)?);
        Ok(serde_json::to_value(RunContext::new(&site, &files, file, definition)?)?)
    }

    async fn connect(&self, environment: &Environment, context: &Value) -> Result<Arc<dyn Connection>, CommandError> {
        Ok(Arc::new(JiraConnection::new(environment, RunContext::again(context)?).await?))
    }

    async fn reconnect(
        &self,
        environment: &Environment,
        context: &Value,
        typed: &ArgMatches,
    ) -> Result<Arc<dyn Connection>, CommandError> {
        let network: Network = read(typed)?;
        Ok(Arc::new(JiraConnection::again(environment, context, network.ca_bundle.as_deref()).await?))
    }

    fn disconnected(&self, context: &Value) -> Result<Arc<dyn Connection>, CommandError> {
        Ok(Arc::new(JiraConnection::offline(context)?))
    }

    fn commands(&self) -> Vec<Command> {
        JiraCommand::augment_subcommands(Command::new("flowrun")).get_subcommands().cloned().collect()
    }

    async fn carry_out(&self, environment: &Environment, typed: &ArgMatches) -> Result<Exit, CommandError> {
        match read(typed)? {
            JiraCommand::Token(arguments) => command::token(environment, &arguments).await,
            JiraCommand::Sandbox(arguments) => command::sandbox(environment, &arguments).await,
        }
    }

    async fn checks(&self, environment: &Environment) -> Vec<Check> {
        let tokens = AccessTokens::open(environment);
        let (found, problem) = match tokens.list() {
            Ok(found) => (found, tokens.check_kept().and(tokens.sweep().await).err()),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let mut checks = age::of_directory(&environment.settings.tokens_dir, problem);
        checks.extend(found.iter().map(|found| age::look(found, tokens.now())));
        checks
    }
}

/// Arguments that this pack added itself.
fn read<T: FromArgMatches>(typed: &ArgMatches) -> Result<T, CommandError> {
    T::from_arg_matches(typed).map_err(|error| CommandError::internal("the command line cannot be read", &error))
}
