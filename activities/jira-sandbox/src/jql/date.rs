//! Times in queries: absolute ones, periods from now, and the functions that name the edge of a day, week, month or year.
//! Everybody's time zone is UTC here, and weeks begin on Sunday, as for Jira's users in `en_US`. \[unverified\]

use jiff::{Span, Timestamp, civil, tz::TimeZone};

/// Reads a time as a value has it: `2026-01-31`, `2026/01/31 08:00`, `-14d`, `4w 2d`.
pub(super) fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    absolute(text).or_else(|| now_and(period(text, "wdhm", Some('m'))?, now))
}

/// Reads a time as a field stores it: a date, or a moment.
pub(super) fn stored(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| absolute(text))
}

/// The message for a value that is not a time. \[unverified\]
pub(super) fn not_a_time(text: &str, field: &str) -> String {
    format!(
        "Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', \
         'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
}

/// The functions that give a time. `None` where there is no such function.
pub(super) fn function(name: &str, arguments: &[String], now: Timestamp) -> Option<Result<Timestamp, String>> {
    let name = name.to_lowercase();
    if name == "now" {
        return Some(if arguments.is_empty() { Ok(now) } else { Err(arity(&name, "no arguments", arguments)) });
    }
    let (is_end, unit) = match (name.strip_prefix("startof"), name.strip_prefix("endof")) {
        (Some(unit), _) => (false, unit),
        (_, Some(unit)) => (true, unit),
        _ => return None,
    };
    let unit = CalendarUnit::named(unit)?;
    Some(match arguments {
        [] => edge(now, unit, is_end, Span::new()),
        [increment] => match period(increment, "yMwdhm", Some(unit.letter())) {
            Some(span) => edge(now, unit, is_end, span),
            None => Err(format!(
                "Date function '{name}' cannot take '{increment}': a period such as '-1d', '+2w' or '1M' is expected."
            )),
        },
        _ => Err(arity(&name, "at most one argument", arguments)),
    })
}

fn arity(name: &str, expected: &str, given: &[String]) -> String {
    format!("Function '{name}' expected {expected} but received {}.", given.len())
}

/// What `startOf…` and `endOf…` name the edge of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CalendarUnit {
    Day,
    Week,
    Month,
    Year,
}

impl CalendarUnit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The unit of an increment that has none.
    fn letter(self) -> char {
        match self {
            Self::Day => 'd',
            Self::Week => 'w',
            Self::Month => 'M',
            Self::Year => 'y',
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Day => Span::new().days(1),
            Self::Week => Span::new().weeks(1),
            Self::Month => Span::new().months(1),
            Self::Year => Span::new().years(1),
        }
    }

    fn start(self, date: civil::Date) -> Option<civil::Date> {
        match self {
            Self::Day => Some(date),
            Self::Week => date.checked_sub(Span::new().days(date.weekday().to_sunday_zero_offset())).ok(),
            Self::Month => Some(date.first_of_month()),
            Self::Year => Some(date.first_of_year()),
        }
    }
}

/// The first moment of the unit around now and the increment, or its last millisecond.
fn edge(now: Timestamp, unit: CalendarUnit, is_end: bool, increment: Span) -> Result<Timestamp, String> {
    let edge = || {
        let around = TimeZone::UTC.to_datetime(now).checked_add(increment).ok()?;
        let start = unit.start(around.date())?.to_datetime(civil::Time::midnight());
        let edge = if is_end {
            start.checked_add(unit.length()).ok()?.checked_sub(Span::new().milliseconds(1)).ok()?
        } else {
            start
        };
        utc(edge)
    };
    edge().ok_or_else(|| "The date is out of range.".to_owned())
}

fn now_and(span: Span, now: Timestamp) -> Option<Timestamp> {
    utc(TimeZone::UTC.to_datetime(now).checked_add(span).ok()?)
}

fn utc(datetime: civil::DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(datetime).ok()
}

fn absolute(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let separator = if date.contains('/') { '/' } else { '-' };
    let [year, month, day] = numbers(date, separator)?;
    let [hour, minute] = numbers(time.trim(), ':')?;
    let date = civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let time = civil::Time::new(hour.try_into().ok()?, minute.try_into().ok()?, 0, 0).ok()?;
    utc(date.to_datetime(time)).filter(|_| year >= 1000)
}

fn numbers<const COUNT: usize>(text: &str, separator: char) -> Option<[i16; COUNT]> {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Option<Vec<i16>> =
        text.split(separator).map(|part| Some(part).filter(is_number)?.parse().ok()).collect();
    parts?.try_into().ok()
}

/// A sign for the whole, then numbers with units: `-1w 2d`. A number alone counts in the default unit.
fn period(text: &str, units: &str, default: Option<char>) -> Option<Span> {
    let (negative, text) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => (false, text),
    };
    let mut span = Span::new();
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    for word in words {
        let (digits, unit) = match word.chars().last().filter(|last| !last.is_ascii_digit()) {
            Some(unit) => (&word[..word.len() - unit.len_utf8()], unit),
            None => (word, default?),
        };
        let amount: i64 =
            Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
        span = units.contains(unit).then(|| with(span, unit, amount))?.ok()?;
    }
    Some(if negative { span.negate() } else { span })
}

fn with(span: Span, unit: char, amount: i64) -> Result<Span, jiff::Error> {
    match unit {
        'y' => span.try_years(amount),
        'M' => span.try_months(amount),
        'w' => span.try_weeks(amount),
        'd' => span.try_days(amount),
        'h' => span.try_hours(amount),
        _ => span.try_minutes(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    fn now() -> Timestamp {
        "2026-11-23T16:20:30.5Z".parse().expect("a time")
    }

    #[test]
    fn values() {
        for (text, expected) in [
            ("2026-01-31", Some("2026-01-31T00:00:00Z")),
            ("2026/01/31", Some("2026-01-31T00:00:00Z")),
            ("2026-1-5 8:05", Some("2026-01-05T08:05:00Z")),
            ("2026/12/31 23:59", Some("2026-12-31T23:59:00Z")),
            ("-14d", Some("2026-11-09T16:20:30.5Z")),
            ("-10m", Some("2026-11-23T16:10:30.5Z")),
            ("10", Some("2026-11-23T16:30:30.5Z")),
            ("+4w 2d", Some("2026-12-23T16:20:30.5Z")),
            ("-1w 1d", Some("2026-11-15T16:20:30.5Z")),
            ("-2h", Some("2026-11-23T14:20:30.5Z")),
            ("2026-02-30", None),
            ("26-02-03", None),
            ("yesterday", None),
            ("2026-01-31T10:00", None),
            ("-3x", None),
            ("-d", None),
            ("-", None),
            ("", None),
            ("-99999999999999999999d", None),
            ("-999999999999w", None),
        ] {
            let expected: Option<Timestamp> = expected.map(|text| text.parse().expect("a time"));
            assert_eq!(time(text, now()), expected, "{text}");
        }
    }

    #[test]
    fn functions() {
        for (name, argument, expected) in [
            ("now", None, "2026-11-23T16:20:30.5Z"),
            ("startOfDay", None, "2026-11-23T00:00:00Z"),
            ("startOfDay", Some("-1d"), "2026-11-22T00:00:00Z"),
            ("startOfDay", Some("-1"), "2026-11-22T00:00:00Z"),
            ("endOfDay", None, "2026-11-23T23:59:59.999Z"),
            ("startOfWeek", None, "2026-11-22T00:00:00Z"),
            ("startOfWeek", Some("-1w"), "2026-11-15T00:00:00Z"),
            ("endOfWeek", None, "2026-11-28T23:59:59.999Z"),
            ("startOfMonth", Some("+1"), "2026-12-01T00:00:00Z"),
            ("endOfMonth", Some("-9M"), "2026-02-28T23:59:59.999Z"),
            ("startOfYear", None, "2026-01-01T00:00:00Z"),
            ("ENDOFYEAR", Some("1y"), "2027-12-31T23:59:59.999Z"),
        ] {
            let arguments: Vec<String> = argument.into_iter().map(str::to_owned).collect();
            let given = function(name, &arguments, now()).expect("a function of time");
            assert_eq!(given, Ok(expected.parse().expect("a time")), "{name}({argument:?})");
        }
        assert_eq!(function("currentUser", &[], now()), None);
        assert!(function("now", &["1d".to_owned()], now()).is_some_and(|given| given.is_err()));
        assert!(function("startOfDay", &["soon".to_owned()], now()).is_some_and(|given| given.is_err()));
    }
}
