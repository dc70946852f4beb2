//! The form of what happens to runs, nodes and steps, of times that came, and of what was asked for.

use std::{num::NonZeroU32, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::mirror::{mirror, optional, required};
use crate::{
    activity::Failure,
    concurrency::{AdmissionAsked, OnConflict},
    id::{DefinitionHash, NodeId, RunId, RunKey},
    journal::{Correction, NodeEntry, RunEntry, RunError, RunOutcome, RunStarted, SkipReason, StepEntry, TimerEntry},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunEntry", rename_all = "snake_case", deny_unknown_fields)]
enum RunEntryForm {
    Started(#[serde(with = "required")] RunStarted),
    Resumed,
    Interrupted,
    MainEnded {
        #[serde(with = "required")]
        outcome: RunOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        error: Option<RunError>,
    },
    Ended {
        #[serde(with = "required")]
        outcome: RunOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        error: Option<RunError>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outputs: Option<Map<String, Value>>,
    },
    AdmissionAsked(#[serde(with = "required")] AdmissionAsked),
    Admitted,
    Retried {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nodes: Vec<NodeId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<NodeId>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        finally_only: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inputs: Option<Map<String, Value>>,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        correction: Option<Correction>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AdmissionAsked", deny_unknown_fields)]
struct AdmissionAskedForm {
    key: String,
    limit: NonZeroU32,
    #[serde(with = "required")]
    on_conflict: OnConflict,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OnConflict", rename_all = "snake_case")]
enum OnConflictForm {
    Wait,
    Refuse,
    CancelRunning,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "NodeEntry", rename_all = "snake_case", deny_unknown_fields)]
enum NodeEntryForm {
    Skipped {
        #[serde(with = "required")]
        reason: SkipReason,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    Started {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<Arc<Vec<Value>>>,
    },
    Failed {
        #[serde(with = "required")]
        failure: Failure,
    },
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StepEntry", rename_all = "snake_case", deny_unknown_fields)]
enum StepEntryForm {
    Started {
        input: Arc<Value>,
    },
    AttemptStarted {
        attempt: u32,
    },
    AttemptFailed {
        attempt: u32,
        #[serde(with = "required")]
        failure: Failure,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "jiff::fmt::serde::timestamp::nanosecond::optional"
        )]
        retry_at: Option<Timestamp>,
    },
    AttemptInterrupted {
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        failure: Option<Failure>,
    },
    AttemptParked {
        attempt: u32,
        #[serde(with = "required")]
        failure: Failure,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "jiff::fmt::serde::timestamp::nanosecond::optional"
        )]
        ask_at: Option<Timestamp>,
    },
    StillParked {
        #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
        failure: Option<Failure>,
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
        ask_at: Timestamp,
    },
    Unparked,
    Completed {
        output: Arc<Value>,
    },
    Failed {
        #[serde(with = "required")]
        failure: Failure,
    },
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TimerEntry", rename_all = "snake_case")]
enum TimerEntryForm {
    RetryDue,
    LookDue,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunStarted", deny_unknown_fields)]
struct RunStartedForm {
    run: RunId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<RunKey>,
    definition: DefinitionHash,
    source_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_path: Option<String>,
    process: String,
    version: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    inputs: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    context: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Correction", deny_unknown_fields)]
struct CorrectionForm {
    definition: DefinitionHash,
    source_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_path: Option<String>,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunOutcome", rename_all = "snake_case")]
enum RunOutcomeForm {
    Completed,
    Failed,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunError", deny_unknown_fields)]
struct RunErrorForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<NodeId>,
    #[serde(with = "required")]
    failure: Failure,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SkipReason", rename_all = "snake_case")]
enum SkipReasonForm {
    Condition,
    Upstream,
    RunFailed,
}

mirror!(RunEntry, RunEntryForm);
mirror!(AdmissionAsked, AdmissionAskedForm);
mirror!(OnConflict, OnConflictForm);
mirror!(NodeEntry, NodeEntryForm);
mirror!(StepEntry, StepEntryForm);
mirror!(TimerEntry, TimerEntryForm);
mirror!(RunStarted, RunStartedForm);
mirror!(Correction, CorrectionForm);
mirror!(RunOutcome, RunOutcomeForm);
mirror!(RunError, RunErrorForm);
mirror!(SkipReason, SkipReasonForm);
