//! Numbers as texts show them and as Jira keeps them: a double, which tells integers apart up to 2^53.

use serde_json::Number;

/// 2^53: beyond it doubles have no fractions to lose, and do not know every integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The digits of a number without a fraction.
pub(crate) fn whole(number: &Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
    Some(format!("{whole:.0}"))
}

/// Whether a number is an integer that a double may not know.
pub(crate) fn is_beyond_doubles(number: &Number) -> bool {
    match number.as_i64() {
        Some(integer) => integer.unsigned_abs() > EXACT as u64,
        None => number.as_f64().is_none_or(|float| float.fract() == 0.0 && float.abs() > EXACT),
    }
}
