//! What becomes of a request on its way.

use std::collections::BTreeSet;

use super::case::Trouble;
use crate::{random::Seeded, strike::NetworkFault};

/// The longest that a request is under way, in milliseconds.
pub(crate) const LONGEST_WAY: u64 = 3_000;

/// A request that is late arrives within so many milliseconds after it was given up: by then no lost request arrives any more.
pub(crate) const LATEST: u64 = 30_000;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It arrives twice; the first answer is given.
    Doubled,
    /// There is no connection.
    NotReached,
    /// It never arrives; whether the connection is reset, or nothing is heard any more.
    Lost { is_reset: bool },
    /// It arrives, and its answer does not.
    AnswerLost { is_reset: bool },
    /// A gateway answers with 503; whether it had arrived.
    Unavailable { is_done: bool },
    /// A gateway answers with 429.
    Limited,
    /// Its credential is not recognised.
    Unrecognised,
    /// Nothing is heard of it, and it arrives after it was given up: within the time that a lost request may take, or later.
    Late { is_too_late: bool },
}

impl Fate {
    pub(crate) fn of(random: &Seeded, troubles: &BTreeSet<Trouble>) -> Self {
        let (drawn, is_reset) = (random.below(60), random.once_in(2));
        let (trouble, fate) = match drawn {
            0 | 1 => (Trouble::Resets, Self::NotReached),
            2 | 3 => (Trouble::LostRequests, Self::Lost { is_reset }),
            4 | 5 => (Trouble::LostAnswers, Self::AnswerLost { is_reset }),
            6 | 7 => (Trouble::Duplicates, Self::Doubled),
            8 => (Trouble::Unavailable, Self::Unavailable { is_done: false }),
            9 => (Trouble::Unavailable, Self::Unavailable { is_done: true }),
            10 | 11 => (Trouble::RateLimits, Self::Limited),
            12 | 13 => (Trouble::Expiry, Self::Unrecognised),
            _ => return Self::Answered,
        };
        if troubles.contains(&trouble) { fate } else { Self::Answered }
    }

    /// What a fault that strikes makes of it.
    pub(crate) fn struck(fault: NetworkFault) -> Self {
        match fault {
            NetworkFault::NotReached => Self::NotReached,
            NetworkFault::TimedOut { is_done: false } => Self::Lost { is_reset: false },
            NetworkFault::TimedOut { is_done: true } => Self::AnswerLost { is_reset: false },
            NetworkFault::Reset { is_done: false } => Self::Lost { is_reset: true },
            NetworkFault::Reset { is_done: true } => Self::AnswerLost { is_reset: true },
            NetworkFault::Unavailable { is_done } => Self::Unavailable { is_done },
            NetworkFault::Limited => Self::Limited,
            NetworkFault::Expired => Self::Unrecognised,
            NetworkFault::Doubled => Self::Doubled,
            NetworkFault::Late => Self::Late { is_too_late: false },
            NetworkFault::TooLate => Self::Late { is_too_late: true },
        }
    }

    /// How often it arrives.
    pub(crate) fn arrivals(self) -> usize {
        match self {
            Self::Answered | Self::AnswerLost { .. } | Self::Unavailable { is_done: true } | Self::Late { .. } => 1,
            Self::Doubled => 2,
            Self::NotReached
            | Self::Lost { .. }
            | Self::Unavailable { is_done: false }
            | Self::Limited
            | Self::Unrecognised => 0,
        }
    }

    /// Whether the client hears nothing until it gives up.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::Lost { is_reset: false } | Self::AnswerLost { is_reset: false } | Self::Late { .. })
    }
}

/// How long a request, or an answer, is under way.
pub(crate) fn way(random: &Seeded, troubles: &BTreeSet<Trouble>) -> u64 {
    match troubles.contains(&Trouble::Delays) && random.once_in(8) {
        true => random.below(LONGEST_WAY),
        false => 5 + random.below(150),
    }
}
