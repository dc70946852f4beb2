//! The functions that there are, in one table: the evaluator calls by it, the checker types by it, the documentation lists it.

mod convert;
mod format;
mod list;
mod number;
mod optional;
mod text;
mod time;

use std::{collections::HashMap, sync::LazyLock};

use cel::common::ast::{Expr, IdedExpr};

pub(super) use self::time::duration_text;
use super::{
    evaluate::{Budget, Cause},
    value::{List, Value, ValueKind},
};

/// One form of a function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Whether it is called on a value, `a.name()`. That is the first that it takes.
    pub(super) is_method: bool,
    pub(super) takes: &'static [ValueKind],
    pub(super) gives: ValueKind,
    work: Work,
}

type Work = for<'a> fn(&[Value<'a>], &mut Budget) -> Result<Value<'a>, Cause>;

/// The words before a dot that are not values: `optional.of(x)`, `math.abs(x)`.
const NAMESPACES: [&str; 2] = ["math", "optional"];

const fn function(name: &'static str, takes: &'static [ValueKind], gives: ValueKind, work: Work) -> Function {
    Function { name, is_method: false, takes, gives, work }
}

const fn method(name: &'static str, takes: &'static [ValueKind], gives: ValueKind, work: Work) -> Function {
    Function { name, is_method: true, takes, gives, work }
}

/// Every form of every function.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    let tables = [convert::TABLE, text::TABLE, list::TABLE, optional::TABLE, number::TABLE, time::TABLE];
    tables.into_iter().flatten()
}

/// The forms of each function. Looked up, never iterated.
static FORMS: LazyLock<HashMap<&'static str, Vec<&'static Function>>> = LazyLock::new(|| {
    let mut forms: HashMap<_, Vec<_>> = HashMap::new();
    all().for_each(|function| forms.entry(function.name).or_default().push(function));
    forms
});

/// The forms of a function.
pub(super) fn forms(name: &str) -> &'static [&'static Function] {
    FORMS.get(name).map(Vec::as_slice).unwrap_or_default()
}

/// What a function takes, as it is written in a message: `(a string) or (a list)`.
pub(super) fn signatures(name: &str) -> String {
    let mut written: Vec<String> = Vec::new();
    for form in forms(name) {
        let kinds: Vec<&str> = form.takes.iter().map(|kind| kind.article()).collect();
        let signature = format!("({})", kinds.join(", "));
        if !written.contains(&signature) {
            written.push(signature);
        }
    }
    written.join(" or ")
}

/// The namespace that a target is, such as `math`; unless a variable is called so, which the caller knows.
pub(super) fn namespace(target: &IdedExpr) -> Option<&str> {
    match &target.expr {
        Expr::Ident(name) if NAMESPACES.contains(&name.as_str()) => Some(name),
        _ => None,
    }
}

/// Calls the form of a function that takes these values.
///
/// # Errors
/// When no form takes them, and what the function finds wrong.
pub(super) fn call<'a>(
    name: &str,
    is_method: bool,
    values: &[Value<'a>],
    budget: &mut Budget,
) -> Result<Value<'a>, Cause> {
    let forms = forms(name);
    match forms.iter().find(|form| form.is_method == is_method && form.fits(values)) {
        Some(form) => (form.work)(values, budget),
        None if forms.is_empty() => Err(Cause::NoFunction(name.to_owned())),
        None => Err(Cause::Arguments { function: name.to_owned(), found: values.iter().map(Value::kind).collect() }),
    }
}

impl Function {
    fn fits(&self, values: &[Value<'_>]) -> bool {
        let fits = |(takes, value): (&ValueKind, &Value<'_>)| *takes == ValueKind::Any || *takes == value.kind();
        self.takes.len() == values.len() && self.takes.iter().zip(values).all(fits)
    }
}

const BY_THE_TABLE: &str = "the table has matched the type";

fn string<'x>(value: &'x Value<'_>) -> &'x str {
    match value {
        Value::String(text) => text.as_str(),
        _ => unreachable!("{BY_THE_TABLE}"),
    }
}

fn integer(value: &Value<'_>) -> i64 {
    match value {
        Value::Int(integer) => *integer,
        _ => unreachable!("{BY_THE_TABLE}"),
    }
}

fn double(value: &Value<'_>) -> f64 {
    match value {
        Value::Double(double) => *double,
        _ => unreachable!("{BY_THE_TABLE}"),
    }
}

fn list<'x, 'a>(value: &'x Value<'a>) -> &'x List<'a> {
    match value {
        Value::List(items) => items,
        _ => unreachable!("{BY_THE_TABLE}"),
    }
}

/// A text that a function made of what it has read, charged.
fn made<'a>(text: String, budget: &mut Budget) -> Result<Value<'a>, Cause> {
    budget.write(text.len())?;
    Ok(Value::text(text))
}

#[cfg(test)]
mod tests;
