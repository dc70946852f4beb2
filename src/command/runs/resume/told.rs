//! Telling the process that drives a run what to do with it, and following the run until it has.

use std::time::Duration;

use flowrun_engine::{
    id::{RunId, StepPath},
    journal::Decision,
    run::RunState,
    store::Watch,
};
use flowrun_shared_store::Process;
use tokio::time::timeout;

use crate::{
    command::run::report, environment::Environment, error::CommandError, exit::Exit, pack::Pack,
    progress::LiveProgress, report::OutputTexts, state::State,
};

/// So long is a run followed to its end: what is on the wire may take its time, and `finally` too.
const LONGEST_END: Duration = Duration::from_secs(60);

/// So many records are read at a time.
const PAGE: usize = 64;

/// Has a run ended by whoever drives it, and follows it to its end.
pub(super) async fn cancel(
    environment: &Environment,
    pack: &dyn Pack,
    (state, run): (&State, &RunState),
    driver: &Process,
) -> Result<Exit, CommandError> {
    let screen = &environment.screen;
    screen.note(&format!("telling {driver}, which drives the run\n"));
    let mut followed = FollowedRun::new(environment, pack, (state, run)).await?;
    let (engine, run) = (state.disconnected_engine(pack), run.run());
    engine.request_cancel(run).await?;
    let let_go = timeout(LONGEST_END, followed.until_let_go()).await;
    followed.progress.finish();
    let shown = engine.state(run).await?;
    report(screen, pack, (state, &shown), &[]).await?;
    if shown.is_ended() {
        let exit = Exit::of_run(shown.status());
        // The end that was asked for is no failure of the asking.
        return Ok(if exit == Exit::RunCancelled { Exit::Success } else { exit });
    }
    screen.note(&match let_go {
        Ok(let_go) => {
            let_go?;
            format!("the process that drove the run has let it go: to end it use `flowrun runs cancel {run}`\n")
        }
        Err(_) => {
            let seconds = LONGEST_END.as_secs();
            format!("the run was told to end, and has not after {seconds} s: {driver} still drives it\n")
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
