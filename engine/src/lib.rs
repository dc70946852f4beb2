//! flowrun's engine: process definitions, their checks, the journal and runs.
//!
//! It knows nothing of Jira, HTTP or OAuth. Work comes in as [`activity::Activity`], time as
//! [`clock::Clock`], randomness as [`random::Random`], storage as [`store::Store`]; an embedder
//! supplies them. ARCHITECTURE.md has the map and the invariants.

pub mod activity;
pub mod clock;
pub mod definition;
pub mod diagnostic;
mod duration;
pub mod expression;
mod failure;
mod form;
pub mod id;
pub mod journal;
pub mod kind;
pub mod preflight;
pub mod random;
pub mod requirement;
pub mod run;
mod status;
pub mod store;
pub mod suggestion;
pub mod testing;
pub mod text;
mod yaml;
