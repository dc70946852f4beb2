//! What people call a run, short: its key, or the beginning of its id.

use flowrun_engine::{id::RunKey, store::RunSummary};

/// The name of the newest run.
pub(crate) const LAST: &str = "last";

/// So much of an id has the millisecond at which the run began, in two groups of digits.
pub(crate) const ENOUGH_OF_AN_ID: usize = 13;

/// Without a look at the store: the beginning of an id may be another's, too.
pub(crate) fn likely_name(summary: &RunSummary) -> String {
    handy_key(summary.key.as_ref()).unwrap_or_else(|| summary.run.to_string()[..ENOUGH_OF_AN_ID].to_owned())
}

/// A key that can be typed, and is not long.
pub(crate) fn handy_key(key: Option<&RunKey>) -> Option<String> {
    key.map(ToString::to_string).filter(|key| is_handy(key) && key != LAST)
}

/// Whether a key can be written as it is wherever a run is named, and is not long.
fn is_handy(key: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    key.len() <= 40 && !key.starts_with('-') && key.chars().all(is_plain)
}
