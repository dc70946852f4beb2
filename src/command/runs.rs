//! `flowrun runs`: a look at runs, and going on with them.

mod going_on;
mod list;
mod show;

pub(super) use self::{
    going_on::{cancel, decide, resume},
    list::list,
    show::show,
};
