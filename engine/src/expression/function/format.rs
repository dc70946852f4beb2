//! `'%s is %.2f'.format([name, number])`

use super::convert::plain;
use crate::expression::{
    evaluate::{Budget, Cause},
    value::{List, Value},
};

/// The most digits after the point.
const DIGITS: usize = 100;

/// Puts values into a pattern.
///
/// # Errors
/// What is wrong with the pattern, or with a value for it.
pub(super) fn format<'a>(pattern: &str, values: &List<'a>, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.write(pattern.len())?;
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut used = 0;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (digits, after) = precision(rest)?;
        let verb = after.chars().next().ok_or_else(|| refused("the pattern ends with `%`"))?;
        rest = &after[verb.len_utf8()..];
        let value = values.get(used).ok_or_else(|| refused(&format!("there is no value {}", used + 1)))?;
        used += 1;
        let piece = clause(verb, digits, &value, budget)?;
        budget.write(piece.len())?;
        text.push_str(&piece);
    }
    text.push_str(rest);
    Ok(Value::text(text))
}

fn refused(why: &str) -> Cause {
    Cause::function("format", why)
}

/// `.2` of `.2f`, and what comes after it.
fn precision(rest: &str) -> Result<(usize, &str), Cause> {
    let Some(after) = rest.strip_prefix('.') else { return Ok((6, rest)) };
    let end = after.find(|char: char| !char.is_ascii_digit()).unwrap_or(after.len());
    let digits = after[..end].parse().ok().filter(|digits| *digits <= DIGITS);
    let digits = digits.ok_or_else(|| refused("the number of digits must be 0 to 100"))?;
    Ok((digits, &after[end..]))
}

fn clause(verb: char, digits: usize, value: &Value<'_>, budget: &mut Budget) -> Result<String, Cause> {
    // Digits beyond a double's own are dear: up to 20 µs for a number.
    budget.steps(if matches!(verb, 'f' | 'e') { 100 + 4 * digits } else { 4 })?;
    Ok(match (verb, value) {
        ('s', value) => shown(value, budget)?,
        ('d', Value::Int(_) | Value::UInt(_)) => plain(value),
        ('d' | 'f' | 'e', Value::Double(double)) if !double.is_finite() => infinite(*double).to_owned(),
        ('f', Value::Double(double)) => format!("{double:.digits$}"),
        ('f', Value::Int(integer)) => format!("{:.digits$}", *integer as f64),
        ('f', Value::UInt(integer)) => format!("{:.digits$}", *integer as f64),
        ('e', Value::Double(double)) => scientific(*double, digits),
        ('e', Value::Int(integer)) => scientific(*integer as f64, digits),
        ('e', Value::UInt(integer)) => scientific(*integer as f64, digits),
        ('b', Value::Bool(bool)) => u8::from(*bool).to_string(),
        ('b' | 'o' | 'x' | 'X', Value::Int(integer)) => {
            let sign = if *integer < 0 { "-" } else { "" };
            format!("{sign}{}", based(verb, integer.unsigned_abs()))
        }
        ('b' | 'o' | 'x' | 'X', Value::UInt(integer)) => based(verb, *integer),
        ('x' | 'X', Value::String(text)) => hexadecimal(verb, text.as_str().as_bytes(), budget)?,
        ('x' | 'X', Value::Bytes(bytes)) => hexadecimal(verb, bytes, budget)?,
        ('d' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X', value) => {
            return Err(refused(&format!("`%{verb}` does not take {}", value.kind().article())));
        }
        _ => return Err(refused(&format!("there is no `%{verb}`"))),
    })
}

fn infinite(double: f64) -> &'static str {
    if double.is_nan() {
        "NaN"
    } else if double > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// `1.25e+03`: the exponent has a sign and two digits at least.
fn scientific(double: f64, digits: usize) -> String {
    let written = format!("{double:.digits$e}");
    let Some((mantissa, exponent)) = written.split_once('e') else { return written };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{mantissa}e{sign}{exponent:0>2}")
}

fn based(verb: char, integer: u64) -> String {
    match verb {
        'b' => format!("{integer:b}"),
        'o' => format!("{integer:o}"),
        'x' => format!("{integer:x}"),
        _ => format!("{integer:X}"),
    }
}

fn hexadecimal(verb: char, bytes: &[u8], budget: &mut Budget) -> Result<String, Cause> {
    budget.write(2 * bytes.len())?;
    let digits = bytes.iter().map(|byte| if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") });
    Ok(digits.collect())
}

/// A value for `%s`. Lists and maps too; each part is charged, however often it is shared.
fn shown(value: &Value<'_>, budget: &mut Budget) -> Result<String, Cause> {
    budget.part()?;
    let shown = match value {
        Value::List(items) => {
            let parts = items.iter().map(|item| shown(&item, budget)).collect::<Result<Vec<_>, _>>()?;
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let mut parts = Vec::new();
            for key in map.keys(budget)? {
                let field = map.get(&key).expect("it is one of the map's own keys");
                parts.push(format!("{}: {}", key.name(), shown(&field, budget)?));
            }
            format!("{{{}}}", parts.join(", "))
        }
        Value::Double(double) if !double.is_finite() => infinite(*double).to_owned(),
        other => plain(other),
    };
    budget.write(shown.len())?;
    Ok(shown)
}
