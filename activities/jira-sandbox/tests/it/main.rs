//! The sandbox from outside: over HTTP, with the world it comes with.

mod common;
mod serving;
