//! Faults that are planted to see that they are found: each is one that somebody could write.

use clap::ValueEnum;

/// A planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// Effects are sent before their intents are durable.
    SendBeforeDurable,
    /// That something was made rides while its successor reads.
    UnsyncedCreate,
    /// How effects ended is not kept.
    ForgottenEntry,
    /// Steps that wait are forgotten when a process takes over.
    LostTimer,
    /// A grant to send is given twice.
    SendTwice,
    /// A signal is answered, and not kept.
    LostSignal,
    /// A crash keeps later records and loses earlier ones.
    ReorderedRecords,
    /// Whoever looks for a lost effect says that it did not happen.
    ForgottenEffect,
    /// The disk loses what it had synced.
    LyingDisk,
    /// An attempt does not hear what earlier ones had done.
    ForgottenResults,
    /// Calls are not dropped when their time is up.
    IgnoredDrop,
    /// Whoever takes a run over does not look into its inbox.
    ForgottenInbox,
    /// After a retry an attempt does not hear what those before had done.
    RetryForgets,
    /// After a retry what was given up in doubt is taken for not done.
    BlindRetry,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::SendBeforeDurable,
        Self::UnsyncedCreate,
        Self::ForgottenEntry,
        Self::LostTimer,
        Self::SendTwice,
        Self::LostSignal,
        Self::ReorderedRecords,
        Self::ForgottenEffect,
        Self::LyingDisk,
        Self::ForgottenResults,
        Self::IgnoredDrop,
        Self::ForgottenInbox,
        Self::RetryForgets,
        Self::BlindRetry,
    ];

    /// Those that can be planted where the real activities run.
    pub const REAL: [Self; 10] = [
        Self::SendBeforeDurable,
        Self::ForgottenEntry,
        Self::LostTimer,
        Self::SendTwice,
        Self::LostSignal,
        Self::ReorderedRecords,
        Self::ForgottenEffect,
        Self::LyingDisk,
        Self::ForgottenResults,
        Self::ForgottenInbox,
    ];
}
