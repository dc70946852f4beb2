//! Each form of each function, with what it gives; and what functions say when they are called wrongly.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::*;
use crate::expression::{Bindings, Bound, Expression};

struct Nothing;

impl Bindings for Nothing {
    fn root(&self, _: &str) -> Option<Bound<'_>> {
        None
    }

    fn node(&self, _: &str) -> Option<Bound<'_>> {
        None
    }
}

fn value(source: &str) -> Result<Json, String> {
    Expression::parse(source).expect(source).evaluate(&Nothing).map_err(|error| error.message)
}

/// (the name and kinds of a form, an expression that uses it, what it gives)
fn examples() -> Vec<(&'static str, &'static str, Json)> {
    vec![
        ("size(string)", "size('Grüße')", json!(5)),
        ("size(bytes)", "size(b'Grüße')", json!(7)),
        ("size(list)", "size([1, 2])", json!(2)),
        ("size(map)", "size({'a': 1})", json!(1)),
        ("string.size()", "'Grüße'.size()", json!(5)),
        ("bytes.size()", "b'ab'.size()", json!(2)),
        ("list.size()", "[1, 2].size()", json!(2)),
        ("map.size()", "{'a': 1}.size()", json!(1)),
        ("dyn(dyn)", "dyn('a')", json!("a")),
        ("type(dyn)", "type(1) == int", json!(true)),
        ("int(int)", "int(1)", json!(1)),
        ("int(uint)", "int(1u)", json!(1)),
        ("int(double)", "int(-2.9)", json!(-2)),
        ("int(string)", "int('-3')", json!(-3)),
        ("int(timestamp)", "int(timestamp('1970-01-01T00:01:00Z'))", json!(60)),
        ("uint(uint)", "uint(1u)", json!(1)),
        ("uint(int)", "uint(1)", json!(1)),
        ("uint(double)", "uint(2.9)", json!(2)),
        ("uint(string)", "uint('3')", json!(3)),
        ("double(double)", "double(1.5)", json!(1.5)),
        ("double(int)", "double(3) / 2.0", json!(1.5)),
        ("double(uint)", "double(3u)", json!(3)),
        ("double(string)", "double('1e3')", json!(1000)),
        ("bool(bool)", "bool(true)", json!(true)),
        ("bool(string)", "bool('false')", json!(false)),
        ("string(string)", "string('a')", json!("a")),
        ("string(bool)", "string(true)", json!("true")),
        ("string(int)", "string(-1)", json!("-1")),
        ("string(uint)", "string(1u)", json!("1")),
        ("string(double)", "string(3.0)", json!("3")),
        ("string(timestamp)", "string(timestamp('2026-01-31T09:30:00+01:00'))", json!("2026-01-31T08:30:00Z")),
        ("string(duration)", "string(duration('-1m30s500ms'))", json!("-90.5s")),
        ("string(bytes)", "string(b'Grüße')", json!("Grüße")),
        ("bytes(bytes)", "bytes(b'a') == b'a'", json!(true)),
        ("bytes(string)", "bytes('ü') == b'\\xc3\\xbc'", json!(true)),
        ("json(dyn)", "json({'b': [1.5, null], 'a': 2.0})", json!(r#"{"a":2,"b":[1.5,null]}"#)),
        ("string.contains(string)", "'abc'.contains('b')", json!(true)),
        ("string.startsWith(string)", "'abc'.startsWith('ab')", json!(true)),
        ("string.endsWith(string)", "'abc'.endsWith('ab')", json!(false)),
        ("string.matches(string)", "'xay'.matches('a')", json!(true)),
        ("matches(string, string)", "matches('b', '^a')", json!(false)),
        ("string.find(string)", "'Grüße, OPS-12 und OPS-7!'.find('[A-Z]+-[0-9]+')", json!(["OPS-12", "OPS-7"])),
        ("find(string, string)", "find('aß', '')", json!(["", "", ""])),
        ("list.join()", "['a', 'b'].join()", json!("ab")),
        ("list.join(string)", "['a', 'b'].join(', ')", json!("a, b")),
        ("string.split(string)", "'a,,b'.split(',')", json!(["a", "", "b"])),
        ("string.split(string, int)", "'a,b,c'.split(',', 2)", json!(["a", "b,c"])),
        ("string.replace(string, string)", "'aXbX'.replace('X', '-')", json!("a-b-")),
        ("string.replace(string, string, int)", "'aXbX'.replace('X', '-', 1)", json!("a-bX")),
        ("string.trim()", "' \\t x\\n'.trim()", json!("x")),
        ("string.lowerAscii()", "'ÄB'.lowerAscii()", json!("Äb")),
        ("string.upperAscii()", "'äb'.upperAscii()", json!("äB")),
        ("string.reverse()", "'aßc'.reverse()", json!("cßa")),
        ("string.substring(int)", "'Grüße'.substring(3)", json!("ße")),
        ("string.substring(int, int)", "'Grüße'.substring(2, 4)", json!("üß")),
        ("string.charAt(int)", "'Grüße'.charAt(2)", json!("ü")),
        ("string.indexOf(string)", "'Grüße'.indexOf('ß')", json!(3)),
        ("string.indexOf(string, int)", "'abab'.indexOf('a', 1)", json!(2)),
        ("string.lastIndexOf(string)", "'abab'.lastIndexOf('a')", json!(2)),
        ("string.lastIndexOf(string, int)", "'abab'.lastIndexOf('a', 1)", json!(0)),
        ("string.format(list)", "'%s has %d, %.2f, %x'.format(['x', 3, 1.0, 255])", json!("x has 3, 1.00, ff")),
        ("limit(string, int)", "limit('Grüße', 4)", json!("Grü…")),
        ("string.limit(int)", "'abc'.limit(3)", json!("abc")),
        ("list.sort()", "[3, 1, 2].sort()", json!([1, 2, 3])),
        ("list.distinct()", "[1, 2.0, 2, 1].distinct()", json!([1, 2])),
        ("list.flatten()", "[[1, [2]], 3].flatten()", json!([1, [2], 3])),
        ("list.flatten(int)", "[[1, [2]], 3].flatten(2)", json!([1, 2, 3])),
        ("list.slice(int, int)", "[1, 2, 3, 4].slice(1, 3)", json!([2, 3])),
        ("list.reverse()", "[1, 2].reverse()", json!([2, 1])),
        ("list.first()", "[1, 2].first().orValue(0)", json!(1)),
        ("list.last()", "[].last().orValue(5)", json!(5)),
        ("list.sum()", "[1.5, 2.5].sum()", json!(4)),
        ("list.min()", "[4, 2].min()", json!(2)),
        ("list.max()", "['a', 'b'].max()", json!("b")),
        ("optional.of(dyn)", "optional.of(1).hasValue()", json!(true)),
        ("optional.none()", "optional.none().hasValue()", json!(false)),
        ("optional.ofNonZeroValue(dyn)", "optional.ofNonZeroValue('').hasValue()", json!(false)),
        ("optional_type.hasValue()", "{'a': 1}.?a.hasValue()", json!(true)),
        ("optional_type.value()", "{'a': 1}.?a.value()", json!(1)),
        ("optional_type.or(optional_type)", "{'a': 1}.?b.or(optional.of(2)).value()", json!(2)),
        ("optional_type.orValue(dyn)", "{'a': 1}.?b.orValue(3)", json!(3)),
        ("math.abs(int)", "math.abs(-3)", json!(3)),
        ("math.abs(double)", "math.abs(-1.5)", json!(1.5)),
        ("math.ceil(double)", "math.ceil(1.2)", json!(2)),
        ("math.floor(double)", "math.floor(1.8)", json!(1)),
        ("math.round(double)", "math.round(2.5)", json!(3)),
        ("math.trunc(double)", "math.trunc(-1.8)", json!(-1)),
        ("math.sign(int)", "math.sign(-7)", json!(-1)),
        ("math.sign(double)", "math.sign(0.5)", json!(1)),
        ("math.isNaN(double)", "math.isNaN(0.0 / 0.0)", json!(true)),
        ("math.isInf(double)", "math.isInf(1.0 / 0.0)", json!(true)),
        ("math.isFinite(double)", "math.isFinite(1.0)", json!(true)),
        ("math.sqrt(double)", "math.sqrt(2.25)", json!(1.5)),
        ("math.sqrt(int)", "math.sqrt(9)", json!(3)),
        ("math.least(list)", "math.least([2, 1])", json!(1)),
        ("math.least(int, int)", "math.least(2, 1)", json!(1)),
        ("math.least(double, double)", "math.least(2.5, 1.5)", json!(1.5)),
        ("math.greatest(list)", "math.greatest([2, 1])", json!(2)),
        ("math.greatest(int, int)", "math.greatest(2, 1)", json!(2)),
        ("math.greatest(double, double)", "math.greatest(2.5, 1.5)", json!(2.5)),
        ("timestamp(timestamp)", "timestamp(timestamp(0))", json!("1970-01-01T00:00:00Z")),
        ("timestamp(int)", "timestamp(60)", json!("1970-01-01T00:01:00Z")),
        ("timestamp(string)", "timestamp('2026-03-29T00:30:00Z') + duration('1h30m')", json!("2026-03-29T02:00:00Z")),
        ("date(string)", "timestamp('2026-03-29T00:30:00Z') - date('2026-03-28')", json!("88200s")),
        ("duration(duration)", "duration(duration('90s'))", json!("90s")),
        ("duration(string)", "duration('1h30m') > duration('89m')", json!(true)),
        ("format_date(timestamp, string)", "format_date(date('2026-03-29'), '%d %b %Y')", json!("29 Mar 2026")),
        (
            "format_date(timestamp, string, string)",
            "format_date(timestamp('2026-03-29T01:30:00Z'), '%H:%M', 'Europe/Berlin')",
            json!("03:30"),
        ),
        ("timestamp.getFullYear()", "date('2026-03-29').getFullYear()", json!(2026)),
        ("timestamp.getFullYear(string)", "date('2026-01-01').getFullYear('-01:00')", json!(2025)),
        ("timestamp.getMonth()", "date('2026-03-29').getMonth()", json!(2)),
        ("timestamp.getMonth(string)", "date('2026-01-01').getMonth('-01:00')", json!(11)),
        ("timestamp.getDate()", "date('2026-03-29').getDate()", json!(29)),
        ("timestamp.getDate(string)", "date('2026-01-01').getDate('-01:00')", json!(31)),
        ("timestamp.getDayOfMonth()", "date('2026-03-29').getDayOfMonth()", json!(28)),
        ("timestamp.getDayOfMonth(string)", "date('2026-01-01').getDayOfMonth('-01:00')", json!(30)),
        ("timestamp.getDayOfYear()", "date('2026-02-01').getDayOfYear()", json!(31)),
        ("timestamp.getDayOfYear(string)", "date('2026-01-01').getDayOfYear('-01:00')", json!(364)),
        ("timestamp.getDayOfWeek()", "date('2026-03-29').getDayOfWeek()", json!(0)),
        ("timestamp.getDayOfWeek(string)", "date('2026-03-29').getDayOfWeek('-01:00')", json!(6)),
        ("timestamp.getHours()", "timestamp('2026-03-29T01:30:05.250Z').getHours()", json!(1)),
        ("timestamp.getHours(string)", "timestamp('2026-03-29T01:30:00Z').getHours('Europe/Berlin')", json!(3)),
        ("timestamp.getMinutes()", "timestamp('2026-03-29T01:30:05.250Z').getMinutes()", json!(30)),
        ("timestamp.getMinutes(string)", "timestamp('2026-03-29T01:30:00Z').getMinutes('+00:15')", json!(45)),
        ("timestamp.getSeconds()", "timestamp('2026-03-29T01:30:05.250Z').getSeconds()", json!(5)),
        ("timestamp.getSeconds(string)", "timestamp('2026-03-29T01:30:05Z').getSeconds('UTC')", json!(5)),
        ("timestamp.getMilliseconds()", "timestamp('2026-03-29T01:30:05.250Z').getMilliseconds()", json!(250)),
        (
            "timestamp.getMilliseconds(string)",
            "timestamp('2026-03-29T01:30:05.250Z').getMilliseconds('UTC')",
            json!(250),
        ),
        ("duration.getHours()", "duration('90m').getHours()", json!(1)),
        ("duration.getMinutes()", "duration('90m').getMinutes()", json!(90)),
        ("duration.getSeconds()", "duration('90m').getSeconds()", json!(5400)),
        ("duration.getMilliseconds()", "duration('1s250ms').getMilliseconds()", json!(250)),
    ]
}

fn written(form: &Function) -> String {
    let name = |kind: &ValueKind| kind.name().rsplit('.').next().unwrap_or_default().to_lowercase();
    let kinds: Vec<String> = form.takes.iter().map(name).collect();
    match kinds.split_first() {
        Some((of, rest)) if form.is_method => format!("{of}.{}({})", form.name, rest.join(", ")),
        _ => format!("{}({})", form.name, kinds.join(", ")),
    }
}

#[test]
fn each_form_of_each_function_gives_what_it_should() {
    for (_, source, expected) in examples() {
        assert_eq!(value(source), Ok(expected), "{source}");
    }
}

#[test]
fn each_form_has_an_example() {
    let shown: BTreeSet<&str> = examples().into_iter().map(|(form, ..)| form).collect();
    let forms: Vec<String> = all().map(written).collect();
    let missing: Vec<&String> = forms.iter().filter(|form| !shown.contains(form.as_str())).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
    assert_eq!(forms.len(), shown.len(), "an example of what there is not");
}

#[test]
fn each_function_is_documented() {
    let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md"));
    let missing: Vec<&str> = all().map(|form| form.name).filter(|name| !page.contains(name)).collect();
    assert!(missing.is_empty(), "docs/language.md does not have {missing:?}");
}

#[test]
fn edges_are_as_in_cel() {
    let cases = [
        ("''.split('')", json!([])),
        ("'ab'.split('')", json!(["a", "b"])),
        ("'a,b'.split(',', 0)", json!([])),
        ("'a,b'.split(',', 1)", json!(["a,b"])),
        ("'a,b'.split(',', -1)", json!(["a", "b"])),
        ("'abc'.charAt(3)", json!("")),
        ("''.replace('', 'x')", json!("x")),
        ("'abc'.indexOf('')", json!(0)),
        ("'abc'.lastIndexOf('')", json!(3)),
        ("'ab12'.find('[a-z]|[0-9]+')", json!(["a", "b", "12"])),
        ("'mail ada@x.org'.find('\\\\w+@\\\\w+\\\\.\\\\w+')", json!(["ada@x.org"])),
        ("'aß!'.find('(?-u:\\\\B)').size() >= 0", json!(true)),
        ("[].sum()", json!(0)),
        ("['b', 'a'].sort()", json!(["a", "b"])),
        ("'%%%5s'.format([])", json!(null)),
    ];
    for (source, expected) in cases {
        let found = value(source).unwrap_or(Json::Null);
        assert_eq!(found, expected, "{source}");
    }
}

#[test]
fn functions_say_what_they_take() {
    let sources = [
        "null.trim()",
        "'a'.split(1)",
        "['a', 1].join(',')",
        "[1, 'a'].sort()",
        "[[1], [2]].sort()",
        "[0.0 / 0.0, 1.0].sort()",
        "'a'.shorten()",
        "'abc'.substring(5)",
        "'abc'.substring(2, 1)",
        "'a'.matches('(')",
        "timestamp('today')",
        "date('2026-13-01')",
        "duration('1 hour')",
        "timestamp(253402300800)",
        "format_date(timestamp(0), '%', 'UTC')",
        "format_date(timestamp(0), '%d', 'Nowhere')",
        "[1, 2].slice(1, 3)",
        "[].min()",
        "[1, 'a'].max()",
        "[1, 2.0].sum()",
        "optional.none().value()",
        "limit('abc', 0)",
        "'%d'.format(['a'])",
        "'%s'.format([])",
        "int('1.5')",
        "int(1e30)",
        "bool('yes')",
    ];
    let said: Vec<String> =
        sources.into_iter().map(|source| format!("{source} → {}", value(source).expect_err(source))).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    null.trim() → `null.trim()`: `trim()` takes (a string), found (null)
    'a'.split(1) → `'a'.split(1)`: `split()` takes (a string, a string) or (a string, a string, an integer), found (a string, an integer)
    ['a', 1].join(',') → `['a', 1].join(',')`: `join()`: the element at index 1 is not a string, but an integer
    [1, 'a'].sort() → `[1, 'a'].sort()`: `sort()`: the list holds an integer and a string
    [[1], [2]].sort() → `[[1], [2]].sort()`: `sort()`: the list holds a list, which has no order
    [0.0 / 0.0, 1.0].sort() → `[0.0 / 0.0, 1.0].sort()`: `sort()`: the list holds a number, which has no order
    'a'.shorten() → `'a'.shorten()`: there is no function `shorten()`
    'abc'.substring(5) → `'abc'.substring(5)`: `substring()`: the position is outside the string
    'abc'.substring(2, 1) → `'abc'.substring(2, 1)`: `substring()`: it ends before it starts
    'a'.matches('(') → `'a'.matches('(')`: `matches()`: the pattern is not a regular expression, or too large
    timestamp('today') → `timestamp('today')`: `timestamp()`: it is written as `2026-01-31T09:30:00Z`
    date('2026-13-01') → `date('2026-13-01')`: `date()`: it is written as `2026-01-31`
    duration('1 hour') → `duration('1 hour')`: `duration()`: it is written as `1h30m` or `90s`
    timestamp(253402300800) → `timestamp(253402300800)`: the number is too large
    format_date(timestamp(0), '%', 'UTC') → `format_date(timestamp(0), '%', 'UTC')`: `format_date()`: the pattern is not one of strftime's
    format_date(timestamp(0), '%d', 'Nowhere') → `format_date(timestamp(0), '%d', 'Nowhere')`: `format_date()`: there is no such time zone
    [1, 2].slice(1, 3) → `[1, 2].slice(1, 3)`: `slice()`: the positions are outside the list
    [].min() → `[].min()`: `min()`: the list is empty
    [1, 'a'].max() → `[1, 'a'].max()`: `max()`: the list holds an integer and a string
    [1, 2.0].sum() → `[1, 2.0].sum()`: `sum()`: the list holds an integer and a number
    optional.none().value() → `optional.none().value()`: `value()`: the optional has no value
    limit('abc', 0) → `limit('abc', 0)`: `limit()`: at least 1 character must be left
    '%d'.format(['a']) → `'%d'.format(['a'])`: `format()`: `%d` does not take a string
    '%s'.format([]) → `'%s'.format([])`: `format()`: there is no value 1
    int('1.5') → `int('1.5')`: `int()`: the string is not an integer
    int(1e30) → `int(1e30)`: the number is too large
    bool('yes') → `bool('yes')`: `bool()`: the string is not a boolean
    "#);
}
