//! All of the command line that knows Jira: the pack, with which site a run talks, access tokens, the sandbox, and what is told of them.
//!
//! It needs the modules that know no Jira, and nothing needs it but the program's door.

mod age;
mod arguments;
mod ca_bundle;
mod catalogue;
mod command;
mod connection;
mod pack;
mod report;
mod sandbox;
mod tokens;

pub use self::pack::Jira;
