//! Packs: a set of activities, and all that the command line needs to let people use them. It knows packs, and not what they work at;
//! [`crate::Jira`] is one.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use clap::{ArgMatches, Command};
use flowrun_engine::{activity::Catalogue, definition::Definition, requirement::Authority};
use serde_json::Value;

use crate::{
    check::Check, environment::Environment, error::CommandError, exit::Exit, report::PackWords, signal::UnfinishedWork,
};

/// A set of activities, for the command line. What is said of them in words is [`PackWords`].
///
/// What a run works with is chosen once, on the command line of `run`; the choice is the run's context, which it keeps, and by which it
/// is connected then and whenever it is resumed.
#[async_trait]
pub trait Pack: PackWords {
    /// One sentence on what the program is for.
    fn about(&self) -> &'static str {
        "Runs processes that people can trust before they run and after they crash"
    }

    /// The targets whose information is told even without `-v`: what a person must know who would wait for nothing otherwise.
    fn notice_targets(&self) -> &'static [&'static str] {
        &[]
    }

    /// The beginnings of the targets under which its packages log, which `-v` shows besides flowrun's own.
    fn log_targets(&self) -> &'static [&'static str] {
        &[]
    }

    /// Adds the arguments of `run` that say with what a run works.
    fn run_arguments(&self, run: Command) -> Command {
        run
    }

    /// Adds the arguments of a command that resumes, cancels or decides.
    fn resume_arguments(&self, command: Command) -> Command {
        command
    }

    /// The context of a new run of the definition in `file`: what was typed says with what it works. It has no secret.
    ///
    /// # Errors
    /// When what was typed cannot be used.
    fn context(&self, typed: &ArgMatches, file: &Path, definition: &Definition) -> Result<Value, CommandError> {
        let _ = (typed, file, definition);
        Ok(Value::Null)
    }

    /// Connects a new run.
    ///
    /// # Errors
    /// When what it works with cannot be reached, or not as whoever was chosen.
    async fn connect(&self, environment: &Environment, context: &Value) -> Result<Arc<dyn Connection>, CommandError>;

    /// Connects a run that began before, and is resumed with what was typed now.
    ///
    /// # Errors
    /// As for [`Self::connect`].
    async fn reconnect(
        &self,
        environment: &Environment,
        context: &Value,
        typed: &ArgMatches,
    ) -> Result<Arc<dyn Connection>, CommandError> {
        let _ = typed;
        self.connect(environment, context).await
    }

    /// The connection of a run that only ends: nothing is sent over it.
    ///
    /// # Errors
    /// When the context is none of this pack's.
    fn disconnected(&self, context: &Value) -> Result<Arc<dyn Connection>, CommandError>;

    /// Commands of its own, beside those of the command line.
    fn commands(&self) -> Vec<Command> {
        Vec::new()
    }

    /// Carries out one of its own commands; `typed` is the whole command line.
    ///
    /// # Errors
    /// When it cannot be done.
    async fn carry_out(&self, environment: &Environment, typed: &ArgMatches) -> Result<Exit, CommandError> {
        let _ = (environment, typed);
        Err(CommandError::Internal("this pack has no commands".to_owned()))
    }

    /// What `doctor` looks at besides the settings and the store of runs, without asking any service.
    async fn checks(&self, environment: &Environment) -> Vec<Check> {
        let _ = environment;
        Vec::new()
    }
}

/// What a run works with: its activities at work, and who knows what is granted.
#[async_trait]
pub trait Connection: Send + Sync {
    /// The activities, at work.
    fn catalogue(&self) -> &Catalogue;

    /// Who knows what is granted.
    fn authority(&self) -> Arc<dyn Authority>;

    /// The context as the run is to keep it: the one it was connected by, with what was found.
    ///
    /// # Errors
    /// When it cannot be written.
    fn context(&self) -> Result<Value, CommandError>;

    /// What a person should know before the run starts.
    fn notice(&self) -> Option<&'static str> {
        None
    }

    /// What must not be cut off when the program ends.
    fn unfinished_work(&self) -> Option<Arc<dyn UnfinishedWork>> {
        None
    }

    /// Lets go of what it works with, once the run no longer needs it.
    async fn close(&self) {}
}
