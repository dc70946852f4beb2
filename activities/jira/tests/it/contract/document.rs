//! The OpenAPI document as a judge of exchanges.
//!
//! Its quirks: `nullable` and boolean `exclusiveMinimum` are OpenAPI's own; statuses that every operation can have (401
//! for a scope, 429, 5xx) are documented for few.

use std::{collections::BTreeMap, env, fs, path::Path, sync::OnceLock};

use flowrun_jira_sandbox::Exchange;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The document, if this checkout has it.
pub(crate) struct Contract {
    paths: BTreeMap<String, Value>,
    schemas: Value,
}

/// What Jira answers without documenting it for each operation.
const EVERYWHERE: [u16; 4] = [400, 401, 403, 429];

impl Contract {
    /// Reads the document once: from `FLOWRUN_OPENAPI`, or from beside the workspace.
    pub(crate) fn get() -> Option<&'static Self> {
        static DOCUMENT: OnceLock<Option<Contract>> = OnceLock::new();
        DOCUMENT.get_or_init(|| find().map(Self::read)).as_ref()
    }

    /// Method and path template of a request: `GET /rest/api/3/issue/{issueIdOrKey}`.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<String> {
        let template =
            self.paths.keys().filter(|template| fits(template, path)).max_by_key(|template| literal(template))?;
        Some(format!("{method} {template}"))
    }

    /// Holds exchanges against the document; all that differ are told.
    #[track_caller]
    pub(crate) fn check(&self, exchanges: &[Exchange]) {
        let faults: Vec<_> = exchanges.iter().flat_map(|exchange| self.faults(exchange)).collect();
        assert!(faults.is_empty(), "{} faults in {} exchanges:\n{}", faults.len(), exchanges.len(), faults.join("\n"));
    }

    fn read(text: String) -> Self {
        let mut document: Value = serde_json::from_str(&text).expect("the document is JSON");
        let paths = serde_json::from_value(document["paths"].take()).expect("paths");
        let mut schemas = document["components"].take();
        to_json_schema(&mut schemas);
        Self { paths, schemas }
    }

    fn faults(&self, exchange: &Exchange) -> Vec<String> {
        let told = |fault: String| format!("{} {} → {}: {fault}", exchange.method, exchange.path, exchange.status);
        let Some(operation) = self.find(exchange) else { return vec![told("is not in the document".into())] };
        let mut faults = query_faults(operation, exchange);
        // What Jira refuses need not be as it is documented.
        if exchange.status < 400 {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            faults.extend(self.body_faults("request", schema, exchange.request_body.as_ref()));
        }
        let status = exchange.status.to_string();
        let answer = &operation["responses"][&status];
        if answer.is_null() && !EVERYWHERE.contains(&exchange.status) {
            faults.push(format!("the status {status} is not documented"));
        }
        let schema = &answer["content"]["application/json"]["schema"];
        if exchange.status < 400 {
            faults.extend(self.body_faults("answer", schema, exchange.answer_body.as_ref()));
        }
        faults.into_iter().map(told).collect()
    }

    fn find(&self, exchange: &Exchange) -> Option<&Value> {
        let operation = self.operation(&exchange.method, &exchange.path)?;
        let (method, template) = operation.split_once(' ')?;
        self.paths[template].get(method.to_lowercase())
    }

    fn body_faults(&self, what: &str, schema: &Value, body: Option<&Value>) -> Vec<String> {
        match (schema.is_null(), body) {
            (true, None) => Vec::new(),
            (true, Some(body)) => vec![format!("the {what} has a body, which is not documented: {body}")],
            (false, None) => vec![format!("the {what} has no body")],
            (false, Some(body)) => {
                let validator = self.validator(schema);
                let fault = |error: jsonschema::ValidationError<'_>| {
                    format!("the {what} at `{}`: {error}", error.instance_path())
                };
                validator.iter_errors(body).map(fault).collect()
            }
        }
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut schema = schema.clone();
        to_json_schema(&mut schema);
        let whole = json!({ "allOf": [schema], "components": self.schemas });
        let options = jsonschema::draft4::options().with_format("date-time", is_time);
        options.build(&whole).expect("the document's schemas are schemas")
    }
}

/// Jira writes times with an offset without a colon, whatever the document says.
fn is_time(text: &str) -> bool {
    jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).is_ok() || text.parse::<jiff::Timestamp>().is_ok()
}

fn query_faults(operation: &Value, exchange: &Exchange) -> Vec<String> {
    let parameters: Vec<_> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .collect();
    let unknown =
        exchange.query.iter().filter(|(name, _)| !parameters.iter().any(|known| known["name"] == name.as_str()));
    let mut faults: Vec<_> = unknown.map(|(name, _)| format!("the parameter `{name}` is not documented")).collect();
    for required in parameters.iter().filter(|parameter| parameter["required"] == true) {
        if !exchange.query.iter().any(|(name, _)| required["name"] == name.as_str()) {
            faults.push(format!("the parameter {} is missing", required["name"]));
        }
    }
    faults
}

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn find() -> Option<String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package is two folders deep");
    let beside = [workspace.join("../shared/jira/openapi.json"), workspace.join("../../shared/jira/openapi.json")];
    let named = env::var_os("FLOWRUN_OPENAPI").map(Into::into);
    let found = named.into_iter().chain(beside).find_map(|path| fs::read_to_string(path).ok());
    if found.is_none() {
        eprintln!("no check against the OpenAPI document: set FLOWRUN_OPENAPI to its path");
    }
    found
}

fn fits(template: &str, path: &str) -> bool {
    let (templates, parts) = (template.split('/'), path.split('/'));
    template.split('/').count() == path.split('/').count()
        && templates.zip(parts).all(|(template, part)| template.starts_with('{') || template == part)
}

/// How much of a template is no place: `/issue/createmeta` goes before `/issue/{issueIdOrKey}`.
fn literal(template: &str) -> usize {
    template.split('/').filter(|part| !part.starts_with('{')).count()
}

/// OpenAPI 3.0's `nullable` in JSON Schema's words, and what only describes left out.
fn to_json_schema(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(to_json_schema),
        Value::Object(fields) => {
            for unneeded in ["example", "examples", "xml", "externalDocs", "deprecated", "discriminator"] {
                if !is_property_list(fields) {
                    fields.remove(unneeded);
                }
            }
            fields.values_mut().for_each(to_json_schema);
            if fields.get("nullable") == Some(&json!(true)) {
                let plain = Value::Object(fields.clone());
                *fields = Map::from_iter([("anyOf".to_owned(), json!([{ "type": "null" }, without_nullable(plain)]))]);
            }
        }
        _ => {}
    }
}

/// Whether these are properties by name, where `example` would be one of them.
fn is_property_list(fields: &Map<String, Value>) -> bool {
    fields.values().all(Value::is_object)
}

fn without_nullable(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("nullable");
    }
    schema
}
