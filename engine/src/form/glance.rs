//! Whether a schema takes a value, as far as a glance tells: by the keywords that nearly all schemas are made of, without
//! compiling anything, which costs more than all else in checking a small definition.
//!
//! What it says is what the crate jsonschema says, which the tests hold it to; and where it cannot tell, that one is asked.
//! So it is not a validator: patterns and formats are not for it, and of what is wrong it tells nothing.

#[cfg(test)]
mod tests;

use std::cell::Cell;

use serde_json::{Map, Value};

/// How far down it looks; no glance goes round in circles.
const DEEPEST: usize = 64;

/// How many schemas it holds each part of a value to. Schemas that refer to each other can be more than anybody lives to see.
const MOST_SCHEMAS: usize = 1000;

/// The pattern of a text with an expression in it.
pub(crate) const EXPRESSION: &str = r"\{\{";

/// The pattern of a process's name.
pub(crate) const PROCESS: &str = "^[a-z][a-z0-9-]*$";

/// Whether `schema`, of draft 7, takes `value`, if that is plain to see.
pub(crate) fn takes(schema: &Value, value: &Value) -> Option<bool> {
    let left = Cell::new(MOST_SCHEMAS.saturating_mul(1 + parts(value)));
    Glance { root: schema, depth: 0, left: &left }.takes(schema, value)
}

/// Whether a schema is one beyond doubt: all its keywords, and those below, are known here and have what belongs to them.
pub(crate) fn is_schema(schema: &Value) -> bool {
    let Value::Object(keywords) = schema else { return schema.is_boolean() };
    keywords.iter().all(|(keyword, says)| match keyword.as_str() {
        "title" | "description" | "$comment" => says.is_string(),
        "default" => true,
        "examples" => says.is_array(),
        "type" => match says {
            Value::Array(names) => !names.is_empty() && is_set(names) && names.iter().all(is_type),
            name => is_type(name),
        },
        "enum" => says.as_array().is_some_and(|values| !values.is_empty() && is_set(values)),
        "required" => says.as_array().is_some_and(|names| is_set(names) && names.iter().all(Value::is_string)),
        "properties" => says.as_object().is_some_and(|fields| fields.values().all(is_schema)),
        "items" | "additionalProperties" => is_schema(says),
        "minLength" | "maxLength" | "minItems" | "maxItems" => says.as_u64().is_some_and(|number| number < EXACT),
        "minimum" | "maximum" => says.as_f64().is_some_and(|bound| is_exact(&bound)),
        other => other.starts_with("x-"),
    })
}

fn is_set(values: &[Value]) -> bool {
    values.iter().enumerate().all(|(index, value)| !values[..index].contains(value))
}

fn is_type(name: &Value) -> bool {
    name.as_str().is_some_and(|name| is_of(name, &Value::Null).is_some())
}

/// Below it, integers and doubles are the same numbers.
const EXACT: u64 = 1 << 53;

/// How many values there are inside a value.
fn parts(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| 1 + parts(item)).sum(),
        Value::Object(fields) => fields.values().map(|field| 1 + parts(field)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[derive(Clone, Copy)]
struct Glance<'a> {
    root: &'a Value,
    depth: usize,
    /// How many schemas are looked at yet.
    left: &'a Cell<usize>,
}

impl<'a> Glance<'a> {
    fn takes(self, schema: &Value, value: &Value) -> Option<bool> {
        let Value::Object(keywords) = schema else { return schema.as_bool() };
        if self.depth == DEEPEST || keywords.contains_key("$id") || keywords.contains_key("patternProperties") {
            return None;
        }
        self.left.set(self.left.get().checked_sub(1)?);
        let below = Self { depth: self.depth + 1, ..self };
        if let Some(reference) = keywords.get("$ref") {
            return below.takes(self.definition(reference.as_str()?)?, value);
        }
        all(keywords.iter().map(|(keyword, says)| below.keyword(keyword, says, keywords, value)))
    }

    /// The definition that `#/definitions/NAME` refers to.
    fn definition(self, reference: &str) -> Option<&'a Value> {
        let name = reference.strip_prefix("#/definitions/").filter(|name| !name.contains(['/', '~', '%']))?;
        self.root.get("definitions")?.get(name)
    }

    /// Whether a value is as one keyword says.
    fn keyword(self, keyword: &str, says: &Value, beside: &Map<String, Value>, value: &Value) -> Option<bool> {
        match keyword {
            "$schema" | "$comment" | "title" | "description" | "default" | "examples" | "definitions" => Some(true),
            "then" | "else" => Some(true),
            "type" => match says {
                Value::Array(names) => any(names.iter().map(|name| is_of(name.as_str()?, value))),
                name => is_of(name.as_str()?, value),
            },
            "enum" => any(says.as_array()?.iter().map(|allowed| equals(allowed, value))),
            "const" => equals(says, value),
            "allOf" => all(says.as_array()?.iter().map(|schema| self.takes(schema, value))),
            "anyOf" => any(says.as_array()?.iter().map(|schema| self.takes(schema, value))),
            "oneOf" => {
                let taken: Option<Vec<bool>> =
                    says.as_array()?.iter().map(|schema| self.takes(schema, value)).collect();
                Some(taken?.into_iter().filter(|taken| *taken).count() == 1)
            }
            "if" => {
                let branch = if self.takes(says, value)? { "then" } else { "else" };
                beside.get(branch).map_or(Some(true), |schema| self.takes(schema, value))
            }
            _ => match value {
                Value::Object(fields) => self.object(keyword, says, beside, fields),
                Value::Array(items) => self.array(keyword, says, items),
                Value::String(text) => of_text(keyword, says, text),
                Value::Number(_) => of_number(keyword, says, value),
                Value::Null | Value::Bool(_) => is_known(keyword).then_some(true),
            },
        }
    }

    fn object(
        self,
        keyword: &str,
        says: &Value,
        beside: &Map<String, Value>,
        fields: &Map<String, Value>,
    ) -> Option<bool> {
        match keyword {
            "properties" => {
                let known = says.as_object()?.iter().filter_map(|(name, schema)| Some((schema, fields.get(name)?)));
                all(known.map(|(schema, field)| self.takes(schema, field)))
            }
            "additionalProperties" => {
                let known = beside.get("properties").and_then(Value::as_object);
                let others = fields.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                all(others.map(|(_, field)| self.takes(says, field)))
            }
            "required" => all(says.as_array()?.iter().map(|name| Some(fields.contains_key(name.as_str()?)))),
            other => is_known(other).then_some(true),
        }
    }

    fn array(self, keyword: &str, says: &Value, items: &[Value]) -> Option<bool> {
        match keyword {
            "items" if says.is_array() => None,
            "items" => all(items.iter().map(|item| self.takes(says, item))),
            "minItems" => Some(items.len() as u64 >= says.as_u64()?),
            "maxItems" => Some(items.len() as u64 <= says.as_u64()?),
            other => is_known(other).then_some(true),
        }
    }
}

fn of_text(keyword: &str, says: &Value, text: &str) -> Option<bool> {
    match keyword {
        "minLength" => Some(text.chars().count() as u64 >= says.as_u64()?),
        "maxLength" => Some(text.chars().count() as u64 <= says.as_u64()?),
        "pattern" if says == EXPRESSION => Some(text.contains("{{")),
        "pattern" if says == PROCESS => Some(is_process_name(text)),
        "pattern" | "format" => None,
        other => is_known(other).then_some(true),
    }
}

fn is_process_name(text: &str) -> bool {
    let is_further = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(is_further)
}

fn of_number(keyword: &str, says: &Value, value: &Value) -> Option<bool> {
    let both = || Some((value.as_f64().filter(is_exact)?, says.as_f64().filter(is_exact)?));
    match keyword {
        "minimum" => both().map(|(value, least)| value >= least),
        "maximum" => both().map(|(value, most)| value <= most),
        other => is_known(other).then_some(true),
    }
}

fn is_exact(number: &f64) -> bool {
    number.abs() < EXACT as f64
}

/// Whether a keyword means nothing for values of other types than its own.
fn is_known(keyword: &str) -> bool {
    const KNOWN: [&str; 11] = [
        "additionalProperties",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "properties",
    ];
    keyword == "required" || keyword.starts_with("x-") || KNOWN.contains(&keyword)
}

/// Whether a value is of the type with this name.
fn is_of(name: &str, value: &Value) -> Option<bool> {
    match name {
        "null" => Some(value.is_null()),
        "boolean" => Some(value.is_boolean()),
        "string" => Some(value.is_string()),
        "array" => Some(value.is_array()),
        "object" => Some(value.is_object()),
        "number" => Some(value.is_number()),
        "integer" => match value.as_f64() {
            Some(number) if value.is_f64() => is_exact(&number).then_some(number.fract() == 0.0),
            number => Some(number.is_some()),
        },
        _ => None,
    }
}

/// Where both have numbers in them, `1` is `1.0`.
fn equals(one: &Value, two: &Value) -> Option<bool> {
    let is_plain = |value: &Value| value.is_null() || value.is_boolean() || value.is_string();
    (one == two || is_plain(one) || is_plain(two)).then_some(one == two)
}

/// Whether all are so; one that is not decides.
fn all(mut told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    told.try_fold(Some(true), |so_far, told| match told {
        Some(false) => Err(Some(false)),
        told => Ok(so_far.and(told)),
    })
    .unwrap_or_else(|decided| decided)
}

/// Whether any is so; one that is decides.
fn any(mut told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    told.try_fold(Some(false), |so_far, told| match told {
        Some(true) => Err(Some(true)),
        told => Ok(so_far.and(told)),
    })
    .unwrap_or_else(|decided| decided)
}
