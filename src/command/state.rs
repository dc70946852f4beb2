//! `flowrun state`: the store of runs as a whole.

mod backup;
mod check;
mod compact;
mod restore;

pub(super) use self::{backup::backup, check::check, compact::compact, restore::restore};
