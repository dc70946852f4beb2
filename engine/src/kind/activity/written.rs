//! An activity's node as it is written.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ActivityNode, OnUnknown, Retry};
use crate::{
    activity::{Activity, Catalogue, needs_with},
    duration::{self, parse_duration},
    expression::{Template, types::Type},
    form::{self, Form},
    kind::Written,
    text::Shape,
};

/// When a transient failure is tried again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Retry")]
pub(crate) struct WrittenRetry {
    /// How many attempts there are in all, the first included; 5 unless written.
    #[serde(default, deserialize_with = "form::integer")]
    #[schemars(range(min = 1, max = 4294967295u32))]
    attempts: Option<u32>,
    /// The wait before the second attempt; 2s unless written.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    delay: Option<String>,
    /// What each further wait is multiplied by; 2 unless written.
    #[schemars(range(min = 1))]
    backoff: Option<f64>,
    /// The longest wait; 1m unless written.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    max_delay: Option<String>,
    /// Whether waits are spread at random; true unless written.
    jitter: Option<bool>,
}

/// The keys of a node that only an activity has, beside what its inputs are; or what a definition says of all.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// `retry`
    pub(crate) retry: WrittenRetry,
    /// `timeout`
    pub(crate) timeout: Option<String>,
    /// `on_unknown`
    pub(crate) on_unknown: OnUnknown,
}

/// `activity`, with what the catalogue knows of it.
#[derive(Clone, Copy)]
pub(crate) struct WrittenActivity<'a> {
    /// None where there is no such activity, so that nothing is known of what it takes and gives.
    activity: Option<&'a Arc<dyn Activity>>,
    catalogue: &'a Catalogue,
}

impl<'a> WrittenActivity<'a> {
    /// What is written under `activity`.
    pub(crate) fn of(name: &Value, catalogue: &'a Catalogue) -> Self {
        Self { activity: name.as_str().and_then(|name| catalogue.get(name)), catalogue }
    }

    /// The node, of an activity that there is. What it does not say itself, `defaults` say.
    pub(crate) fn node(&self, with: Template, own: &Keys, defaults: &Keys) -> Option<ActivityNode> {
        let activity = self.activity?;
        Some(ActivityNode {
            retry: retry(&own.retry, &defaults.retry),
            timeout: duration(&own.timeout).or_else(|| duration(&defaults.timeout)),
            on_unknown: own.on_unknown,
            output_type: self.catalogue.language().output(activity.as_ref()),
            ..ActivityNode::new(activity.description().name.clone(), with)
        })
    }
}

impl<'a> Written<'a> for WrittenActivity<'a> {
    fn key(&self) -> &'static str {
        "activity"
    }

    fn arguments(&self) -> &'static str {
        "with"
    }

    fn keys(&self) -> &'static [&'static str] {
        &["with", "retry", "timeout", "on_unknown"]
    }

    fn does_not_apply(&self, key: &str) -> Option<(String, &'static str)> {
        let description = self.activity?.description();
        let message = || format!("`on_unknown` does not apply: `{}` only reads", description.name);
        (key == "on_unknown" && !description.writes).then(|| (message(), "remove it: a read is repeated freely"))
    }

    fn schema(&self) -> Option<&'a Value> {
        self.activity.map(|activity| &*activity.description().input)
    }

    fn form(&self) -> Option<&'a Form> {
        self.activity.map(|activity| self.catalogue.language().with(activity.as_ref()))
    }

    fn must_have_arguments(&self) -> bool {
        self.activity.is_some_and(|activity| needs_with(activity.description()))
    }

    fn input_type(&self) -> &'a Type {
        self.activity.map_or(&Type::Any, |activity| self.catalogue.language().arguments(activity.as_ref()))
    }

    fn node_type(&self, has_items: bool) -> &'a Type {
        self.activity.map_or(&Type::Any, |activity| self.catalogue.language().node(activity.as_ref(), has_items))
    }

    fn shapes(&self) -> Option<&'a (Shape, Shape)> {
        self.activity.map(|activity| self.catalogue.language().shapes(activity.as_ref(), self.catalogue.texts()))
    }
}

/// The node's own, else the definition's, else the built-in, key by key.
fn retry(own: &WrittenRetry, defaults: &WrittenRetry) -> Retry {
    let builtin = Retry::default();
    Retry {
        attempts: own.attempts.or(defaults.attempts).and_then(NonZeroU32::new).unwrap_or(builtin.attempts),
        delay: duration(&own.delay).or_else(|| duration(&defaults.delay)).unwrap_or(builtin.delay),
        backoff: own.backoff.or(defaults.backoff).unwrap_or(builtin.backoff),
        max_delay: duration(&own.max_delay).or_else(|| duration(&defaults.max_delay)).unwrap_or(builtin.max_delay),
        jitter: own.jitter.or(defaults.jitter).unwrap_or(builtin.jitter),
    }
}

/// A duration that the rules have checked.
fn duration(written: &Option<String>) -> Option<Duration> {
    written.as_deref().and_then(|text| parse_duration(text).ok())
}
