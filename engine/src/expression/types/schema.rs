//! JSON Schema (draft 7) → [`Type`]. Keywords that a type cannot tell are passed over.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use super::{Field, Fields, Type};

/// How many references a schema may go through: one may refer to itself.
const DEEPEST: usize = 16;

impl Type {
    /// The type of what a schema accepts.
    pub(crate) fn of_schema(schema: &Value) -> Self {
        Reader { root: schema, closed: false, given: false }.read(schema, 0)
    }

    /// The type of what is declared for expressions. An object whose properties are listed has no others unless the schema says so.
    pub(crate) fn of_declared(schema: &Value) -> Self {
        Reader { root: schema, closed: true, given: false }.read(schema, 0)
    }

    /// The type of what an activity gives: as what is declared, and what may be null is always there.
    pub(crate) fn of_output(schema: &Value) -> Self {
        Reader { root: schema, closed: true, given: true }.read(schema, 0)
    }
}

impl Type {
    /// Numbers that may be either are doubles: what an expression does with them must not hang on how one is written.
    fn with_one_number(self) -> Self {
        match self {
            Self::Union(members) if members.contains(&Self::Float) => {
                Self::union(members.into_iter().filter(|member| *member != Self::Int))
            }
            other => other,
        }
    }
}

struct Reader<'a> {
    root: &'a Value,
    /// Whether properties that are not listed do not exist.
    closed: bool,
    /// Whether properties that may be null are always there.
    given: bool,
}

impl Reader<'_> {
    fn read(&self, schema: &Value, depth: usize) -> Type {
        let Some(keywords) = schema.as_object().filter(|_| depth < DEEPEST) else { return Type::Any };
        if let Some(target) = keywords.get("$ref").and_then(Value::as_str) {
            return self.referred(target).map_or(Type::Any, |schema| self.read(schema, depth + 1));
        }
        let own = self.own(keywords, depth);
        let combined = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|name| {
            let parts = keywords.get(name)?.as_array()?.iter().map(|part| self.read(part, depth + 1));
            Some(if name == "allOf" { all(parts) } else { Type::union(parts).with_one_number() })
        });
        let kind = all([own].into_iter().chain(combined));
        if keywords.get("nullable") == Some(&Value::Bool(true)) { kind.or_null() } else { kind }
    }

    fn referred(&self, target: &str) -> Option<&Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }

    /// What the schema says without other schemas.
    fn own(&self, keywords: &Map<String, Value>, depth: usize) -> Type {
        if let Some(value) = keywords.get("const") {
            return of_value(value);
        }
        if let Some(values) = keywords.get("enum").and_then(Value::as_array) {
            return Type::union(values.iter().map(of_value)).with_one_number();
        }
        match keywords.get("type") {
            Some(Value::String(name)) => self.named(name, keywords, depth),
            Some(Value::Array(names)) => {
                let named = names.iter().filter_map(Value::as_str).map(|name| self.named(name, keywords, depth));
                Type::union(named).with_one_number()
            }
            _ => Type::Any,
        }
    }

    fn named(&self, name: &str, keywords: &Map<String, Value>, depth: usize) -> Type {
        match name {
            "null" => Type::Null,
            "boolean" => Type::Bool,
            "integer" => Type::Int,
            "number" => Type::Float,
            "string" => Type::TEXT,
            "array" => match keywords.get("items") {
                Some(items @ Value::Object(_)) => self.read(items, depth + 1).list_of(),
                _ => Type::Any.list_of(),
            },
            "object" => self.fields(keywords, depth).into(),
            _ => Type::Any,
        }
    }

    fn fields(&self, keywords: &Map<String, Value>, depth: usize) -> Fields {
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = keywords.get("properties").and_then(Value::as_object);
        let known: BTreeMap<String, Field> = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                let kind = self.read(schema, depth + 1);
                (name.clone(), Field { always: required.contains(&name.as_str()) || self.is_given(&kind), kind })
            })
            .collect();
        let rest = match keywords.get("additionalProperties") {
            _ if keywords.contains_key("patternProperties") => Some(Type::Any),
            Some(Value::Bool(false)) => None,
            Some(schema @ Value::Object(_)) => Some(self.read(schema, depth + 1)),
            None if self.closed && properties.is_some() => None,
            _ => Some(Type::Any),
        };
        Fields { known, rest: rest.map(Box::new), written: false }
    }

    /// An output's field that may be null is given as null, though the schema need not require it.
    fn is_given(&self, kind: &Type) -> bool {
        self.given && (*kind == Type::Any || kind.members().contains(&Type::Null))
    }
}

/// The type of a value that a schema writes. An integer stays one only where all that it can be are.
fn of_value(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Number(number) if number.is_f64() => Type::Float,
        Value::Number(_) => Type::Int,
        Value::String(text) => Type::literal(text),
        Value::Array(_) | Value::Object(_) => Type::Any,
    }
}

/// What passes all of them: the first of which something is known. Several objects have each other's fields.
fn all(types: impl IntoIterator<Item = Type>) -> Type {
    types.into_iter().fold(Type::Any, |all, kind| match (all, kind) {
        (Type::Any, kind) => kind,
        (Type::Object(all), Type::Object(kind)) => {
            let (mut all, kind) = (Arc::unwrap_or_clone(all), Arc::unwrap_or_clone(kind));
            all.known.extend(kind.known);
            all.rest = all.rest.or(kind.rest);
            all.into()
        }
        (all, _) => all,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_have_types() {
        let any_object = Type::from(Fields { rest: Some(Box::new(Type::Any)), ..Fields::default() });
        let cases = [
            (json!(true), Type::Any),
            (json!({}), Type::Any),
            (json!({"type": "string", "format": "date"}), Type::TEXT),
            (json!({"type": "number"}), Type::Float),
            (json!({"type": ["integer", "number"]}), Type::Float),
            (json!({"type": ["integer", "null"]}), Type::Int.or_null()),
            (json!({"enum": ["a", null]}), Type::literal("a").or_null()),
            (json!({"type": "string", "const": "a"}), Type::literal("a")),
            (json!({"type": "array"}), Type::Any.list_of()),
            (json!({"type": "array", "items": {"type": "string"}}), Type::TEXT.list_of()),
            (json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), Type::TEXT.or_null()),
            (json!({"allOf": [{"type": "string"}]}), Type::TEXT),
            (json!({"type": "string", "nullable": true}), Type::TEXT.or_null()),
            (json!({"$ref": "#/definitions/a", "definitions": {"a": {"type": "boolean"}}}), Type::Bool),
            (json!({"$ref": "#"}), Type::Any),
            (json!({"$ref": "https://example.com/a.json"}), Type::Any),
            (json!({"type": "object"}), any_object.clone()),
            (json!({"type": "object", "anyOf": [{"required": ["a"]}]}), any_object),
        ];
        for (schema, expected) in cases {
            assert_eq!(Type::of_schema(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn an_output_has_the_fields_that_are_listed() {
        let schema = json!({"type": "object", "properties": {
            "key": {"type": "string"}, "note": {"type": ["string", "null"]}, "gone": {"type": "string"}}, "required": ["key"]});
        let Type::Object(output) = Type::of_output(&schema) else { panic!("an object") };
        assert_eq!(output.rest, None);
        let always: Vec<bool> = output.known.values().map(|field| field.always).collect();
        assert_eq!(always, [false, true, true], "gone, key, note");
        let Type::Object(accepted) = Type::of_schema(&schema) else { panic!("an object") };
        assert_eq!(accepted.rest, Some(Box::new(Type::Any)));
    }
}
