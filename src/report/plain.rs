//! Times, lengths and values as people read them.

use std::{borrow::Cow, env, path::Path, sync::LazyLock, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{reading, screen::on_one_line};

/// No zone is near this size, in bytes.
const LONGEST_ZONE: u64 = 1024 * 1024;

/// A time, to the second, in the machine's time zone.
pub(crate) fn local_time(at: Timestamp) -> String {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(machine_zone);
    at.to_zoned_datetime(ZONE.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The machine's time zone. Its file alone is read where it has one: to find a zone by its name, all are read.
fn machine_zone() -> TimeZone {
    let file = Path::new("/etc/localtime");
    let of_machine = env::var_os("TZ").is_none().then(|| reading::all(file, LONGEST_ZONE).ok()).flatten();
    of_machine.and_then(|bytes| TimeZone::tzif("", &bytes).ok()).unwrap_or_else(TimeZone::system)
}

/// How long something took: `340 ms`, `2.1 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 => format!("{} ms", length.as_millis()),
        1..60 if length.subsec_millis() < 50 => format!("{seconds} s"),
        1..60 => format!("{:.1} s", length.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The time between two times, for people.
pub(crate) fn between(from: Timestamp, until: Timestamp) -> String {
    duration(Duration::try_from(until.duration_since(from)).unwrap_or_default())
}

/// A value: a text as it is, everything else as JSON on one line.
pub(crate) fn value(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::from)
}

/// A text on one line that is not wider than `width`, whatever is in it.
pub(crate) fn clip(text: &str, width: usize) -> String {
    let flat = on_one_line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
    if flat.chars().count() <= width {
        return flat;
    }
    flat.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_aloud() {
        let expected =
            [(340, "340 ms"), (30_000, "30 s"), (2_140, "2.1 s"), (200_000, "3 min 20 s"), (7_500_000, "2 h 5 min")];
        for (milliseconds, text) in expected {
            assert_eq!(duration(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn a_text_is_clipped_by_characters() {
        assert_eq!(clip("größer als\n das", 8), "größer …");
        assert_eq!(clip("a\u{1b}b", 7), "a\\u{1b…");
    }
}
