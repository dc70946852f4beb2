//! The static check of an expression: its type, and what is wrong with it, before anything runs.
//!
//! The crate has none, so this walks its syntax tree. What it cannot be sure of it lets pass. Of a fault it reports the
//! innermost place, once: what depends on it is of any type.

mod function;
mod name;
mod operator;

use std::{collections::BTreeMap, ops::Range};

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr};

use super::{
    Expression, ReferencePath,
    place::Places,
    reference,
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

    /// One of these fields that is called much like `name`.
    fn similar_field(&self, name: &str, fields: &[&String]) -> Option<String> {
        did_you_mean(name, fields.iter().map(|field| field.as_str()))
    }
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
    let (tree, places) = (expression.tree.root(), &expression.tree.places);
    let mut check = Check {
        surroundings,
        places,
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
    reference::shown_by(tree, places, &mut shows);
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
        fields.into()
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
        LiteralValue::UInt(_) => Type::UInt,
        LiteralValue::Bytes(_) => Type::Bytes,
    }
}

#[cfg(test)]
mod tests;
