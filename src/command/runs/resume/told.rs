//! Telling the process that drives a run what to do with it, and following the run until it has.

use std::time::Duration;

use flowrun_engine::{
    id::{RunId, StepPath},
    journal::{Decision, Signal},
    run::{RunState, RunStatus},
    store::Watch,
};
use flowrun_shared_store::Process;
use tokio::time::timeout;

use crate::{
    command::run::report, environment::Environment, error::CommandError, exit::Exit, pack::Pack,
    progress::LiveProgress, report::OutputTexts, state::State,
};

/// So long is a run followed until it has done what it was told: what is on the wire may take its time, and `finally` too.
const LONGEST_FOLLOWED: Duration = Duration::from_secs(60);

/// So many records are read at a time.
const PAGE: usize = 64;

/// What whoever drives a run is asked for.
pub(in crate::command::runs) struct Asking {
    pub(in crate::command::runs) signal: Signal,
    /// The command, and what the run is to do then: `cancel`, `end`.
    pub(in crate::command::runs) words: (&'static str, &'static str),
    /// How the run is then.
    pub(in crate::command::runs) status: RunStatus,
}

/// Has a run do something by whoever drives it, and follows it until it has.
pub(in crate::command::runs) async fn ask(
    environment: &Environment,
    pack: &dyn Pack,
    (state, run): (&State, &RunState),
    (driver, Asking { signal, words: (command, wanted), status }): (&Process, Asking),
) -> Result<Exit, CommandError> {
    let screen = &environment.screen;
    screen.note(&format!("telling {driver}, which drives the run\n"));
    let mut followed = FollowedRun::new(environment, pack, (state, run)).await?;
    let (engine, run) = (state.disconnected_engine(pack), run.run());
    let done = async {
        engine.tell(run, signal).await?;
        followed.until_let_go().await
    };
    let let_go = timeout(LONGEST_FOLLOWED, done).await;
    followed.progress.finish();
    let shown = engine.state(run).await?;
    report(screen, pack, (state, &shown), &[]).await?;
    let is_driven = let_go.is_err();
    let_go.unwrap_or(Ok(()))?;
    match shown.status() {
        // What was asked for is no failure of the asking.
        now if now == status && !is_driven => return Ok(Exit::Success),
        now if now.is_ended() => return Ok(Exit::of_run(now)),
        _ => {}
    }
    screen.note(&match is_driven {
        false => {
            format!("the process that drove the run has let it go: to {wanted} it use `flowrun runs {command} {run}`\n")
        }
        true => {
            let seconds = LONGEST_FOLLOWED.as_secs();
            format!("the run was told to {wanted}, and has not after {seconds} s: {driver} still drives it\n")
        }
    });
    Ok(Exit::NotFinished)
}

/// Tells whoever drives a run what became of an effect, and shows the run once that is in its journal.
pub(super) async fn decide(
    environment: &Environment,
    pack: &dyn Pack,
    (state, run): (&State, &RunState),
    (step, decision): (&StepPath, Decision),
) -> Result<Exit, CommandError> {
    let mut followed = FollowedRun::new(environment, pack, (state, run)).await?;
    let (engine, run) = (state.disconnected_engine(pack), run.run());
    engine.decide_effect(run, step, decision).await?;
    followed.show().await?;
    followed.progress.finish();
    let shown = engine.state(run).await?;
    report(&environment.screen, pack, (state, &shown), &[]).await?;
    Ok(Exit::of_run(shown.status()))
}

/// A run of which is shown what happens from now on.
struct FollowedRun<'command> {
    state: &'command State,
    run: RunId,
    watch: Watch,
    /// The number of the record that is shown next.
    next: u64,
    progress: LiveProgress,
}

impl<'command> FollowedRun<'command> {
    async fn new(
        environment: &Environment,
        pack: &dyn Pack,
        (state, run): (&'command State, &RunState),
    ) -> Result<Self, CommandError> {
        let progress = LiveProgress::new(&environment.screen, OutputTexts::new(run.definition(), pack.catalogue()));
        let (run, watch) = (run.run(), state.store().watch(run.run()));
        let next = state.store().journal(run).await?.len() as u64;
        Ok(Self { state, run, watch, next, progress })
    }

    /// Shows what happens until the run has ended, or nobody drives it any more.
    async fn until_let_go(&mut self) -> Result<(), CommandError> {
        loop {
            // Before the rest is read: whoever let it go has written all.
            let driver = self.state.driver_of(self.run).await?;
            let summary = self.state.store().summary(self.run).await?;
            self.show().await?;
            let has_ended = summary.is_none_or(|summary| summary.status.is_ended());
            if has_ended || driver.is_none() || !self.watch.changed().await {
                return Ok(());
            }
        }
    }

    /// Shows what has happened since.
    async fn show(&mut self) -> Result<(), CommandError> {
        loop {
            let page = self.state.store().records(self.run, self.next, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            self.next = last.sequence + 1;
            page.iter().for_each(|record| self.progress.show(self.run, record));
        }
    }
}
