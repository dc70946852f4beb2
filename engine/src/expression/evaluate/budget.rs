//! What one evaluation may use: steps and bytes, never time, so that every machine decides alike.
//!
//! Whatever looks at something uses steps for it, whatever makes something bytes, and before it does so. Bytes are never given
//! back: they bound the memory as well as the work.

use std::collections::BTreeMap;

use super::{Cause, pattern::Pattern};

/// Steps: one for a part of the expression, for an element that is looked at, for 64 bytes that are read.
const STEPS: u64 = 500_000;

/// Bytes that are made.
const BYTES: u64 = 8 << 20;

/// What a small value takes, beside its contents.
const PART: usize = 32;

/// What an element of a list takes.
const ELEMENT: usize = 64;

/// How many bytes are read in a step.
const BYTES_IN_A_STEP: usize = 64;

/// What is left to an evaluation.
#[derive(Debug)]
pub(in crate::expression) struct Budget {
    steps: u64,
    bytes: u64,
    /// The patterns that it has made so far. Others' would change what an evaluation uses.
    pub(super) patterns: BTreeMap<String, Pattern>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: STEPS, bytes: BYTES, patterns: BTreeMap::new() }
    }
}

impl Budget {
    /// Uses steps.
    pub(in crate::expression) fn steps(&mut self, steps: usize) -> Result<(), Cause> {
        let left = u64::try_from(steps).ok().and_then(|steps| self.steps.checked_sub(steps));
        self.steps = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Cause::TooMuchWork(STEPS))
    }

    /// Uses bytes.
    pub(in crate::expression) fn bytes(&mut self, bytes: usize) -> Result<(), Cause> {
        let left = u64::try_from(bytes).ok().and_then(|bytes| self.bytes.checked_sub(bytes));
        self.bytes = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Cause::TooMuchData(BYTES))
    }

    /// Looks at so many bytes.
    pub(in crate::expression) fn read(&mut self, bytes: usize) -> Result<(), Cause> {
        self.steps(bytes / BYTES_IN_A_STEP + 1)
    }

    /// Makes a text of so many bytes.
    pub(in crate::expression) fn write(&mut self, bytes: usize) -> Result<(), Cause> {
        self.read(bytes)?;
        self.bytes(bytes.saturating_add(PART))
    }

    /// Makes a list or a map of so many elements.
    pub(in crate::expression) fn elements(&mut self, count: usize) -> Result<(), Cause> {
        self.steps(count)?;
        self.bytes(count.saturating_mul(ELEMENT).saturating_add(PART))
    }

    /// Makes one part of a larger value.
    pub(in crate::expression) fn part(&mut self) -> Result<(), Cause> {
        self.steps(1)?;
        self.bytes(PART)
    }

    /// What was used so far: steps, bytes.
    #[cfg(test)]
    pub(in crate::expression) fn used(&self) -> (u64, u64) {
        (STEPS - self.steps, BYTES - self.bytes)
    }
}
