//! `flowrun run`: checks a definition, its inputs and all grants, and only then runs it.

mod again;

use std::sync::{Arc, OnceLock};

use flowrun_engine::{
    activity::Catalogue,
    definition::{self, Definition, Source},
    id::{RunId, RunKey},
    journal::Record,
    run::{Ahead, CancellationToken, Engine, EngineError, NewRun, Observer, RunState, RunStatus},
    store::StoreError,
};

use clap::ArgMatches;

use self::again::AskedRun;
use crate::{
    arguments::{OutputFormat, Run},
    environment::Environment,
    error::CommandError,
    exit::Exit,
    inputs,
    pack::{Connection, Pack},
    preflight,
    progress::LiveProgress,
    report::{OutputTexts, PackWords, Reported, RunDocument, RunView, render, run_text},
    screen::Screen,
    signal::{GracefulStop, ImmediateStop},
    source,
    state::State,
};

const STOPPING: &str = "finishing in-flight requests; press Ctrl-C again to exit at once\n";

/// Checks, runs, and reports. `typed` has what the pack adds to the arguments.
pub(super) async fn run(
    environment: &Environment,
    pack: &'static dyn Pack,
    (arguments, typed): (&Run, &ArgMatches),
) -> Result<Exit, CommandError> {
    let told = format!("\nstopped: nothing was changed at {}\n", pack.service());
    let immediate_stop = ImmediateStop::listen(&environment.screen, told)?;
    let source = source::read(&arguments.file).map_err(|problem| CommandError::Reported(vec![*problem]))?;
    let (definition, mut reported) = load(&source, pack.catalogue())?;
    let inputs = inputs::bind(&definition, &arguments.input, arguments.inputs.as_deref())?;
    let context = pack.context(typed, &arguments.file, &definition)?;
    let key = arguments.id.as_deref().map(run_key).transpose()?;
    let state = Arc::new(State::open(environment, &format!("run {}", arguments.file.display()))?);
    let asked = AskedRun::of(&definition, &inputs);
    if let Some(key) = &key
        && let Some(run) = state.store().by_key(key).await?
    {
        return asked.again(&environment.screen, pack, (&state, run, key)).await;
    }
    // Before anything is asked: a run could not begin.
    state.store().room()?;
    let connection = pack.connect(environment, &context).await?;
    let checking = preflight::check(&*connection, &source, (&definition, &inputs), &environment.screen);
    reported.extend(checked(&*connection, &immediate_stop, checking).await?);
    environment.screen.note(&render(&reported));
    let context = connection.context()?;
    let connected = (connection, &*definition, WithoutGrant::of(&environment.screen, arguments.wait));
    let driving = Driving::new(environment, pack, &state, connected, immediate_stop).await?;
    let new = NewRun { source: &source, definition, inputs, key, context };
    driving.start(new, asked, &reported).await
}

/// Loads a definition; gives its warnings too.
pub(super) fn load(source: &Source, catalogue: &Catalogue) -> Result<(Arc<Definition>, Vec<Reported>), CommandError> {
    let loaded = definition::load(source, catalogue);
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

/// What checking the grants gives. Where that ends the command, what is unfinished is told first.
pub(super) async fn checked<T>(
    connection: &dyn Connection,
    immediate_stop: &ImmediateStop,
    checking: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    if let Some(work) = connection.unfinished_work() {
        immediate_stop.wait_for(work);
    }
    let checked = checking.await;
    if checked.is_err() {
        end_work(connection).await;
    }
    checked
}

/// Waits for what is unfinished, and warns of what of it ends with this process.
async fn end_work(connection: &dyn Connection) {
    if let Some(work) = connection.unfinished_work() {
        work.end().await;
    }
}

/// What a command does while its run lacks a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WithoutGrant {
    /// It stays until the grant is there.
    Waits,
    /// It ends: nobody is there whom it could tell what is missing.
    Ends,
}

impl WithoutGrant {
    /// As it is asked for, or because somebody watches.
    pub(super) fn of(screen: &Screen, waits: bool) -> Self {
        if waits || screen.is_watched() { Self::Waits } else { Self::Ends }
    }
}

/// Shows the progress of a run that is driven, and stops driving it where a grant is missing and that is not waited for.
struct DrivenRun {
    /// The run: the first that is heard of. Another that this one ends before it goes on is not shown.
    run: OnceLock<RunId>,
    progress: Arc<LiveProgress>,
    without_grant: WithoutGrant,
    stop: CancellationToken,
}

impl Observer for DrivenRun {
    fn recorded(&self, run: RunId, record: &Record, status: RunStatus) {
        if *self.run.get_or_init(|| run) != run {
            return;
        }
        self.progress.recorded(run, record, status);
        if status == RunStatus::NeedsGrant && self.without_grant == WithoutGrant::Ends {
            self.stop.cancel();
        }
    }

    fn waits(&self, _: RunId, ahead: &Ahead) {
        self.progress.waits(ahead);
    }
}

/// All that driving a run takes, until it is reported.
pub(super) struct Driving {
    pub(super) engine: Engine,
    state: Arc<State>,
    screen: Arc<Screen>,
    pack: &'static dyn Pack,
    progress: Arc<LiveProgress>,
    stop: GracefulStop,
    connection: Arc<dyn Connection>,
}

impl Driving {
    /// Stops after a checkpoint from now on, no longer at once.
    pub(super) async fn new(
        environment: &Environment,
        pack: &'static dyn Pack,
        state: &Arc<State>,
        (connection, definition, without_grant): (Arc<dyn Connection>, &Definition, WithoutGrant),
        immediate_stop: ImmediateStop,
    ) -> Result<Self, CommandError> {
        let screen = environment.screen.clone();
        let outputs = OutputTexts::new(definition, connection.catalogue());
        let progress = Arc::new(LiveProgress::new(&screen, outputs));
        let stop = GracefulStop::listen(&screen, STOPPING)?;
        let observer =
            DrivenRun { run: OnceLock::new(), progress: progress.clone(), without_grant, stop: stop.token().clone() };
        let engine = state.engine(connection.catalogue().clone(), connection.authority(), Arc::new(observer));
        immediate_stop.disarm().await;
        if let Some(notice) = connection.notice() {
            screen.note(notice);
        }
        Ok(Self { engine, state: state.clone(), screen, pack, progress, stop, connection })
    }

    /// Keeps a new run, drives it as far as it goes, and reports it. Where another process kept one under its key meanwhile, that is it.
    async fn start(self, new: NewRun<'_>, asked: AskedRun, reported: &[Reported]) -> Result<Exit, CommandError> {
        let driven = self.engine.run(new, self.stop.token().clone()).await;
        if let Err(EngineError::Store(StoreError::KeyTaken(key))) = &driven
            && let Some(run) = self.state.store().by_key(key).await?
        {
            self.progress.finish();
            end_work(&*self.connection).await;
            let shown = asked.again(&self.screen, self.pack, (&self.state, run, key)).await;
            self.connection.close().await;
            return shown;
        }
        let driven = driven.map_err(|error| match &error {
            EngineError::Unrecorded { state, .. } => CommandError::of_driven(state.run(), error, self.pack),
            // Nothing of the run is kept.
            _ => CommandError::from(error),
        });
        self.end(driven, reported).await
    }

    /// Drives a run as far as it goes, and reports it.
    pub(super) async fn drive(self, run: RunId, reported: &[Reported]) -> Result<Exit, CommandError> {
        let driven = self.engine.drive(run, self.stop.token().clone()).await;
        let driven = driven.map_err(|error| CommandError::of_driven(run, error, self.pack));
        self.end(driven, reported).await
    }

    async fn end(self, driven: Result<RunState, CommandError>, reported: &[Reported]) -> Result<Exit, CommandError> {
        self.progress.finish();
        end_work(&*self.connection).await;
        let state = driven?;
        report(&self.screen, self.pack, (&self.state, &state), reported).await?;
        let exit = match self.stop.exit() {
            Some(exit) if !state.is_ended() => exit,
            _ => Exit::of_run(state.status()),
        };
        self.connection.close().await;
        Ok(exit)
    }
}

/// Reports a run of a store as the command line asks for it.
pub(super) async fn report(
    screen: &Screen,
    words: &dyn PackWords,
    (store, state): (&State, &RunState),
    reported: &[Reported],
) -> Result<(), CommandError> {
    match screen.format() {
        OutputFormat::Text => screen.data(&run_text(state, words, &store.short_name(state).await?))?,
        OutputFormat::Json => screen.document(&RunDocument::of(RunView::new(state), reported))?,
        // Its lines are out already, as they became durable.
        OutputFormat::Jsonl => {}
    }
    Ok(())
}
