//! What can be asked of a store, as values: kept until they are answered, asked of the store that this process has open, or sent to
//! the process that has it (`wire`).

use std::path::PathBuf;

use flowrun_engine::{
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    store::{Barrier, Claim, DueRun, RunFilter, RunPage, RunSummary, StoreCounts, StoreError, watch::Topic},
};
use jiff::Timestamp;

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    Create(Box<NewRun>),
    Claim {
        run: RunId,
        driver: DriverId,
    },
    Release(Claim),
    Drivers(Vec<RunId>),
    Append {
        claim: Claim,
        record: Record,
        summary: Option<Box<RunSummary>>,
        barrier: Barrier,
    },
    AppendWithDefinition(Box<NewDefinition>),
    Post(Message),
    Inbox {
        run: RunId,
        after: u64,
    },
    Records {
        run: RunId,
        sequence: u64,
        limit: usize,
    },
    Definition(DefinitionHash),
    Summary(RunId),
    List(RunFilter),
    ByKey(RunKey),
    Due {
        until: Timestamp,
        limit: usize,
    },
    Ahead {
        run: RunId,
        limit: usize,
    },
    ByPrefix {
        prefix: String,
        limit: usize,
    },
    Prune(RunId),
    /// To this path, which is absolute.
    Backup(PathBuf),
    /// A claim that this process has kept while another took the store over.
    Hold(Claim),
    /// All of these were told.
    HeldAll,
    Subscribe(Topic),
    Unsubscribe(Topic),
    /// Whether anybody is there.
    Ping,
}

/// A run that is to be kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewRun {
    pub(crate) summary: RunSummary,
    pub(crate) definition: String,
    pub(crate) record: Record,
    pub(crate) driver: Option<DriverId>,
    pub(crate) barrier: Barrier,
}

/// A record that gives a run another definition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewDefinition {
    pub(crate) claim: Claim,
    pub(crate) record: Record,
    pub(crate) summary: RunSummary,
    pub(crate) definition: String,
}

/// A message to a run. To post one again would say it twice: it is looked for first, among those that came after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) run: RunId,
    pub(crate) signal: Signal,
    /// The number of the newest message before it was posted first.
    pub(crate) after: u64,
    /// Whether it may have been posted already.
    pub(crate) is_repeated: bool,
}

/// What a call gives.
#[derive(Debug)]
pub(crate) enum Answer {
    Done,
    Claimed(Claim),
    Drivers(Vec<Option<DriverId>>),
    Posted(u64),
    Inbox(Vec<(u64, Signal)>),
    Records(Page),
    Definition(Option<String>),
    Summary(Option<Box<RunSummary>>),
    List(RunPage),
    ByKey(Option<RunId>),
    Due(Vec<DueRun>),
    Ahead(Vec<RunId>),
    ByPrefix(Vec<RunId>),
    Pruned(u64),
    BackedUp(StoreCounts),
}

/// Records of a run.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    /// Whether all are there that were asked for, and not only as many as are sent at once.
    pub(crate) is_whole: bool,
}

/// An answer, or why there is none.
pub(crate) type Answered = Result<Answer, StoreError>;

impl Request {
    /// The same, where it was sent before and the answer was lost.
    pub(crate) fn repeated(&self) -> Self {
        match self {
            Self::Post(message) => Self::Post(Message { is_repeated: true, ..message.clone() }),
            other => other.clone(),
        }
    }

    /// As whom runs are claimed by it.
    pub(crate) fn driver(&self) -> Option<DriverId> {
        match self {
            Self::Create(new) => new.driver,
            Self::Claim { driver, .. } => Some(*driver),
            Self::Hold(claim) => Some(claim.driver),
            _ => None,
        }
    }
}
