//! The static check of an expression: its type, and what is wrong with it, before anything runs.
//!
//! The crate has none, so this walks its syntax tree. What it cannot be sure of it lets pass. Of a fault it reports the
//! innermost place, once: what depends on it is of any type.

mod function;
mod operator;

use std::{collections::BTreeMap, ops::Range};

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, SelectExpr};

use super::{
    Expression, ReferencePath,
    place::Places,
    reference::{self, TYPES},
    types::{Field, Fields, Type},
};
use crate::{
    diagnostic::{Code, Severity},
    suggestion::did_you_mean,
};

/// What an expression can see, by name.
pub(crate) trait Surroundings {
    /// The root `name`; not `nodes`.
    fn root(&self, name: &str) -> Name;

    /// The node `id`.
    fn node(&self, id: &str) -> Name;

    /// Why a field of a root has no meaning here, though it has elsewhere, and what to do.
    fn field_not_here(&self, root: &str, field: &str) -> Option<(String, String)>;

    /// A root that is called much like `name`.
    fn similar_root(&self, name: &str) -> Option<String>;

    /// A node that is called much like `id`.
    fn similar_node(&self, id: &str) -> Option<String>;
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    /// A value.
    Value(Type),
    /// A node, whose output may be missing for the reason given.
    Node(Type, Option<String>),
    /// Something that has no meaning here: why, and what to do.
    NotHere(String, String),
    /// Nothing.
    Unknown,
}

/// Something wrong in an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// Which kind of problem.
    pub(crate) code: Code,
    /// An error or a warning.
    pub(crate) severity: Severity,
    /// What is wrong.
    pub(crate) message: String,
    /// Where, in bytes of the expression's text.
    pub(crate) at: Range<usize>,
    /// What to do.
    pub(crate) help: Option<String>,
}

/// What a check found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The type of the expression's value.
    pub(crate) kind: Type,
    /// What is wrong, in order of place.
    pub(crate) faults: Vec<Fault>,
    /// What is there wherever the expression is true.
    pub(crate) shows: Vec<ReferencePath>,
}

/// Checks an expression. `shown` is known to be there without a guard.
pub(crate) fn check(expression: &Expression, surroundings: &dyn Surroundings, shown: &[ReferencePath]) -> Checked {
    let tree = expression.program.expression();
    let places = Places::of(tree, expression.program.source_info());
    let mut check = Check {
        surroundings,
        places: &places,
        source: expression.source(),
        bound: BTreeMap::new(),
        shown: shown.to_vec(),
        whole: 0..expression.source().len(),
        faults: Vec::new(),
    };
    let kind = check.value(tree);
    let mut faults = check.faults;
    faults.sort_by_key(|fault| fault.at.start);
    let mut shows = Vec::new();
    reference::shown_by(tree, &places, &mut shows);
    Checked { kind, faults, shows }
}

struct Check<'a> {
    surroundings: &'a dyn Surroundings,
    places: &'a Places,
    source: &'a str,
    /// The names that loops bind, the innermost last.
    bound: BTreeMap<String, Vec<Type>>,
    /// The paths that are known to be there, in the part that is being read.
    shown: Vec<ReferencePath>,
    /// The innermost part with a place around the one that is being read.
    whole: Range<usize>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// The type of a part.
    fn value(&mut self, part: &IdedExpr) -> Type {
        let outer = self.whole.clone();
        self.whole = self.places.part(part).unwrap_or(self.whole.clone());
        let kind = match &part.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(part, select),
            Expr::Call(call) => self.call(part, call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Struct(_) | Expr::Unspecified => {
                self.fault(Code::UNKNOWN_NAME, "there are no types of messages here", self.whole.clone())
            }
        };
        self.whole = outer;
        kind
    }

    fn name(&mut self, name: &str) -> Type {
        if let Some(kind) = self.bound.get(name).and_then(|kinds| kinds.last()) {
            return kind.clone();
        }
        let at = self.whole.clone();
        if name == "nodes" {
            let fault = self.fault_mut(Code::UNKNOWN_NAME, "`nodes` needs the name of a node", at);
            fault.help = Some("write it out, as in `nodes.file.key`".into());
            return Type::Any;
        }
        match self.surroundings.root(name) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown if TYPES.contains(&name) => Type::Any,
            Name::Unknown => {
                let help = dash_before(self.source, &at)
                    .or_else(|| self.surroundings.similar_root(name))
                    .unwrap_or_else(|| ROOTS.to_owned());
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such name: `{name}`"), at).help = Some(help);
                Type::Any
            }
        }
    }

    fn select(&mut self, part: &IdedExpr, select: &SelectExpr) -> Type {
        let at = self.places.field(part).unwrap_or(self.whole.clone());
        let kind = self.field(part, &select.operand, &select.field, at);
        if select.test { Type::Bool } else { kind }
    }

    /// The type of `operand.name`, or of `operand['name']`.
    fn field(&mut self, part: &IdedExpr, operand: &IdedExpr, name: &str, at: Range<usize>) -> Type {
        if self.is_nodes(operand) {
            return self.node(name, at);
        }
        let kind = self.value(operand);
        let found: Vec<Field> = kind.members().iter().filter_map(|member| field_of(member, name)).collect();
        if found.is_empty() {
            return self.no_field(&kind, name, operand, at);
        }
        let is_test = matches!(&part.expr, Expr::Select(select) if select.test);
        if !is_test {
            self.guard(part, &found, kind.members().len());
        }
        Type::union(found.into_iter().map(|field| field.kind))
    }

    fn is_nodes(&self, part: &IdedExpr) -> bool {
        matches!(&part.expr, Expr::Ident(name) if name == "nodes" && !self.bound.contains_key("nodes"))
    }

    fn node(&mut self, id: &str, at: Range<usize>) -> Type {
        match self.surroundings.node(id) {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(message, help) => {
                self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
                Type::Any
            }
            Name::Unknown => {
                let help = self.surroundings.similar_node(id);
                self.fault_mut(Code::UNKNOWN_NAME, format!("no such node: `{id}`"), at).help = help;
                Type::Any
            }
        }
    }

    fn no_field(&mut self, kind: &Type, name: &str, operand: &IdedExpr, at: Range<usize>) -> Type {
        let known: Vec<&String> =
            kind.members().iter().filter_map(fields_of).flat_map(|fields| fields.known.keys()).collect();
        if known.is_empty() && kind.members().iter().all(|member| fields_of(member).is_none()) {
            return self.fault(Code::UNKNOWN_FIELD, format!("{} has no fields", kind.name()), at);
        }
        if let Some((message, help)) = self.surroundings.field_not_here(self.text_of(operand), name) {
            self.fault_mut(Code::NOT_HERE, message, at).help = Some(help);
            return Type::Any;
        }
        let what = if self.text_of(operand) == "inputs" { "input" } else { "field" };
        let help = dash_after(self.source, &at)
            .or_else(|| did_you_mean(name, known.iter().map(|name| name.as_str())))
            .or_else(|| there_are(&known));
        self.fault_mut(Code::UNKNOWN_FIELD, format!("no such {what}: `{name}`"), at).help = help;
        Type::Any
    }

    /// Warns of a field that may not be there when it is read, unless something shows that it is.
    fn guard(&mut self, part: &IdedExpr, found: &[Field], members: usize) {
        let Some((path, _)) = reference::path(part, self.places) else { return };
        if self.bound.contains_key(&path[0]) || reference::is_shown(&path, &self.shown) {
            return;
        }
        let at = self.whole.clone();
        let written = path.join(".");
        let missing_node = match path.as_slice() {
            [nodes, id, field] if nodes == "nodes" && !matches!(field.as_str(), "outcome" | "error") => {
                match self.surroundings.node(id) {
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

    fn list(&mut self, list: &ListExpr) -> Type {
        Type::union(list.elements.iter().map(|element| self.value(element)).collect::<Vec<_>>()).list_of()
    }

    fn map(&mut self, map: &MapExpr) -> Type {
        let mut fields = Fields::default();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            self.value(&entry.key);
            let kind = self.value(&entry.value);
            match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => {
                    fields.known.insert(name.inner().to_owned(), Field { kind, always: true });
                }
                _ => fields.rest = Some(Box::new(Type::Any)),
            }
        }
        Type::Object(fields)
    }

    /// A loop. `map`, `filter`, `all`, `exists` and `exists_one` all come as a fold, and typing the fold types each of them:
    /// `[]` is a list of no type.
    fn fold(&mut self, fold: &ComprehensionExpr) -> Type {
        let range = self.value(&fold.iter_range);
        let item = self.item(&range, &fold.iter_range);
        let start = self.value(&fold.accu_init);
        self.bind(&fold.iter_var, item);
        self.bind(&fold.accu_var, start);
        let step = self.value(&fold.loop_step);
        self.bind(&fold.accu_var, step);
        let result = self.value(&fold.result);
        for name in [&fold.accu_var, &fold.accu_var, &fold.iter_var] {
            self.unbind(name);
        }
        result
    }

    /// Whether the fault reported last is `my` of `inputs.my-name`: then `name` is none of its own.
    fn is_dashed_name(&self) -> bool {
        self.faults.last().is_some_and(|fault| fault.help.as_deref() == Some(DASH))
    }

    /// What a loop over a value of this type goes through.
    fn item(&mut self, range: &Type, part: &IdedExpr) -> Type {
        let items: Vec<Type> = range
            .members()
            .iter()
            .filter_map(|member| match member {
                Type::List(item) => Some((**item).clone()),
                Type::Object(_) => Some(Type::TEXT),
                Type::Any | Type::Never => Some(Type::Any),
                _ => None,
            })
            .collect();
        if items.is_empty() {
            let at = self.places.part(part).unwrap_or(self.whole.clone());
            return self.fault(Code::TYPE_MISMATCH, format!("a list is needed, found {}", range.name()), at);
        }
        Type::union(items)
    }

    fn bind(&mut self, name: &str, kind: Type) {
        self.bound.entry(name.to_owned()).or_default().push(kind);
    }

    fn unbind(&mut self, name: &str) {
        if let Some(kinds) = self.bound.get_mut(name) {
            kinds.pop();
            if kinds.is_empty() {
                self.bound.remove(name);
            }
        }
    }

    /// Reads a part that is reached only where more is known to be there.
    fn value_where(&mut self, part: &IdedExpr, add: impl FnOnce(&Places, &mut Vec<ReferencePath>)) -> Type {
        let before = self.shown.len();
        add(self.places, &mut self.shown);
        let kind = self.value(part);
        self.shown.truncate(before);
        kind
    }

    fn text_of(&self, part: &IdedExpr) -> &str {
        self.places.part(part).map_or("", |at| &self.source[at])
    }

    fn fault(&mut self, code: Code, message: impl Into<String>, at: Range<usize>) -> Type {
        self.fault_mut(code, message, at);
        Type::Any
    }

    fn fault_mut(&mut self, code: Code, message: impl Into<String>, at: Range<usize>) -> &mut Fault {
        let fault = Fault { code, severity: Severity::Error, message: message.into(), at, help: None };
        self.faults.push(fault);
        self.faults.last_mut().expect("one was just added")
    }
}

fn of_literal(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Double(_) => Type::Float,
        LiteralValue::String(text) => Type::literal(text.inner()),
        LiteralValue::Null => Type::Null,
        LiteralValue::Bytes(_) | LiteralValue::UInt(_) => Type::Any,
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
        Type::Any | Type::Never => Some(Field { kind: Type::Any, always: true }),
        _ => None,
    }
}

/// What to say of a name that is like no other.
const ROOTS: &str = "there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a text needs quotes";

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

#[cfg(test)]
mod tests;
