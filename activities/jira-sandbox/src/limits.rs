//! Rate limits of the sandbox, as a seed gives them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rate limits of a world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Whether any limit applies; off, every request is let in.
    pub enabled: bool,
}
