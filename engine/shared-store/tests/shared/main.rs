//! What a store that several processes share promises. Each `SharedStore` here stands for a process: it has a connection, a lock and a name of
//! its own. What only the death of a real process shows is in `tests/shared/run.sh`.

#![expect(clippy::unwrap_used, reason = "what a test prepares may fail the test")]

mod claims;
mod conformance;
mod ending;
mod refusals;
mod sample;
mod take_over;
