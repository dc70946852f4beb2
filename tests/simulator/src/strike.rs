//! One fault at one boundary of an effect's way.

use std::fmt;

/// A boundary of an effect's way, and the fault that strikes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strike {
    /// What runs is cut off.
    Cut(Boundary, Cut),
    /// The network fails, with the processes alive.
    Network(NetworkFault),
}

/// How far an effect has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Boundary {
    /// Its intent is not written yet.
    BeforeIntent,
    /// Its intent is written, and not synced.
    IntentUnsynced,
    /// Its intent is durable, and nothing is sent.
    Unsent,
    /// The request is on its way.
    Sent,
    /// The request has arrived, and its answer is on its way.
    Arrived,
    /// The answer has been read, and nothing of it is written.
    Unrecorded,
    /// How it ended is written, and not synced.
    OutcomeUnsynced,
    /// How it ended is durable, and nothing that follows has begun.
    Recorded,
}

/// How what runs is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// All processes are killed: of what was written the beginning is there, more or less of it.
    Kill,
    /// The power fails, or the disk refuses to write or to sync: nothing is there that was not synced.
    PowerFailure,
    /// The process that drives the run is killed, and another has the store.
    OneProcess,
}

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NetworkFault {
    /// There is no connection.
    NotReached,
    /// No answer comes in time; whether the request arrived.
    TimedOut { is_done: bool },
    /// The connection is reset; whether the request arrived.
    Reset { is_done: bool },
    /// A gateway answers with 503; whether the request arrived.
    Unavailable { is_done: bool },
    /// A gateway answers with 429.
    Limited,
    /// The credential has expired: it is renewed, or for a while it cannot be.
    Expired,
    /// The request arrives twice.
    Doubled,
    /// It is given up, and arrives afterwards, within the time that a lost request may take.
    Late,
    /// The same, but later than a lost request may take: what is promised does not hold.
    TooLate,
}

impl Boundary {
    const ALL: [Self; 8] = [
        Self::BeforeIntent,
        Self::IntentUnsynced,
        Self::Unsent,
        Self::Sent,
        Self::Arrived,
        Self::Unrecorded,
        Self::OutcomeUnsynced,
        Self::Recorded,
    ];
}

impl Cut {
    const ALL: [Self; 3] = [Self::Kill, Self::PowerFailure, Self::OneProcess];
}

impl NetworkFault {
    /// Those that flowrun can meet.
    const ALL: [Self; 11] = [
        Self::NotReached,
        Self::TimedOut { is_done: false },
        Self::TimedOut { is_done: true },
        Self::Reset { is_done: false },
        Self::Reset { is_done: true },
        Self::Unavailable { is_done: false },
        Self::Unavailable { is_done: true },
        Self::Limited,
        Self::Expired,
        Self::Doubled,
        Self::Late,
    ];
}

impl Strike {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let cuts = Boundary::ALL.into_iter().flat_map(|boundary| Cut::ALL.map(|cut| Self::Cut(boundary, cut)));
        cuts.chain(NetworkFault::ALL.map(Self::Network))
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(boundary, cut) => {
                let boundary = match boundary {
                    Boundary::BeforeIntent => "before its intent is written",
                    Boundary::IntentUnsynced => "its intent written, not synced",
                    Boundary::Unsent => "its intent durable, nothing sent",
                    Boundary::Sent => "the request on its way",
                    Boundary::Arrived => "the answer on its way",
                    Boundary::Unrecorded => "the answer read, not written",
                    Boundary::OutcomeUnsynced => "the outcome written, not synced",
                    Boundary::Recorded => "the outcome durable, nothing begun",
                };
                let cut = match cut {
                    Cut::Kill => "kill",
                    Cut::PowerFailure => "power cut, failing disk",
                    Cut::OneProcess => "kill of one process",
                };
                write!(formatter, "{boundary}: {cut}")
            }
            Self::Network(fault) => formatter.write_str(match fault {
                NetworkFault::NotReached => "no connection",
                NetworkFault::TimedOut { is_done: false } => "timeout before the effect",
                NetworkFault::TimedOut { is_done: true } => "timeout after the effect",
                NetworkFault::Reset { is_done: false } => "reset before the effect",
                NetworkFault::Reset { is_done: true } => "reset after the effect",
                NetworkFault::Unavailable { is_done: false } => "503 before the effect",
                NetworkFault::Unavailable { is_done: true } => "503 after the effect",
                NetworkFault::Limited => "429",
                NetworkFault::Expired => "the credential has expired",
                NetworkFault::Doubled => "the request arrives twice",
                NetworkFault::Late => "given up, and arrives late",
                NetworkFault::TooLate => "given up, and arrives later than is assumed",
            }),
        }
    }
}
