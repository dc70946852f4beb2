//! What a person is asked who must say whether an effect happened.

use crate::{activity::Failure, diagnostic::Code};

/// The failure of an effect of which `seen` was seen, and of which it cannot be shown whether it happened.
pub(super) fn unknown(seen: &Failure, why: &str) -> Failure {
    let message = format!("it is unknown whether it happened: {seen}; {why}");
    let help = "look whether it happened, then say so with `decide`";
    Failure { code: Code::EFFECT_UNKNOWN, message, ..seen.clone() }.with_help(help)
}
