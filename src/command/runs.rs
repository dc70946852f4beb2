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
