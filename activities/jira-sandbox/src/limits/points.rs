//! What a request costs: 1, and for a read 1 more for each issue, project or attachment and 2 more for each user, group or
//! permission that it gave. Pure.

use serde_json::Value;

/// The points of a request that was answered with `body`, or without one: a refusal, or bytes.
pub(crate) fn points(operation: &str, is_write: bool, body: Option<&Value>) -> u64 {
    let Some(body) = body.filter(|_| !is_write) else { return 1 };
    let count = |list: &Value| match list {
        Value::Array(items) => items.len() as u64,
        Value::Object(members) => members.len() as u64,
        _ => 0,
    };
    1 + match operation {
        "getIssue" | "getProject" | "getAttachment" => 1,
        "bulkFetchIssues" | "searchAndReconsileIssuesUsingJql" | "searchAndReconsileIssuesUsingJqlPost" => {
            count(&body["issues"])
        }
        "searchProjects" => count(&body["values"]),
        "getAllProjects" => count(body),
        "getCurrentUser" | "getUser" => 2,
        "findUsers" | "findAssignableUsers" => 2 * count(body),
        "getMyPermissions" => 2 * count(&body["permissions"]),
        "getBulkPermissions" => 2 * (count(&body["projectPermissions"]) + count(&body["globalPermissions"])),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_requests_cost() {
        for (operation, is_write, body, expected) in [
            ("getIssue", false, json!({ "id": "1" }), 2),
            ("createIssue", true, json!({ "id": "1" }), 1),
            ("searchAndReconsileIssuesUsingJqlPost", false, json!({ "issues": [{}, {}, {}] }), 4),
            ("searchProjects", false, json!({ "values": [{}] }), 2),
            ("getCurrentUser", false, json!({}), 3),
            ("findUsers", false, json!([{}, {}]), 5),
            ("getMyPermissions", false, json!({ "permissions": { "A": {}, "B": {} } }), 5),
            ("getStatuses", false, json!([{}, {}]), 1),
        ] {
            assert_eq!(points(operation, is_write, Some(&body)), expected, "{operation}");
        }
        assert_eq!(points("getIssue", false, None), 1);
    }
}
