//! The form of what people say to a run, and of why it is refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mirror::{mirror, optional, required, text};
use crate::{
    id::{RunId, StepPath},
    journal::{Decision, Refused, Signal, SignalEntry},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "SignalEntry", rename_all = "snake_case", deny_unknown_fields)]
enum SignalEntryForm {
    CancelRequested,
    GraceBegan {
        #[serde(with = "milliseconds")]
        grace: Duration,
    },
    GraceEnded,
    PauseRequested,
    ResumeRequested,
    CancelRequestedFor {
        run: RunId,
    },
    Received {
        message: u64,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        refused: Option<Refused>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Signal", rename_all = "snake_case", deny_unknown_fields)]
enum SignalForm {
    Cancel,
    CancelWithin(#[serde(with = "milliseconds")] Duration),
    Pause,
    Resume,
    CancelFor {
        run: RunId,
    },
    Decide {
        #[serde(with = "text")]
        step: StepPath,
        #[serde(with = "required")]
        decision: Decision,
    },
    Answer {
        #[serde(with = "text")]
        step: StepPath,
        answer: Value,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refused", rename_all = "snake_case", deny_unknown_fields)]
enum RefusedForm {
    Ended,
    NothingToDecide(#[serde(with = "text")] StepPath),
    NothingAsked(#[serde(with = "text")] StepPath),
    NoAnswer {
        #[serde(with = "text")]
        step: StepPath,
        why: String,
    },
}

/// A length of time in whole milliseconds; one that is too long to be told so is the longest that can be.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(length: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        u64::try_from(length.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

mirror!(SignalEntry, SignalEntryForm);
mirror!(Signal, SignalForm);
mirror!(Refused, RefusedForm);
