//! Where in a value texts of a kind are: what an activity takes, what it gives, what an input is.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use super::{Fault, Part, SharedKind, TextKinds};

/// Where in a value texts of a kind are. Shared: thousands of expressions read what an activity gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Nowhere.
    Plain,
    /// It is one, if it is a string.
    Text(SharedKind),
    /// In the elements of a list.
    List(Arc<Self>),
    /// In the fields of a map.
    Map {
        /// Those that are known by name.
        known: Arc<BTreeMap<String, Self>>,
        /// Any other.
        rest: Arc<Self>,
    },
}

/// How deep schemas are read.
const DEEPEST: usize = 16;

impl Shape {
    /// What a schema says by `x-text`.
    pub(crate) fn of(schema: &Value, kinds: &TextKinds) -> Self {
        Self::read(schema, kinds, DEEPEST)
    }

    fn read(schema: &Value, kinds: &TextKinds, depth: usize) -> Self {
        let Some(keywords) = schema.as_object().filter(|_| depth > 0) else { return Self::Plain };
        if let Some(kind) = keywords.get("x-text").and_then(Value::as_str).and_then(|name| kinds.get(name)) {
            return Self::Text(kind.clone());
        }
        let inner =
            |keyword: &str| keywords.get(keyword).map_or(Self::Plain, |part| Self::read(part, kinds, depth - 1));
        let fields = keywords.get("properties").and_then(Value::as_object).into_iter().flatten();
        let fields = fields.map(|(name, schema)| (name.clone(), Self::read(schema, kinds, depth - 1)));
        let own = [Self::map(fields, inner("additionalProperties")), Self::list(inner("items"))];
        let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| keywords.get(keyword)?.as_array());
        let parts = parts.flatten().map(|part| Self::read(part, kinds, depth - 1));
        own.into_iter().chain(parts).find(|shape| *shape != Self::Plain).unwrap_or(Self::Plain)
    }

    /// A list of such elements.
    pub(crate) fn list(element: Self) -> Self {
        if element == Self::Plain { Self::Plain } else { Self::List(Arc::new(element)) }
    }

    /// A map of such fields.
    pub(crate) fn map(fields: impl IntoIterator<Item = (String, Self)>, rest: Self) -> Self {
        let known: BTreeMap<String, Self> = fields.into_iter().filter(|(_, shape)| *shape != rest).collect();
        if known.is_empty() && rest == Self::Plain {
            return Self::Plain;
        }
        Self::Map { known: Arc::new(known), rest: Arc::new(rest) }
    }

    /// That of its elements.
    pub(crate) fn element(&self) -> &Self {
        if let Self::List(element) = self { element } else { &Self::Plain }
    }

    /// That of its field `name`.
    pub(crate) fn field(&self, name: &str) -> &Self {
        match self {
            Self::Map { known, rest } => known.get(name).unwrap_or(rest),
            _ => &Self::Plain,
        }
    }

    /// A value that is to be of this shape and is of the shape `given`: a string that is not of the kind already is put
    /// together by it. `source` is the expression that gave the value.
    ///
    /// # Errors
    /// When a string cannot stand there.
    pub(crate) fn convert(&self, given: &Self, value: Value, source: &str) -> Result<Value, Fault> {
        match (self, value) {
            (Self::Plain, value) => Ok(value),
            (Self::Text(kind), value) if matches!(given, Self::Text(given) if kind.takes(given.name())) => Ok(value),
            (Self::Text(kind), value @ Value::String(_)) => kind.assemble(&[Part::Value { source, value: &value }]),
            (Self::List(element), Value::Array(items)) => {
                items.into_iter().map(|item| element.convert(given.element(), item, source)).collect()
            }
            (Self::Map { .. }, Value::Object(fields)) => {
                let converted = fields.into_iter().map(|(name, field)| {
                    let field = self.field(&name).convert(given.field(&name), field, source)?;
                    Ok((name, field))
                });
                converted.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            (_, value) => Ok(value),
        }
    }
}
