//! What an activity gives that makes or changes an issue: [`Made`] is its effect, [`Output`] what a process sees of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::client::Reader;

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
pub(super) fn output(reader: &Reader, made: Made) -> Output {
    let Made { id, key } = made;
    let url = reader.issue_url(&key);
    Output { id, key, url }
}
