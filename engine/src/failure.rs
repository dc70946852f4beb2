//! Why an attempt failed, in a form that outlives the process: the journal keeps it.

use jiff::Timestamp;

use crate::diagnostic::Code;

/// A failed attempt, step or run.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The diagnostic code: FR07xx.
    pub code: Code,
    /// What went wrong, in one line: a lower-case fragment, the service's own words included.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The input that is to blame.
    pub field: Option<String>,
    /// Whether another attempt can help.
    pub recovery: Recovery,
    /// Whether the effect that was being asked for may have happened.
    pub certainty: Certainty,
}

/// Whether another attempt can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// No: the same would happen again.
    Permanent,
    /// Perhaps: the node's `retry` says when.
    Transient {
        /// Not before this time, where the service said so.
        not_before: Option<Timestamp>,
    },
    /// Yes, from this time on. Uses up no attempt, counts towards the deadline.
    RateLimited {
        /// The time.
        until: Timestamp,
    },
    /// Yes, once a person has granted what is missing: the step parks until it is there. Uses up no attempt and none of the time until
    /// the deadline. Only where the answer proves that nothing happened.
    NeedsGrant,
    /// The same, where the answer does not say what is missing: it is found out, so that it can be told.
    Denied,
    /// Only if a missing grant is the reason, which the answer does not say: grants are asked for, and where none is missing this is as
    /// [`Self::Permanent`].
    PerhapsDenied,
}

/// Whether the effect that was being asked for may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The answer proves that nothing happened, or nothing was asked for.
    NoEffect,
    /// It may have happened: a timeout, a reset, a 5xx, a success that cannot be read.
    Unknown,
}

impl Failure {
    /// A failure that no other attempt can mend, without an effect.
    pub fn permanent(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            status: None,
            field: None,
            recovery: Recovery::Permanent,
            certainty: Certainty::NoEffect,
        }
    }

    /// A failure that passes, without an effect.
    pub fn transient(code: Code, message: impl Into<String>) -> Self {
        Self { recovery: Recovery::Transient { not_before: None }, ..Self::permanent(code, message) }
    }

    /// A failure that only a person's grant can mend, without an effect.
    pub fn needs_grant(code: Code, message: impl Into<String>) -> Self {
        Self { recovery: Recovery::NeedsGrant, ..Self::permanent(code, message) }
    }

    /// The same, with what to do.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same, with the input that is to blame.
    #[must_use]
    pub fn with_field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// The same, with the HTTP status of the answer.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same, but the effect may have happened.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        Self { certainty: Certainty::Unknown, ..self }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}
