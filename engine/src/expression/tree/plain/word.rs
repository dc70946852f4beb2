//! What single words of a plain expression say.

use cel::common::ast::LiteralValue;

use crate::expression::token::{Token, TokenKind};

/// Whether a word is a name wherever it stands, and nothing that is told to be no operator.
pub(super) fn is_name(word: &str) -> bool {
    !matches!(
        word,
        "as" | "break"
            | "const"
            | "continue"
            | "else"
            | "false"
            | "for"
            | "function"
            | "if"
            | "import"
            | "in"
            | "let"
            | "loop"
            | "namespace"
            | "null"
            | "package"
            | "return"
            | "true"
            | "var"
            | "void"
            | "while"
            | "and"
            | "AND"
            | "or"
            | "OR"
            | "not"
            | "NOT"
    )
}

/// The value that a word is, if it is one.
pub(super) fn literal(word: &Token, text: &str) -> Option<LiteralValue> {
    match word.kind {
        TokenKind::Text { closed: true } => plain_text(text).map(|text| LiteralValue::String(text.to_owned().into())),
        TokenKind::Number if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<i64>().ok().map(|number| LiteralValue::Int(number.into()))
        }
        TokenKind::Word => match text {
            "true" => Some(LiteralValue::Boolean(true.into())),
            "false" => Some(LiteralValue::Boolean(false.into())),
            "null" => Some(LiteralValue::Null),
            _ => None,
        },
        _ => None,
    }
}

/// What a text says that has neither prefix nor escapes, and ends where its line does.
fn plain_text(text: &str) -> Option<&str> {
    let is_plain = text.starts_with(['\'', '"'])
        && !text.starts_with("'''")
        && !text.starts_with("\"\"\"")
        && !text.contains(['\\', '\n', '\r']);
    is_plain.then(|| &text[1..text.len() - 1])
}
