//! `flowrun run`: checks a definition, its inputs and all grants, and only then runs it.

use std::sync::Arc;

use flowrun_engine::{
    definition::{self, Definition, Source},
    diagnostic::{Code, Diagnostic},
    id::{RunId, RunKey},
    run::{Engine, EngineError, NewRun, RunState},
};

use crate::{
    arguments::{OutputFormat, Run},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    inputs,
    jira::{self, Chosen, Connected, Renewal, warn_of_unwritten},
    progress::Progress,
    report::{Reported, RunDocument, RunView, local_time, render, run_text},
    screen::Screen,
    signal::{GracefulStop, ImmediateStop},
    source,
    state::State,
};

const STOPPING: &str = "stopping: what is on the wire is finished; press again to stop at once\n";

/// Checks, runs, and reports.
pub(super) async fn run(environment: &Environment, arguments: &Run) -> Result<Exit, CommandError> {
    let immediate_stop = ImmediateStop::listen(&environment.screen, "\nstopped: nothing was changed at Jira\n")?;
    let source = source::read(&arguments.file).map_err(|problem| CommandError::Reported(vec![*problem]))?;
    let (definition, mut reported) = load(&source)?;
    let inputs = inputs::bind(&definition, &arguments.input, arguments.inputs.as_deref())?;
    let chosen = Chosen::new(arguments, &definition)?;
    let key = arguments.id.as_deref().map(run_key).transpose()?;
    let state = Arc::new(State::open(environment, &format!("run {}", arguments.file.display()))?);
    if let Some(key) = &key {
        refuse_second(&state, key).await?;
    }
    let connected = Connected::new(environment, chosen).await?;
    let checking = connected.preflight(&source, &definition, &inputs, &environment.screen);
    reported.extend(checked(environment, &connected, &immediate_stop, checking).await?);
    environment.screen.note(&render(&reported));
    let new = NewRun { source: &source, definition, inputs, key, context: connected.context()? };
    let driving = Driving::new(environment, &state, connected, immediate_stop).await?;
    driving.start(new, &reported).await
}

/// Loads a definition; gives its warnings too.
fn load(source: &Source) -> Result<(Arc<Definition>, Vec<Reported>), CommandError> {
    let loaded = definition::load(source, jira::offline_catalogue());
    let reported = Reported::all(source, loaded.diagnostics);
    match loaded.definition {
        Some(definition) => Ok((Arc::new(definition), reported)),
        None => Err(CommandError::Reported(reported)),
    }
}

fn run_key(text: &str) -> Result<RunKey, CommandError> {
    if text.is_empty() || text == "last" {
        return Err(CommandError::Usage(format!("`{text}` cannot be the key of a run"), None));
    }
    Ok(RunKey::new(text))
}

/// Refuses to run again what has run under this key, and shows what there is.
async fn refuse_second(state: &State, key: &RunKey) -> Result<(), CommandError> {
    let Some(run) = state.store().by_key(key).await? else { return Ok(()) };
    let told = match state.store().summary(run).await? {
        Some(summary) => format!("run {run} of {}, started {}", summary.process, local_time(summary.started_at)),
        None => format!("run {run}"),
    };
    let message = format!("there is a run with the key `{key}`: {told}");
    let help = format!("look at it with `flowrun runs show {key}`, go on with `flowrun runs resume {key}`");
    Err(Diagnostic::error(Code::RUN_KEY_TAKEN, None, message).with_help(help).into())
}

/// What checking the grants gives. Where that ends the command, its last word on the access token is told first.
pub(super) async fn checked<T>(
    environment: &Environment,
    connected: &Connected,
    immediate_stop: &ImmediateStop,
    checking: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    if let Some(credentials) = connected.credentials() {
        immediate_stop.wait_for(Renewal::of(environment, credentials));
    }
    let checked = checking.await;
    if checked.is_err() {
        tell_of_bearer(environment, connected).await;
    }
    checked
}

/// Warns of a bearer that was renewed meanwhile and ends with this process.
async fn tell_of_bearer(environment: &Environment, connected: &Connected) {
    if let Some(credentials) = connected.credentials() {
        warn_of_unwritten(environment, credentials).await;
    }
}

/// All that driving a run takes, until it is reported.
pub(super) struct Driving {
    pub(super) engine: Engine,
    environment: Environment,
    progress: Arc<Progress>,
    stop: GracefulStop,
    connected: Connected,
}

impl Driving {
    /// Stops after a checkpoint from now on, no longer at once.
    pub(super) async fn new(
        environment: &Environment,
        state: &Arc<State>,
        connected: Connected,
        immediate_stop: ImmediateStop,
    ) -> Result<Self, CommandError> {
        let progress = Arc::new(Progress::new(&environment.screen));
        let engine = state.engine(connected.catalogue().clone(), progress.clone());
        let stop = GracefulStop::listen(&environment.screen, STOPPING)?;
        immediate_stop.disarm().await;
        if connected.is_sandbox() {
            environment.screen.note("This is the sandbox, an embedded Jira: nothing of it is in your own.\n");
        }
        Ok(Self { engine, environment: environment.clone(), progress, stop, connected })
    }

    /// Keeps a new run, drives it as far as it goes, and reports it.
    async fn start(self, new: NewRun<'_>, reported: &[Reported]) -> Result<Exit, CommandError> {
        let driven = self.engine.run(new, self.stop.token().clone()).await;
        let driven = driven.map_err(|error| match &error {
            EngineError::Unrecorded { state, .. } => CommandError::of_driven(state.run(), error),
            // Nothing of the run is kept.
            _ => CommandError::from(error),
        });
        self.end(driven, reported).await
    }

    /// Drives a run as far as it goes, and reports it.
    pub(super) async fn drive(self, run: RunId, reported: &[Reported]) -> Result<Exit, CommandError> {
        let driven = self.engine.drive(run, self.stop.token().clone()).await;
        self.end(driven.map_err(|error| CommandError::of_driven(run, error)), reported).await
    }

    async fn end(self, driven: Result<RunState, CommandError>, reported: &[Reported]) -> Result<Exit, CommandError> {
        self.progress.finish();
        tell_of_bearer(&self.environment, &self.connected).await;
        let state = driven?;
        report(&self.environment.screen, &state, reported)?;
        let exit = match self.stop.exit() {
            Some(exit) if !state.is_ended() => exit,
            _ => Exit::of_run(state.status()),
        };
        self.connected.close().await;
        Ok(exit)
    }
}

/// Reports a run as the command line asks for it.
pub(super) fn report(screen: &Screen, state: &RunState, reported: &[Reported]) -> Result<(), CommandError> {
    match screen.format() {
        OutputFormat::Text => screen.data(&run_text(state))?,
        OutputFormat::Json => screen.document(&RunDocument::of(RunView::new(state), reported))?,
        // Its lines are out already, as they became durable.
        OutputFormat::Jsonl => {}
    }
    Ok(())
}
