//! CEL's own conformance tests through the checker and the evaluator: `tests/cel-spec/run.sh`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::{
    Bindings, Bound, Expression,
    check::{Name, TypeEnv, check},
    evaluate::{Budget, compare::equal},
    types::Type,
    value::{Key, List, Value, ValueKind},
};
use crate::diagnostic::{Code, Severity};

/// The suites that are of the language itself and of what is here of its extensions.
const SUITES: [&str; 16] = [
    "basic",
    "comparisons",
    "conversions",
    "dynamic",
    "fields",
    "fp_math",
    "integer_math",
    "lists",
    "logic",
    "macros",
    "optionals",
    "parse",
    "plumbing",
    "string",
    "string_ext",
    "timestamps",
];

/// What there is not here: messages and their enums. A test with one of these words is of them.
const FOREIGN: [&str; 7] =
    ["TestAllTypes", "proto2", "proto3", "google.protobuf.", "cel.expr", "NestedEnum", "GlobalEnum"];

#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    failed: Vec<String>,
    /// The checker refuses what evaluates as it should.
    refused: Vec<String>,
    left_out: usize,
}

struct ByName(BTreeMap<String, Value<'static>>);

impl Bindings for ByName {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        self.0.get(name).map(|value| Bound::of(lent(value)))
    }

    fn node(&self, _: &str) -> Option<Bound<'_>> {
        None
    }
}

impl TypeEnv for ByName {
    fn root(&self, name: &str) -> Name {
        if self.0.contains_key(name) { Name::Value(Type::Any) } else { Name::Unknown }
    }

    fn node(&self, _: &str) -> Name {
        Name::Unknown
    }

    fn field_not_here(&self, _: &str, _: &str) -> Option<(String, String)> {
        None
    }

    fn similar_root(&self, _: &str) -> Option<String> {
        None
    }

    fn similar_node(&self, _: &str) -> Option<String> {
        None
    }
}

#[test]
#[ignore = "needs the tests of CEL: tests/cel-spec/run.sh"]
#[expect(clippy::print_stdout, reason = "the counts are what it is for")]
#[expect(clippy::disallowed_methods, reason = "the script says where the tests are")]
fn cels_own_tests_pass() {
    let path = std::env::var("CEL_SPEC").expect("the tests of CEL, as JSON");
    let tests: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut counts = Counts::default();
    for suite in tests["suites"].as_array().unwrap() {
        let before = (counts.passed, counts.failed.len());
        let name = suite["name"].as_str().unwrap();
        each(suite, &mut |test| match run(test).filter(|_| SUITES.contains(&name)) {
            None => counts.left_out += 1,
            Some((source, Err(why))) => counts.failed.push(format!("{name}: {source} → {why}")),
            Some((source, Ok(refusal))) => {
                counts.passed += 1;
                counts.refused.extend(refusal.map(|why| format!("{name}: {source} → {why}")));
            }
        });
        println!("{name}: {} pass, {} fail", counts.passed - before.0, counts.failed.len() - before.1);
    }
    println!("fail:\n  {}", counts.failed.join("\n  "));
    println!("refused by the checker:\n  {}", counts.refused.join("\n  "));
    println!(
        "{} pass, {} fail, {} of what passes is refused by the checker, {} are left out",
        counts.passed,
        counts.failed.len(),
        counts.refused.len(),
        counts.left_out
    );
    assert!(counts.passed >= 1284, "fewer pass than once did");
}

fn each<'a>(suite: &'a Json, take: &mut impl FnMut(&'a Json)) {
    suite["suites"].as_array().into_iter().flatten().for_each(|inner| each(inner, take));
    suite["tests"].as_array().into_iter().flatten().for_each(|test| take(&test["original"]));
}

/// The expression, and whether it does as it should; with what the checker refuses in it. `None` if it is of what there is not here.
fn run(test: &Json) -> Option<(String, Result<Option<String>, String>)> {
    let source = test["expr"].as_str()?.to_owned();
    let is_foreign = FOREIGN.iter().any(|word| source.contains(word)) && !source.starts_with("type(");
    if is_foreign || ["container", "disableMacros", "checkOnly"].iter().any(|key| !test[key].is_null()) {
        return None;
    }
    let mut given = BTreeMap::new();
    for (name, binding) in test["bindings"].as_object().into_iter().flatten() {
        given.insert(name.clone(), value(&binding["value"])?);
    }
    let expected = match &test["value"] {
        Json::Null if test["evalError"].is_null() && test["anyEvalErrors"].is_null() => Some(Value::Bool(true)),
        Json::Null => None,
        written => Some(value(written)?),
    };
    let expression = match Expression::parse(&source) {
        Ok(expression) => expression,
        Err(_) if expected.is_none() => return Some((source, Ok(None))),
        Err(error) => return Some((source, Err(format!("no expression: {error}")))),
    };
    let given = ByName(given);
    let result = expression.value(&given, &mut Budget::default());
    let verdict = match (result, &expected) {
        (Ok(found), Some(expected)) if is_same(&found, expected) => Ok(refusal(&expression, &given)),
        (Ok(found), Some(expected)) => Err(format!("{found:?} instead of {expected:?}")),
        (Ok(found), None) => Err(format!("{found:?} instead of an error")),
        (Err(_), None) => Ok(None),
        (Err(fault), Some(_)) => Err(fault.cause.to_string()),
    };
    Some((source, verdict))
}

/// A value that a test gives, for as long as an evaluation needs it.
fn lent<'a>(value: &Value<'static>) -> Value<'a> {
    match value {
        Value::List(items) => Value::list(items.iter().map(|item| lent(&item)).collect()),
        Value::Map(map) => {
            let keys = map.keys(&mut Budget::default()).unwrap();
            Value::map(keys.into_iter().map(|key| (key.clone(), lent(&map.get(&key).unwrap()))).collect()).unwrap()
        }
        Value::Optional(held) => held.as_ref().map_or(Value::NOTHING, |held| lent(held).some()),
        Value::Null => Value::Null,
        Value::Bool(bool) => Value::Bool(*bool),
        Value::Int(integer) => Value::Int(*integer),
        Value::UInt(integer) => Value::UInt(*integer),
        Value::Double(double) => Value::Double(*double),
        Value::String(text) => Value::String(text.clone()),
        Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Value::Timestamp(at) => Value::Timestamp(*at),
        Value::Duration(length) => Value::Duration(*length),
        Value::Type(kind) => Value::Type(*kind),
    }
}

/// What the checker refuses of an expression that evaluates. Comparisons that are never true are refused on purpose.
fn refusal(expression: &Expression, given: &ByName) -> Option<String> {
    let checked = check(expression, given, &Default::default());
    let mut errors = checked.faults.into_iter().filter(|fault| fault.severity == Severity::Error);
    errors.find(|fault| fault.code != Code::NEVER_EQUAL).map(|fault| format!("{} {}", fault.code, fault.message))
}

fn is_same(found: &Value<'_>, expected: &Value<'_>) -> bool {
    let is_equal = || equal(found, expected, &mut Budget::default()) == Ok(true);
    match (found, expected) {
        (Value::Double(one), Value::Double(other)) => one == other || (one.is_nan() && other.is_nan()),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(List::iter(other)).all(|(one, other)| is_same(&one, &other))
        }
        (Value::Map(_), Value::Map(_)) | (Value::UInt(_), Value::Int(_)) => is_equal(),
        _ => found.kind() == expected.kind() && is_equal(),
    }
}

/// A value as the tests write it; `None` for messages and enums.
fn value(written: &Json) -> Option<Value<'static>> {
    let (name, of) = written.as_object()?.iter().next()?;
    let text = || of.as_str().map(str::to_owned).or_else(|| of.as_number().map(ToString::to_string));
    Some(match name.as_str() {
        "nullValue" => Value::Null,
        "boolValue" => Value::Bool(of.as_bool()?),
        "int64Value" => Value::Int(text()?.parse().ok()?),
        "uint64Value" => Value::UInt(text()?.parse().ok()?),
        "doubleValue" => Value::Double(text()?.replace("Infinity", "inf").parse().ok()?),
        "stringValue" => Value::text(text()?),
        "bytesValue" => {
            let bytes = of.as_array()?.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            Value::Bytes(bytes.collect::<Option<Vec<_>>>()?.into())
        }
        "listValue" => Value::list(of["values"].as_array().into_iter().flatten().map(value).collect::<Option<_>>()?),
        "mapValue" => {
            let entry = |entry: &Json| Some((Key::of(&value(&entry["key"])?)?, value(&entry["value"])?));
            Value::map(of["entries"].as_array().into_iter().flatten().map(entry).collect::<Option<_>>()?)?
        }
        "typeValue" => {
            let mut kinds = ValueKind::NAMED.into_iter().chain([ValueKind::Timestamp, ValueKind::Duration]);
            Value::Type(kinds.find(|kind| of.as_str() == Some(kind.name()))?)
        }
        "objectValue" => match of["@type"].as_str()?.rsplit('.').next()? {
            "Duration" => {
                Value::Duration(of["value"].as_str()?.parse::<SignedDuration>().ok().or_else(|| seconds(of))?)
            }
            "Timestamp" => Value::Timestamp(of["value"].as_str()?.parse::<Timestamp>().ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

/// `1.5s`
fn seconds(of: &Json) -> Option<SignedDuration> {
    of["value"].as_str()?.strip_suffix('s')?.parse::<f64>().ok().map(SignedDuration::from_secs_f64)
}
