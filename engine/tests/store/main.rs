//! The sled store from outside: what it promises, on damaged files.

#![expect(clippy::unwrap_used, reason = "what a test prepares may fail the test")]

mod conformance;
mod damage;
mod files;
mod formats;
mod harm;
mod model;
mod parity;
mod records;
mod rules;
mod sample;
mod silent;
mod vanished;
mod years;
