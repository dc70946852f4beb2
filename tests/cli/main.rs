//! The program as people use it: each test has a directory and a sandbox of its own, and nothing of the machine's.
//!
//! Whatever a command sent to the sandbox is checked against Jira's OpenAPI document after it
//! ([`environment::Environment`]).

#![expect(clippy::unwrap_used, reason = "what helpers of tests unwrap, they assert")]

mod bounds;
mod concurrency;
mod consent;
mod contract;
mod controls;
mod correcting;
mod damage;
mod environment;
mod files;
mod grants;
mod kept;
mod pausing;
mod proxy;
mod refusals;
mod repair;
mod resuming;
mod retrying;
mod running;
mod sandbox;
mod secrets;
mod shared;
mod state;
mod stdin;
mod terminal;
mod token;
mod years;
