//! The values of a draft that may hold expressions, parsed, with the place of each expression.

use std::{ops::Range, rc::Rc};

use serde_json::Value;

use crate::{
    definition::{
        draft::{DraftNode, Spanned},
        origin::Origin,
        rules::ROOTS,
    },
    expression::{Expression, Part, Scalar, SyntaxError, Template},
    text::TextKinds,
    yaml::{Span, Spans},
};

/// A node that is named in an expression.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// Its name; there may be none of this name.
    pub(crate) node: String,
    /// The field of it that is read, unless a guard protects the reading.
    pub(crate) needs: Option<String>,
    origin: Rc<Origin>,
    at: Range<usize>,
}

impl Mention {
    /// Where the name is written.
    pub(crate) fn span(&self, spans: &Spans) -> Range<usize> {
        self.origin.locate(spans, self.at.clone())
    }
}

/// The values of a node that may hold expressions, parsed.
pub(super) struct ParsedNode {
    pub(super) arguments: Option<Parsed>,
    pub(super) condition: Option<Parsed>,
    pub(super) for_each: Option<Parsed>,
}

impl ParsedNode {
    pub(super) fn of(node: &DraftNode<'_>, spans: &Spans, kinds: &TextKinds) -> Self {
        Self {
            arguments: node.arguments.map(|located| Parsed::of(located, spans, kinds)),
            condition: node.condition.map(Parsed::bare),
            for_each: node.for_each.map(Parsed::bare),
        }
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        [&self.condition, &self.for_each, &self.arguments].into_iter().flatten().flat_map(Parsed::mentions).collect()
    }
}

/// A value, parsed, with the origins of its expressions.
pub(super) struct Parsed {
    pub(super) template: Template,
    /// The origin of each expression of the template, in order.
    pub(super) origins: Vec<Rc<Origin>>,
    pub(super) errors: Vec<(Rc<Origin>, SyntaxError)>,
    /// Keys that hold an expression, which no key can.
    pub(super) keys: Vec<Span>,
    /// Where `${ x }` is written, which is text and was most likely meant as an expression.
    pub(super) single_braces: Vec<Origin>,
}

impl Parsed {
    fn nothing() -> Self {
        Self {
            template: Template::Literal(Value::Null),
            origins: Vec::new(),
            errors: Vec::new(),
            keys: Vec::new(),
            single_braces: Vec::new(),
        }
    }

    pub(super) fn of(located: Spanned<'_>, spans: &Spans, kinds: &TextKinds) -> Self {
        let mut parsed = Self::nothing();
        parsed.template = parsed.read(located.value, located.span, (spans, kinds));
        parsed
    }

    /// A value that becomes a text whatever is in it.
    pub(super) fn text(located: Spanned<'_>, spans: &Spans, kinds: &TextKinds) -> Self {
        let parsed = Self::of(located, spans, kinds);
        let template = match parsed.template {
            Template::Expression(expression) => Template::Text(vec![Part::Expression(expression)]),
            template => template,
        };
        Self { template, ..parsed }
    }

    /// A bare expression, as after `if:`.
    pub(super) fn bare(located: Spanned<'_>) -> Self {
        let text = match located.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let origin = Rc::new(Origin::whole(located.span, &text));
        match Expression::parse(&text) {
            Ok(expression) => {
                Self { template: Template::Expression(expression), origins: vec![origin], ..Self::nothing() }
            }
            Err(error) => Self { errors: vec![(origin, error)], ..Self::nothing() },
        }
    }

    fn read(&mut self, value: &Value, span: Span, (spans, kinds): (&Spans, &TextKinds)) -> Template {
        match value {
            Value::String(text) => self.scalar(text, span, kinds),
            Value::Array(items) => {
                let read: Vec<Template> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.read(item, spans.item(span, index).unwrap_or(span), (spans, kinds)))
                    .collect();
                if read.iter().any(|item| !is_literal(item)) {
                    return Template::List(read);
                }
                Template::Literal(read.into_iter().filter_map(into_literal).collect())
            }
            Value::Object(fields) => {
                let read: Vec<(String, Template)> = fields
                    .iter()
                    .map(|(name, field)| {
                        let span = spans.field(span, name).unwrap_or(span);
                        (name.clone(), self.field(name, field, span, (spans, kinds)))
                    })
                    .collect();
                if read.iter().any(|(_, field)| !is_literal(field)) {
                    return Template::Object(read);
                }
                let fields = read.into_iter().filter_map(|(name, field)| Some((name, into_literal(field)?)));
                Template::Literal(Value::Object(fields.collect()))
            }
            _ => Template::Literal(value.clone()),
        }
    }

    fn field(&mut self, name: &str, value: &Value, span: Span, around: (&Spans, &TextKinds)) -> Template {
        if name.contains("${{") {
            self.keys.push(span);
        }
        self.read(value, span, around)
    }

    fn scalar(&mut self, text: &str, span: Span, kinds: &TextKinds) -> Template {
        self.single_braces.extend(single_braces(text).map(|within| Origin { within, ..Origin::whole(span, text) }));
        if !text.contains("{{") {
            return Template::Literal(Value::String(text.to_owned()));
        }
        let scalar = Scalar::parse_with(text, kinds);
        let whole = Origin::whole(span, text);
        self.origins.extend(scalar.spans.into_iter().map(|within| Rc::new(Origin { within, ..whole.clone() })));
        let whole = Rc::new(whole);
        self.errors.extend(scalar.errors.into_iter().map(|error| (whole.clone(), error)));
        scalar.template
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        let expressions = self.template.expressions().into_iter().zip(&self.origins);
        expressions
            .flat_map(|(expression, origin)| {
                expression.references().iter().filter_map(|reference| {
                    Some(Mention {
                        node: reference.node()?.to_owned(),
                        needs: reference.node_field().filter(|_| !reference.guarded).map(str::to_owned),
                        origin: origin.clone(),
                        at: reference.spans.get(1).cloned().unwrap_or_else(|| reference.at()),
                    })
                })
            })
            .collect()
    }

    pub(super) fn into_expression(self) -> Option<Expression> {
        match self.template {
            Template::Expression(expression) => Some(expression),
            _ => None,
        }
    }
}

fn is_literal(template: &Template) -> bool {
    matches!(template, Template::Literal(_))
}

/// The value of a literal: it may differ from what is written, as `$${{` does.
fn into_literal(template: Template) -> Option<Value> {
    match template {
        Template::Literal(value) => Some(value),
        _ => None,
    }
}

/// The bytes of each `${ x }` in a text: it is all of the text, or begins as an expression does.
fn single_braces(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("${").filter_map(|(open, _)| {
        let inside = open + "${".len();
        let close = inside + text[inside..].find('}')?;
        let inner = text[inside..close].trim();
        let root = inner.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').next().unwrap_or_default();
        let is_all = text.trim().len() == close + 1 - open;
        let is_meant = !inner.contains('{') && (is_all || ROOTS.contains(&root)) && !inner.is_empty();
        is_meant.then_some(open..close + 1)
    })
}
