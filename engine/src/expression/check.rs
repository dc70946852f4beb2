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
    Expression, reference,
    span::Spans,
    types::{Field, Fields, Type},
};
use crate::{
    diagnostic::{Code, Severity},
    suggestion::did_you_mean,
};

pub(crate) use super::reference::Shown;

/// What an expression can see, by name.
pub(crate) trait TypeEnv {
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
    /// What is known wherever the expression is true.
    pub(crate) shows: Shown,
}

/// Checks an expression. `shown` is known without a guard.
pub(crate) fn check(expression: &Expression, environment: &dyn TypeEnv, shown: &Shown) -> Checked {
    let (tree, spans) = (expression.tree.root(), &expression.tree.spans);
    let mut check = Check {
        environment,
        spans,
        source: expression.source(),
        bound: BTreeMap::new(),
        shown: shown.clone(),
        whole: 0..expression.source().len(),
        faults: Vec::new(),
    };
    let kind = check.value(tree);
    let mut faults = check.faults;
    faults.sort_by_key(|fault| fault.at.start);
    let mut shows = Shown::default();
    reference::shown_by(tree, spans, &mut shows);
    Checked { kind, faults, shows }
}

struct Check<'a> {
    environment: &'a dyn TypeEnv,
    spans: &'a Spans,
    source: &'a str,
    /// The names that loops bind, the innermost last.
    bound: BTreeMap<String, Vec<Type>>,
    /// What is known in the part that is being read.
    shown: Shown,
    /// The innermost part with a place around the one that is being read.
    whole: Range<usize>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// The type of a part.
    fn value(&mut self, part: &IdedExpr) -> Type {
        let outer = self.whole.clone();
        self.whole = self.spans.part(part).unwrap_or(self.whole.clone());
        let kind = match &part.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(part, select),
            Expr::Call(call) => self.call(part, call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Struct(_) | Expr::Unspecified => {
                self.fault(Code::UNKNOWN_NAME, "there are no message types here", self.whole.clone())
            }
        };
        self.whole = outer;
        self.narrowed(part, kind)
    }

    /// The type of a part without the nulls that are known not to be in it.
    fn narrowed(&self, part: &IdedExpr, kind: Type) -> Type {
        let Some((path, _)) = reference::path(part, self.spans) else { return kind };
        self.shown.values_at(&path).fold(kind, |kind, rest| {
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            kind.with_value_at(&rest)
        })
    }

    /// Warns of what may be null where no null is taken. Gives the type that it has otherwise.
    fn not_null(&mut self, part: &IdedExpr, kind: Type) -> Type {
        if !kind.may_be_null() {
            return kind;
        }
        let at = self.spans.part(part).unwrap_or(self.whole.clone());
        let written = self.source[at.clone()].to_owned();
        let help = match reference::path(part, self.spans) {
            Some(_) => format!("guard it: `{written} != null ? … : …`; a field of it can be read safely, as `.?field`"),
            None => "guard it with `!= null`; a field can be read safely, as `.?field`".to_owned(),
        };
        let fault = self.fault_mut(Code::MAY_BE_MISSING, format!("`{written}` may be null"), at);
        fault.severity = Severity::Warning;
        fault.help = Some(help);
        kind.without_null()
    }

    fn list(&mut self, list: &ListExpr) -> Type {
        Type::union(list.elements.iter().map(|element| self.value(element)).collect::<Vec<_>>()).list_of()
    }

    /// A written map: an object where all keys are texts.
    fn map(&mut self, map: &MapExpr) -> Type {
        let mut fields = Fields { written: true, ..Fields::default() };
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let mut written: BTreeMap<String, &LiteralValue> = BTreeMap::new();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            let key = self.value(&entry.key);
            let kind = self.value(&entry.value);
            let kind = if entry.optional { kind.read_safely(true).0 } else { kind };
            if let Expr::Literal(literal) = &entry.key.expr
                && let Some(name) = key_name(literal)
                && let Some(other) = written.insert(name.clone(), literal)
            {
                let message = match other == literal {
                    true => format!("the key `{name}` is written twice"),
                    false => format!("two keys are both called `{name}` in JSON"),
                };
                let at = self.spans.part(&entry.key).unwrap_or(self.whole.clone());
                self.fault_mut(Code::TYPE_MISMATCH, message, at);
            }
            match &entry.key.expr {
                Expr::Literal(LiteralValue::String(name)) => {
                    let field = Field { kind: kind.clone(), always: !entry.optional };
                    fields.known.insert(name.inner().to_owned(), field);
                }
                _ => fields.rest = Some(Box::new(Type::Any)),
            }
            if !key.may_be_key() {
                let at = self.spans.part(&entry.key).unwrap_or(self.whole.clone());
                self.fault_mut(Code::TYPE_MISMATCH, format!("{} cannot be the key of a map", key.name()), at);
            }
            keys.push(key);
            values.push(kind);
        }
        let keys = Type::union(keys);
        if keys.members().iter().all(|key| matches!(key, Type::Text(_) | Type::Never)) {
            return fields.into();
        }
        Type::Map { keys: Box::new(keys), values: Box::new(Type::union(values)) }
    }

    /// A loop. `map`, `filter`, `all`, `exists` and `exists_one` all come as a fold, and typing the fold types each of them:
    /// `[]` is a list of no type.
    fn fold(&mut self, fold: &ComprehensionExpr) -> Type {
        let range = self.value(&fold.iter_range);
        let range = self.not_null(&fold.iter_range, range);
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
                Type::Map { keys, .. } => Some((**keys).clone()),
                Type::Any | Type::Never => Some(Type::Any),
                _ => None,
            })
            .collect();
        if items.is_empty() {
            let at = self.spans.part(part).unwrap_or(self.whole.clone());
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
    fn value_where(&mut self, part: &IdedExpr, add: impl FnOnce(&Spans, &mut Shown)) -> Type {
        let before = self.shown.mark();
        add(self.spans, &mut self.shown);
        let kind = self.value(part);
        self.shown.forget(before);
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

/// What a literal is called as the key of a map in JSON.
fn key_name(literal: &LiteralValue) -> Option<String> {
    match literal {
        LiteralValue::String(text) => Some(text.inner().to_owned()),
        LiteralValue::Int(integer) => Some(integer.inner().to_string()),
        LiteralValue::UInt(integer) => Some(integer.inner().to_string()),
        LiteralValue::Boolean(bool) => Some(bool.inner().to_string()),
        LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::Null => None,
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
