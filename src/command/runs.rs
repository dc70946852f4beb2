//! `flowrun runs`: a look at runs, and resuming them.

mod export;
mod list;
mod listing;
mod prune;
mod resume;
mod show;
mod watch;
mod why;

pub(super) use self::{
    export::export,
    list::list,
    listing::{Listing, Wanted},
    prune::prune,
    resume::{cancel, decide, resume},
    show::show,
    watch::watch,
    why::why,
};

use std::sync::Arc;

use flowrun_engine::{
    requirement::NoAuthority,
    run::{Engine, SilentObserver},
};

use crate::{pack::Pack, state::State};

/// An engine that looks, and does nothing.
pub(super) fn disconnected_engine(state: &State, pack: &dyn Pack) -> Engine {
    state.engine(pack.catalogue().clone(), Arc::new(NoAuthority), Arc::new(SilentObserver))
}
