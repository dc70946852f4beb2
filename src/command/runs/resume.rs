//! `flowrun runs resume`, `cancel` and `decide`: what goes on with a run, over the connection that it began with.
//!
//! A run keeps the definition that it began with; what today's rules would refuse in that is told as warnings.
//!
//! A run that another process drives stays there: it is told what to do (`told`), and this process needs no connection for that. With
//! `--take-over` that process is ended first (`take_over`).
//!
//! Before a run is resumed, the grants that the rest of it needs are checked again. Only `cancel` does without: a run can be ended
//! whatever is missing, and without its connection where nothing of it is left to do there.

mod take_over;
pub(super) mod told;

use std::{sync::Arc, time::Duration};

use clap::ArgMatches;
use flowrun_engine::{
    activity::Catalogue,
    clock::{Clock, SystemClock},
    definition::Source,
    id::{RunId, StepPath},
    journal::Signal,
    run::{Engine, RunState, RunStatus},
};
use flowrun_shared_store::Process;

use self::told::Asking;
use crate::{
    arguments::{Cancel, Decide, Resume},
    command::run::{Driving, WithoutGrant, checked, report},
    environment::Environment,
    error::{CommandError, cannot_go_on},
    exit::Exit,
    pack::{Connection, Pack},
    preflight,
    report::{Reported, next_ask, render},
    signal::ImmediateStop,
    state::State,
};

/// Resumes a run. One that has ended is shown, and the program ends as it did.
pub(crate) async fn resume(
    environment: &Environment,
    pack: &'static dyn Pack,
    (arguments, typed): (&Resume, &ArgMatches),
) -> Result<Exit, CommandError> {
    let stored = StoredRun::open(environment, pack, ("runs resume", arguments.take_over), &arguments.run).await?;
    if stored.run.is_ended() {
        report(&environment.screen, pack, (&stored.state, &stored.run), &[]).await?;
        return Ok(Exit::of_run(stored.run.status()));
    }
    if let Some(process) = stored.driver().await? {
        return goes_on_there(environment, &stored, &process).await;
    }
    let (engine, run) = (stored.engine(), stored.run.run());
    let (resumed, reported) = stored.checked(environment, typed, arguments.wait).await?;
    // By an engine that nobody watches: that a grant was missing when the run was paused is no reason to stop.
    engine.request_resume(run).await?;
    resumed.drive(&reported).await
}

/// Ends the pause of a run that is on its way to rest: whoever drives it goes on with it.
async fn goes_on_there(environment: &Environment, stored: &StoredRun, process: &Process) -> Result<Exit, CommandError> {
    let run = stored.run.run();
    if !stored.run.is_paused() {
        return Err(CommandError::driven(run, &process.to_string()));
    }
    stored.engine().request_resume(run).await?;
    environment.screen.note(&format!("{process} goes on with the run\n"));
    Ok(Exit::Success)
}

/// Ends a run: what must be done at its end is done. Whoever drives it is told, in whichever process.
pub(crate) async fn cancel(
    environment: &Environment,
    pack: &'static dyn Pack,
    (Cancel { resume, grace }, typed): (&Cancel, &ArgMatches),
) -> Result<Exit, CommandError> {
    let stored = StoredRun::open(environment, pack, ("runs cancel", resume.take_over), &resume.run).await?;
    let signal = grace.map_or(Signal::Cancel, Signal::CancelWithin);
    if let Some(process) = stored.driver().await? {
        let asking = Asking { signal, words: ("cancel", "end"), status: RunStatus::Cancelled };
        let (state, run, _stop) = stored.telling(environment).await?;
        return told::ask(environment, pack, (&state, &run), (&process, asking)).await;
    }
    let connection = match stored.engine().ends_once_cancelled(&stored.run) {
        true => pack.disconnected(&stored.run.started().context)?,
        false => stored.connect(environment, typed).await?,
    };
    let reported = stored.passed_over();
    environment.screen.note(&render(&reported));
    let resumed = stored.resumed(environment, connection, resume.wait).await?;
    resumed.driving.engine.tell(resumed.run, signal).await?;
    let exit = resumed.drive(&reported).await?;
    // The end that was asked for is no failure of the asking.
    Ok(if exit == Exit::RunCancelled { Exit::Success } else { exit })
}

/// Says what became of an effect, and resumes.
pub(crate) async fn decide(
    environment: &Environment,
    pack: &'static dyn Pack,
    (arguments, typed): (&Decide, &ArgMatches),
) -> Result<Exit, CommandError> {
    let step = step(&arguments.node)?;
    let stored = StoredRun::open(environment, pack, ("runs decide", None), &arguments.run).await?;
    if stored.driver().await?.is_some() {
        let said = (&step, arguments.decision.decision());
        let (state, run, _stop) = stored.telling(environment).await?;
        return told::decide(environment, pack, (&state, &run), said).await;
    }
    let (resumed, reported) = stored.checked(environment, typed, false).await?;
    resumed.driving.engine.decide_effect(resumed.run, &step, arguments.decision.decision()).await?;
    resumed.drive(&reported).await
}

/// A run as it is stored, before anything is connected.
pub(super) struct StoredRun {
    pack: &'static dyn Pack,
    pub(super) state: Arc<State>,
    pub(super) run: RunState,
    /// The command that goes on with it: `resume`, or `retry`; and what is to be said to that besides.
    verb: &'static str,
    more: String,
    /// What was warned of when its definition was loaded, if that is another than it had.
    warned: Option<Vec<Reported>>,
    immediate_stop: ImmediateStop,
}

/// A run, and all that is needed to resume it.
pub(super) struct ResumedRun {
    pub(super) run: RunId,
    pub(super) driving: Driving,
}

impl StoredRun {
    pub(super) async fn open(
        environment: &Environment,
        pack: &'static dyn Pack,
        (doing, take_over): (&str, Option<Duration>),
        name: &str,
    ) -> Result<Self, CommandError> {
        let immediate_stop = ImmediateStop::listen(&environment.screen, "\nstopped: the run is unchanged\n")?;
        let state = match take_over {
            None => State::open(environment, doing)?,
            Some(patience) => take_over::open(environment, doing, patience).await?,
        };
        let state = Arc::new(state);
        let run = state.find(name).await?;
        if let Some(patience) = take_over {
            take_over::end_driver(environment, &state, run, patience).await?;
        }
        let run = state.disconnected_engine(pack).state(run).await?;
        match run.cannot_go_on() {
            Some(why) => Err(CommandError::Reported(cannot_go_on(run.run(), why))),
            None => Ok(Self { pack, state, run, verb: "resume", more: String::new(), warned: None, immediate_stop }),
        }
    }

    /// The same, as it is once it is retried.
    pub(super) fn retried(self, run: RunState) -> Self {
        Self { run, verb: "retry", ..self }
    }

    /// The same, with a definition that was loaded with these warnings, by these arguments.
    pub(super) fn corrected(self, warned: Vec<Reported>, more: String) -> Self {
        Self { warned: Some(warned), more, ..self }
    }

    /// The activities that its definition may use.
    pub(super) fn catalogue(&self) -> &Catalogue {
        self.pack.catalogue()
    }

    /// An engine that looks, and does nothing.
    pub(super) fn engine(&self) -> Engine {
        self.state.disconnected_engine(self.pack)
    }

    /// The process that drives the run.
    pub(super) async fn driver(&self) -> Result<Option<Process>, CommandError> {
        Ok(self.state.driver_of(self.run.run()).await?)
    }

    /// What is needed to tell whoever drives the run something. A signal no longer ends this program with the words that nothing was changed.
    pub(super) async fn telling(
        self,
        environment: &Environment,
    ) -> Result<(Arc<State>, RunState, ImmediateStop), CommandError> {
        self.immediate_stop.disarm().await;
        let told = "\nstopped: the run was told, and does what was asked of it\n";
        let stop = ImmediateStop::listen(&environment.screen, told)?;
        Ok((self.state, self.run, stop))
    }

    async fn connect(
        &self,
        environment: &Environment,
        typed: &ArgMatches,
    ) -> Result<Arc<dyn Connection>, CommandError> {
        self.pack.reconnect(environment, &self.run.started().context, typed).await
    }

    /// Checks the grants of what is left, before anything of the run changes. Gives the warnings too.
    pub(super) async fn checked(
        self,
        environment: &Environment,
        typed: &ArgMatches,
        waits: bool,
    ) -> Result<(ResumedRun, Vec<Reported>), CommandError> {
        let source = self.run.definition().source.clone();
        let ready = self.ready(environment, (typed, waits), &source).await;
        let (connection, reported) = ready.map_err(|error| error.before(self.verb, self.run.run(), &self.more))?;
        environment.screen.note(&render(&reported));
        Ok((self.resumed(environment, connection, waits).await?, reported))
    }

    /// The connection, and the warnings of checking what is left of the run; where that is to wait, once no grant is missing any more.
    async fn ready(
        &self,
        environment: &Environment,
        (typed, waits): (&ArgMatches, bool),
        source: &Source,
    ) -> Result<(Arc<dyn Connection>, Vec<Reported>), CommandError> {
        let connection = self.connect(environment, typed).await?;
        if self.run.is_ended() {
            return Ok((connection, Vec::new()));
        }
        if self.warned.is_some() {
            preflight::check_inputs_of_rest(&*connection, source, &self.run)?;
        }
        loop {
            let checking = preflight::check_rest(&*connection, source, &self.run, &environment.screen);
            match checked(&*connection, &self.immediate_stop, checking).await {
                Err(missing) if waits && missing.exit() == Exit::Grant => {
                    let again = SystemClock.now() + connection.authority().ask_again_after();
                    environment.screen.note(&format!("{}{}\n", missing.text(), next_ask(again)));
                    SystemClock.sleep_until(again).await;
                }
                checked => return Ok((connection, [self.passed_over(), checked?].concat())),
            }
        }
    }

    /// What today's rules would refuse in the definition of a run that is resumed.
    fn passed_over(&self) -> Vec<Reported> {
        let definition = self.run.definition();
        let passed_over = definition.passed_over.iter().filter(|_| !self.run.is_ended());
        let passed_over = Reported::all(&definition.source, passed_over.cloned());
        passed_over.into_iter().chain(self.warned.iter().flatten().cloned()).collect()
    }

    async fn resumed(
        self,
        environment: &Environment,
        connection: Arc<dyn Connection>,
        waits: bool,
    ) -> Result<ResumedRun, CommandError> {
        let without_grant = WithoutGrant::of(&environment.screen, waits);
        let connected = (connection, &**self.run.definition(), without_grant);
        let driving = Driving::new(environment, self.pack, &self.state, connected, self.immediate_stop).await?;
        Ok(ResumedRun { run: self.run.run(), driving })
    }
}

impl ResumedRun {
    pub(super) async fn drive(self, reported: &[Reported]) -> Result<Exit, CommandError> {
        self.driving.drive(self.run, reported).await
    }
}

/// `NODE`, or `NODE[3]`.
fn step(text: &str) -> Result<StepPath, CommandError> {
    text.parse().map_err(|_| CommandError::Usage(format!("`{text}` is neither NODE nor NODE[3]"), None))
}
