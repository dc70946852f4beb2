//! What an error's body says: Jira's, the gateway's, the token endpoint's, or a page of HTML in place of all of them.

use serde_json::Value;

use crate::Repeated;

/// The words of an error's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorText {
    /// What is said of the whole request.
    pub messages: Vec<String>,
    /// What is said of single fields: the field's id and the words.
    pub fields: Vec<(String, String)>,
}

/// A page of a proxy or a gateway is cut here.
const LONGEST_PAGE: usize = 200;

/// One of Jira's own messages is cut here.
const LONGEST_MESSAGE: usize = 500;

/// No more messages than this, and no more fields, are kept.
const MOST: usize = 20;

impl ErrorText {
    /// Reads a body, without what it repeats of credentials: before anything is cut, so that no part of one is left. What is
    /// neither JSON of a known form nor HTML is taken as text.
    pub fn read(body: &[u8], repeated: &Repeated) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(body @ Value::Object(_)) => Self::of_object(&repeated.taken_out_of(body)),
            Ok(_) | Err(_) => Self::of_page(&String::from_utf8_lossy(body), repeated),
        }
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.fields.is_empty()
    }

    /// Whether the gateway says that the token lacks a scope. It never says which.
    pub fn speak_of_scope(&self) -> bool {
        self.messages.iter().any(|message| message.contains("scope does not match"))
    }

    fn of_object(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let said = body["errorMessages"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut messages: Vec<String> = said.take(MOST).map(message).collect();
        // The token endpoint's `error` is a code; its description says more.
        let other = text("message").or_else(|| text("error_description")).or_else(|| text("error"));
        messages.extend(other.map(|text| message(&text)));
        let fields = body["errors"].as_object().into_iter().flatten().take(MOST);
        let fields =
            fields.map(|(field, words)| (cut(&one_line(field), LONGEST_PAGE), message(&plain(words)))).collect();
        Self { messages, fields }
    }

    /// Reads a text, or a page of HTML.
    pub fn of_text(text: &str) -> Self {
        Self::of_page(text, &Repeated::default())
    }

    fn of_page(text: &str, repeated: &Repeated) -> Self {
        let text = one_line(&if text.contains('<') { without_tags(text) } else { text.to_owned() });
        let messages =
            [cut(&repeated.taken_out(text), LONGEST_PAGE)].into_iter().filter(|text| !text.is_empty()).collect();
        Self { messages, fields: Vec::new() }
    }
}

impl std::fmt::Display for ErrorText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.fields.iter().map(|(field, words)| format!("{field}: {words}"));
        let all: Vec<String> = self.messages.iter().cloned().chain(fields).collect();
        formatter.write_str(&all.join("; "))
    }
}

fn plain(words: &Value) -> String {
    words.as_str().map_or_else(|| words.to_string(), str::to_owned)
}

fn message(text: &str) -> String {
    cut(&one_line(text), LONGEST_MESSAGE)
}

/// At most so many characters of a text.
fn cut(text: &str, longest: usize) -> String {
    let end = text.char_indices().nth(longest).map(|(at, _)| at);
    end.map_or_else(|| text.to_owned(), |at| format!("{}…", &text[..at]))
}

/// Without what would move a terminal's cursor, or change its colours.
fn one_line(text: &str) -> String {
    let shown = |letter: char| if letter.is_control() { ' ' } else { letter };
    let text: String = text.chars().map(shown).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a page; of its head only the title.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let hidden = ["style", "script"].into_iter().find(|name| tag.starts_with(name));
        let after = match hidden {
            Some(name) => tag.split_once(&format!("</{name}")).map_or("", |(_, after)| after),
            None => tag,
        };
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        let bodies = [
            r#"{"errorMessages":["a\u001b[2Jb"],"errors":{"x\u001b[1m":"c\u0007d\u009be"}}"#,
            r#"{"error":"access_denied","error_description":"a\u001b]0;title\u0007b"}"#,
            "a\u{1b}[31mb",
        ];
        for body in bodies {
            let said = ErrorText::read(body.as_bytes(), &Repeated::default()).to_string();
            assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }

    #[test]
    fn four_forms_are_read() {
        let expected = [
            (
                r#"{"errorMessages":["Issue does not exist."],"errors":{"summary":"is required"}}"#,
                "Issue does not exist.; summary: is required",
            ),
            (r#"{"code":401,"message":"Unauthorized; scope does not match"}"#, "Unauthorized; scope does not match"),
            (r#"{"error":"invalid_grant","error_description":"Unknown refresh token."}"#, "Unknown refresh token."),
            (r#"{"error":"access_denied"}"#, "access_denied"),
            (
                "<html><head><title>502 Bad Gateway</title><style>p {}</style></head><body><p>nginx</p></body></html>",
                "502 Bad Gateway nginx",
            ),
            ("", ""),
            ("upstream\nconnect error", "upstream connect error"),
            ("[1, 2]", "[1, 2]"),
            (r#"{"errors":{"customfield_1":["a"]}}"#, r#"customfield_1: ["a"]"#),
            ("<script>alert(1)", ""),
        ];
        for (body, words) in expected {
            assert_eq!(ErrorText::read(body.as_bytes(), &Repeated::default()).to_string(), words, "{body}");
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        let words = |text: &str| ErrorText::read(text.as_bytes(), &Repeated::default());
        let long = "ü".repeat(5_000);
        assert_eq!(words(&long).to_string().chars().count(), LONGEST_PAGE + 1);
        let message = format!(r#"{{"errorMessages":["{long}"]}}"#);
        assert_eq!(words(&message).to_string().chars().count(), LONGEST_MESSAGE + 1);
        let many = format!(r#"{{"errorMessages":[{}"x"],"errors":{{"{long}":"{long}"}}}}"#, r#""x","#.repeat(100));
        let many = words(&many);
        assert_eq!(many.messages.len(), MOST);
        assert_eq!(many.fields[0].1.chars().count(), LONGEST_MESSAGE + 1);
    }
}
