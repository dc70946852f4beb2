//! Texts as they are given: what they can name, as far as that is seen without asking Jira, and how a message shows them.

use std::borrow::Cow;

use jiff::civil::Date;

/// What was written is shown up to this many characters.
const LONGEST: usize = 100;

/// A text as a message shows it: its beginning, if it is long.
pub(crate) fn cut(text: &str) -> Cow<'_, str> {
    text.char_indices().nth(LONGEST).map_or(Cow::Borrowed(text), |(end, _)| format!("{}…", &text[..end]).into())
}

/// The day that a text names: one that is in the calendar, written as Jira takes it.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| date.to_string() == text)
}

/// Whether `who` can name a user: an e-mail address, an account id or `me`.
pub(crate) fn is_user(who: &str) -> bool {
    let who = who.trim();
    is_email(who) || is_account_id(who)
}

/// Whether a text is an e-mail address, as far as one can be told from other texts.
pub(crate) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(before, after)| !before.is_empty() && !after.is_empty())
        && !text.contains(char::is_whitespace)
}

/// Account ids are opaque; what no account id has is refused, so that a name is not sent as one.
pub(crate) fn is_account_id(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, ':' | '-' | '_' | '.');
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_user() {
        let expected = [
            ("5b10a2844c20165700ede21g", true),
            ("557058:f58131cb-b67d", true),
            ("me", true),
            ("ann@example.com", true),
            ("Ann Lee", false),
            ("Ann Lee <ann@example.com>", false),
            ("@ann", false),
            ("", false),
        ];
        for (text, is) in expected {
            assert_eq!(is_user(text), is, "{text}");
        }
    }
}
