//! `flowrun runs`: a look at runs, and going on with them.

mod export;
mod list;
mod listing;
mod pause;
mod prune;
mod resume;
mod retry;
mod show;
mod watch;
mod why;

pub(super) use self::{
    export::export,
    list::list,
    listing::{Listing, Wanted},
    pause::pause,
    prune::prune,
    resume::{cancel, decide, resume},
    retry::retry,
    show::show,
    watch::watch,
    why::why,
};
