//! What a kind of worlds has of its own.

use std::{fmt, time::Duration};

use flowrun_engine::{
    id::EffectId,
    journal::{Decision, Record},
    run::{Action, EffectView, Input, Output, RunState},
};

use serde_json::{Map, Value};

use super::{Fault, World};
use crate::{disk::Run, looks::Looks, strike::NetworkFault};

/// A kind of worlds: how calls of activities go in them, where effects are had, and what must hold.
pub(crate) trait WorldKind: Sized {
    /// What happens in its worlds only.
    type Event: fmt::Debug;

    /// What it keeps of a run that is driven, which was taken over with this journal.
    type Calls: From<Vec<Record>>;

    /// How long a person takes to come, in milliseconds.
    const PERSON_TAKES: u64;

    /// How long after a grant was found missing it is asked for again.
    const ASKS_AGAIN_AFTER: Duration;

    /// Other inputs with which a run may be retried.
    fn other_inputs(_: &mut World<Self>, _: Run, _: &RunState) -> Option<Map<String, Value>> {
        None
    }

    /// A run that was so is retried by this record.
    fn retried(_: &mut World<Self>, _: Run, _: &RunState, _: &Record) {}

    /// What befalls its worlds only.
    fn misfortunes(_: &mut World<Self>) {}

    /// A process begins: which.
    fn process_begins(_: &mut World<Self>, _: usize) {}

    /// Nobody drives a run any more, whose process died.
    fn run_lost(_: &mut World<Self>, _: Run) {}

    /// The network is to fail the request that has this effect.
    fn network_fails(_: &mut World<Self>, _: (Run, EffectId), _: NetworkFault) {}

    /// Lets something happen that comes before the next event, which is at this time; whether there was anything.
    fn goes_first(_: &mut World<Self>, _next: Option<u64>) -> bool {
        false
    }

    /// What happens in its worlds only.
    fn happen(world: &mut World<Self>, event: Self::Event) -> Result<(), Fault>;

    /// A machine asks for something.
    fn perform(world: &mut World<Self>, run: Run, action: Action) -> Result<(), Fault>;

    /// A machine is about to be told something.
    fn before_telling(_: &mut World<Self>, _: Run, _: &[Input]) {}

    /// A machine was told something, and this came of it.
    fn after_telling(_: &mut World<Self>, _: Run, _: &Output) {}

    /// What must hold whenever a machine was told something, and all was done that it asked for.
    fn check(_: &mut World<Self>, _: Run) -> Result<(), Fault> {
        Ok(())
    }

    /// What must hold of a run that has ended.
    fn check_end(world: &World<Self>, run: Run, state: &RunState) -> Result<(), Fault>;

    /// What must hold when all runs have ended.
    fn check_world(_: &World<Self>) -> Result<(), Fault> {
        Ok(())
    }

    /// What looks for lost effects came to, where that is counted.
    fn looks(_: &World<Self>) -> Looks {
        Looks::default()
    }

    /// Whether none of a run's calls runs.
    fn is_idle(calls: &Self::Calls) -> bool;

    /// Whether nobody can tell yet what became of a run's effects.
    fn is_under_way(_: &World<Self>, _: Run) -> bool {
        false
    }

    /// What a person says of an effect in doubt, who looks where it was to be had.
    fn truth(world: &World<Self>, run: Run, open: &EffectView<'_>) -> Decision;
}
