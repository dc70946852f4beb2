//! The commands that are Jira's alone: `flowrun token` and `flowrun sandbox`.

mod sandbox;
mod token;

pub(crate) use self::{sandbox::sandbox, token::token};
