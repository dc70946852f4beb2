//! Values that may hold expressions: a node's `with`, and `outputs`.

mod scalar;

use serde_json::{Map, Value};

pub use scalar::Scalar;

use super::{Bindings, EvaluationError, Expression, Reference};
use crate::text::{self, Fault, Shape, SharedKind};

/// A value as a definition writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// A value without expressions.
    Literal(Value),
    /// A scalar that is exactly one `${{ … }}`: it keeps the expression's type.
    Expression(Expression),
    /// Text with expressions in it: it becomes a string.
    Text(Vec<Part>),
    /// Text with expressions in it, which its kind puts together.
    OfKind(SharedKind, Vec<Part>),
    /// A scalar that is exactly one `${{ … }}`, where texts of a kind belong in its value.
    Converted(Converted),
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
    /// An expression that gives a text of a kind: `jql.raw(inputs.query)`, without the function.
    Fragment(SharedKind, Expression),
}

impl Part {
    /// Its expression.
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Literal(_) => None,
            Self::Expression(expression) | Self::Fragment(_, expression) => Some(expression),
        }
    }
}

/// An expression, and where in its value texts of a kind belong.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// The expression.
    pub(crate) expression: Expression,
    /// Where texts of a kind belong.
    pub(crate) wanted: Shape,
    /// Where there are texts of a kind already, by what is declared of the expression.
    pub(crate) given: Shape,
}

impl Converted {
    /// The expression.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
}

impl Template {
    /// Gives the value, every expression evaluated.
    ///
    /// # Errors
    /// The first expression's that fails; or a value that cannot stand where it does in a text.
    pub fn evaluate(&self, bindings: &dyn Bindings) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.evaluate(bindings),
            Self::Text(parts) => text(parts, bindings).map(Value::String),
            Self::OfKind(kind, parts) => of_kind(kind, parts, bindings),
            Self::Converted(Converted { expression, wanted, given }) => {
                wanted.convert(given, expression.evaluate(bindings)?, expression.source()).map_err(misplaced)
            }
            Self::List(items) => items.iter().map(|item| item.evaluate(bindings)).collect(),
            Self::Object(fields) => {
                let evaluated = fields.iter().map(|(name, field)| Ok((name.clone(), field.evaluate(bindings)?)));
                evaluated.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    }

    /// Whether evaluating it takes no time to speak of, whatever it is given. What a kind of texts does with a value is not known here.
    pub(crate) fn is_quick(&self) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Expression(expression) => expression.is_quick(),
            Self::Text(parts) => parts.iter().filter_map(Part::expression).all(Expression::is_quick),
            Self::OfKind(..) | Self::Converted(_) => false,
            Self::List(items) => items.iter().all(Self::is_quick),
            Self::Object(fields) => fields.iter().all(|(_, field)| field.is_quick()),
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
            Self::Text(parts) | Self::OfKind(_, parts) => found.extend(parts.iter().filter_map(Part::expression)),
            Self::Converted(converted) => found.push(&converted.expression),
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
            Part::Expression(expression) | Part::Fragment(_, expression) => match expression.evaluate(bindings)? {
                Value::String(value) => text.push_str(&value),
                Value::Number(value) => text.push_str(&value.to_string()),
                Value::Bool(value) => text.push_str(if value { "true" } else { "false" }),
                _ => {
                    let source = expression.source();
                    let message =
                        format!("`{source}` is not a string, number or boolean, so it cannot stand inside a string");
                    return Err(EvaluationError::new(message));
                }
            },
        }
    }
    Ok(text)
}

/// A text that its kind puts together.
fn of_kind(kind: &SharedKind, parts: &[Part], bindings: &dyn Bindings) -> Result<Value, EvaluationError> {
    let values = parts.iter().map(|part| part.expression().map(|expression| expression.evaluate(bindings)).transpose());
    let values: Vec<Option<Value>> = values.collect::<Result<_, _>>()?;
    let written = parts.iter().zip(&values).map(|(part, value)| match (part, value) {
        (Part::Literal(literal), _) => Ok(text::Part::Literal(literal)),
        (Part::Fragment(of, expression), Some(value)) if kind.takes(of.name()) => {
            fragment(kind, expression.source(), value)
        }
        (Part::Fragment(_, expression) | Part::Expression(expression), value) => {
            Ok(text::Part::Value { source: expression.source(), value: value.as_ref().unwrap_or(&Value::Null) })
        }
    });
    kind.assemble(&written.collect::<Result<Vec<_>, _>>()?).map_err(misplaced)
}

fn fragment<'a>(kind: &SharedKind, source: &'a str, value: &'a Value) -> Result<text::Part<'a>, EvaluationError> {
    match value.as_str() {
        Some(text) => Ok(text::Part::Fragment { source, text }),
        None => Err(EvaluationError::new(format!("`{source}` is not a string, so it is not a {}", kind.title()))),
    }
}

fn misplaced(fault: Fault) -> EvaluationError {
    EvaluationError::new(format!("{}: {}", fault.message, fault.help))
}
