//! Runs: their state, what follows from what happens, and the loop that drives them.
//!
//! `state` folds entries (`apply`), `decide` says what must be done next, and `machine` turns what happened into entries and actions; all
//! are pure. `driver` is the loop around the machine that does I/O, and `engine` what programs use.

mod activities;
mod binding;
mod cancellation;
mod claim;
mod command;
mod decide;
mod definitions;
mod drive_all;
mod driver;
mod edge;
mod engine;
mod graph;
mod live;
mod machine;
mod outline;
mod state;
mod view;

pub use activities::Activities;
pub use cancellation::CancellationToken;
pub use command::Command;
pub use decide::decide;
pub use edge::{EdgeVerdict, NodeOutcome};
pub use engine::{Engine, EngineError, EngineParts, NewRun, Observer, SilentObserver};
pub use machine::{Action, Call, CallEnd, Input, Machine, Output};
pub use outline::CannotGoOn;
pub use state::{NoStart, RunState};
pub use view::{AttemptView, EffectView, ItemResults, NextLook, NodeView, StepView};

pub use crate::{
    journal::{Refused, Signal},
    status::{NodeStatus, RunStatus, UnknownStatus},
};
