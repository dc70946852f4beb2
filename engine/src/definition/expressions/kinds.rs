//! Texts of a kind, such as JQL: where an activity takes them, and which values are declared to be of the kind already.

use super::{index::Index, parsed::ParsedNode};
use crate::{
    expression::{
        Converted, Part, Template,
        declared::{Declarations, shape},
        types::Type,
    },
    text::{self, PlainType, Shape, SharedKind, TextKinds},
};

/// What a definition declares of the texts in it.
pub(super) struct Kinds<'a> {
    index: &'a Index<'a>,
    inputs: Shape,
}

impl<'a> Kinds<'a> {
    pub(super) fn new(index: &'a Index<'a>, kinds: &TextKinds) -> Self {
        let inputs = index.draft.inputs.iter().filter_map(|input| Some((input.name.to_owned(), input.schema?)));
        let inputs = Shape::map(inputs.map(|(name, schema)| (name, Shape::of(schema, kinds))), Shape::Plain);
        Self { index, inputs }
    }

    /// Gives the texts of a node to their kinds.
    pub(super) fn bind(&self, number: usize, node: &mut ParsedNode) {
        let shapes = self.index.node(number).kind.and_then(|kind| kind.written().shapes());
        let (Some((wanted, _)), Some(arguments)) = (shapes, &mut node.arguments) else { return };
        if *wanted == Shape::Plain {
            return;
        }
        let list = node.for_each.as_ref().and_then(|for_each| match &for_each.template {
            Template::Expression(expression) => Some(shape(expression, &Names { kinds: self, item: None })),
            _ => None,
        });
        let item = list.map(|list| (self.index.node(number).item_name, list.element().clone()));
        let template = std::mem::replace(&mut arguments.template, Template::Literal(serde_json::Value::Null));
        arguments.template = bound(template, wanted, &Names { kinds: self, item });
    }
}

/// What the names in a node's expressions are declared to be.
struct Names<'n, 'a> {
    kinds: &'n Kinds<'a>,
    item: Option<(&'a str, Shape)>,
}

impl Declarations for Names<'_, '_> {
    fn root(&self, name: &str) -> Shape {
        match &self.item {
            Some((item, shape)) if *item == name => shape.clone(),
            _ if name == "inputs" => self.kinds.inputs.clone(),
            _ => Shape::Plain,
        }
    }

    fn node(&self, id: &str) -> Shape {
        let node = self.kinds.index.number(id).map(|number| self.kinds.index.node(number));
        let known = node.and_then(|node| Some((node, node.kind?.written().shapes()?)));
        let Some((node, (_, output))) = known else { return Shape::Plain };
        let output = output.clone();
        if node.for_each.is_none() {
            return output;
        }
        let result = Shape::map([("output".to_owned(), output)], Shape::Plain);
        Shape::map([("results".to_owned(), Shape::list(result))], Shape::Plain)
    }
}

/// The same template, its texts given to their kinds.
fn bound(template: Template, wanted: &Shape, names: &Names<'_, '_>) -> Template {
    match (template, wanted) {
        (template @ Template::Literal(_), _) | (template, Shape::Plain) => template,
        (Template::Text(parts), Shape::Text(kind)) => {
            Template::OfKind(kind.clone(), parts.into_iter().map(|part| of_kind(part, kind, names)).collect())
        }
        (Template::Expression(expression), wanted) => {
            let (given, wanted) = (shape(&expression, names), wanted.clone());
            Template::Converted(Converted { expression, wanted, given })
        }
        (Template::List(items), wanted) => {
            Template::List(items.into_iter().map(|item| bound(item, wanted.element(), names)).collect())
        }
        (Template::Object(fields), wanted) => {
            let fields = fields.into_iter().map(|(name, field)| {
                let field = bound(field, wanted.field(&name), names);
                (name, field)
            });
            Template::Object(fields.collect())
        }
        (template, _) => template,
    }
}

/// A value that is declared to be of the kind is a fragment of it.
fn of_kind(part: Part, kind: &SharedKind, names: &Names<'_, '_>) -> Part {
    match part {
        Part::Expression(expression) => match shape(&expression, names) {
            Shape::Text(given) if kind.takes(given.name()) => Part::Fragment(given, expression),
            _ => Part::Expression(expression),
        },
        part => part,
    }
}

/// A part as its kind looks at it before the run; `found` is the type of its value.
pub(super) fn planned<'p>(part: &'p Part, found: Option<&Type>) -> text::Planned<'p> {
    match part {
        Part::Literal(literal) => text::Planned::Literal(literal),
        Part::Fragment(_, expression) => text::Planned::Fragment { source: expression.source() },
        Part::Expression(expression) => text::Planned::Value { source: expression.source(), types: types(found) },
    }
}

/// The types that a value may have; none where that is not known.
pub(super) fn types(found: Option<&Type>) -> Vec<PlainType> {
    let one = |kind: &Type| match kind {
        Type::Null => Some(PlainType::Null),
        Type::Bool => Some(PlainType::Boolean),
        Type::Int => Some(PlainType::Integer),
        Type::Float => Some(PlainType::Number),
        Type::Text(_) => Some(PlainType::String),
        Type::List(_) => Some(PlainType::List),
        Type::Object(_) | Type::Map { .. } => Some(PlainType::Map),
        Type::Any
        | Type::Never
        | Type::UInt
        | Type::Bytes
        | Type::Timestamp
        | Type::Duration
        | Type::Optional(_)
        | Type::Kind
        | Type::Union(_) => None,
    };
    found.and_then(|kind| kind.members().iter().map(one).collect()).unwrap_or_default()
}
