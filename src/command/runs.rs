//! `flowrun runs`: a look at runs, and resuming them.

mod list;
mod resume;
mod show;

pub(super) use self::{
    list::list,
    resume::{cancel, decide, resume},
    show::show,
};
