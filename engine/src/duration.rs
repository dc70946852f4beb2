//! Durations as people write them: `30s`, `2h`, `1h30m`, `500ms`, `1d`.

use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};

/// A text that is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration such as `30s`, `10m`, `2h` or `1h30m`")]
pub struct DurationError(String);

/// Reads a duration: whole numbers, each with `d`, `h`, `m`, `s` or `ms`, the larger unit first, each unit once.
///
/// # Errors
/// When the text is anything else, or longer than the clock can hold.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let refused = || DurationError(text.to_owned());
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut smallest = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit()).ok_or_else(refused)?;
        let number: u64 = rest[..digits].parse().map_err(|_| refused())?;
        let after = &rest[digits..];
        let unit_length = after.find(|char: char| char.is_ascii_digit()).unwrap_or(after.len());
        let milliseconds = unit(&after[..unit_length]).filter(|unit| *unit < smallest).ok_or_else(refused)?;
        smallest = milliseconds;
        let part = number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(refused)?;
        total = total.checked_add(part).ok_or_else(refused)?;
        rest = &after[unit_length..];
    }
    if smallest == u64::MAX || total > LONGEST { Err(refused()) } else { Ok(total) }
}

/// `30s`, `1h30m`.
pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
    let pattern = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
    json_schema!({ "type": "string", "pattern": pattern, "examples": ["30s", "10m", "1h30m"] })
}

/// A hundred years: no time of a run passes the end of the calendar.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// A unit, in milliseconds.
fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let read = |text: &str| parse_duration(text).ok().map(|duration| duration.as_millis());
        let expected = [
            ("30s", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("500ms", Some(500)),
            ("1d", Some(86_400_000)),
            ("0s", Some(0)),
            ("", None),
            ("30", None),
            ("s", None),
            ("1m1h", None),
            ("1m1m", None),
            ("1.5h", None),
            ("-1s", None),
            ("1 h", None),
            ("1w", None),
            ("99999999999999999999s", None),
            ("99999999999d", None),
        ];
        for (text, milliseconds) in expected {
            assert_eq!(read(text), milliseconds, "{text}");
        }
    }
}
