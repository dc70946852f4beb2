//! Answers that Jira really gives and its document does not list, each with the reason why it is taken; and a request that
//! it takes in words and forbids in its schema.

use serde_json::Value;

/// An answer that the document lacks.
struct UndocumentedAnswer {
    /// An operation's name, or `*` for all.
    operation: &'static str,
    status: u16,
    /// Why; also said when the check finds something else wrong with the answer.
    reason: &'static str,
}

const UNDOCUMENTED: &[UndocumentedAnswer] = &[
    UndocumentedAnswer { operation: "*", status: 401, reason: "the gateway refuses before Jira is asked [OPS]" },
    UndocumentedAnswer { operation: "*", status: 404, reason: "the gateway knows no such cloud id [unverified]" },
    UndocumentedAnswer { operation: "*", status: 429, reason: "every operation is rate-limited; ten document it" },
    UndocumentedAnswer { operation: "*", status: 415, reason: "a body of another type than JSON [unverified]" },
    UndocumentedAnswer {
        operation: "*",
        status: 400,
        reason: "a query parameter or body that cannot be read [unverified]",
    },
    UndocumentedAnswer { operation: "*", status: 501, reason: "the sandbox's own word for what it does not serve" },
    UndocumentedAnswer {
        operation: "editIssue",
        status: 413,
        reason: "a comment beyond the limit of the issue [unverified]",
    },
    UndocumentedAnswer { operation: "addComment", status: 403, reason: "played by a switch: no status is documented" },
];

/// Why an answer is taken although the operation does not document its status.
pub(super) fn reason(operation: &str, status: u16) -> Option<&'static str> {
    let applies = |known: &&UndocumentedAnswer| known.operation == "*" || known.operation == operation;
    let known = UNDOCUMENTED.iter().filter(applies).find(|known| known.status == status);
    known.map(|known| known.reason)
}

/// Whether a request may have this at a place of its body although the schema forbids it: `assignIssue` takes an account id
/// that is null, says its description, for nobody. \[SPEC\]
pub(super) fn is_taken(operation: &str, place: &str, body: &Value) -> bool {
    (operation, place) == ("assignIssue", "body/accountId") && body["accountId"].is_null()
}

/// Whether a refusal has one of the two forms that the platform has: Jira's `ErrorCollection`, or the gateway's.
///
/// The document gives most refusals no schema at all.
pub(super) fn is_refusal(body: &Value) -> bool {
    let Some(body) = body.as_object() else { return false };
    let only = |keys: &[&str]| body.keys().all(|key| keys.contains(&key.as_str()));
    let texts = |value: &Value| value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string));
    let of_jira = body.get("errorMessages").is_some_and(texts)
        && body.get("errors").and_then(Value::as_object).is_some_and(|errors| errors.values().all(Value::is_string))
        && only(&["errorMessages", "errors", "status"]);
    let of_gateway = body.get("code").is_some_and(Value::is_u64)
        && body.get("message").is_some_and(Value::is_string)
        && only(&["code", "message"]);
    of_jira || of_gateway
}
