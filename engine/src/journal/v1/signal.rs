//! The form of what people say to a run, and of why it is refused.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mirror::{mirror, optional, required, text};
use crate::{
    id::StepPath,
    journal::{Decision, Refused, Signal, SignalEntry},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "SignalEntry", rename_all = "snake_case", deny_unknown_fields)]
enum SignalEntryForm {
    CancelRequested,
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

mirror!(SignalEntry, SignalEntryForm);
mirror!(Signal, SignalForm);
mirror!(Refused, RefusedForm);
