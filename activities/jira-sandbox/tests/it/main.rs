//! The sandbox from outside: over HTTP, with the world it comes with.

mod common;
mod contract;
mod refusals;
mod replay;
mod serving;
mod switches;
