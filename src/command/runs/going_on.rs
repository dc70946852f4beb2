//! `flowrun runs resume`, `cancel` and `decide`: going on with a run, with the site that it began with.
//!
//! A run goes on with the definition that it began with; what today's rules would refuse in that is told as warnings.
//!
//! Before a run goes on, the grants that the rest of it needs are checked again. Only `cancel` does without: a run can be ended
//! whatever is missing, and without its site where nothing of it is left to do there.

use std::sync::Arc;

use flowrun_engine::{
    definition::Source,
    id::{RunId, StepPath},
    run::{Engine, RunState, SilentObserver},
};

use crate::{
    arguments::{Decide, Network, Resume},
    command::run::{Driving, checked, report},
    environment::Environment,
    error::{CommandError, cannot_go_on},
    exit::Exit,
    jira::{self, Connected},
    report::{Reported, render},
    signal::ImmediateStop,
    state::State,
};

/// Goes on with a run. One that has ended is shown, and the program ends as it did.
pub(crate) async fn resume(environment: &Environment, arguments: &Resume) -> Result<Exit, CommandError> {
    let kept = Kept::open(environment, "runs resume", &arguments.run).await?;
    if kept.run.is_ended() {
        report(&environment.screen, &kept.run, &[])?;
        return Ok(Exit::of_run(kept.run.status()));
    }
    let (going, reported) = kept.checked(environment, &arguments.network).await?;
    going.drive(&reported).await
}

/// Ends a run: what must be done at its end is done.
pub(crate) async fn cancel(environment: &Environment, arguments: &Resume) -> Result<Exit, CommandError> {
    let kept = Kept::open(environment, "runs cancel", &arguments.run).await?;
    let connected = match kept.engine().ends_once_cancelled(&kept.run) {
        true => kept.without_site()?,
        false => kept.connect(environment, &arguments.network).await?,
    };
    let reported = kept.passed_over();
    environment.screen.note(&render(&reported));
    let going = kept.going(environment, connected).await?;
    going.driving.engine.request_cancel(going.run).await?;
    let exit = going.drive(&reported).await?;
    // The end that was asked for is no failure of the asking.
    Ok(if exit == Exit::RunCancelled { Exit::Success } else { exit })
}

/// Says what became of an effect, and goes on.
pub(crate) async fn decide(environment: &Environment, arguments: &Decide) -> Result<Exit, CommandError> {
    let step = step(&arguments.node)?;
    let kept = Kept::open(environment, "runs decide", &arguments.run).await?;
    let (going, reported) = kept.checked(environment, &arguments.network).await?;
    going.driving.engine.decide_effect(going.run, &step, arguments.verdict.decision()).await?;
    going.drive(&reported).await
}

/// A run as it is kept, before anything is connected.
struct Kept {
    state: Arc<State>,
    run: RunState,
    immediate_stop: ImmediateStop,
}

/// A run, and all that is needed to go on with it.
struct Going {
    run: RunId,
    driving: Driving,
}

impl Kept {
    async fn open(environment: &Environment, doing: &str, name: &str) -> Result<Self, CommandError> {
        let immediate_stop = ImmediateStop::listen(&environment.screen, "\nstopped: the run stays as it was\n")?;
        let state = Arc::new(State::open(environment, doing)?);
        let run = state.find(name).await?;
        let run = offline(&state).state(run).await?;
        match run.cannot_go_on() {
            Some(why) => Err(CommandError::Reported(cannot_go_on(run.run(), why))),
            None => Ok(Self { run, state, immediate_stop }),
        }
    }

    /// An engine that looks, and does nothing.
    fn engine(&self) -> Engine {
        offline(&self.state)
    }

    /// What a run that only ends is driven with.
    fn without_site(&self) -> Result<Connected, CommandError> {
        Connected::offline(&self.run.started().context)
    }

    async fn connect(&self, environment: &Environment, network: &Network) -> Result<Connected, CommandError> {
        Connected::again(environment, &self.run.started().context, network.ca_bundle.as_deref()).await
    }

    /// Checks the grants of what is left, before anything of the run changes. Gives the warnings too.
    async fn checked(
        self,
        environment: &Environment,
        network: &Network,
    ) -> Result<(Going, Vec<Reported>), CommandError> {
        let source = self.source().await?;
        let ready = self.ready(environment, network, &source).await;
        let (connected, reported) = ready.map_err(|error| error.before_going_on(self.run.run()))?;
        environment.screen.note(&render(&reported));
        Ok((self.going(environment, connected).await?, reported))
    }

    /// The site, and the warnings of checking what is left of the run.
    async fn ready(
        &self,
        environment: &Environment,
        network: &Network,
        source: &Source,
    ) -> Result<(Connected, Vec<Reported>), CommandError> {
        let connected = self.connect(environment, network).await?;
        if self.run.is_ended() {
            return Ok((connected, Vec::new()));
        }
        let checking = connected.preflight_rest(source, &self.run, &environment.screen);
        let of_grants = checked(environment, &connected, &self.immediate_stop, checking).await?;
        Ok((connected, [self.passed_over(), of_grants].concat()))
    }

    /// What today's rules would refuse in the definition of a run that goes on.
    fn passed_over(&self) -> Vec<Reported> {
        let definition = self.run.definition();
        let passed_over = definition.passed_over.iter().filter(|_| !self.run.is_ended());
        Reported::all(&definition.source, passed_over.cloned())
    }

    /// The text that the run began with.
    async fn source(&self) -> Result<Source, CommandError> {
        let started = self.run.started();
        let text = self.state.store().definition(&started.definition).await?;
        Ok(Source::new(started.source_name.as_str(), text.unwrap_or_default()))
    }

    async fn going(self, environment: &Environment, connected: Connected) -> Result<Going, CommandError> {
        let driving = Driving::new(environment, &self.state, connected, self.immediate_stop).await?;
        Ok(Going { run: self.run.run(), driving })
    }
}

impl Going {
    async fn drive(self, reported: &[Reported]) -> Result<Exit, CommandError> {
        self.driving.drive(self.run, reported).await
    }
}

fn offline(state: &State) -> Engine {
    state.engine(jira::offline_catalogue().clone(), Arc::new(SilentObserver))
}

/// `NODE`, or `NODE[3]`.
fn step(text: &str) -> Result<StepPath, CommandError> {
    text.parse().map_err(|_| CommandError::Usage(format!("`{text}` is neither NODE nor NODE[3]"), None))
}
