//! Checks exchanges against Jira's own OpenAPI document: what was asked and what was answered.
//!
//! The part of the document that the sandbox serves is kept here in a form of its own, `contract/jira.json`; [`extract()`]
//! makes it. Where the document is known to be wrong or silent, `quirks` says what is taken instead, and why.

mod document;
mod extract;
mod operation;
mod parameter;
mod quirks;
mod rate_limits;
mod schema;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::Validator;
use serde_json::Value;

pub use document::{
    ContractDocument, DocumentSource, DocumentedBody, DocumentedOperation, DocumentedParameter, OperationAddress,
    ParameterPlace,
};
pub use extract::extract;
pub use rate_limits::RateLimits;

use crate::traffic::Exchange;

/// The part of Jira's document that is kept with the sandbox.
const JIRA: &str = include_str!("../contract/jira.json");

/// Which half of an exchange breaks the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeSide {
    /// The client's.
    Request,
    /// The sandbox's.
    Answer,
}

/// One way in which an exchange is not what the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Who broke it.
    pub side: ExchangeSide,
    /// The operation, or method and path where the document has none.
    pub operation: String,
    /// Where: `status`, `query startAt`, `body/fields/0`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// A document, ready to check with.
pub struct Contract {
    document: ContractDocument,
    definitions: Value,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl Contract {
    /// Jira's, as it is kept with the sandbox.
    pub fn jira() -> &'static Self {
        static KEPT: LazyLock<Contract> = LazyLock::new(|| {
            Contract::new(
                serde_json::from_str(JIRA).expect("the file was written from such a document, and tests read it"),
            )
        });
        &KEPT
    }

    /// Takes a document as it is.
    pub fn new(document: ContractDocument) -> Self {
        let definitions = schema::definitions(&document.schemas);
        Self { document, definitions, validators: Mutex::new(BTreeMap::new()) }
    }

    /// What it holds exchanges against.
    pub fn document(&self) -> &ContractDocument {
        &self.document
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
        formatter.debug_struct("Contract").field("source", &self.document.source).finish_non_exhaustive()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, operation, place, message } = self;
        let side = if *side == ExchangeSide::Request { "request" } else { "answer" };
        write!(formatter, "{operation}, {side}, {place}: {message}")
    }
}
