//! The one table of operations: what is served, under which path, with which scopes. Routing, the check of scopes and
//! the answer 501 all read it.

mod matching;
mod scopes;
mod served;
mod unserved;

use jiff::Timestamp;

use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    attachment::UploadTerms,
    request::ApiRequest,
    served_operation::ServedOperation,
    world::World,
};

pub(crate) use matching::{Route, route};

use served::operations;

/// An operation of Jira's that the sandbox serves.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) facts: ServedOperation,
    pub(crate) handler: Handler,
}

impl Operation {
    /// Whether it changes nothing.
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.handler, Handler::Public(_) | Handler::Read(_))
    }

    /// Whether it can be asked without credentials. \[SPEC\]
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.handler, Handler::Public(_))
    }
}

/// What an operation does. All look at the world at most; the change of a write is made after it is durable.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// A read for everybody, of the site's address and the time.
    Public(fn(&str, Timestamp) -> Answer),
    Read(fn(&ApiRequest<'_>, &World) -> Result<Answer, Refusal>),
    Write(fn(&ApiRequest<'_>, &World) -> Result<AcceptedChange, Refusal>),
    /// A write whose body is a form with files.
    Upload {
        /// Judges it before its body is read.
        admit: fn(&ApiRequest<'_>, &World) -> Result<UploadTerms, Refusal>,
        /// Judges it again when its files are on the disk.
        add: fn(&ApiRequest<'_>, &World) -> Result<AcceptedChange, Refusal>,
    },
}

/// Every operation that the sandbox serves.
pub fn served_operations() -> Vec<ServedOperation> {
    operations().map(|operation| operation.facts.clone()).collect()
}
