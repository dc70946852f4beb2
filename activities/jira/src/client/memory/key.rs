//! What is asked, as far as the answer depends on it.

use crate::client::call::{AnyCall, Body};

/// Method, path, query and body of a request whose answer may be remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    method: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<String>,
}

impl Key {
    /// The key of a call; `None` where its answer may not be remembered.
    pub(super) fn of(call: &AnyCall) -> Option<Self> {
        call.operation.lifetime?;
        let body = match &call.body {
            None => None,
            Some(Body::Json(body)) => Some(body.to_string()),
            Some(Body::File(_)) => return None,
        };
        let (method, _) = call.operation.method_and_template();
        Some(Self { method, path: call.path.clone().ok()?, query: call.query.clone(), body })
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let query: usize = self.query.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.path.len() + query + self.body.as_ref().map_or(0, String::len)
    }
}
