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

/// A text in lines of at most `width`, each behind `indent` spaces.
pub(crate) fn wrap(text: &str, indent: usize, width: usize) -> String {
    wrapped(text, indent, width, |paragraph| paragraph.split(' ').map(str::to_owned).collect())
}

/// The same, and what stands in backticks stays on one line, however long: it is to be copied.
pub(crate) fn wrap_around_code(text: &str, indent: usize, width: usize) -> String {
    wrapped(text, indent, width, |paragraph| {
        let (mut words, mut is_open) = (Vec::<String>::new(), false);
        for word in paragraph.split(' ') {
            match words.last_mut().filter(|_| is_open) {
                Some(code) => *code = format!("{code} {word}"),
                None => words.push(word.to_owned()),
            }
            is_open ^= word.matches('`').count() % 2 == 1;
        }
        words
    })
}

fn wrapped(text: &str, indent: usize, width: usize, words: impl Fn(&str) -> Vec<String>) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
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
    fn a_text_is_clipped_and_wrapped_by_characters() {
        assert_eq!(clip("größer als\n das", 8), "größer …");
        assert_eq!(clip("a\u{1b}b", 7), "a\\u{1b…");
        assert_eq!(wrap("one two three", 2, 9), "  one two\n  three\n");
        assert_eq!(wrap_around_code("write `a: b c`: one two", 2, 9), "  write\n  `a: b c`:\n  one two\n");
    }
}
