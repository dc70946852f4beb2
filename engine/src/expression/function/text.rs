//! Strings. Positions count code points, from 0.

use super::{Function, format::format, function, integer, list, made, method, string};
use crate::expression::{
    evaluate::{Budget, Cause, pattern::Pattern},
    value::{List, Text, Value, ValueKind},
};

pub(super) const TABLE: &[Function] = &[
    method("contains", &[ValueKind::String, ValueKind::String], ValueKind::Bool, |a, budget| {
        budget.read(string(&a[0]).len() + string(&a[1]).len())?;
        Ok(Value::Bool(string(&a[0]).contains(string(&a[1]))))
    }),
    method("startsWith", &[ValueKind::String, ValueKind::String], ValueKind::Bool, |a, budget| {
        budget.read(string(&a[1]).len())?;
        Ok(Value::Bool(string(&a[0]).starts_with(string(&a[1]))))
    }),
    method("endsWith", &[ValueKind::String, ValueKind::String], ValueKind::Bool, |a, budget| {
        budget.read(string(&a[1]).len())?;
        Ok(Value::Bool(string(&a[0]).ends_with(string(&a[1]))))
    }),
    method("matches", &[ValueKind::String, ValueKind::String], ValueKind::Bool, matches),
    function("matches", &[ValueKind::String, ValueKind::String], ValueKind::Bool, matches),
    method("find", &[ValueKind::String, ValueKind::String], ValueKind::List, find),
    function("find", &[ValueKind::String, ValueKind::String], ValueKind::List, find),
    method("join", &[ValueKind::List], ValueKind::String, |a, budget| join(list(&a[0]), "", budget)),
    method("join", &[ValueKind::List, ValueKind::String], ValueKind::String, |a, budget| {
        join(list(&a[0]), string(&a[1]), budget)
    }),
    method("split", &[ValueKind::String, ValueKind::String], ValueKind::List, |a, budget| {
        split(string(&a[0]), string(&a[1]), None, budget)
    }),
    method("split", &[ValueKind::String, ValueKind::String, ValueKind::Int], ValueKind::List, |a, budget| {
        split(string(&a[0]), string(&a[1]), usize::try_from(integer(&a[2])).ok(), budget)
    }),
    method("replace", &[ValueKind::String, ValueKind::String, ValueKind::String], ValueKind::String, |a, budget| {
        replace(a, usize::MAX, budget)
    }),
    method(
        "replace",
        &[ValueKind::String, ValueKind::String, ValueKind::String, ValueKind::Int],
        ValueKind::String,
        |a, budget| replace(a, usize::try_from(integer(&a[3])).unwrap_or(usize::MAX), budget),
    ),
    method("trim", &[ValueKind::String], ValueKind::String, |a, budget| made(string(&a[0]).trim().to_owned(), budget)),
    method("lowerAscii", &[ValueKind::String], ValueKind::String, |a, budget| {
        made(string(&a[0]).to_ascii_lowercase(), budget)
    }),
    method("upperAscii", &[ValueKind::String], ValueKind::String, |a, budget| {
        made(string(&a[0]).to_ascii_uppercase(), budget)
    }),
    method("reverse", &[ValueKind::String], ValueKind::String, |a, budget| {
        made(string(&a[0]).chars().rev().collect(), budget)
    }),
    method("substring", &[ValueKind::String, ValueKind::Int], ValueKind::String, |a, budget| {
        substring(string(&a[0]), integer(&a[1]), None, budget)
    }),
    method("substring", &[ValueKind::String, ValueKind::Int, ValueKind::Int], ValueKind::String, |a, budget| {
        substring(string(&a[0]), integer(&a[1]), Some(integer(&a[2])), budget)
    }),
    method("charAt", &[ValueKind::String, ValueKind::Int], ValueKind::String, char_at),
    method("indexOf", &[ValueKind::String, ValueKind::String], ValueKind::Int, |a, budget| {
        index_of(string(&a[0]), string(&a[1]), 0, budget)
    }),
    method("indexOf", &[ValueKind::String, ValueKind::String, ValueKind::Int], ValueKind::Int, |a, budget| {
        index_of(string(&a[0]), string(&a[1]), integer(&a[2]), budget)
    }),
    method("lastIndexOf", &[ValueKind::String, ValueKind::String], ValueKind::Int, |a, budget| {
        last_index_of(string(&a[0]), string(&a[1]), None, budget)
    }),
    method("lastIndexOf", &[ValueKind::String, ValueKind::String, ValueKind::Int], ValueKind::Int, |a, budget| {
        last_index_of(string(&a[0]), string(&a[1]), Some(integer(&a[2])), budget)
    }),
    method("format", &[ValueKind::String, ValueKind::List], ValueKind::String, |a, budget| {
        format(string(&a[0]), list(&a[1]), budget)
    }),
    function("limit", &[ValueKind::String, ValueKind::Int], ValueKind::String, limit),
    method("limit", &[ValueKind::String, ValueKind::Int], ValueKind::String, limit),
];

fn outside(function: &'static str) -> Cause {
    Cause::function(function, "the position is outside the string")
}

fn matches<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    Pattern::with(string(&a[1]), budget, |pattern, budget| pattern.is_in(string(&a[0]), budget)).map(Value::Bool)
}

fn find<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let text = string(&a[0]);
    let found = Pattern::with(string(&a[1]), budget, |pattern, budget| pattern.matches(text, budget))?;
    let found = found.into_iter().map(|at| made(text[at].to_owned(), budget));
    found.collect::<Result<_, _>>().map(Value::list)
}

fn join<'a>(items: &List<'a>, between: &str, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.steps(items.len())?;
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let Value::String(text) = &item else {
            let why = format!("the element at index {index} is not a string, but {}", item.kind().article());
            return Err(Cause::function("join", why));
        };
        let between = if index == 0 { "" } else { between };
        budget.write(between.len() + text.as_str().len())?;
        joined.extend([between, text.as_str()]);
    }
    Ok(Value::text(joined))
}

/// The parts of a text, at most so many. Without a separator each character is one.
fn split<'a>(text: &str, separator: &str, most: Option<usize>, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.read(text.len())?;
    let most = most.unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut rest = Some(text).filter(|text| most > 0 && !(separator.is_empty() && text.is_empty()));
    while let Some(text) = rest.take() {
        let cut = match separator {
            _ if parts.len() + 1 >= most => None,
            "" => text.chars().next().map(|first| (first.len_utf8(), first.len_utf8())),
            separator => text.find(separator).map(|at| (at, at + separator.len())),
        };
        let (end, next) = cut.unwrap_or((text.len(), text.len()));
        budget.elements(1)?;
        parts.push(made(text[..end].to_owned(), budget)?);
        rest = cut.map(|_| &text[next..]).filter(|rest| !(separator.is_empty() && rest.is_empty()));
    }
    Ok(Value::list(parts))
}

fn replace<'a>(a: &[Value<'a>], most: usize, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let (text, from, to) = (string(&a[0]), string(&a[1]), string(&a[2]));
    budget.read(text.len() + from.len())?;
    let times = text.matches(from).take(most).count();
    budget.steps(times)?;
    budget.write((text.len() - times * from.len()).saturating_add(times.saturating_mul(to.len())))?;
    Ok(Value::text(text.replacen(from, to, most)))
}

/// The byte of a code point. The end of the text has one too.
fn byte(text: &str, position: i64) -> Option<usize> {
    let position = usize::try_from(position).ok()?;
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(position)
}

/// The code point that begins at a byte.
fn position<'a>(text: &str, byte: usize) -> Value<'a> {
    let count = text[..byte].chars().count();
    Value::Int(i64::try_from(count).expect("no text in memory is as long as that"))
}

fn char_at<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let text = string(&a[0]);
    budget.read(text.len())?;
    let start = byte(text, integer(&a[1])).ok_or_else(|| outside("charAt"))?;
    made(text[start..].chars().take(1).collect(), budget)
}

fn substring<'a>(text: &str, start: i64, end: Option<i64>, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.read(text.len())?;
    let start = byte(text, start).ok_or_else(|| outside("substring"))?;
    let end = end.map_or(Some(text.len()), |end| byte(text, end)).ok_or_else(|| outside("substring"))?;
    let part = text.get(start..end).ok_or_else(|| Cause::function("substring", "it ends before it starts"))?;
    made(part.to_owned(), budget)
}

fn index_of<'a>(text: &str, sought: &str, from: i64, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.read(text.len() + 2 * sought.len())?;
    let start = match byte(text, from) {
        Some(start) => start,
        None if from > 0 && sought.is_empty() => text.len(),
        None => return Err(outside("indexOf")),
    };
    if start == text.len() && from > 0 && !sought.is_empty() {
        return Err(outside("indexOf"));
    }
    Ok(text[start..].find(sought).map_or(Value::Int(-1), |at| position(text, start + at)))
}

fn last_index_of<'a>(text: &str, sought: &str, from: Option<i64>, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    // Looking from the end is dear: about four times as much as from the start.
    budget.read(4 * text.len() + 2 * sought.len())?;
    let last = match from {
        None => text.len(),
        Some(from) => match byte(text, from) {
            Some(byte) => byte,
            None if from > 0 && sought.is_empty() => text.len(),
            None => return Err(outside("lastIndexOf")),
        },
    };
    let end = text.floor_char_boundary(last.saturating_add(sought.len()));
    let found = if sought.is_empty() { Some(last) } else { text[..end].rfind(sought) };
    Ok(found.map_or(Value::Int(-1), |at| position(text, at)))
}

/// At most so many characters; what is longer ends with `…`.
fn limit<'a>(a: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, Cause> {
    let (text, most) = (string(&a[0]), integer(&a[1]));
    budget.read(text.len())?;
    if most < 1 {
        return Err(Cause::function("limit", "at least 1 character must be left"));
    }
    let cut = byte(text, most - 1).unwrap_or(text.len());
    match byte(text, most) {
        Some(end) if end < text.len() => made(format!("{}…", &text[..cut]), budget),
        _ => {
            budget.write(text.len())?;
            Ok(Value::String(Text::Made(text.into())))
        }
    }
}
