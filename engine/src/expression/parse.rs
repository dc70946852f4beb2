//! Text → [`Expression`], and the walk that finds its references.

use std::{ops::Range, sync::Arc};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use super::{ENVIRONMENT, Expression, Reference, ReferencePath};

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// Where, in bytes of the text.
    pub at: Range<usize>,
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        let program = ENVIRONMENT.compile(source).map_err(|errors| SyntaxError {
            message: errors.errors.first().map_or_else(|| "not an expression".to_owned(), |error| error.msg.clone()),
            at: 0..source.len(),
        })?;
        let mut walk = Walk::default();
        walk.visit(program.expression());
        Ok(Self { source: source.into(), program: Arc::new(program), references: walk.found.into() })
    }
}

/// The paths found so far, and the names that comprehensions bind on the way.
#[derive(Default)]
struct Walk {
    bound: Vec<String>,
    found: Vec<Reference>,
}

impl Walk {
    fn visit(&mut self, expression: &IdedExpr) {
        if let Some((path, tested)) = path(expression) {
            let root = path.first().map_or("", String::as_str);
            if !self.bound.iter().any(|bound| bound == root) && !root.starts_with('@') {
                self.found.push(Reference { path, at: None, guarded: tested });
            }
            return;
        }
        match &expression.expr {
            Expr::Call(call) => {
                call.target.iter().map(AsRef::as_ref).chain(&call.args).for_each(|part| self.visit(part))
            }
            Expr::Select(select) => self.visit(&select.operand),
            Expr::List(list) => list.elements.iter().for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => [&entry.key, &entry.value].into_iter().for_each(|part| self.visit(part)),
                EntryExpr::StructField(field) => self.visit(&field.value),
            }),
            Expr::Comprehension(comprehension) => {
                self.visit(&comprehension.iter_range);
                let outer = self.bound.len();
                self.bound.push(comprehension.iter_var.clone());
                self.bound.extend(comprehension.iter_var2.clone());
                self.bound.push(comprehension.accu_var.clone());
                let parts = [
                    &comprehension.accu_init,
                    &comprehension.loop_cond,
                    &comprehension.loop_step,
                    &comprehension.result,
                ];
                parts.into_iter().for_each(|part| self.visit(part));
                self.bound.truncate(outer);
            }
            _ => {}
        }
    }
}

/// The names of `a.b.c`, and whether `has()` asks for it.
fn path(expression: &IdedExpr) -> Option<(ReferencePath, bool)> {
    match &expression.expr {
        Expr::Ident(name) => Some((vec![name.clone()], false)),
        Expr::Select(select) => {
            let (mut names, _) = path(&select.operand)?;
            names.push(select.field.clone());
            Some((names, select.test))
        }
        _ => None,
    }
}
