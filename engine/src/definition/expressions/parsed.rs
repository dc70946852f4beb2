//! The values of a draft that may hold expressions, parsed, with the place of each expression.

use std::{ops::Range, rc::Rc};

use serde_json::Value;

use crate::{
    definition::{
        draft::{DraftNode, Located},
        site::Site,
    },
    expression::{Expression, Scalar, SyntaxError, Template},
    yaml::{Place, Places},
};

/// A node that is named in an expression.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// Its name; there may be none of this name.
    pub(crate) node: String,
    /// The field of it that is read, unless a guard protects the reading.
    pub(crate) needs: Option<String>,
    site: Rc<Site>,
    at: Range<usize>,
}

impl Mention {
    /// Where the name is written.
    pub(crate) fn place(&self, places: &Places) -> Range<usize> {
        self.site.locate(places, self.at.clone())
    }
}

/// The values of a node that may hold expressions, parsed.
pub(super) struct ParsedNode {
    pub(super) with: Option<Parsed>,
    pub(super) condition: Option<Parsed>,
    pub(super) for_each: Option<Parsed>,
}

impl ParsedNode {
    pub(super) fn of(node: &DraftNode<'_>, places: &Places) -> Self {
        Self {
            with: node.with.map(|located| Parsed::of(located, places)),
            condition: node.condition.map(Parsed::bare),
            for_each: node.for_each.map(Parsed::bare),
        }
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        [&self.condition, &self.for_each, &self.with].into_iter().flatten().flat_map(Parsed::mentions).collect()
    }
}

/// A value, parsed, with the sites of its expressions.
pub(super) struct Parsed {
    pub(super) template: Template,
    /// The site of each expression of the template, in order.
    pub(super) sites: Vec<Rc<Site>>,
    pub(super) errors: Vec<(Rc<Site>, SyntaxError)>,
    /// Keys that hold an expression, which no key can.
    pub(super) keys: Vec<Place>,
}

impl Parsed {
    pub(super) fn of(located: Located<'_>, places: &Places) -> Self {
        let mut parsed =
            Self { template: Template::Literal(Value::Null), sites: Vec::new(), errors: Vec::new(), keys: Vec::new() };
        parsed.template = parsed.read(located.value, located.place, places);
        parsed
    }

    /// A bare expression, as after `if:`.
    pub(super) fn bare(located: Located<'_>) -> Self {
        let text = match located.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let site = Rc::new(Site::whole(located.place, &text));
        let nothing =
            Self { template: Template::Literal(Value::Null), sites: Vec::new(), errors: Vec::new(), keys: Vec::new() };
        match Expression::parse(&text) {
            Ok(expression) => Self { template: Template::Expression(expression), sites: vec![site], ..nothing },
            Err(error) => Self { errors: vec![(site, error)], ..nothing },
        }
    }

    fn read(&mut self, value: &Value, place: Place, places: &Places) -> Template {
        match value {
            Value::String(text) => self.scalar(text, place),
            Value::Array(items) => {
                let read: Vec<Template> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.read(item, places.item(place, index).unwrap_or(place), places))
                    .collect();
                let is_literal = read.iter().all(|item| matches!(item, Template::Literal(_)));
                if is_literal { Template::Literal(value.clone()) } else { Template::List(read) }
            }
            Value::Object(fields) => {
                let read: Vec<(String, Template)> = fields
                    .iter()
                    .map(|(name, field)| {
                        (name.clone(), self.field(name, field, places.field(place, name).unwrap_or(place), places))
                    })
                    .collect();
                let is_literal = read.iter().all(|(_, field)| matches!(field, Template::Literal(_)));
                if is_literal { Template::Literal(value.clone()) } else { Template::Object(read) }
            }
            _ => Template::Literal(value.clone()),
        }
    }

    fn field(&mut self, name: &str, value: &Value, place: Place, places: &Places) -> Template {
        if name.contains("${{") {
            self.keys.push(place);
        }
        self.read(value, place, places)
    }

    fn scalar(&mut self, text: &str, place: Place) -> Template {
        if !text.contains("{{") {
            return Template::Literal(Value::String(text.to_owned()));
        }
        let scalar = Scalar::parse(text);
        let whole = Site::whole(place, text);
        self.sites.extend(scalar.places.into_iter().map(|within| Rc::new(Site { within, ..whole.clone() })));
        let whole = Rc::new(whole);
        self.errors.extend(scalar.errors.into_iter().map(|error| (whole.clone(), error)));
        scalar.template
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        let expressions = self.template.expressions().into_iter().zip(&self.sites);
        expressions
            .flat_map(|(expression, site)| {
                expression.references().iter().filter_map(|reference| {
                    Some(Mention {
                        node: reference.node()?.to_owned(),
                        needs: reference.node_field().filter(|_| !reference.guarded).map(str::to_owned),
                        site: site.clone(),
                        at: reference.places.get(1).cloned().unwrap_or_else(|| reference.at()),
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
