//! What an output of an activity says in a few words: of a thing its key, and what it is, what became of it, or where it is.

use serde_json::Value;

/// What links begin with that lead into a Jira which ended with its program: whoever embeds one gives its site this address.
pub const EMBEDDED_SITE: &str = "http://sandbox.localhost:8479";

/// What an output, or the result of an effect, says.
pub(super) fn output_text(output: &Value) -> String {
    let text = |name: &str| output.get(name)?.as_str().map(str::to_owned);
    let about = text("summary").or_else(|| change(output)).or_else(|| files(output)).or_else(|| found(output));
    let link = || text("url").filter(|url| !url.starts_with(EMBEDDED_SITE));
    [text("key"), about.or_else(link)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `To Do → Done`; `Done already`, where nothing had to be changed.
fn change(output: &Value) -> Option<String> {
    let (from, to) = (output.get("from")?.as_str()?, output.get("to")?.as_str()?);
    Some(if from == to && output.get("transition").is_none_or(Value::is_null) {
        format!("{to} already")
    } else {
        format!("{from} → {to}")
    })
}

/// `login.log, browser.txt`
fn files(output: &Value) -> Option<String> {
    let attachments = output.get("attachments")?.as_array()?.iter();
    Some(attachments.filter_map(|file| file["filename"].as_str()).collect::<Vec<_>>().join(", "))
}

/// `12 issues`; `50 issues, and there are more`
fn found(output: &Value) -> Option<String> {
    let count = output.get("issues")?.as_array()?.len();
    let more = if output["more"] == true { ", and there are more" } else { "" };
    Some(format!("{count} issue{}{more}", if count == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_output_is_told_in_a_few_words() {
        let expected = [
            (json!({ "key": "OPS-6", "url": "https://x/browse/OPS-6" }), "OPS-6 https://x/browse/OPS-6"),
            (json!({ "key": "OPS-6", "url": "https://x", "summary": "Crash" }), "OPS-6 Crash"),
            (json!({ "key": "OPS-6", "from": "To Do", "to": "Done", "transition": "Close" }), "OPS-6 To Do → Done"),
            (json!({ "key": "OPS-6", "from": "Done", "to": "Done", "transition": null }), "OPS-6 Done already"),
            (json!({ "key": "OPS-6", "attachments": [{ "filename": "a" }, { "filename": "b" }] }), "OPS-6 a, b"),
            (json!({ "issues": [{}], "more": false }), "1 issue"),
            (json!({ "issues": [{}, {}], "more": true }), "2 issues, and there are more"),
            (json!({ "key": "OPS-6", "account_id": "5b1" }), "OPS-6"),
            (json!([]), ""),
        ];
        for (output, told) in expected {
            assert_eq!(output_text(&output), told);
        }
    }
}
