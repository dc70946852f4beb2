//! The sandbox as Atlassian's authorization server.

mod app;
mod consent;
mod exchange;
mod faults;
mod gateway;
mod grants;
mod keeping;
mod refresh;
mod resources;
