//! Why a run failed, as lists tell it: short, and stored with the run's status, so that a list reads no journal.

use serde::{Deserialize, Serialize};

use crate::journal::RunError;

/// So many characters of a message are kept: more than a line of any terminal shows. The journal has all.
const LONGEST_MESSAGE: usize = 240;

/// So many of the name of what failed.
const LONGEST_PLACE: usize = 64;

/// Why a run failed, in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    /// What failed: a node, or `outputs`.
    #[serde(rename = "n")]
    pub place: String,
    /// The diagnostic code: `FR0703`. That of a newer version may be one that this one does not know.
    #[serde(rename = "c")]
    pub code: String,
    /// What went wrong, in one line; a long message is cut, and ends with `…` then.
    #[serde(rename = "m")]
    pub message: String,
}

impl RunFailure {
    /// The failure that a run ended with.
    pub fn new(error: &RunError) -> Self {
        Self {
            place: cut(error.place(), LONGEST_PLACE),
            code: error.failure.code.to_string(),
            message: cut(&on_one_line(&error.failure.message), LONGEST_MESSAGE),
        }
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{activity::Failure, diagnostic::Code};

    #[test]
    fn a_message_is_one_line_and_has_an_end() {
        let failure = Failure::permanent(Code::REFUSED, "the field\n`x` ".to_owned() + &"ä".repeat(1000));
        let RunFailure { place, code, message } = RunFailure::new(&RunError { node: Some("file".into()), failure });
        assert_eq!((&*place, code), ("file", Code::REFUSED.to_string()));
        assert!(message.starts_with("the field `x` ä") && message.ends_with("ä…"), "{message}");
        assert_eq!(message.chars().count(), LONGEST_MESSAGE);
        let short = RunError { node: None, failure: Failure::permanent(Code::REFUSED, "no") };
        assert_eq!((RunFailure::new(&short).place, RunFailure::new(&short).message), ("outputs".into(), "no".into()));
    }
}
