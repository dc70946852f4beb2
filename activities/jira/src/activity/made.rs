//! What an activity gives that makes or changes an issue: [`Made`] is its effect, [`Output`] what a process sees of it.

use flowrun_engine::activity::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{client::Client, input};

/// What the effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) key: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The id.
    id: String,
    /// The key, such as `OPS-7`.
    key: String,
    /// Where to open it in a browser.
    url: String,
}

/// The output for an effect that is done.
pub(super) fn output(client: &Client, made: &Value) -> Result<Value, Failure> {
    let Made { id, key } = input::read(made)?;
    let url = client.issue_url(&key);
    Ok(json!(Output { id, key, url }))
}
