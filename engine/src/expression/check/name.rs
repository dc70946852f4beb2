//! Names and fields: what they stand for, whether they are there, and what was meant if they are not.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SelectExpr};

use super::{Check, Name, operator::is_optional_part};
use crate::{
    diagnostic::{Code, Severity},
    expression::{
        reference,
        types::{Field, Fields, Type},
    },
};

impl Check<'_> {
    /// The type of a name that stands alone.
    pub(super) fn name(&mut self, name: &str) -> Type {
        if let Some(kind) = self.bound.get(name).and_then(|kinds| kinds.last()) {
            return kind.clone();
        }
        let at = self.whole.clone();
        if name == "nodes" {
            let fault = self.fault_mut(Code::UNKNOWN_NAME, "`nodes` needs the name of a node", at);
            fault.help = Some("write it out, as in `nodes.file.key`".into());
            return Type::Any;
        }
        match self.environment.root(name) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown if reference::is_type(&[name.to_owned()]) => Type::Kind,
            Name::Unknown => {
                let help = dash_before(self.source, &at)
                    .or_else(|| self.environment.similar_root(name))
                    .unwrap_or_else(|| ROOTS.to_owned());
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such name: `{name}`"), at).help = Some(help);
                Type::Any
            }
        }
    }

    /// The type of `a.b`, or of `has(a.b)`.
    pub(super) fn select(&mut self, part: &IdedExpr, select: &SelectExpr) -> Type {
        let at = self.spans.field(part).unwrap_or(self.whole.clone());
        if reference::path(part, self.spans).is_some_and(|(path, _)| reference::is_type(&path)) {
            return Type::Kind;
        }
        let kind = self.field(part, &select.operand, &select.field, at);
        if select.test { Type::Bool } else { kind }
    }

    /// The type of `operand.name`, or of `operand['name']`.
    pub(super) fn field(&mut self, part: &IdedExpr, operand: &IdedExpr, name: &str, at: Range<usize>) -> Type {
        if self.is_nodes(operand) {
            let node = self.node(name, at);
            return if is_optional_part(part) { node.optional() } else { node };
        }
        let (kind, is_optional) = self.value(operand).read_safely(is_optional_part(part));
        let is_test = matches!(&part.expr, Expr::Select(select) if select.test);
        if is_test && kind == Type::Null {
            return Type::Bool;
        }
        let kind = if is_test || is_optional { kind } else { self.not_null(operand, kind) };
        let found: Vec<Field> = kind.members().iter().filter_map(|member| field_of(member, name)).collect();
        let may_lack = is_test || is_optional;
        if found.is_empty() && may_lack && kind.members().iter().all(is_written) {
            return if is_test { Type::Bool } else { Type::Never.optional() };
        }
        if found.is_empty() {
            return self.no_field(&kind, name, operand, at);
        }
        if !is_test && !is_optional {
            self.guard(part, &found, kind.members().len());
        }
        let found = Type::union(found.into_iter().map(|field| field.kind));
        if is_optional { found.optional() } else { found }
    }

    fn is_nodes(&self, part: &IdedExpr) -> bool {
        matches!(&part.expr, Expr::Ident(name) if name == "nodes" && !self.bound.contains_key("nodes"))
    }

    fn node(&mut self, id: &str, at: Range<usize>) -> Type {
        match self.environment.node(id) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown => {
                let help = self.environment.similar_node(id);
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such node: `{id}`"), at).help = help;
                Type::Any
            }
        }
    }

    fn no_field(&mut self, kind: &Type, name: &str, operand: &IdedExpr, at: Range<usize>) -> Type {
        let known: Vec<&String> =
            kind.members().iter().filter_map(fields_of).flat_map(|fields| fields.known.keys()).collect();
        if kind.members().iter().any(|member| matches!(member, Type::Map { .. })) {
            return self.fault(Code::UNKNOWN_FIELD, format!("no such field: `{name}`; the keys are not strings"), at);
        }
        if known.is_empty() && kind.members().iter().all(|member| fields_of(member).is_none()) {
            return self.fault(Code::UNKNOWN_FIELD, format!("{} has no fields", kind.name()), at);
        }
        if let Some((message, help)) = self.environment.field_not_here(self.text_of(operand), name) {
            self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
            return Type::Any;
        }
        let what = if self.text_of(operand) == "inputs" { "input" } else { "field" };
        let help = dash_after(self.source, &at)
            .or_else(|| self.environment.similar_field(name, &known))
            .or_else(|| there_are(&known));
        self.fault_mut(Code::UNKNOWN_FIELD, format!("no such {what}: `{name}`"), at).help = help;
        Type::Any
    }

    /// Warns of a field that may not be there when it is read, unless something shows that it is.
    fn guard(&mut self, part: &IdedExpr, found: &[Field], members: usize) {
        let Some((path, _)) = reference::path(part, self.spans) else { return };
        if self.bound.contains_key(&path[0]) || self.shown.has(&path) {
            return;
        }
        let at = self.whole.clone();
        let written = path.join(".");
        let missing_node = match path.as_slice() {
            [nodes, id, field] if nodes == "nodes" && !matches!(field.as_str(), "outcome" | "error") => {
                match self.environment.node(id) {
                    Name::Node(_, why) => why,
                    _ => None,
                }
            }
            _ => None,
        };
        let optional = members == 1 && found.iter().any(|field| !field.always);
        let why = missing_node.or_else(|| optional.then(|| "the field is not always there".to_owned()));
        if let Some(why) = why {
            let fault = self.fault_mut(Code::MAY_BE_MISSING, format!("`{written}` may be missing: {why}"), at);
            fault.severity = Severity::Warning;
            fault.help = Some(format!("guard it: `has({written}) ? {written} : …`"));
        }
    }

    /// Whether the fault reported last is `my` of `inputs.my-name`: then `name` is none of its own.
    pub(super) fn is_dashed_name(&self) -> bool {
        self.faults.last().is_some_and(|fault| fault.help.as_deref() == Some(DASH))
    }

    fn text_of(&self, part: &IdedExpr) -> &str {
        self.spans.part(part).map_or("", |at| &self.source[at])
    }
}

/// Whether an expression writes it out: it may well be asked for a field that it does not have.
fn is_written(kind: &Type) -> bool {
    match kind {
        Type::Object(fields) => fields.written,
        Type::Map { .. } => true,
        _ => false,
    }
}

fn fields_of(kind: &Type) -> Option<&Fields> {
    match kind {
        Type::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The field `name` of a value of this type, if it can have one.
fn field_of(kind: &Type, name: &str) -> Option<Field> {
    match kind {
        Type::Object(fields) => fields
            .known
            .get(name)
            .cloned()
            .or_else(|| fields.rest.as_ref().map(|rest| Field { kind: (**rest).clone(), always: true })),
        Type::Map { keys, values } if keys.may_be(&Type::TEXT) => {
            Some(Field { kind: (**values).clone(), always: true })
        }
        Type::Any | Type::Never => Some(Field { kind: Type::Any, always: true }),
        _ => None,
    }
}

/// What to say of a name that is like no other.
const ROOTS: &str = "there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a string needs quotes";

/// What to say of `inputs.my-name`.
const DASH: &str = "`-` subtracts: names have no dashes";

/// The place of `my` in `my-name`.
fn dash_after(source: &str, at: &Range<usize>) -> Option<String> {
    let rest = source[at.end..].strip_prefix('-')?;
    rest.starts_with(|char: char| char.is_ascii_alphabetic()).then(|| DASH.to_owned())
}

/// The place of `name` in `my-name`.
fn dash_before(source: &str, at: &Range<usize>) -> Option<String> {
    let rest = source[..at.start].strip_suffix('-')?;
    rest.ends_with(|char: char| char.is_ascii_alphanumeric()).then(|| DASH.to_owned())
}

fn there_are(names: &[&String]) -> Option<String> {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    (!shown.is_empty()).then(|| format!("there are {}{more}", shown.join(", ")))
}
