//! The form of failures.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::mirror::{mirror, required};
use crate::{
    activity::{Certainty, Failure, Recovery},
    diagnostic::Code,
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Failure", deny_unknown_fields)]
struct FailureForm {
    code: Code,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(with = "required")]
    recovery: Recovery,
    #[serde(with = "required")]
    certainty: Certainty,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Recovery", rename_all = "snake_case", deny_unknown_fields)]
enum RecoveryForm {
    Permanent,
    Transient {
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::optional")]
        not_before: Option<Timestamp>,
    },
    RateLimited {
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
        until: Timestamp,
    },
    NeedsGrant,
    Denied,
    PerhapsDenied,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Certainty", rename_all = "snake_case")]
enum CertaintyForm {
    NoEffect,
    Unknown,
}

mirror!(Failure, FailureForm);
mirror!(Recovery, RecoveryForm);
mirror!(Certainty, CertaintyForm);
