//! A definition as people write it: the types that the schema for editors is made of, and that a definition without faults
//! is read into.
//!
//! A node is flat, every key an `Option`, so that a misspelt key is one fault and editors complete all keys. No `flatten`
//! or `untagged`: they lose fields and places.

mod form;

use std::{collections::HashMap, mem};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Join, OnFailure};
use crate::{
    concurrency::OnConflict,
    duration,
    form::{glance, integer},
    kind::{Keys, OnUnknown, WrittenRetry},
};

/// Parts of a node that the language has and this version does not.
pub(super) const NOT_BUILT: [&str; 6] = ["approval", "wait", "process", "nodes", "repeat", "undo"];

/// The keys of a node, but for those that this version does not have.
pub(super) const NODE_KEYS: &[&str] = &[
    "activity",
    #[cfg(test)]
    "signal",
    "with",
    "description",
    "after",
    "join",
    "if",
    "for_each",
    "as",
    "max_parallel",
    "on_item_failure",
    "retry",
    "timeout",
    "deadline",
    "on_failure",
    "on_unknown",
];

/// A process definition: what to do in Jira, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    /// The name of the process: small letters, digits and `-`.
    #[schemars(regex(pattern = glance::PROCESS))]
    pub(super) process: String,
    /// The version of this definition, such as `1.0.0`.
    pub(super) version: String,
    /// What the process is for.
    pub(super) description: Option<String>,
    /// The access token to run with, unless the command line names another.
    #[schemars(length(min = 1))]
    pub(super) access_token: Option<String>,
    /// At most so many runs with the same key go on at a time.
    #[serde(default)]
    #[schemars(with = "Concurrency")]
    pub(super) concurrency: Option<Concurrency>,
    /// What a run is given: a name, and the JSON Schema of its value. An input is required unless it has a `default`.
    #[serde(default)]
    #[schemars(schema_with = "form::inputs")]
    pub(super) inputs: Map<String, Value>,
    /// What all nodes have unless they say otherwise.
    #[serde(default)]
    pub(super) defaults: Defaults,
    /// The nodes by name.
    #[schemars(schema_with = "form::nodes")]
    pub(super) nodes: HashMap<String, Node>,
    /// Nodes that run at the end, whatever happened; they see `run.outcome` and `run.error`.
    #[serde(default)]
    #[schemars(schema_with = "form::nodes")]
    pub(super) finally: HashMap<String, Node>,
    /// What a run gives in the end: a name and a value, which may hold `${{ … }}`.
    #[serde(default)]
    #[schemars(schema_with = "form::mapping")]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) outputs: Map<String, Value>,
}

/// How many runs with the same key go on at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Concurrency {
    /// What these runs have in common: a string, which may hold `${{ … }}` with `inputs` and `run`.
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) key: String,
    /// How many runs with one key go on at a time; 1 unless written.
    #[serde(default, deserialize_with = "integer")]
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub(super) limit: Option<u32>,
    /// What a run does where as many go on already: it waits, does not begin, or asks for the end of those ahead and waits for that.
    #[serde(default)]
    #[schemars(schema_with = "form::on_conflict")]
    pub(super) on_conflict: OnConflict,
}

/// What all nodes have unless they say otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    /// When a transient failure is tried again.
    #[serde(default)]
    pub(super) retry: WrittenRetry,
    /// How long an attempt may take.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    pub(super) timeout: Option<String>,
    /// How long a step may take, waiting included.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    pub(super) deadline: Option<String>,
}

/// One node of the graph.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    /// The work to do.
    #[schemars(required)]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) activity: Option<String>,
    /// What is waited for.
    #[cfg(test)]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) signal: Option<String>,
    /// The activity's inputs.
    #[serde(default)]
    #[schemars(schema_with = "form::mapping")]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) with: Map<String, Value>,
    /// What this is for.
    pub(super) description: Option<String>,
    /// The nodes to wait for: one, a list, or a map from node to the outcome that is waited for.
    #[serde(default)]
    #[schemars(schema_with = "form::after")]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) after: Option<Value>,
    /// Whether all edges are waited for, or the first that is taken starts the node.
    #[serde(default)]
    #[schemars(schema_with = "form::join")]
    pub(super) join: Join,
    /// A CEL expression: the node is skipped where it is false.
    #[serde(rename = "if", default)]
    #[schemars(schema_with = "form::condition")]
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) condition: Option<Value>,
    /// A CEL expression that gives a list: the node runs once for each item, which is `item` (its number: `index`).
    #[expect(dead_code, reason = "for the schema; the draft reads the document")]
    pub(super) for_each: Option<String>,
    /// What an item is called instead of `item`.
    #[serde(rename = "as")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"))]
    pub(super) item_name: Option<String>,
    /// How many items run at a time; 1 unless written.
    #[serde(default, deserialize_with = "integer")]
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub(super) max_parallel: Option<u32>,
    /// Whether a failed item stops the node.
    #[serde(default)]
    #[schemars(schema_with = "form::on_failure")]
    pub(super) on_item_failure: OnFailure,
    /// When a transient failure is tried again.
    #[serde(default)]
    pub(super) retry: WrittenRetry,
    /// How long an attempt may take.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    pub(super) timeout: Option<String>,
    /// How long the step may take, waiting included.
    #[serde(default)]
    #[schemars(schema_with = "duration::schema")]
    pub(super) deadline: Option<String>,
    /// Whether the run goes on when the node fails.
    #[serde(default)]
    #[schemars(schema_with = "form::on_failure")]
    pub(super) on_failure: OnFailure,
    /// What to do when it cannot be shown whether an effect happened.
    #[serde(default)]
    #[schemars(schema_with = "form::on_unknown")]
    pub(super) on_unknown: OnUnknown,
}

impl Node {
    /// The keys that only an activity has.
    pub(super) fn of_activity(&mut self) -> Keys {
        Keys { retry: mem::take(&mut self.retry), timeout: self.timeout.take(), on_unknown: self.on_unknown }
    }
}

impl Defaults {
    /// What all activities have.
    pub(super) fn of_activities(&mut self) -> Keys {
        Keys { retry: mem::take(&mut self.retry), timeout: self.timeout.take(), on_unknown: OnUnknown::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;

    #[test]
    fn the_keys_of_a_node_are_those_of_its_type() {
        let schema = schema_for!(Node).to_value();
        let properties: BTreeSet<&str> =
            schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys()).map(String::as_str).collect();
        assert_eq!(properties, NODE_KEYS.iter().copied().collect());
    }
}
