//! Driving all runs of a store that go on by themselves: what is due is driven, and a run that only waits is let go until it is due.
//!
//! It asks the store which runs are due, and is woken by the store's watch, by runs that rest, and by the next timer.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use super::{CancellationToken, Engine, EngineError, driver::DriveUntil, engine::EngineParts};
use crate::{
    id::RunId,
    store::{StoreError, Watch},
};

impl Engine {
    /// Drives every run of the store that goes on by itself, at most `most` at a time (0 counts as 1), until `stop`: those that are due
    /// now, those that become due, and those that are started or told something meanwhile. A run that only waits, and longer than some
    /// seconds, is in the store alone until it is due.
    ///
    /// Says which runs could not be driven, and why; they were left as they were. When `stop` is cancelled nothing new begins; effects on
    /// the wire are finished and recorded.
    ///
    /// # Errors
    /// When the store fails. What is on the wire is finished then, and nothing more is sent.
    pub async fn drive_all(
        self: &Arc<Self>,
        most: usize,
        stop: CancellationToken,
    ) -> Result<BTreeMap<RunId, EngineError>, EngineError> {
        let _driving = Driving::begin(self)?;
        let mut runs = AllRuns::of(self, most.max(1));
        let driven = runs.drive(&stop).await;
        runs.ending.cancel();
        let ended = runs.end().await;
        driven.and(ended).map(|()| runs.undriven)
    }
}

/// Marks an engine as one that drives all runs, for all that share the store.
struct Driving<'engine>(&'engine Engine);

impl<'engine> Driving<'engine> {
    fn begin(engine: &'engine Engine) -> Result<Self, StoreError> {
        engine.parts().store.set_drives_all(engine.driver(), true)?;
        Ok(Self(engine))
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        // If others cannot be told, the store fails, and they see that.
        let _ = self.0.parts().store.set_drives_all(self.0.driver(), false);
    }
}

/// How a driven run came to rest.
struct Rested {
    run: RunId,
    /// How many changes were known when it was begun to be driven.
    begun_at: u64,
    driven: Result<(), EngineError>,
}

/// Why no task of a run ends otherwise.
const TASK_ENDS: &str = "a driver catches its activities' panics, and is not aborted";

struct AllRuns {
    engine: Arc<Engine>,
    most: usize,
    tasks: JoinSet<Rested>,
    driven: BTreeSet<RunId>,
    undriven: BTreeMap<RunId, EngineError>,
    /// Another engine has them, until something is let go.
    elsewhere: BTreeSet<RunId>,
    /// How many changes the watch told of.
    changes: u64,
    /// Ends what is driven.
    ending: CancellationToken,
    due: Watch,
    let_go: watch::Receiver<()>,
}

impl AllRuns {
    fn of(engine: &Arc<Engine>, most: usize) -> Self {
        Self {
            engine: engine.clone(),
            most,
            tasks: JoinSet::new(),
            driven: BTreeSet::new(),
            undriven: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            changes: 0,
            ending: CancellationToken::new(),
            due: engine.parts().store.watch_due(),
            let_go: engine.live().watch(),
        }
    }

    async fn drive(&mut self, stop: &CancellationToken) -> Result<(), EngineError> {
        while !stop.is_cancelled() {
            let next = self.start_due().await?;
            let has_room = self.has_room();
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(joined) = self.tasks.join_next() => self.rested(joined)?,
                told = self.due.next(), if has_room => {
                    told?;
                    self.changes += 1;
                    self.elsewhere.clear();
                }
                _ = self.let_go.changed(), if has_room => {}
                () = sleep_until(self.engine.parts(), next), if has_room => {}
            }
            while let Some(joined) = self.tasks.try_join_next() {
                self.rested(joined)?;
            }
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.tasks.len() < self.most
    }

    /// Starts to drive what is due, as far as there is room; says when the next run is.
    async fn start_due(&mut self) -> Result<Option<Timestamp>, EngineError> {
        if !self.has_room() {
            return Ok(None);
        }
        let (store, now) = (self.engine.parts().store.clone(), self.engine.parts().clock.now());
        // Those that are driven, or cannot be, are due as well.
        let passed_over = self.engine.live().count() + self.undriven.len() + self.elsewhere.len();
        for due in store.due(Timestamp::MAX, passed_over + self.most + 1).await? {
            let is_taken = self.driven.contains(&due.run) || self.engine.live().is_driven(due.run);
            if is_taken || self.elsewhere.contains(&due.run) || self.undriven.contains_key(&due.run) {
                continue;
            }
            if due.at > now || !self.has_room() {
                return Ok(Some(due.at));
            }
            self.start(due.run);
        }
        Ok(None)
    }

    fn start(&mut self, run: RunId) {
        self.driven.insert(run);
        let (engine, stop, begun_at) = (self.engine.clone(), self.ending.clone(), self.changes);
        self.tasks.spawn(async move {
            let driven = engine.drive_until(run, DriveUntil::OnlyWaits, stop).await;
            Rested { run, begun_at, driven: driven.map(drop) }
        });
    }

    fn rested(&mut self, joined: Result<Rested, JoinError>) -> Result<(), EngineError> {
        let Rested { run, begun_at, driven } = joined.expect(TASK_ENDS);
        self.driven.remove(&run);
        match driven {
            Ok(()) => Ok(()),
            Err(EngineError::AlreadyDriven(_)) => {
                // If something changed meanwhile it may have been let go already.
                if begun_at == self.changes {
                    self.elsewhere.insert(run);
                }
                Ok(())
            }
            Err(error @ (EngineError::Store(_) | EngineError::Unrecorded { .. })) if !is_of_one_run(&error) => {
                Err(error)
            }
            Err(error) => {
                self.undriven.insert(run, error);
                Ok(())
            }
        }
    }

    /// Waits for what is driven.
    async fn end(&mut self) -> Result<(), EngineError> {
        let mut ended = Ok(());
        while let Some(joined) = self.tasks.join_next().await {
            ended = ended.and(self.rested(joined));
        }
        ended
    }
}

/// Whether other runs can go on in spite of it.
fn is_of_one_run(error: &EngineError) -> bool {
    match error {
        EngineError::Store(error) | EngineError::Unrecorded { error, .. } => {
            matches!(error, StoreError::NewerRecord(_) | StoreError::Sequence { .. })
        }
        _ => true,
    }
}

async fn sleep_until(parts: &EngineParts, until: Option<Timestamp>) {
    match until {
        Some(until) => parts.clock.sleep_until(until).await,
        None => pending().await,
    }
}
