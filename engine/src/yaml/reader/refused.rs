//! What YAML allows and a definition does not, in words.

use std::ops::Range;

use crate::{
    diagnostic::{Code, Diagnostic},
    yaml::{slip, syntax},
};

pub(super) fn second_document(at: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::SECOND_DOCUMENT, at, "a second YAML document starts here");
    fault.with_help("a file holds one definition: move the second into a file of its own")
}

/// `.inf` and `.nan`
pub(super) fn not_finite(text: &str, at: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::NOT_FINITE, at, format!("`{text}` is not a finite number"));
    fault.with_help("JSON has no such number; quote it if a string is meant")
}

pub(super) fn merge_key(at: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(Code::MERGE_KEY, at, "the merge key `<<` is not allowed");
    fault.with_help("write the keys out where they are needed")
}

/// A key that is a number, a boolean or null.
pub(super) fn key(text: &str, at: Range<usize>) -> Diagnostic {
    let shown = if text.is_empty() { "an empty key".to_owned() } else { format!("the key `{text}`") };
    Diagnostic::error(Code::KEY_NOT_TEXT, at, format!("{shown} is not a string")).with_help("quote the key")
}

pub(super) fn key_again(name: &str, at: Range<usize>, first_line: usize) -> Diagnostic {
    let fault = Diagnostic::error(Code::DUPLICATE_KEY, at, format!("the key `{name}` is written twice"));
    fault.with_help(format!("the first is in line {first_line}: remove one of the two"))
}

pub(super) fn alias_as_key(at: Range<usize>) -> Diagnostic {
    Diagnostic::error(Code::KEY_NOT_TEXT, at, "an alias cannot be a key").with_help("write the key out")
}

pub(super) fn alias_in_itself(at: Range<usize>) -> Diagnostic {
    let message = "an alias is inside what it stands for";
    Diagnostic::error(Code::TOO_DEEP, at, message).with_help("write out what is meant")
}

/// A list or a mapping as a key of the mapping that starts at `outer`: `{{ x }}` is one.
pub(super) fn collection_as_key(text: &str, outer: usize, at: Range<usize>) -> Diagnostic {
    if text[outer..].starts_with("{{") {
        let fault = Diagnostic::error(Code::DELIMITERS, outer..at.start + 1, "`{{` does not start an expression");
        return fault.with_help("an expression is written `${{ … }}`; inside `{ }` and `[ ]` it must be quoted");
    }
    Diagnostic::error(Code::KEY_NOT_TEXT, at, "a list or a map cannot be a key").with_help("a key is a string")
}

/// A tag of a list or a mapping whose properties begin at the start of `range`.
pub(super) fn tag(text: &str, range: &Range<usize>) -> Diagnostic {
    let at = syntax::tag(text, range.start);
    let message = format!("the tag `{}` is not allowed", &text[at.clone()]);
    Diagnostic::error(Code::TAG, at, message).with_help("remove it")
}

/// A tag of a scalar: `!important` may be meant as a text.
pub(super) fn tag_of_scalar(text: &str, range: &Range<usize>) -> Diagnostic {
    let fault = tag(text, range);
    let at = syntax::tag(text, range.start);
    let whole = at.start..range.end.max(at.end);
    if text[whole.clone()].contains('\n') {
        return fault;
    }
    fault.with_help(format!("remove it; if a string is meant, quote it: `{}`", slip::quoted_in_line(text, &whole)))
}
