//! The words of an expression, as far as brackets, texts and places need them.
//!
//! The crate's own lexer is not reachable, and stops at what it does not know; this one never fails.

use std::ops::Range;

/// One word of an expression's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Its bytes.
    pub(super) at: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A text in quotes.
    Text {
        /// Whether its closing quote is there.
        closed: bool,
    },
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// An operator, or a character that is none of the above.
    Symbol,
}

/// The words of `text` from byte `from` on. White space and comments are left out.
pub(super) fn tokens(text: &str, from: usize) -> impl Iterator<Item = Token> {
    let mut next = from;
    std::iter::from_fn(move || {
        let token = token(text, skip_blank(text, next))?;
        next = token.at.end;
        Some(token)
    })
}

fn token(text: &str, start: usize) -> Option<Token> {
    let rest = &text[start..];
    let first = rest.chars().next()?;
    let (kind, length) = match first {
        '\'' | '"' => quoted(rest, 0, false),
        'a'..='z' | 'A'..='Z' | '_' => word(rest),
        '0'..='9' => (TokenKind::Number, number(rest)),
        '(' | '[' | '{' => (TokenKind::Open, 1),
        ')' | ']' | '}' => (TokenKind::Close, 1),
        _ => (TokenKind::Symbol, symbol(rest, first)),
    };
    Some(Token { kind, at: start..start + length })
}

/// The first byte from `start` on that is neither white space nor in a comment.
fn skip_blank(text: &str, mut start: usize) -> usize {
    loop {
        let rest = &text[start..];
        let blank = rest.len() - rest.trim_start().len();
        start += blank;
        if !rest[blank..].starts_with("//") {
            return start;
        }
        start = text[start..].find('\n').map_or(text.len(), |at| start + at);
    }
}

/// A name, or a text with a prefix such as `r'…'`.
fn word(rest: &str) -> (TokenKind, usize) {
    let length = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
    let is_prefix = length <= 2 && rest[..length].chars().all(|char| matches!(char, 'r' | 'R' | 'b' | 'B'));
    if is_prefix && rest[length..].starts_with(['\'', '"']) {
        quoted(rest, length, rest[..length].contains(['r', 'R']))
    } else {
        (TokenKind::Word, length)
    }
}

fn number(rest: &str) -> usize {
    let mut end = 0;
    while let Some(char) = rest[end..].chars().next() {
        let is_point = char == '.' && rest[end + 1..].starts_with(|next: char| next.is_ascii_digit());
        let is_sign = matches!(char, '+' | '-') && rest[..end].ends_with(['e', 'E']) && !rest.starts_with("0x");
        if !char.is_ascii_alphanumeric() && !is_point && !is_sign {
            break;
        }
        end += 1;
    }
    end
}

/// A text whose opening quote is at byte `open`. One in single quote marks ends with its line.
fn quoted(rest: &str, open: usize, raw: bool) -> (TokenKind, usize) {
    let mark = &rest[open..=open];
    let triple = mark.repeat(3);
    let (mark, lines) = if rest[open..].starts_with(&triple) { (triple.as_str(), true) } else { (mark, false) };
    let mut at = open + mark.len();
    while let Some(char) = rest[at..].chars().next() {
        if rest[at..].starts_with(mark) {
            return (TokenKind::Text { closed: true }, at + mark.len());
        }
        if char == '\n' && !lines {
            break;
        }
        at += char.len_utf8();
        if char == '\\' && !raw {
            at += rest[at..].chars().next().filter(|escaped| *escaped != '\n').map_or(0, char::len_utf8);
        }
    }
    (TokenKind::Text { closed: false }, at)
}

fn symbol(rest: &str, first: char) -> usize {
    const LONG: [&str; 6] = ["==", "!=", "<=", ">=", "&&", "||"];
    LONG.into_iter().find(|long| rest.starts_with(long)).map_or(first.len_utf8(), str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text, 0).map(|token| &text[token.at]).collect()
    }

    #[test]
    fn texts_end_at_their_own_quotes() {
        let cases: [(&str, &[&str]); 9] = [
            ("'a' + \"b'\"", &["'a'", "+", "\"b'\""]),
            (r"'it\'s' x", &[r"'it\'s'", "x"]),
            (r"r'\' x", &[r"r'\'", "x"]),
            ("'''a'b''' x", &["'''a'b'''", "x"]),
            ("'' x", &["''", "x"]),
            ("b\"é\"+1", &["b\"é\"", "+", "1"]),
            ("'open", &["'open"]),
            ("'open\nx", &["'open", "x"]),
            (r"'\", &[r"'\"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_names_and_operators_are_told_apart() {
        assert_eq!(
            words("a.b1-1.5e-3>=0x1F // }}\n&&[1]"),
            ["a", ".", "b1", "-", "1.5e-3", ">=", "0x1F", "&&", "[", "1", "]"]
        );
        assert_eq!(words("1.size() = é"), ["1", ".", "size", "(", ")", "=", "é"]);
    }
}
