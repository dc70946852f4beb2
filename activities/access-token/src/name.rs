//! The names of access tokens: file names, parts of environment variables and words in definitions at once.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longer names make file names that some systems refuse.
const LONGEST: usize = 64;

/// An access token's name: `[a-z0-9][a-z0-9_-]*`, at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// A text that cannot name an access token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name an access token: a name has lower-case letters, digits, `-` and `_`, at most 64 of them, and begins with a letter or a digit"
)]
pub struct BadTokenName(String);

impl TokenName {
    /// The name as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = BadTokenName;

    fn from_str(text: &str) -> Result<Self, BadTokenName> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for TokenName {
    type Error = BadTokenName;

    fn try_from(text: String) -> Result<Self, BadTokenName> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let begins = text.bytes().next().is_some_and(is_plain);
        let goes_on = text.bytes().all(|byte| is_plain(byte) || matches!(byte, b'-' | b'_'));
        if begins && goes_on && text.len() <= LONGEST { Ok(Self(text)) } else { Err(BadTokenName(text)) }
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_file_names() {
        let longest = "a".repeat(LONGEST);
        for name in ["acme", "a", "9-lives", "acme_test-2", &longest] {
            assert!(name.parse::<TokenName>().is_ok(), "{name}");
        }
        let longer = "a".repeat(LONGEST + 1);
        for name in ["", "Acme", "-acme", "_a", "../acme", "a/b", "a.b", "a b", "é", "acme\n", &longer] {
            assert!(name.parse::<TokenName>().is_err(), "{name}");
        }
    }
}
