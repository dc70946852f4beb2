//! Access tokens: each procedure from the first request to what is kept, against the sandbox's authorization server.

mod add;
mod canary;
mod listener;
mod panics;
mod person;
mod refusals;
