//! Version 2 of the API, as far as other clients read with it: every read of version 3, with rich text as wiki markup.
//! \[SPEC\] says that this is the difference; the markup of each kind of node is \[unverified\].

mod wiki;

use serde_json::Value;

use crate::answer::{Answer, Content};

/// The paths of version 2 and of version 3 begin so.
const PREFIX: &str = "/rest/api/2/";
const PREFIX_OF_VERSION_3: &str = "/rest/api/3/";

/// The path of version 3 that stands for one of version 2. `None` for any other path.
pub(crate) fn path_of_version_3(path: &str) -> Option<String> {
    path.strip_prefix(PREFIX).map(|rest| format!("{PREFIX_OF_VERSION_3}{rest}"))
}

/// An answer of version 3 as version 2 gives it. The value of a property is whatever a client stored.
pub(crate) fn answer(operation: &str, answer: Answer) -> Answer {
    let stored = ["getIssueProperty", "getCommentProperty"].contains(&operation);
    match answer.content {
        Content::Json(body) if !stored => Answer { content: Content::Json(value(body)), ..answer },
        _ => answer,
    }
}

fn value(shown: Value) -> Value {
    match shown {
        Value::Object(members) if members.get("type").is_some_and(|kind| kind == "doc") => {
            wiki::markup(&Value::Object(members)).into()
        }
        Value::Object(members) => {
            let kept = |name: &str, shown: Value| if name == "properties" { shown } else { value(shown) };
            members.into_iter().map(|(name, shown)| (name.clone(), kept(&name, shown))).collect()
        }
        Value::Array(items) => items.into_iter().map(value).collect(),
        Value::String(text) if is_link(&text) => text.replacen(PREFIX_OF_VERSION_3, PREFIX, 1).into(),
        other => other,
    }
}

/// Addresses of this site begin so; a text of a user that has one in it stays as it is.
fn is_link(text: &str) -> bool {
    text.starts_with("http") && text.contains(PREFIX_OF_VERSION_3) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers() {
        let document = crate::document::paragraph("Hello");
        let given = json!({
            "self": "http://127.0.0.1:1/rest/api/3/issue/1",
            "fields": { "description": document, "summary": "see /rest/api/3/issue", "labels": ["a"] },
            "properties": { "flowrun": document },
        });
        let shown = answer("getIssue", Answer::ok(given)).json().cloned();
        let expected = json!({
            "self": "http://127.0.0.1:1/rest/api/2/issue/1",
            "fields": { "description": "Hello", "summary": "see /rest/api/3/issue", "labels": ["a"] },
            "properties": { "flowrun": document },
        });
        assert_eq!(shown, Some(expected));
    }
}
