//! Why a text is not an expression, in one message that a person can act on.
//!
//! What people get wrong most is looked for first, in the words of the text. The rest is the crate's own first error, translated.

use std::ops::Range;

use super::{
    SyntaxError,
    token::{Token, TokenKind, tokens},
};
use crate::diagnostic::Code;

/// How deep brackets may nest: the crate's parser goes down a level of the stack with each.
const DEEPEST: usize = 32;

/// The longest expression, in bytes.
pub(super) const LONGEST: usize = 4096;

/// How many operators, dots and the like there may be: the crate goes down a level of the stack with each of a chain.
const SYMBOLS: usize = 1000;

/// The first fault that shows before the text is compiled.
pub(super) fn fault(source: &str) -> Option<SyntaxError> {
    if source.len() > LONGEST {
        let message = format!("the expression has {} bytes; {LONGEST} are allowed", source.len());
        return Some(too_complex(message, 0..source.len()));
    }
    let words: Vec<Token> = tokens(source, 0).collect();
    if words.is_empty() {
        return Some(broken("the expression is empty", 0..source.len()));
    }
    let symbols = words.iter().filter(|word| word.kind == TokenKind::Symbol && &source[word.at.clone()] != ",").count();
    if symbols > SYMBOLS {
        let message = format!("the expression has {symbols} operators and dots; {SYMBOLS} are allowed");
        return Some(too_complex(message, 0..source.len()));
    }
    words.iter().enumerate().find_map(|(index, _)| delimiter(source, &words[index..])).or_else(|| {
        let word = words.iter().enumerate().find_map(|(index, _)| word(source, &words, index));
        [word, brackets(source, &words)].into_iter().flatten().min_by_key(|fault| fault.at.start)
    })
}

/// Too long, too deep, too much of something.
pub(super) fn too_complex(message: impl Into<String>, at: Range<usize>) -> SyntaxError {
    let help = "compute a part of it in a node of its own, or keep the logic in what the node calls";
    SyntaxError { code: Code::TOO_COMPLEX, message: message.into(), at, help: Some(help.into()) }
}

fn broken(message: impl Into<String>, at: Range<usize>) -> SyntaxError {
    SyntaxError { code: Code::EXPRESSION_SYNTAX, message: message.into(), at, help: None }
}

/// `${{ … }}`, `{{ … }}` or `${ … }` inside an expression.
fn delimiter(source: &str, words: &[Token]) -> Option<SyntaxError> {
    let at = words[0].at.start;
    let pairs = [("${{", "}}"), ("{{", "}}"), ("${", "}")];
    let (opening, closing) = pairs.into_iter().find(|(opening, _)| source[at..].starts_with(opening))?;
    let end = source[at..].find(closing).map_or(source.len(), |end| at + end + closing.len());
    let inner = source[at..end].trim_start_matches(opening).trim_end_matches(closing).trim();
    Some(SyntaxError {
        code: Code::DELIMITERS,
        message: format!("`{opening} {closing}` does not belong inside an expression"),
        at: at..end,
        help: Some(format!("write it without: `{inner}`")),
    })
}

/// A word that CEL does not know, where it is clear what was meant.
fn word(source: &str, words: &[Token], index: usize) -> Option<SyntaxError> {
    let token = &words[index];
    let text = &source[token.at.clone()];
    let (message, help): (String, Option<String>) = match (token.kind, text) {
        (TokenKind::Text { closed: false }, _) => {
            let mark = if text.contains('"') && !text.contains('\'') { "\"" } else { "'" };
            ("the string is not closed".into(), Some(format!("close it with `{mark}`")))
        }
        (TokenKind::Symbol, "=") => {
            ("`=` is not an operator".into(), Some("write `==` to compare; nothing can be assigned".into()))
        }
        (TokenKind::Symbol, "&" | "|") => {
            (format!("`{text}` is not an operator"), Some(format!("write `{text}{text}`")))
        }
        (TokenKind::Symbol, "?") if source[token.at.end..].starts_with('?') => {
            ("`??` is not an operator".into(), Some("write `x == null ? y : x`".into()))
        }
        (TokenKind::Symbol, "`") => {
            ("a name cannot have backticks".into(), Some("write the field as `['name']`".into()))
        }
        (TokenKind::Symbol, "“" | "”" | "„" | "‘" | "’") => {
            (format!("`{text}` is not a quote mark of CEL"), Some("use `'` or `\"`".into()))
        }
        (TokenKind::Symbol, ";") => {
            ("an expression has no `;`".into(), Some("write one expression, without `;`".into()))
        }
        (TokenKind::Symbol, "@" | "#" | "$" | "\\" | "~" | "^") => (format!("`{text}` has no meaning in CEL"), None),
        (TokenKind::Symbol, _) if !text.is_ascii() => {
            (format!("`{text}` has no meaning in CEL"), Some("names are `[a-z][a-z0-9_]*`; put text in quotes".into()))
        }
        (TokenKind::Word, "and" | "AND" | "or" | "OR" | "not" | "NOT") if is_operator(source, words, index) => {
            let operator = match text.to_ascii_lowercase().as_str() {
                "and" => "&&",
                "or" => "||",
                _ => "!",
            };
            (format!("`{text}` is not an operator"), Some(format!("write `{operator}`")))
        }
        _ => return None,
    };
    Some(SyntaxError { help, ..broken(message, token.at.clone()) })
}

/// Whether `and`, `or` or `not` stands where an operator would, and is not a name.
fn is_operator(source: &str, words: &[Token], index: usize) -> bool {
    let ends_value = |token: &Token| match token.kind {
        TokenKind::Word | TokenKind::Number | TokenKind::Text { .. } | TokenKind::Close => true,
        TokenKind::Open | TokenKind::Symbol => false,
    };
    let begins_value = |token: &Token| match token.kind {
        TokenKind::Symbol => &source[token.at.clone()] == "!",
        TokenKind::Close => false,
        _ => true,
    };
    let after_value = index > 0 && ends_value(&words[index - 1]);
    let before_value = words.get(index + 1).is_some_and(begins_value);
    after_value || (before_value && source[words[index].at.clone()].eq_ignore_ascii_case("not"))
}

/// Brackets without a partner, and too many in one another.
fn brackets(source: &str, words: &[Token]) -> Option<SyntaxError> {
    let mut open: Vec<Range<usize>> = Vec::new();
    for token in words {
        match token.kind {
            TokenKind::Open if open.len() == DEEPEST => {
                return Some(too_complex(format!("brackets nest more than {DEEPEST} deep"), token.at.clone()));
            }
            TokenKind::Open => open.push(token.at.clone()),
            TokenKind::Close => {
                let found = &source[token.at.clone()];
                let Some(opening) = open.pop() else {
                    return Some(broken(format!("`{found}` does not close anything"), token.at.clone()));
                };
                let expected = partner(&source[opening.clone()]);
                if expected != found {
                    let help = format!("close `{}` with `{expected}` first", &source[opening]);
                    return Some(SyntaxError {
                        help: Some(help),
                        ..broken(format!("`{found}` where `{expected}` should be"), token.at.clone())
                    });
                }
            }
            _ => {}
        }
    }
    let opening = open.pop()?;
    let (bracket, partner) = (&source[opening.clone()], partner(&source[opening.clone()]));
    Some(SyntaxError {
        help: Some(format!("close it with `{partner}`")),
        ..broken(format!("`{bracket}` is not closed"), opening)
    })
}

fn partner(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// The crate's errors as one.
///
/// A fault gives up to five of them. Lines and columns count from 1; the parser's own count characters, those of macros and
/// literals bytes.
pub(super) fn translate(source: &str, errors: &cel::ParseErrors) -> SyntaxError {
    let made_up = |message: &str| message.starts_with("Incomplete") || message.starts_with("No `");
    let Some(error) = errors.errors.iter().find(|error| !made_up(&error.msg)) else {
        return broken("this is not an expression", 0..source.len());
    };
    let parsers = error.msg.strip_prefix("Syntax error: ");
    let start = byte(source, error.pos, parsers.is_some());
    let word = tokens(source, start).next().map_or(source.len()..source.len(), |word| word.at);
    match parsers {
        Some(message) if message.contains("Recursion") => too_complex("the expression is nested too deeply", word),
        Some(message) => parser(source, message, word),
        None => other(source, &error.msg, word),
    }
}

/// The byte of a line and a column of the crate's.
fn byte(source: &str, (line, column): (isize, isize), characters: bool) -> usize {
    let from_zero = |number: isize| usize::try_from(number - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(from_zero(line)).map(str::len).sum();
    let rest = &source[start..];
    let within = match characters {
        true => rest.char_indices().nth(from_zero(column)).map_or(rest.len(), |(at, _)| at),
        false => rest.floor_char_boundary(from_zero(column)),
    };
    start + within
}

/// What the parser says: it lists all that it would have taken, which helps nobody.
fn parser(source: &str, message: &str, word: Range<usize>) -> SyntaxError {
    let found = &source[word.clone()];
    if message.starts_with("no viable alternative") && !found.is_empty() {
        return after_dot(source, word);
    }
    if let Some(missing) = message.strip_prefix("missing '").and_then(|rest| rest.split('\'').next()) {
        return broken(format!("`{missing}` is missing here"), word);
    }
    match found {
        "" => SyntaxError {
            help: incomplete(source),
            ..broken("the expression ends too early", source.trim_end().len()..source.trim_end().len())
        },
        _ if message.starts_with("token recognition") && found.starts_with(['\'', '"']) => SyntaxError {
            help: Some(r"a `\` in a string begins an escape: write `\\` for the character itself, or `r'…'`".into()),
            ..broken("the string has an escape that CEL does not know", word)
        },
        _ => SyntaxError { help: unexpected(source, &word), ..broken(format!("`{found}` is not expected here"), word) },
    }
}

/// `a.in`, `a..b`: no name after a dot.
fn after_dot(source: &str, word: Range<usize>) -> SyntaxError {
    let found = &source[word.clone()];
    if !found.starts_with(|char: char| char.is_ascii_alphabetic()) {
        return broken(format!("a name is missing before `{found}`"), word);
    }
    let help = format!("write `['{found}']`");
    SyntaxError { help: Some(help), ..broken(format!("`{found}` is a keyword, no field"), word) }
}

fn unexpected(source: &str, word: &Range<usize>) -> Option<String> {
    let before = tokens(source, 0).take_while(|token| token.at.end <= word.start).last()?;
    let is_value = |token: &Token| !matches!(token.kind, TokenKind::Symbol | TokenKind::Open);
    let next = tokens(source, word.start).next()?;
    (is_value(&before) && is_value(&next) || next.kind == TokenKind::Open)
        .then(|| "an operator is missing before it, or the string before it needs quotes".to_owned())
}

fn incomplete(source: &str) -> Option<String> {
    let symbols: Vec<&str> =
        tokens(source, 0).filter(|token| token.kind == TokenKind::Symbol).map(|token| &source[token.at]).collect();
    let count = |symbol: &str| symbols.iter().filter(|found| **found == symbol).count();
    let last = tokens(source, 0).last().map(|token| &source[token.at])?;
    match last {
        "." => Some("a name is missing after `.`".to_owned()),
        _ if symbols.last() == Some(&last) => Some(format!("a value is missing after `{last}`")),
        _ if count("?") > count(":") => Some("`a ? b` needs `: c`: what it gives otherwise".to_owned()),
        _ => None,
    }
}

/// What macros and literals complain of.
fn other(source: &str, message: &str, word: Range<usize>) -> SyntaxError {
    let found = &source[word.clone()];
    let (message, help) = match message {
        "invalid argument to has() macro" => {
            ("`has()` takes a field".to_owned(), Some("such as `has(nodes.find.key)`".to_owned()))
        }
        "unsupported ident kind" => ("a name is missing after `.?`".to_owned(), None),
        "argument must be a simple name" => {
            ("a name is expected here".to_owned(), Some("such as `x` in `list.map(x, x.key)`".to_owned()))
        }
        "invalid int literal" => (format!("`{found}` is too large for an integer"), None),
        "invalid double literal" => (format!("`{found}` is too large for a number"), None),
        _ if message.starts_with("reserved identifier") => {
            (format!("`{found}` is a reserved word of CEL"), Some("no name can be called so".to_owned()))
        }
        _ => (message.to_owned(), None),
    };
    SyntaxError { help, ..broken(message, word) }
}
