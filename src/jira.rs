//! All of the command line that knows Jira: with which site a run talks, access tokens, the sandbox, and what is told of them.
//!
//! It needs the modules that know no Jira, and only commands need it.

mod age;
mod command;
mod connection;
mod report;
mod sandbox;
mod tokens;

pub(crate) use self::{
    age::look as look_at_age,
    command::{sandbox, token},
    connection::{Chosen, Connected, offline_catalogue},
    tokens::{Renewal, Tokens, warn_of_unwritten},
};
