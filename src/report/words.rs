//! What a pack says of its runs in words of its own.

use flowrun_engine::activity::Catalogue;
use serde_json::Value;

/// The words of a pack: reports have none for what it works at.
pub trait PackWords: Send + Sync {
    /// What its activities work at, as people call it: "Jira".
    fn service(&self) -> &'static str;

    /// Its activities without a connection, with the kinds of texts: their facts, for whatever sends nothing.
    fn catalogue(&self) -> &Catalogue;

    /// With what a run works, as its context says: "with access token acme".
    fn place(&self, context: &Value) -> Option<String> {
        let _ = context;
        None
    }

    /// What stands for a value that is of no use to a person, such as a link to what is gone.
    fn value_text(&self, value: &Value) -> Option<String> {
        let _ = value;
        None
    }
}
