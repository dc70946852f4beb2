//! The form of what happens to effects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::mirror::{mirror, optional, required};
use crate::{
    activity::{Failure, Intent, Named, Settlement, Whereabouts},
    journal::{Decision, EffectEntry},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "EffectEntry", rename_all = "snake_case", deny_unknown_fields)]
enum EffectEntryForm {
    Intended {
        #[serde(with = "required")]
        intent: Intent,
    },
    Settled {
        #[serde(with = "required")]
        settlement: Settlement,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    NotShownYet {
        #[serde(with = "required")]
        failure: Failure,
        why: String,
        #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
        look_at: Timestamp,
    },
    InDoubt {
        #[serde(with = "required")]
        failure: Failure,
    },
    Decided {
        #[serde(with = "required")]
        decision: Decision,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Intent", deny_unknown_fields)]
struct IntentForm {
    target: String,
    summary: String,
    request_hash: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    baseline: Value,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    named: Option<Named>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    whereabouts: Option<Box<Whereabouts>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    creates: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Named", deny_unknown_fields)]
struct NamedForm {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Whereabouts", deny_unknown_fields)]
struct WhereaboutsForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    signs: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Settlement", rename_all = "snake_case")]
enum SettlementForm {
    Happened(Value),
    DidNotHappen,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Decision", rename_all = "snake_case", deny_unknown_fields)]
enum DecisionForm {
    Happened { key: String },
    DidNotHappen,
    Abort,
}

mirror!(EffectEntry, EffectEntryForm);
mirror!(Intent, IntentForm);
mirror!(Named, NamedForm);
mirror!(Whereabouts, WhereaboutsForm);
mirror!(Settlement, SettlementForm);
mirror!(Decision, DecisionForm);
