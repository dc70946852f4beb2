//! The part of Jira's OpenAPI document that the sandbox serves, in a form of its own: paths, methods, parameters, schemas,
//! statuses and scopes, and none of the document's sentences. `contract/jira.json` is one, which [`super::extract`] made.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What exchanges are held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractDocument {
    /// Where it is from.
    pub source: DocumentSource,
    /// The operations that the sandbox serves.
    pub served: Vec<DocumentedOperation>,
    /// The document's other operations.
    pub others: Vec<OperationAddress>,
    /// The schemas that the served operations use, by name, as OpenAPI 3.0 writes them.
    pub schemas: Map<String, Value>,
}

/// The OpenAPI document that a part was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentSource {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The version of OpenAPI that it is written in.
    pub openapi: String,
    /// The licence that it names.
    pub licence: String,
}

/// An operation by its name, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationAddress {
    /// Its name in the document.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
}

/// An operation, as far as a machine can hold exchanges against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentedOperation {
    /// Its name, and where it is.
    pub address: OperationAddress,
    /// The classic scopes.
    pub classic: Vec<String>,
    /// The granular scopes.
    pub granular: Vec<String>,
    /// The parameters of path and query.
    pub parameters: Vec<DocumentedParameter>,
    /// The request's body; `None` where the operation takes none.
    pub body: Option<DocumentedBody>,
    /// Each documented status, with the schema of its JSON where it has one.
    pub answers: BTreeMap<u16, Option<Value>>,
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentedParameter {
    /// Where it is given.
    pub place: ParameterPlace,
    /// Its name.
    pub name: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it may be.
    pub schema: Value,
}

/// Where a parameter is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterPlace {
    /// In the path.
    Path,
    /// In the query.
    Query,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentedBody {
    /// Whether it must be given.
    pub required: bool,
    /// The schema of its JSON; `None` where it is a form.
    pub schema: Option<Value>,
}

impl fmt::Display for ParameterPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
        })
    }
}

impl fmt::Display for ContractDocument {
    /// JSON with an operation or schema on each line, so that a difference between two versions can be read.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{{\"source\": {},", json(&self.source)?)?;
        writeln!(formatter, "\"served\": [\n{}\n],", lines(self.served.iter().map(json))?)?;
        writeln!(formatter, "\"others\": [\n{}\n],", lines(self.others.iter().map(json))?)?;
        let schemas = self.schemas.iter().map(|(name, schema)| Ok(format!("{}: {schema}", json(name)?)));
        writeln!(formatter, "\"schemas\": {{\n{}\n}}}}", lines(schemas)?)
    }
}

fn json(value: &impl Serialize) -> Result<String, fmt::Error> {
    serde_json::to_string(value).map_err(|_| fmt::Error)
}

fn lines(entries: impl Iterator<Item = Result<String, fmt::Error>>) -> Result<String, fmt::Error> {
    Ok(entries.collect::<Result<Vec<_>, _>>()?.join(",\n"))
}
