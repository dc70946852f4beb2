//! What becomes of a request on its way.

use std::collections::BTreeSet;

use super::case::Trouble;
use crate::random::Seeded;

/// The longest that a request is under way, in milliseconds.
pub(crate) const LONGEST_WAY: u64 = 3_000;

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
            _ => return Self::Answered,
        };
        if troubles.contains(&trouble) { fate } else { Self::Answered }
    }

    /// How often it arrives.
    pub(crate) fn arrivals(self) -> usize {
        match self {
            Self::Answered | Self::AnswerLost { .. } | Self::Unavailable { is_done: true } => 1,
            Self::Doubled => 2,
            Self::NotReached | Self::Lost { .. } | Self::Unavailable { is_done: false } | Self::Limited => 0,
        }
    }

    /// Whether the client hears nothing until it gives up.
    pub(crate) fn is_silent(self) -> bool {
        matches!(self, Self::Lost { is_reset: false } | Self::AnswerLost { is_reset: false })
    }
}

/// How long a request, or an answer, is under way.
pub(crate) fn way(random: &Seeded, troubles: &BTreeSet<Trouble>) -> u64 {
    match troubles.contains(&Trouble::Delays) && random.once_in(8) {
        true => random.below(LONGEST_WAY),
        false => 5 + random.below(150),
    }
}
