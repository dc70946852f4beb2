//! Values that may hold expressions: a node's `with`, and `outputs`.

mod scalar;

use serde_json::{Map, Value};

pub use scalar::Scalar;

use super::{Bindings, EvaluationError, Expression, Reference};

/// A value as a definition writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without expressions.
    Literal(Value),
    /// A scalar that is exactly one `${{ … }}`: it keeps the expression's type.
    Expression(Expression),
    /// Text with expressions in it: it becomes a string.
    Text(Vec<Part>),
    /// A list with expressions somewhere in it.
    List(Vec<Self>),
    /// An object with expressions somewhere in it, in the order of the file.
    Object(Vec<(String, Self)>),
}

/// A piece of a mixed text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it is.
    Literal(String),
    /// An expression that gives a string, a number or a boolean.
    Expression(Expression),
}

impl Template {
    /// Gives the value, every expression evaluated.
    ///
    /// # Errors
    /// The first expression's that fails; or a list, a map or null inside a text.
    pub fn evaluate(&self, bindings: &dyn Bindings) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.evaluate(bindings),
            Self::Text(parts) => text(parts, bindings).map(Value::String),
            Self::List(items) => items.iter().map(|item| item.evaluate(bindings)).collect(),
            Self::Object(fields) => {
                let evaluated = fields.iter().map(|(name, field)| Ok((name.clone(), field.evaluate(bindings)?)));
                evaluated.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    }

    /// Everything that its expressions read, in order of place.
    pub fn references(&self) -> Vec<&Reference> {
        self.expressions().into_iter().flat_map(Expression::references).collect()
    }

    /// Its expressions, in order of place.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Expression>) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) => found.push(expression),
            Self::Text(parts) => found.extend(parts.iter().filter_map(|part| match part {
                Part::Literal(_) => None,
                Part::Expression(expression) => Some(expression),
            })),
            Self::List(items) => items.iter().for_each(|item| item.collect(found)),
            Self::Object(fields) => fields.iter().for_each(|(_, field)| field.collect(found)),
        }
    }
}

fn text(parts: &[Part], bindings: &dyn Bindings) -> Result<String, EvaluationError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Expression(expression) => match expression.evaluate(bindings)? {
                Value::String(value) => text.push_str(&value),
                Value::Number(value) => text.push_str(&value.to_string()),
                Value::Bool(value) => text.push_str(if value { "true" } else { "false" }),
                _ => {
                    let source = expression.source();
                    let message = format!("`{source}` is no text, number or boolean, so it cannot stand inside a text");
                    return Err(EvaluationError::new(message));
                }
            },
        }
    }
    Ok(text)
}
