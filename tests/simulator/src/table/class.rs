//! The rows and columns of the table: what a machine can be told, how a step is, and how a run is, as far as the machine tells such
//! things apart.

use std::fmt;

/// An enum with all its variants and a word for each.
macro_rules! class {
    ($(#[$about:meta])* $name:ident { $($variant:ident => $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $(#[doc = $word] $variant,)+
        }

        impl $name {
            /// All of them.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)+];
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(match self { $(Self::$variant => $word,)+ })
            }
        }
    };
}

class! {
    /// What a machine is told: a row.
    Told {
        Intended => "an effect is intended",
        Happened => "an effect's answer: it happened",
        DidNotHappen => "an effect's answer: it did not",
        AttemptGave => "an attempt gave its output",
        AttemptFailed => "an attempt failed for good",
        AttemptFailedForNow => "an attempt failed for now",
        AttemptLimited => "an attempt met a rate limit",
        AttemptLacksGrant => "an attempt lacks a grant",
        AttemptDenied => "an attempt was denied its work",
        AttemptPerhapsDenied => "an attempt was perhaps denied it",
        AttemptRefused => "an attempt was refused its effect",
        AttemptDropped => "an attempt was dropped",
        LookFound => "a look found the effect",
        LookFoundNone => "a look found that it did not happen",
        LookNotYet => "a look could not tell yet",
        LookDenied => "a look was denied",
        LookUndecided => "a look could not tell",
        LookDropped => "a look was dropped",
        AdoptSaw => "what a person named was seen",
        AdoptSawNone => "what a person named was not seen",
        AdoptDropped => "looking at it was dropped",
        GrantMissing => "a grant was found missing",
        GrantThere => "no grant was found missing",
        GrantUnknown => "grants could not be asked for",
        AskDropped => "asking for grants was dropped",
        AskDue => "the time came to ask for grants",
        RetryDue => "the time of a retry came",
        LookDue => "the time of a look came",
        LimitReached => "the time of a call is up",
        DecidedHappened => "a person says: it happened",
        DecidedDidNot => "a person says: it did not",
        DecidedAbort => "a person gives it up",
        Cancel => "a person cancels the run",
        CancelWithin => "a person cancels it within a time",
        Pause => "a person pauses the run",
        Resume => "a person resumes the run",
        Stop => "the process is to end",
        TakenOver => "a process takes the run",
    }
}

class! {
    /// How the step is that a machine is told about, and its call: a column.
    StepIs {
        Unbegun => "it has not begun",
        Due => "it may begin an attempt",
        Lost => "its attempt was another process's",
        LostOpen => "another's, its effect open",
        Attempting => "an attempt runs",
        Intending => "it runs, its effect not sent",
        Sending => "it runs, its effect sent",
        Dropping => "an attempt is being dropped",
        DroppingIntending => "being dropped, its effect not sent",
        DroppingSending => "being dropped, its effect sent",
        Looking => "its effect is looked for",
        LookingAnswered => "looked for, and its answer came",
        LookingDropping => "looked for, and being dropped",
        Adopting => "what a person named is looked at",
        AdoptingDropping => "looked at, and being dropped",
        Asking => "asked which grant it lacks",
        AskingDropping => "asked, and being dropped",
        Waiting => "it waits for its retry",
        LooksAgain => "its effect is looked for later",
        Parked => "it waits for a grant",
        ParkedAsking => "it waits, and grants are asked for",
        ParkedAskingDropping => "it waits, and asking is dropped",
        InDoubt => "it waits for a person",
        Decided => "a person said: it happened",
        Ended => "it has ended",
    }
}

class! {
    /// How the run is: a column.
    RunIs {
        GoingOn => "it goes on",
        Draining => "it ends early",
        LacksGrant => "it lacks a grant",
        AsksPerson => "it asks a person",
        Paused => "it is paused",
        Stopping => "its process ends",
        Finally => "`finally` runs",
        Retried => "it was retried",
        Ended => "it has ended",
    }
}
