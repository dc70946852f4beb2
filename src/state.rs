//! The state directory: the store of runs, which several processes share, and how people name a run in it.

use std::{path::PathBuf, sync::Arc};

use flowrun_engine::{
    activity::Catalogue,
    clock::SystemClock,
    diagnostic::{Code, Diagnostic},
    id::{RunId, RunKey},
    random::SystemRandom,
    requirement::{Authority, NoAuthority},
    run::{Ahead, Engine, EngineParts, Observer, RunState, SilentObserver},
    store::{Inspection, RunFilter, RunSummary, Store, StoreError, store_catches_panics},
};
use flowrun_shared_store::{Process, SharedStore};

use crate::{
    environment::Environment,
    error::CommandError,
    pack::Pack,
    run_name::{ENOUGH_OF_AN_ID, LAST, handy_key},
    screen::{on_one_line, tell_panic},
    settings::Settings,
    signal::before_stopping,
};

/// How many attempts of a run go on at a time.
const MAX_IN_FLIGHT: usize = 8;

/// The open store of a state directory.
pub(crate) struct State {
    store: Arc<SharedStore>,
}

impl State {
    /// Opens the store, or reaches the process that has it; makes it if there is none. `doing` is what other processes are told of this one.
    pub(crate) fn open(environment: &Environment, doing: &str) -> Result<Self, CommandError> {
        Self::try_open(environment, doing)?
            .map_err(|error| CommandError::of_store(&runs_directory(&environment.settings), &error))
    }

    /// The same, for whoever knows what to do where the store fails.
    pub(crate) fn try_open(environment: &Environment, doing: &str) -> Result<Result<Self, StoreError>, CommandError> {
        let store = match SharedStore::open(&environment.settings.state_dir, &format!("flowrun {doing}")) {
            Ok(store) => store,
            Err(error) => return Ok(Err(error)),
        };
        store.require_room(environment.settings.min_free);
        for notice in store.notices() {
            environment.screen.error(&format!("note: {}\n", on_one_line(notice)));
        }
        let store = Arc::new(store);
        give_up_before_stopping(&store)?;
        Ok(Ok(Self { store }))
    }

    /// The process that drives a run.
    pub(crate) async fn driver_of(&self, run: RunId) -> Result<Option<Process>, StoreError> {
        let drivers = self.store.drivers(&[run]).await?;
        Ok(drivers.into_iter().flatten().next().and_then(|driver| self.store.process_of(driver)))
    }

    /// Reads everything that is kept, compares it with the numbers that were kept with it, and says all that is wrong.
    pub(crate) async fn inspect(&self) -> Result<Inspection, StoreError> {
        self.store.inspect().await
    }

    /// The store.
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// An engine over the store.
    pub(crate) fn engine(
        &self,
        catalogue: Catalogue,
        authority: Arc<dyn Authority>,
        observer: Arc<dyn Observer>,
    ) -> Engine {
        Engine::new(EngineParts {
            store: self.store.clone(),
            catalogue,
            authority,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            observer,
            max_in_flight: MAX_IN_FLIGHT,
        })
    }

    /// An engine that looks, and does nothing.
    pub(crate) fn disconnected_engine(&self, pack: &dyn Pack) -> Engine {
        self.engine(pack.catalogue().clone(), Arc::new(NoAuthority), Arc::new(SilentObserver))
    }

    /// The run that a person names: by its id, `last`, its key, or the beginning of its id.
    pub(crate) async fn find(&self, name: &str) -> Result<RunId, CommandError> {
        if name.is_empty() {
            return Err(CommandError::Usage("an empty string is not the name of a run".to_owned(), None));
        }
        if name == LAST {
            return self.last().await?.ok_or_else(|| no_such_run("there are no runs yet"));
        }
        if let Some(run) = self.store.by_key(&RunKey::new(name)).await? {
            return Ok(run);
        }
        match self.by_prefix(name).await?.as_slice() {
            [] => Err(no_such_run(&format!("no run has the id or key `{name}`"))),
            [run] => Ok(*run),
            runs => {
                let several = runs.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let help = format!("give more of it: {several}{}", if runs.len() > 3 { ", …" } else { "" });
                Err(CommandError::Usage(format!("several runs have an id that begins with `{name}`"), Some(help)))
            }
        }
    }

    /// What a person calls a run, short: its key, or the beginning of its id. It is `last` only until another begins.
    pub(crate) async fn short_name(&self, state: &RunState) -> Result<String, CommandError> {
        match handy_key(state.started().key.as_ref()) {
            Some(key) => Ok(key),
            None => self.short_id(state.run()).await,
        }
    }

    /// The same in a list, where it names the run for as long as it is there.
    pub(crate) async fn short_name_of(&self, summary: &RunSummary) -> Result<String, CommandError> {
        match handy_key(summary.key.as_ref()) {
            Some(key) => Ok(key),
            None => self.short_id(summary.run).await,
        }
    }

    /// What a run waits for that is not admitted, and what a person calls the first of those that are ahead.
    pub(crate) async fn ahead(&self, engine: &Engine, run: RunId) -> Result<Option<(Ahead, String)>, CommandError> {
        let Some(ahead) = engine.ahead(run).await? else { return Ok(None) };
        let name = self.short_name_of(&ahead.first).await?;
        Ok(Some((ahead, name)))
    }

    /// The beginning of a run's id, as long as no other begins so.
    async fn short_id(&self, run: RunId) -> Result<String, CommandError> {
        let id = run.to_string();
        let beginning = &id[..ENOUGH_OF_AN_ID];
        Ok(if self.by_prefix(beginning).await?.len() == 1 { beginning.to_owned() } else { id })
    }

    /// The newest run.
    async fn last(&self) -> Result<Option<RunId>, CommandError> {
        let filter = RunFilter { status: None, process: None, before: None, limit: 1 };
        Ok(self.store.list(&filter).await?.runs.first().map(|summary| summary.run))
    }

    async fn by_prefix(&self, beginning: &str) -> Result<Vec<RunId>, CommandError> {
        Ok(self.store.by_prefix(&beginning.to_ascii_lowercase(), 4).await?)
    }
}

/// Ctrl-Z: others have the store while this process is stopped.
fn give_up_before_stopping(store: &Arc<SharedStore>) -> Result<(), CommandError> {
    let (leaving, coming) = (Arc::downgrade(store), Arc::downgrade(store));
    let leave = move || {
        let store = leaving.upgrade();
        async move {
            if let Some(store) = store {
                store.give_up().await;
            }
        }
    };
    let come_back = move || {
        if let Some(store) = coming.upgrade() {
            store.resume();
        }
    };
    Ok(before_stopping(leave, come_back)?)
}

fn no_such_run(message: &str) -> CommandError {
    Diagnostic::error(Code::NO_SUCH_RUN, None, message).with_help("`flowrun runs list` shows them").into()
}

/// sled panics at files that it does not expect. The store makes an error of that, which is told like any other; the
/// panic's own report would be a second one.
pub(crate) fn leave_out_caught_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if !store_catches_panics() {
            tell_panic(panic);
        }
    }));
}

/// The directory of runs in a state directory.
pub(crate) const RUNS: &str = "runs";

/// Where runs are kept.
pub(crate) fn runs_directory(settings: &Settings) -> PathBuf {
    settings.state_dir.join(RUNS)
}

/// What another process is told that finds the store in use.
pub(crate) fn owner(doing: &str) -> String {
    format!("flowrun {doing} (process {})", std::process::id())
}
