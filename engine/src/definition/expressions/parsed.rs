//! The values of a draft that may hold expressions, parsed, with the place of each expression.

use std::{ops::Range, rc::Rc};

use serde_json::Value;

use crate::{
    definition::{
        draft::{DraftNode, Located},
        rules::ROOTS,
        site::Site,
    },
    expression::{Expression, Scalar, SyntaxError, Template},
    text::TextKinds,
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
    pub(super) arguments: Option<Parsed>,
    pub(super) condition: Option<Parsed>,
    pub(super) for_each: Option<Parsed>,
}

impl ParsedNode {
    pub(super) fn of(node: &DraftNode<'_>, places: &Places, kinds: &TextKinds) -> Self {
        Self {
            arguments: node.arguments.map(|located| Parsed::of(located, places, kinds)),
            condition: node.condition.map(Parsed::bare),
            for_each: node.for_each.map(Parsed::bare),
        }
    }

    pub(super) fn mentions(&self) -> Vec<Mention> {
        [&self.condition, &self.for_each, &self.arguments].into_iter().flatten().flat_map(Parsed::mentions).collect()
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
    /// Where `${ x }` is written, which is text and was most likely meant as an expression.
    pub(super) single_braces: Vec<Site>,
}

impl Parsed {
    fn nothing() -> Self {
        Self {
            template: Template::Literal(Value::Null),
            sites: Vec::new(),
            errors: Vec::new(),
            keys: Vec::new(),
            single_braces: Vec::new(),
        }
    }

    pub(super) fn of(located: Located<'_>, places: &Places, kinds: &TextKinds) -> Self {
        let mut parsed = Self::nothing();
        parsed.template = parsed.read(located.value, located.place, (places, kinds));
        parsed
    }

    /// A bare expression, as after `if:`.
    pub(super) fn bare(located: Located<'_>) -> Self {
        let text = match located.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let site = Rc::new(Site::whole(located.place, &text));
        match Expression::parse(&text) {
            Ok(expression) => Self { template: Template::Expression(expression), sites: vec![site], ..Self::nothing() },
            Err(error) => Self { errors: vec![(site, error)], ..Self::nothing() },
        }
    }

    fn read(&mut self, value: &Value, place: Place, (places, kinds): (&Places, &TextKinds)) -> Template {
        match value {
            Value::String(text) => self.scalar(text, place, kinds),
            Value::Array(items) => {
                let read: Vec<Template> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.read(item, places.item(place, index).unwrap_or(place), (places, kinds)))
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
                        let place = places.field(place, name).unwrap_or(place);
                        (name.clone(), self.field(name, field, place, (places, kinds)))
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

    fn field(&mut self, name: &str, value: &Value, place: Place, around: (&Places, &TextKinds)) -> Template {
        if name.contains("${{") {
            self.keys.push(place);
        }
        self.read(value, place, around)
    }

    fn scalar(&mut self, text: &str, place: Place, kinds: &TextKinds) -> Template {
        self.single_braces.extend(single_braces(text).map(|within| Site { within, ..Site::whole(place, text) }));
        if !text.contains("{{") {
            return Template::Literal(Value::String(text.to_owned()));
        }
        let scalar = Scalar::parse_with(text, kinds);
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
