//! What an expression can see before a run, and what values become by that.

use serde_json::{Map, Value};

use crate::{
    definition::ForEach,
    expression::{Bindings, Bound, Expression, Part, Template, types::Type},
    requirement::Planned,
};

/// The run's inputs, once they are known, and their type.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) values: Option<&'a Map<String, Value>>,
    pub(super) kind: &'a Type,
}

/// What an expression can see before the run.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) item: Option<Item<'a>>,
}

/// An item of a list that is known.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) for_each: &'a ForEach,
    pub(super) value: &'a Value,
    pub(super) index: usize,
}

impl Known<'_> {
    /// What is known of a value that a definition writes.
    pub(super) fn plan(self, template: &Template) -> Planned {
        match template {
            Template::Literal(value) => Planned::Known(value.clone()),
            Template::Expression(expression) => {
                self.value(expression).map(Planned::Known).or_else(|| output(expression)).unwrap_or(Planned::Unknown)
            }
            Template::Converted(converted) => {
                let known = self.knows(converted.expression()).then(|| template.evaluate(&self).ok()).flatten();
                known.map(Planned::Known).or_else(|| output(converted.expression())).unwrap_or(Planned::Unknown)
            }
            Template::Text(parts) | Template::OfKind(_, parts) => {
                let mut expressions = parts.iter().filter_map(Part::expression);
                let is_known = expressions.all(|expression| self.knows(expression));
                let text = is_known.then(|| template.evaluate(&self).ok()).flatten();
                text.map_or(Planned::Unknown, Planned::Known)
            }
            Template::List(items) => Planned::List(items.iter().map(|item| self.plan(item)).collect()),
            Template::Object(fields) => {
                Planned::Object(fields.iter().map(|(name, field)| (name.clone(), self.plan(field))).collect())
            }
        }
    }

    /// The value of an expression that reads only what is known.
    pub(super) fn value(self, expression: &Expression) -> Option<Value> {
        self.knows(expression).then(|| expression.evaluate(&self).ok()).flatten()
    }

    fn knows(self, expression: &Expression) -> bool {
        expression.references().iter().all(|reference| match reference.path.first().map(String::as_str) {
            Some("inputs") => self.inputs.values.is_some(),
            Some(name) => self.item.is_some_and(|item| name == item.for_each.name || name == "index"),
            None => false,
        })
    }
}

impl Bindings for Known<'_> {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        match (name, self.item) {
            ("inputs", _) => self.inputs.values.map(|values| Bound::object(values, self.inputs.kind)),
            ("index", Some(item)) => i64::try_from(item.index).ok().map(Bound::integer),
            (_, Some(item)) if name == item.for_each.name => {
                Some(Bound::typed(item.value, item.for_each.item_type.get()))
            }
            _ => None,
        }
    }

    fn node(&self, _: &str) -> Option<Bound<'_>> {
        None
    }
}

/// The output that an expression is, if it is one and nothing else: `nodes.file.key`.
fn output(expression: &Expression) -> Option<Planned> {
    let [reference] = expression.references() else { return None };
    let is_whole = reference.at() == (0..expression.source().len()) && !reference.guarded;
    let node = reference.node().filter(|_| is_whole && reference.path.len() > 2)?;
    Some(Planned::Output { node: node.into(), path: reference.path[2..].to_vec() })
}
