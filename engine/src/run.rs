//! Runs: their state, what follows from what happens, and the loop that drives them.
//!
//! `state` folds entries (`apply`), `decide` says what must be done next, and `machine` turns what happened into entries and actions; all
//! are pure. `driver` is the loop around the machine that does I/O, and `engine` what programs use.
//!
//! A run is kept first, and driven then: by this process, or by a later one that goes on where it was.
//!
//! ```
//! # use std::{collections::BTreeMap, sync::Arc};
//! # use flowrun_engine::{activity::Catalogue, clock::SystemClock, definition::{self, Source}, random::SystemRandom, requirement::NoAuthority};
//! # use flowrun_engine::run::{CancellationToken, Engine, EngineParts, NewRun, RunStatus, SilentObserver};
//! # use flowrun_engine::store::{MemoryStore, RunFilter, Store};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let greet = |who: BTreeMap<String, String>, _| async move { Ok(who) };
//! # let catalogue = Catalogue::default().function("example.greet", "Makes a greeting.", greet);
//! # let text = "process: hello\nversion: 1.0.0\nnodes:\n  greet: { activity: example.greet, with: { name: Ada } }\n";
//! # let source = Source::new("hello.yaml", text);
//! # let definition = Arc::new(definition::load(&source, &catalogue).definition.ok_or("it has no faults")?);
//! # let store = Arc::new(MemoryStore::default());
//! # let engine = |store: Arc<MemoryStore>| Engine::new(EngineParts { store, catalogue: catalogue.clone(), authority: Arc::new(NoAuthority), clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), observer: Arc::new(SilentObserver), max_in_flight: 8 });
//! let new = NewRun { source: &source, definition, inputs: Default::default(), key: None, context: Default::default() };
//! let run = engine(store.clone()).start(new).await?;
//!
//! let engine = engine(store); // another process
//! assert_eq!(engine.state(run).await?.status(), RunStatus::Interrupted);
//! engine.request_cancel(run).await?;
//! let state = engine.drive(run, CancellationToken::new()).await?;
//! assert_eq!(state.status(), RunStatus::Cancelled);
//! # Ok(()) }
//! ```

mod activities;
mod binding;
mod cancellation;
mod claim;
mod command;
mod contradiction;
mod decide;
mod definitions;
mod doubt;
mod drive_all;
mod driver;
mod edge;
mod engine;
mod graph;
mod live;
mod machine;
mod outline;
mod retry;
mod state;
mod view;

pub use activities::Activities;
pub use cancellation::CancellationToken;
pub use command::Command;
pub use decide::decide;
pub use edge::{EdgeVerdict, NodeOutcome};
pub use engine::{Ahead, Engine, EngineError, EngineParts, NewRun, Observer, SilentObserver};
pub use machine::{Action, Call, CallEnd, Input, Machine, Output};
pub use outline::CannotGoOn;
pub use retry::{CannotRetry, Retry};
pub use state::{CannotReplay, RetriedRun, RunState};
pub use view::{AttemptView, EffectView, ItemResults, NextLook, NodeView, StepView};

pub use crate::{
    journal::{Refused, Signal},
    status::{NodeStatus, RunStatus, UnknownStatus},
};
