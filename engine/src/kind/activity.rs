//! Nodes that do work: `activity`, its inputs in `with`, when it is tried again and for how long, and what a doubt does.
//!
//! A step has attempts made; what those are, `run/machine` says.

mod written;

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

pub(crate) use self::written::{Keys, WrittenActivity, WrittenRetry};
use super::{Doing, Kind};
use crate::{
    expression::{Template, ValueType},
    id::ActivityName,
};

/// A node that does work.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityNode {
    /// The activity.
    pub activity: ActivityName,
    /// Its inputs: always an object.
    pub with: Template,
    /// When a transient failure is tried again.
    pub retry: Retry,
    /// How long an attempt may take; the activity's own where it is not written.
    pub timeout: Option<Duration>,
    /// What to do when it cannot be shown whether an effect happened.
    pub on_unknown: OnUnknown,
    /// The type of what the activity gives: expressions read numbers by it.
    pub output_type: ValueType,
}

/// When a transient failure is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// How many attempts there are in all, the first included.
    pub attempts: NonZeroU32,
    /// The wait before the second attempt.
    pub delay: Duration,
    /// What each further wait is multiplied by; at least 1.
    pub backoff: f64,
    /// The longest wait.
    pub max_delay: Duration,
    /// Whether waits are spread at random, between 0.7 and 1.3 of their length, the cap included.
    pub jitter: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::new(5).expect("5 is not 0"),
            delay: Duration::from_secs(2),
            backoff: 2.0,
            max_delay: Duration::from_secs(60),
            jitter: true,
        }
    }
}

/// What to do when it cannot be shown whether an effect happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// The run waits for a person's decision.
    #[default]
    Stop,
    /// The effect is asked for again: at least once, by choice.
    Retry,
}

impl ActivityNode {
    /// A node of which only the activity is known, and what it gives that.
    pub fn new(activity: ActivityName, with: Template) -> Self {
        Self {
            activity,
            with,
            retry: Retry::default(),
            timeout: None,
            on_unknown: OnUnknown::default(),
            output_type: ValueType::default(),
        }
    }
}

impl Kind for ActivityNode {
    fn arguments(&self) -> (&'static str, &Template) {
        ("with", &self.with)
    }

    fn output_type(&self) -> &ValueType {
        &self.output_type
    }

    fn doing(&self) -> Doing<'_> {
        Doing::Attempts(self)
    }
}
