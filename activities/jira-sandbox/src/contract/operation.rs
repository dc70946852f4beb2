//! Checks one exchange: finds its operation in the document, then compares both halves.

use serde_json::{Value, json};

use super::{Contract, Side, Violation, parameter, quirks};
use crate::traffic::Exchange;

/// An operation of the document, and the parts of the path that led to it.
struct Found<'a> {
    id: &'a str,
    operation: &'a Value,
    parameters: Vec<&'a Value>,
    parts: Vec<(&'a str, String)>,
}

pub(super) fn check(contract: &Contract, exchange: &Exchange) -> Vec<Violation> {
    let Some(found) = find(&contract.document, (&exchange.method, &exchange.path)) else {
        return vec![Violation {
            side: Side::Request,
            operation: format!("{} {}", exchange.method, exchange.path),
            place: "path".to_owned(),
            message: "the document has no such operation".to_owned(),
        }];
    };
    let violation = |side, (place, message)| Violation { side, operation: found.id.to_owned(), place, message };
    let request = request_faults(contract, &found, exchange).into_iter().map(|fault| violation(Side::Request, fault));
    let answer = answer_faults(contract, &found, exchange).into_iter().map(|fault| violation(Side::Answer, fault));
    request.chain(answer).collect()
}

/// The operation with the fewest parameters in its path: `/issue/bulkfetch` is no issue.
fn find<'a>(document: &'a Value, (method, path): (&str, &str)) -> Option<Found<'a>> {
    let paths = document["paths"].as_object()?.iter();
    let fitting = paths.filter_map(|(pattern, item)| {
        let operation = item.get(method.to_lowercase())?;
        let parts = parts(pattern, path)?;
        let declared = |value: &'a Value| value["parameters"].as_array().into_iter().flatten();
        let parameters = declared(item).chain(declared(operation)).collect();
        Some(Found { id: operation["operationId"].as_str()?, operation, parameters, parts })
    });
    fitting.min_by_key(|found| found.parts.len())
}

fn parts<'a>(pattern: &'a str, path: &str) -> Option<Vec<(&'a str, String)>> {
    let (expected, given): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if expected.len() != given.len() {
        return None;
    }
    let mut parts = Vec::new();
    for (expected, given) in expected.into_iter().zip(given) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                parts.push((name, percent_encoding::percent_decode_str(given).decode_utf8_lossy().into_owned()));
            }
            None if expected == given => {}
            None => return None,
        }
    }
    Some(parts)
}

fn request_faults(contract: &Contract, found: &Found<'_>, exchange: &Exchange) -> Vec<(String, String)> {
    let mut faults = parameter::path(contract, &found.parameters, &found.parts);
    faults.extend(parameter::query(contract, &found.parameters, &exchange.query));
    let declared = &found.operation["requestBody"];
    let schema = &declared["content"]["application/json"]["schema"];
    match &exchange.request_body {
        Some(_) if declared.is_null() => faults.push(("body".to_owned(), "the operation takes none".to_owned())),
        Some(body) => {
            let found_faults = body_faults(contract, schema, body).into_iter();
            faults.extend(found_faults.filter(|(place, _)| !quirks::is_taken(found.id, place, body)));
        }
        // A form is not recorded, and what is refused at the door is not read.
        None if declared["required"] == true && !schema.is_null() && exchange.status != 401 => {
            faults.push(("body".to_owned(), "is required".to_owned()))
        }
        None => {}
    }
    faults
}

fn answer_faults(contract: &Contract, found: &Found<'_>, exchange: &Exchange) -> Vec<(String, String)> {
    let Exchange { status, answer_body, .. } = exchange;
    let documented = found.operation["responses"].get(status.to_string());
    let known = quirks::reason(found.id, *status);
    let schema = documented.map_or(&Value::Null, |response| &response["content"]["application/json"]["schema"]);
    let fault = |place: &str, message: String| vec![(place.to_owned(), message)];
    match (documented, answer_body) {
        (None, _) if known.is_none() => fault("status", format!("{status} is not documented")),
        (_, Some(_)) if *status == 204 => fault("body", "204 has none".to_owned()),
        // The document gives an empty schema where Jira gives no body. [RT]
        (_, None) if *status == 204 || schema.is_null() || *schema == json!({}) => Vec::new(),
        (_, None) => fault("body", "is missing".to_owned()),
        // The gateway answers in its own form also where the document gives Jira's.
        (_, Some(body)) if *status >= 400 && quirks::is_refusal(body) => Vec::new(),
        (_, Some(body)) if *status >= 400 && schema.is_null() => {
            let taken = known.map(|reason| format!(", which is taken because {reason}")).unwrap_or_default();
            fault("body", format!("is no refusal of a known form for {status}{taken}: {body}"))
        }
        (_, Some(body)) => body_faults(contract, schema, body),
    }
}

fn body_faults(contract: &Contract, schema: &Value, body: &Value) -> Vec<(String, String)> {
    // Without a schema anything goes.
    let schema = if schema.is_null() { &Value::Bool(true) } else { schema };
    contract.faults(schema, body).into_iter().map(|(place, message)| (format!("body{place}"), message)).collect()
}
