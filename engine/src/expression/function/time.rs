//! Timestamps, durations and dates.
//!
//! Time zones are the program's own, whatever the machine has: all machines decide alike.

use std::sync::LazyLock;

use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::Date,
    fmt::strtime,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::{Function, function, integer, made, method, string};
use crate::expression::{
    evaluate::{Budget, Cause, operator},
    value::{Value, ValueKind},
};

/// Nothing is read before the first zone is asked for.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A second, in nanoseconds.
const SECOND: i128 = 1_000_000_000;

const AT: &[ValueKind] = &[ValueKind::Timestamp];
const IN_ZONE: &[ValueKind] = &[ValueKind::Timestamp, ValueKind::String];
const LENGTH: &[ValueKind] = &[ValueKind::Duration];

pub(super) const TABLE: &[Function] = &[
    function("timestamp", AT, ValueKind::Timestamp, |a, _| Ok(a[0].clone())),
    function("timestamp", &[ValueKind::Int], ValueKind::Timestamp, |a, _| {
        Timestamp::from_second(integer(&a[0])).map_err(|_| Cause::TooLarge).and_then(operator::timestamp)
    }),
    function("timestamp", &[ValueKind::String], ValueKind::Timestamp, |a, budget| {
        budget.read(string(&a[0]).len())?;
        let at = string(&a[0]).parse::<Timestamp>();
        let at = at.map_err(|_| Cause::function("timestamp", "it is written as `2026-01-31T09:30:00Z`"))?;
        operator::timestamp(at)
    }),
    function("date", &[ValueKind::String], ValueKind::Timestamp, |a, budget| {
        budget.read(string(&a[0]).len())?;
        let midnight = string(&a[0]).parse::<Date>().and_then(|date| date.to_zoned_datetime(TimeZone::UTC));
        let midnight = midnight.map_err(|_| Cause::function("date", "it is written as `2026-01-31`"))?;
        operator::timestamp(midnight.timestamp())
    }),
    function("duration", LENGTH, ValueKind::Duration, |a, _| Ok(a[0].clone())),
    function("duration", &[ValueKind::String], ValueKind::Duration, |a, budget| {
        budget.read(string(&a[0]).len())?;
        let length = duration(string(&a[0]));
        let length = length.ok_or_else(|| Cause::function("duration", "it is written as `1h30m` or `90s`"))?;
        operator::duration(length)
    }),
    function("format_date", IN_ZONE, ValueKind::String, |a, budget| format_date(&a[0], string(&a[1]), "UTC", budget)),
    function(
        "format_date",
        &[ValueKind::Timestamp, ValueKind::String, ValueKind::String],
        ValueKind::String,
        |a, budget| format_date(&a[0], string(&a[1]), string(&a[2]), budget),
    ),
    method("getFullYear", AT, ValueKind::Int, |a, _| part(a, |at| at.year().into())),
    method("getFullYear", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.year().into())),
    method("getMonth", AT, ValueKind::Int, |a, _| part(a, |at| i64::from(at.month()) - 1)),
    method("getMonth", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| i64::from(at.month()) - 1)),
    method("getDate", AT, ValueKind::Int, |a, _| part(a, |at| at.day().into())),
    method("getDate", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.day().into())),
    method("getDayOfMonth", AT, ValueKind::Int, |a, _| part(a, |at| i64::from(at.day()) - 1)),
    method("getDayOfMonth", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| i64::from(at.day()) - 1)),
    method("getDayOfYear", AT, ValueKind::Int, |a, _| part(a, |at| i64::from(at.day_of_year()) - 1)),
    method("getDayOfYear", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| i64::from(at.day_of_year()) - 1)),
    method("getDayOfWeek", AT, ValueKind::Int, |a, _| part(a, |at| at.weekday().to_sunday_zero_offset().into())),
    method("getDayOfWeek", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.weekday().to_sunday_zero_offset().into())),
    method("getHours", AT, ValueKind::Int, |a, _| part(a, |at| at.hour().into())),
    method("getHours", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.hour().into())),
    method("getMinutes", AT, ValueKind::Int, |a, _| part(a, |at| at.minute().into())),
    method("getMinutes", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.minute().into())),
    method("getSeconds", AT, ValueKind::Int, |a, _| part(a, |at| at.second().into())),
    method("getSeconds", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.second().into())),
    method("getMilliseconds", AT, ValueKind::Int, |a, _| part(a, |at| at.millisecond().into())),
    method("getMilliseconds", IN_ZONE, ValueKind::Int, |a, _| part(a, |at| at.millisecond().into())),
    method("getHours", LENGTH, ValueKind::Int, |a, _| Ok(Value::Int(length(&a[0]).as_hours()))),
    method("getMinutes", LENGTH, ValueKind::Int, |a, _| Ok(Value::Int(length(&a[0]).as_mins()))),
    method("getSeconds", LENGTH, ValueKind::Int, |a, _| Ok(Value::Int(length(&a[0]).as_secs()))),
    method("getMilliseconds", LENGTH, ValueKind::Int, |a, _| Ok(Value::Int(length(&a[0]).subsec_millis().into()))),
];

fn length(value: &Value<'_>) -> SignedDuration {
    match value {
        Value::Duration(length) => *length,
        _ => unreachable!("{}", super::BY_THE_TABLE),
    }
}

/// A timestamp in a zone: `Europe/Berlin`, `+02:00`, `-08:00`.
fn zoned(value: &Value<'_>, zone: &str) -> Result<ZonedDateTime, Cause> {
    let Value::Timestamp(at) = value else { unreachable!("{}", super::BY_THE_TABLE) };
    let zone = match offset(zone) {
        Some(offset) => TimeZone::fixed(offset),
        None => ZONES.get(zone).map_err(|_| Cause::function("format_date", "there is no such time zone"))?,
    };
    Ok(at.to_zoned_datetime(zone))
}

fn offset(zone: &str) -> Option<Offset> {
    let (sign, digits) = match zone.as_bytes().first()? {
        b'-' => (-1, &zone[1..]),
        b'+' => (1, &zone[1..]),
        _ => (1, zone),
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i32>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Offset::from_seconds(sign * (hours.checked_mul(3600)? + minutes * 60)).ok()
}

fn part<'a>(a: &[Value<'a>], read: impl Fn(&ZonedDateTime) -> i64) -> Result<Value<'a>, Cause> {
    let zone = a.get(1).map_or("UTC", |zone| string(zone));
    Ok(Value::Int(read(&zoned(&a[0], zone)?)))
}

fn format_date<'a>(at: &Value<'a>, pattern: &str, zone: &str, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.steps(20 + pattern.len())?;
    let text = strtime::format(pattern, &zoned(at, zone)?);
    made(text.map_err(|_| Cause::function("format_date", "the pattern is not one of strftime's"))?, budget)
}

/// `1h30m`, `-1.5s`, `100ms`: as CEL and Go write durations.
fn duration(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut nanoseconds: i128 = 0;
    loop {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let end =
            rest[digits..].find(|char: char| char.is_ascii_digit() || char == '.').map_or(rest.len(), |at| digits + at);
        nanoseconds = nanoseconds.checked_add(quantity(&rest[..digits], unit(&rest[digits..end])?)?)?;
        rest = &rest[end..];
        if rest.is_empty() {
            break;
        }
    }
    let nanoseconds = nanoseconds * sign;
    let seconds = i64::try_from(nanoseconds / SECOND).ok()?;
    Some(SignedDuration::new(seconds, i32::try_from(nanoseconds % SECOND).ok()?))
}

/// A unit, in nanoseconds.
fn unit(name: &str) -> Option<i128> {
    Some(match name {
        "h" => 3600 * SECOND,
        "m" => 60 * SECOND,
        "s" => SECOND,
        "ms" => 1_000_000,
        "us" | "µs" | "μs" => 1_000,
        "ns" => 1,
        _ => return None,
    })
}

/// `1.5` of a unit, in nanoseconds.
fn quantity(digits: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
    let parts = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let of_fraction = number(fraction)?.checked_mul(unit)? / parts;
    number(whole)?.checked_mul(unit)?.checked_add(of_fraction)
}

/// A duration as CEL writes it: `90s`, `-1.5s`.
pub(in crate::expression) fn duration_text(length: SignedDuration) -> String {
    let sign = if length.is_negative() { "-" } else { "" };
    let (seconds, nanoseconds) = (length.as_secs().unsigned_abs(), length.subsec_nanos().unsigned_abs());
    let fraction = format!("{nanoseconds:09}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{seconds}s"),
        fraction => format!("{sign}{seconds}.{fraction}s"),
    }
}
