//! Secrets and names that are drawn at random: what nobody guesses, and no other sandbox has.

/// A new secret, good for one sandbox only.
#[expect(clippy::disallowed_methods, reason = "nobody may guess it, and no other run has it")]
pub(crate) fn secret(prefix: &str) -> String {
    prefix.chars().chain((0..32).map(|_| fastrand::alphanumeric())).collect()
}

/// A cloud id for a new world.
#[expect(clippy::disallowed_methods, reason = "no other sandbox has it")]
pub(crate) fn cloud_id() -> String {
    let digits: String = (0..32).map(|_| fastrand::digit(16)).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
