//! The record of exchanges for contract checks: what was asked and answered, never with which credentials.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The operation's name in the OpenAPI document, where the sandbox serves it.
    pub operation: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The path below the site, such as `/rest/api/3/issue`.
    pub path: String,
    /// The parameters of the query, in their order.
    pub query: Vec<(String, String)>,
    /// The body of the request, if it was JSON.
    pub request_body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer, if it had one.
    pub answer_body: Option<Value>,
}

/// Reads a file of exchanges.
///
/// # Errors
/// When the file cannot be read, or a line of it is not an exchange.
pub fn read_traffic(path: &Path) -> io::Result<Vec<Exchange>> {
    let lines = fs::read_to_string(path)?;
    lines.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}

/// A file that exchanges are appended to.
#[derive(Debug)]
pub(crate) struct Traffic(Mutex<File>);

impl Traffic {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(OpenOptions::new().append(true).create(true).open(path)?)))
    }

    /// Appends an exchange in one write, so that several processes can share a file.
    pub(crate) fn record(&self, exchange: &Exchange) -> io::Result<()> {
        let line = format!("{}\n", serde_json::to_string(exchange)?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())
    }
}
