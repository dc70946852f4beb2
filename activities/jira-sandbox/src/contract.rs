//! Checks exchanges against Jira's own OpenAPI document: what was asked and what was answered.
//!
//! The document is not part of this repository. [`Contract::find`] looks for it, and tests that need it say so and pass
//! without it. Where the document is known to be wrong or silent, `quirks` says what is taken instead, and why.

mod operation;
mod parameter;
mod quirks;
mod rate_limits;
mod schema;

use std::{
    collections::BTreeMap,
    env, fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::Validator;
use serde_json::Value;

pub use rate_limits::RateLimits;

use crate::traffic::Exchange;

/// Which half of an exchange breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client's.
    Request,
    /// The sandbox's.
    Answer,
}

/// One way in which an exchange is not what the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Who broke it.
    pub side: Side,
    /// The operation, or method and path where the document has none.
    pub operation: String,
    /// Where: `status`, `query startAt`, `body/fields/0`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Jira's OpenAPI document, ready to check with.
pub struct Contract {
    document: Value,
    definitions: Value,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

/// Why the document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The file cannot be read.
    #[error("cannot read the OpenAPI document `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no JSON.
    #[error("the OpenAPI document `{path}` is not JSON")]
    Json {
        /// The file.
        path: PathBuf,
        /// Where it breaks.
        #[source]
        source: serde_json::Error,
    },
}

impl Contract {
    /// Looks for the document: the file that `FLOWRUN_OPENAPI` names, else `shared/jira/openapi.json` beside the
    /// workspace. `None` where neither is there.
    ///
    /// # Errors
    /// When the file that is named, or is there, cannot be read, or is no JSON.
    #[expect(clippy::disallowed_methods, reason = "tests are told so where the document is")]
    pub fn find() -> Result<Option<Self>, ContractError> {
        if let Some(named) = env::var_os("FLOWRUN_OPENAPI") {
            return Self::read(Path::new(&named)).map(Some);
        }
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jira/openapi.json");
        if beside.exists() { Self::read(&beside).map(Some) } else { Ok(None) }
    }

    /// Reads the document from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no JSON.
    pub fn read(path: &Path) -> Result<Self, ContractError> {
        let text = fs::read_to_string(path).map_err(|source| ContractError::Read { path: path.to_owned(), source })?;
        let document = serde_json::from_str(&text);
        let document = document.map_err(|source| ContractError::Json { path: path.to_owned(), source })?;
        Ok(Self::new(document))
    }

    /// Takes the document as it is.
    pub fn new(document: Value) -> Self {
        let definitions = schema::definitions(&document["components"]["schemas"]);
        Self { document, definitions, validators: Mutex::new(BTreeMap::new()) }
    }

    /// Everything in which an exchange differs from the document; empty where it keeps the contract.
    pub fn check(&self, exchange: &Exchange) -> Vec<Violation> {
        operation::check(self, exchange)
    }

    /// Checks a value against a schema of the document; gives places below the value and messages.
    fn faults(&self, schema: &Value, value: &Value) -> Vec<(String, String)> {
        let validator = self.validator(schema);
        let errors = validator.iter_errors(value);
        errors.map(|error| (error.instance_path().to_string(), error.to_string())).collect()
    }

    /// Compiling a schema costs far more than using it, and the same few come again and again.
    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let made = validators
            .entry(schema.to_string())
            .or_insert_with(|| Arc::new(schema::validator(schema, &self.definitions)));
        Arc::clone(made)
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Contract").field("version", &self.document["info"]["version"]).finish_non_exhaustive()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, operation, place, message } = self;
        let side = if *side == Side::Request { "request" } else { "answer" };
        write!(formatter, "{operation}, {side}, {place}: {message}")
    }
}
