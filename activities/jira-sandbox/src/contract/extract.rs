//! Takes from an OpenAPI document what the sandbox serves: facts that a machine can check, and no sentences.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use serde_json::{Map, Value};

use super::document::{
    ContractDocument, DocumentSource, DocumentedBody, DocumentedOperation, DocumentedParameter, OperationAddress,
    ParameterPlace,
};
use crate::routes::served_operations;

/// What every reference to a schema begins with.
const SCHEMAS: &str = "#/components/schemas/";

/// Keywords of schemas that say nothing about validity.
const ANNOTATIONS: &[&str] = &[
    "description",
    "title",
    "example",
    "examples",
    "default",
    "deprecated",
    "discriminator",
    "externalDocs",
    "readOnly",
    "writeOnly",
    "xml",
];

/// The part of an OpenAPI 3.0 document that the sandbox serves.
pub fn extract(openapi: &Value) -> ContractDocument {
    let served: BTreeSet<_> = served_operations().into_iter().map(|served| served.id).collect();
    let (served, others): (Vec<_>, Vec<_>) =
        operations(openapi).into_iter().partition(|(address, ..)| served.contains(address.operation.as_str()));
    let served: Vec<_> =
        served.into_iter().map(|(address, item, written)| operation(address, (item, written))).collect();
    let schemas = used_schemas(&served, &openapi["components"]["schemas"]);
    let others = others.into_iter().map(|(address, ..)| address).collect();
    ContractDocument { source: source(openapi), served, others, schemas }
}

fn source(openapi: &Value) -> DocumentSource {
    let info = &openapi["info"];
    DocumentSource {
        title: text(&info["title"]),
        version: text(&info["version"]),
        openapi: text(&openapi["openapi"]),
        licence: text(&info["license"]["name"]),
    }
}

/// Every operation with its path's item, by path and method.
fn operations(openapi: &Value) -> Vec<(OperationAddress, &Value, &Value)> {
    let mut all = Vec::new();
    for (path, item) in openapi["paths"].as_object().into_iter().flatten() {
        for (method, written) in item.as_object().into_iter().flatten() {
            let Some(operation) = written["operationId"].as_str() else { continue };
            let (operation, method) = (operation.to_owned(), method.to_uppercase());
            all.push((OperationAddress { operation, method, path: path.clone() }, item, written));
        }
    }
    all.sort_by(|(one, ..), (other, ..)| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    all
}

fn operation(address: OperationAddress, (item, written): (&Value, &Value)) -> DocumentedOperation {
    let declared = [item, written].into_iter().flat_map(|at| at["parameters"].as_array().into_iter().flatten());
    let body = &written["requestBody"];
    let body =
        (!body.is_null()).then(|| DocumentedBody { required: body["required"] == true, schema: json_schema(body) });
    let answers = written["responses"].as_object().into_iter().flatten();
    DocumentedOperation {
        address,
        classic: scopes(written, "Current"),
        granular: scopes(written, "Beta"),
        parameters: declared.filter_map(parameter).collect(),
        body,
        answers: answers.filter_map(|(status, answer)| Some((status.parse().ok()?, json_schema(answer)))).collect(),
    }
}

/// A parameter of a path or query; headers are not recorded.
fn parameter(declared: &Value) -> Option<DocumentedParameter> {
    let place = match declared["in"].as_str()? {
        "path" => ParameterPlace::Path,
        "query" => ParameterPlace::Query,
        _ => return None,
    };
    let (name, required) = (text(&declared["name"]), declared["required"] == true);
    Some(DocumentedParameter { place, name, required, schema: checkable(&declared["schema"]) })
}

/// The schema of a body's JSON.
fn json_schema(body: &Value) -> Option<Value> {
    body["content"].get("application/json")?.get("schema").map(checkable)
}

/// The scopes that are in a state: classic ones are `Current`, granular ones `Beta`.
fn scopes(written: &Value, state: &str) -> Vec<String> {
    let lists = written["x-atlassian-oauth2-scopes"].as_array().into_iter().flatten();
    let scopes = lists.filter(|list| list["state"] == state).flat_map(|list| list["scopes"].as_array()).flatten();
    scopes.map(text).collect()
}

/// A schema without what says nothing about validity.
fn checkable(schema: &Value) -> Value {
    let Some(written) = schema.as_object() else { return schema.clone() };
    let kept = |keyword: &str| !ANNOTATIONS.contains(&keyword) && !keyword.starts_with("x-");
    let checkable = written.iter().filter(|(keyword, _)| kept(keyword)).map(|(keyword, value)| {
        let value = match keyword.as_str() {
            // A property may be called like an annotation.
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                properties.map(|(name, schema)| (name.clone(), checkable(schema))).collect::<Map<_, _>>().into()
            }
            "items" | "additionalProperties" | "not" => checkable(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().into_iter().flatten().map(checkable).collect(),
            _ => value.clone(),
        };
        (keyword.clone(), value)
    });
    Value::Object(checkable.collect())
}

/// The schemas that operations name, and those that these name.
fn used_schemas(operations: &[DocumentedOperation], all: &Value) -> Map<String, Value> {
    let mut open: Vec<String> = operations.iter().flat_map(schemas_of).flat_map(references).collect();
    let mut used = BTreeMap::new();
    while let Some(name) = open.pop() {
        let schema = checkable(&all[&name]);
        if let Entry::Vacant(entry) = used.entry(name) {
            open.extend(references(entry.insert(schema)));
        }
    }
    used.into_iter().collect()
}

fn schemas_of(operation: &DocumentedOperation) -> impl Iterator<Item = &Value> {
    let parameters = operation.parameters.iter().map(|parameter| &parameter.schema);
    let body = operation.body.iter().filter_map(|body| body.schema.as_ref());
    parameters.chain(body).chain(operation.answers.values().flatten())
}

/// The names of the schemas that one refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS));
            own.map(str::to_owned).into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_served_operation_is_taken_without_the_sentences() {
        let comment = json!({ "$ref": "#/components/schemas/Comment", "description": "A sentence." });
        let openapi = json!({
            "openapi": "3.0.1",
            "info": { "title": "Jira", "version": "1", "license": { "name": "Apache 2.0" } },
            "paths": {
                "/rest/api/3/issue/{issueIdOrKey}/comment/{id}": {
                    "parameters": [{ "in": "path", "name": "id", "required": true, "schema": { "type": "string" } }],
                    "get": {
                        "operationId": "getComment",
                        "description": "A sentence.",
                        "parameters": [
                            { "in": "query", "name": "expand", "schema": { "type": "string", "example": "x" } },
                            { "in": "header", "name": "h", "schema": {} },
                        ],
                        "responses": {
                            "200": { "description": "A sentence.", "content": { "application/json": { "schema": comment } } },
                            "404": { "description": "A sentence." },
                        },
                        "x-atlassian-oauth2-scopes": [{ "state": "Current", "scopes": ["read:jira-work"] }],
                    },
                },
                "/rest/api/3/nothing": { "get": { "operationId": "getNothing", "responses": {} } },
            },
            "components": { "schemas": {
                "Comment": { "type": "object", "title": "A sentence.", "properties": {
                    "description": { "type": "string", "description": "A sentence." },
                    "author": { "$ref": "#/components/schemas/User" },
                } },
                "User": { "type": "object", "nullable": true },
                "Unused": { "type": "object" },
            } },
        });
        let extracted = extract(&openapi);
        let expected = json!({
            "source": { "title": "Jira", "version": "1", "openapi": "3.0.1", "licence": "Apache 2.0" },
            "served": [{
                "address": {
                    "operation": "getComment",
                    "method": "GET",
                    "path": "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
                },
                "classic": ["read:jira-work"],
                "granular": [],
                "parameters": [
                    { "place": "path", "name": "id", "required": true, "schema": { "type": "string" } },
                    { "place": "query", "name": "expand", "required": false, "schema": { "type": "string" } },
                ],
                "body": null,
                "answers": { "200": { "$ref": "#/components/schemas/Comment" }, "404": null },
            }],
            "others": [{ "operation": "getNothing", "method": "GET", "path": "/rest/api/3/nothing" }],
            "schemas": {
                "Comment": { "type": "object", "properties": {
                    "description": { "type": "string" },
                    "author": { "$ref": "#/components/schemas/User" },
                } },
                "User": { "type": "object", "nullable": true },
            },
        });
        assert_eq!(json!(extracted), expected);
        assert_eq!(serde_json::from_str::<ContractDocument>(&extracted.to_string()).unwrap(), extracted);
    }
}
