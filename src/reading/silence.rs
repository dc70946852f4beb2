//! How long nothing may come, and what is said of it meanwhile.

use std::time::{Duration, Instant};

use super::{ReadError, SILENCE};
use crate::screen::tell_waiting;

/// A time in which nothing has come.
pub(super) struct Silence<'a> {
    /// What is waited for.
    what: &'a str,
    since: Instant,
    patience: Duration,
    is_told: bool,
}

impl<'a> Silence<'a> {
    /// It begins; it may last for `patience`.
    pub(super) fn new(what: &'a str, patience: Duration) -> Self {
        Self { what, since: Instant::now(), patience, is_told: false }
    }

    /// Something has come.
    pub(super) fn end(&mut self) {
        self.since = Instant::now();
    }

    /// Nothing has come: after a moment that is said, once.
    ///
    /// # Errors
    /// When it has lasted too long.
    pub(super) fn goes_on(&mut self) -> Result<(), ReadError> {
        let lasted = self.since.elapsed();
        if lasted > self.patience {
            return Err(ReadError::Silent(self.patience));
        }
        if lasted >= SILENCE && !std::mem::replace(&mut self.is_told, true) {
            tell_waiting(self.what);
        }
        Ok(())
    }
}
