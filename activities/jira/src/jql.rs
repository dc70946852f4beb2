//! JQL as a text kind: values that stand in a query stay values.
//!
//! Where a value stands (`scan`) decides how it is written. Inside quotes it is escaped. Outside it becomes a literal in
//! quotes; an integer stays bare, and a list becomes a list. A fragment, which is JQL itself, is put in as it is, in parentheses
//! where a condition stands. Whether Jira takes the whole is Jira's to say.

mod scan;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use flowrun_engine::text::{Fault, Part, PlainType, Planned, TextKind};
use serde_json::Value;

use scan::{Hole, HolePosition, Scan};

use crate::number::whole;

/// Queries in JQL.
pub(crate) struct Jql;

impl TextKind for Jql {
    fn name(&self) -> &'static str {
        "jql"
    }

    fn title(&self) -> &'static str {
        "JQL"
    }

    fn function(&self) -> Option<&'static str> {
        Some("jql.raw")
    }

    fn check(&self, parts: &[Planned<'_>]) -> Vec<Fault> {
        let literals: Vec<Option<&str>> = parts.iter().map(|part| literal(part)).collect();
        let scan = Scan::of(&literals);
        let faults = scan.holes.iter().filter_map(|hole| match &parts[hole.part] {
            Planned::Literal(_) => None,
            Planned::Fragment { source } => fragment_misplaced(hole, source),
            Planned::Value { source, types } => misplaced(hole, source, types),
        });
        faults.chain(scan.open_quote.then(quote_not_closed)).collect()
    }

    fn assemble(&self, parts: &[Part<'_>]) -> Result<Value, Fault> {
        let literals: Vec<Option<&str>> =
            parts.iter().map(|part| if let Part::Literal(text) = part { Some(*text) } else { None }).collect();
        let scan = Scan::of(&literals);
        if scan.open_quote {
            return Err(quote_not_closed());
        }
        let (mut query, mut holes) = (String::new(), scan.holes.iter());
        for part in parts {
            match (part, part_hole(part, &mut holes)) {
                (Part::Value { source, value }, Some(hole)) => write_value(&mut query, hole, source, value)?,
                (Part::Fragment { source, text }, Some(hole)) => write_fragment(&mut query, hole, source, text)?,
                (Part::Literal(text), _) => query.push_str(text),
                (Part::Value { .. } | Part::Fragment { .. }, None) => {}
            }
        }
        Ok(query.into())
    }
}

fn literal<'a>(part: &Planned<'a>) -> Option<&'a str> {
    if let Planned::Literal(text) = part { Some(text) } else { None }
}

fn part_hole<'a>(part: &Part<'_>, holes: &mut impl Iterator<Item = &'a Hole>) -> Option<&'a Hole> {
    if matches!(part, Part::Literal(_)) { None } else { holes.next() }
}

/// Writes a value at its place.
fn write_value(query: &mut String, hole: &Hole, source: &str, value: &Value) -> Result<(), Fault> {
    if let Some(fault) = misplaced(hole, source, &[type_of(value)]) {
        return Err(fault);
    }
    match (hole.place, value) {
        (HolePosition::Glued, Value::Number(number)) if whole(number).is_none() => {
            return Err(glued(hole, source, "a fraction"));
        }
        (HolePosition::Quoted, Value::String(text)) => escape(query, text),
        (HolePosition::Quoted, Value::Number(number)) if let Some(integer) = whole(number) => query.push_str(&integer),
        (HolePosition::Quoted, value) => escape(query, &value.to_string()),
        (HolePosition::Operand { in_list }, Value::Array(items)) => write_list(query, hole, source, (items, in_list))?,
        (_, value) => write_literal(query, value),
    }
    Ok(())
}

/// Writes a list, in parentheses of its own unless it stands in a list.
fn write_list(query: &mut String, hole: &Hole, source: &str, (items, in_list): (&[Value], bool)) -> Result<(), Fault> {
    if items.is_empty() {
        let help = format!("an empty list is not allowed in JQL: run the node only `if: size({source}) > 0`");
        return Err(hole.fault(format!("`{source}` is an empty list"), help));
    }
    query.push_str(if in_list { "" } else { "(" });
    for (index, item) in items.iter().enumerate() {
        if matches!(item, Value::Null | Value::Array(_) | Value::Object(_)) {
            let message = format!("element {index} of `{source}` is {}", type_of_name(type_of(item)));
            return Err(hole.fault(message, "a list in a query has strings, numbers and booleans"));
        }
        query.push_str(if index == 0 { "" } else { ", " });
        write_literal(query, item);
    }
    query.push_str(if in_list { "" } else { ")" });
    Ok(())
}

/// Writes an integer bare, and everything else in quotes.
fn write_literal(query: &mut String, value: &Value) {
    match value {
        Value::Number(number) if let Some(integer) = whole(number) => query.push_str(&integer),
        Value::String(text) => write_quoted(query, text),
        other => write_quoted(query, &other.to_string()),
    }
}

fn write_quoted(query: &mut String, text: &str) {
    query.push('"');
    escape(query, text);
    query.push('"');
}

/// Writes a text so that it means itself inside quotes of either kind.
fn escape(query: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => query.extend(['\\', character]),
            '\n' => query.push_str("\\n"),
            '\r' => query.push_str("\\r"),
            '\t' => query.push_str("\\t"),
            control if control.is_control() => {
                write!(query, "\\u{:04x}", u32::from(control)).expect("a string takes everything");
            }
            other => query.push(other),
        }
    }
}

/// Writes a fragment.
fn write_fragment(query: &mut String, hole: &Hole, source: &str, text: &str) -> Result<(), Fault> {
    if let Some(fault) = fragment_misplaced(hole, source) {
        return Err(fault);
    }
    let is_part = hole.place == HolePosition::Condition;
    let reason = match Scan::of(&[Some(text)]) {
        scan if scan.open_quote => Some("a quote in it is not closed"),
        scan if !scan.is_balanced => Some("its parentheses do not match"),
        scan if scan.has_order && hole.place != HolePosition::Whole => {
            Some("it has an `ORDER BY`, which a part of a query cannot have")
        }
        scan if scan.has_connective && matches!(hole.place, HolePosition::Operand { .. }) => {
            Some("it has several conditions, and a value stands here")
        }
        _ if text.trim().is_empty() && is_part => Some("it is empty"),
        _ => None,
    };
    if let Some(reason) = reason {
        let help = "a part of a query is a whole condition or a whole value";
        return Err(hole.fault(format!("`{source}` cannot be put into the query: {reason}"), help));
    }
    match is_part {
        true => query.extend(["(", text, ")"]),
        false => query.push_str(text),
    }
    Ok(())
}

/// Why a value of these types cannot stand at a place; of no types, nothing is known of it.
fn misplaced(hole: &Hole, source: &str, types: &[PlainType]) -> Option<Fault> {
    if let Some(fault) = after_backslash(hole) {
        return Some(fault);
    }
    let takes = |kind: &PlainType| match hole.place {
        HolePosition::Quoted => !matches!(kind, PlainType::Null | PlainType::List | PlainType::Map),
        HolePosition::Glued => matches!(kind, PlainType::Integer | PlainType::Number),
        HolePosition::Operand { .. } => !matches!(kind, PlainType::Null | PlainType::Map),
        HolePosition::Whole | HolePosition::Condition => false,
    };
    let is_condition = matches!(hole.place, HolePosition::Whole | HolePosition::Condition);
    if !is_condition && (types.is_empty() || types.iter().any(takes)) {
        return None;
    }
    Some(match (hole.place, types) {
        (HolePosition::Whole | HolePosition::Condition, _) => hole.fault(
            format!("`{source}` is a plain value, and a condition stands here"),
            format!(
                "as a value it stands after a field, in quotes: `project = \"${{{{ {source} }}}}\"`; if it is JQL, say so: \
                 `x-text: jql` where the input is declared, or `${{{{ jql.raw({source}) }}}}`"
            ),
        ),
        (_, [PlainType::Null]) => hole.fault(
            format!("`{source}` is null, which is not a value of a query"),
            "issues without a value are found by `field is EMPTY`; say what to use instead of null, or run the node only `if` there is a value",
        ),
        (HolePosition::Glued, types) => glued(hole, source, &names(types)),
        (place, types) => hole.fault(
            format!("`{source}` is {}, which cannot stand here", names(types)),
            match place {
                HolePosition::Quoted => "only a string can be in quotes; a list is written without quotes: `key in ${{ … }}`",
                _ => "take a field of it, or a list of strings",
            },
        ),
    })
}

fn glued(hole: &Hole, source: &str, what: &str) -> Fault {
    let message = format!("`{source}` is {what}, and only an integer can be glued to other characters");
    hole.fault(message, "put the whole value into quotes, with what it is glued to")
}

fn fragment_misplaced(hole: &Hole, source: &str) -> Option<Fault> {
    let why = match hole.place {
        HolePosition::Quoted => "it stands in quotes",
        HolePosition::Glued => "it is glued to other characters",
        HolePosition::Operand { .. } | HolePosition::Whole | HolePosition::Condition => return after_backslash(hole),
    };
    let help = "let JQL stand on its own; a value in quotes is written without `jql.raw()` and without `x-text: jql`";
    Some(hole.fault(format!("`{source}` is JQL, and {why}"), help))
}

fn after_backslash(hole: &Hole) -> Option<Fault> {
    let fault = || hole.fault("a value cannot follow a backslash".to_owned(), "write `\\\\` for a backslash");
    hole.after_backslash.then(fault)
}

fn quote_not_closed() -> Fault {
    let help = "close it, or write `\\\"` for the mark itself".to_owned();
    Fault { part: None, message: "a quote in the query is not closed".to_owned(), help }
}

/// The type of a value. A number that is an integer is one, however it is written.
fn type_of(value: &Value) -> PlainType {
    match value {
        Value::Null => PlainType::Null,
        Value::Bool(_) => PlainType::Boolean,
        Value::Number(number) if whole(number).is_some() => PlainType::Integer,
        Value::Number(_) => PlainType::Number,
        Value::String(_) => PlainType::String,
        Value::Array(_) => PlainType::List,
        Value::Object(_) => PlainType::Map,
    }
}

fn names(types: &[PlainType]) -> String {
    types.iter().map(|kind| type_of_name(*kind)).collect::<Vec<_>>().join(" or ")
}

fn type_of_name(kind: PlainType) -> &'static str {
    match kind {
        PlainType::Null => "null",
        PlainType::Boolean => "a boolean",
        PlainType::Integer => "an integer",
        PlainType::Number => "a number",
        PlainType::String => "a string",
        PlainType::List => "a list",
        PlainType::Map => "a map",
    }
}
