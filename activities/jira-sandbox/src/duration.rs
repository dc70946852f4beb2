//! How Jira writes a time that was spent. A day has 8 hours and a week 5 days, as on a site where nobody changed it.

/// The units, longest first, in seconds.
const UNITS: [(char, u64); 4] = [('w', 5 * 8 * 3600), ('d', 8 * 3600), ('h', 3600), ('m', 60)];

/// The seconds of `1h 30m`; a number alone is minutes. \[SPEC\]
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let parts: Vec<_> = text.split_whitespace().map(part).collect::<Option<_>>()?;
    if parts.is_empty() { None } else { parts.into_iter().try_fold(0_u64, u64::checked_add) }
}

fn part(text: &str) -> Option<u64> {
    let unit = UNITS.into_iter().find(|(letter, _)| text.ends_with(*letter));
    let (number, seconds) = unit.map_or((text, 60), |(letter, seconds)| (text.trim_end_matches(letter), seconds));
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

/// How so many seconds are written.
pub(crate) fn text(mut seconds: u64) -> String {
    let mut parts = Vec::new();
    for (letter, length) in UNITS {
        if seconds >= length {
            parts.push(format!("{}{letter}", seconds / length));
            seconds %= length;
        }
    }
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let expected = [
            ("1h 30m", Some((5400, "1h 30m"))),
            ("90", Some((5400, "1h 30m"))),
            ("9h", Some((32_400, "1d 1h"))),
            ("1w 5d", Some((288_000, "2w"))),
            ("0m", Some((0, "0m"))),
            ("", None),
            ("1.5h", None),
            ("h", None),
            ("soon", None),
            ("99999999999999999999w", None),
        ];
        for (given, read) in expected {
            let found = seconds(given);
            assert_eq!(found.map(|seconds| (seconds, text(seconds))), read.map(|(n, t)| (n, t.to_owned())), "{given}");
        }
    }
}
