//! Checks one exchange: finds its operation in the document, then compares both halves.

use serde_json::{Value, json};

use super::{
    Contract, ContractDocument, DocumentedBody, DocumentedOperation, ExchangeSide, Violation, parameter, quirks,
};
use crate::traffic::Exchange;

/// An operation of the document, and the parts of the path that led to it.
struct FoundOperation<'a> {
    operation: &'a DocumentedOperation,
    parts: Vec<(&'a str, String)>,
}

pub(super) fn check(contract: &Contract, exchange: &Exchange) -> Vec<Violation> {
    let Some(found) = find(&contract.document, exchange) else {
        return vec![Violation {
            side: ExchangeSide::Request,
            operation: format!("{} {}", exchange.method, exchange.path),
            place: "path".to_owned(),
            message: "the document has no such operation".to_owned(),
        }];
    };
    let operation = &found.operation.address.operation;
    let violation = |side, (place, message)| Violation { side, operation: operation.clone(), place, message };
    let request =
        request_faults(contract, &found, exchange).into_iter().map(|fault| violation(ExchangeSide::Request, fault));
    let answer =
        answer_faults(contract, &found, exchange).into_iter().map(|fault| violation(ExchangeSide::Answer, fault));
    request.chain(answer).collect()
}

/// The operation with the fewest parameters in its path: `/issue/bulkfetch` is not an issue.
fn find<'a>(document: &'a ContractDocument, exchange: &Exchange) -> Option<FoundOperation<'a>> {
    let fitting = document.served.iter().filter(|operation| operation.address.method == exchange.method);
    let fitting = fitting.filter_map(|operation| {
        Some(FoundOperation { operation, parts: parts(&operation.address.path, &exchange.path)? })
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

fn request_faults(contract: &Contract, found: &FoundOperation<'_>, exchange: &Exchange) -> Vec<(String, String)> {
    let DocumentedOperation { address, parameters, body: declared, .. } = found.operation;
    let mut faults = parameter::path(contract, parameters, &found.parts);
    faults.extend(parameter::query(contract, parameters, &exchange.query));
    match (declared, &exchange.request_body) {
        (None, Some(_)) => faults.push(("body".to_owned(), "the operation takes none".to_owned())),
        (Some(declared), Some(body)) => {
            let of_body = body_faults(contract, declared.schema.as_ref(), body).into_iter();
            faults.extend(of_body.filter(|(place, _)| !quirks::is_taken(&address.operation, place, body)));
        }
        // Neither a form is recorded, nor what is refused before it is read.
        (Some(DocumentedBody { required: true, schema: Some(_) }), None) if exchange.status != 401 => {
            faults.push(("body".to_owned(), "is required".to_owned()))
        }
        (_, None) => {}
    }
    faults
}

fn answer_faults(contract: &Contract, found: &FoundOperation<'_>, exchange: &Exchange) -> Vec<(String, String)> {
    let Exchange { status, answer_body, .. } = exchange;
    let documented = found.operation.answers.get(status);
    let known = quirks::reason(&found.operation.address.operation, *status);
    let schema = documented.and_then(Option::as_ref);
    let fault = |place: &str, message: String| vec![(place.to_owned(), message)];
    match (documented, answer_body) {
        (None, _) if known.is_none() => fault("status", format!("{status} is not documented")),
        (_, Some(_)) if *status == 204 => fault("body", "204 has none".to_owned()),
        // The document gives an empty schema where Jira gives no body. [RT]
        (_, None) if *status == 204 || schema.is_none_or(|schema| *schema == json!({})) => Vec::new(),
        (_, None) => fault("body", "is missing".to_owned()),
        // The gateway answers in its own form also where the document gives Jira's.
        (_, Some(body)) if *status >= 400 && quirks::is_refusal(body) => Vec::new(),
        (_, Some(body)) if *status >= 400 && schema.is_none() => {
            let taken = known.map(|reason| format!(", which is taken because {reason}")).unwrap_or_default();
            fault("body", format!("is not a refusal of a known form for {status}{taken}: {body}"))
        }
        (_, Some(body)) => body_faults(contract, schema, body),
    }
}

fn body_faults(contract: &Contract, schema: Option<&Value>, body: &Value) -> Vec<(String, String)> {
    // Without a schema anything goes.
    let schema = schema.unwrap_or(&Value::Bool(true));
    contract.faults(schema, body).into_iter().map(|(place, message)| (format!("body{place}"), message)).collect()
}
