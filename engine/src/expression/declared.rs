//! Which values of an expression are declared to be of a text kind: read from its syntax tree, by what its names stand for.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::Expression;
use crate::text::Shape;

/// What the names of an expression are declared to be.
pub(crate) trait Declarations {
    /// The root `name`; not `nodes`.
    fn root(&self, name: &str) -> Shape;

    /// The node `id`.
    fn node(&self, id: &str) -> Shape;
}

/// What is declared of the value of an expression. What is computed, and not just read or chosen, is of no kind.
pub(crate) fn shape(expression: &Expression, declarations: &dyn Declarations) -> Shape {
    Declared { declarations, bound: Vec::new() }.shape(expression.tree.root())
}

struct Declared<'a> {
    declarations: &'a dyn Declarations,
    /// The names that loops bind, the innermost last.
    bound: Vec<(String, Shape)>,
}

impl Declared<'_> {
    fn shape(&mut self, part: &IdedExpr) -> Shape {
        match &part.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if !select.test => self.field(&select.operand, &select.field),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(fold) => self.elements(fold),
            _ => Shape::Plain,
        }
    }

    fn name(&self, name: &str) -> Shape {
        let bound = self.bound.iter().rev().find(|(bound, _)| bound == name);
        bound.map_or_else(|| self.declarations.root(name), |(_, shape)| shape.clone())
    }

    fn field(&mut self, operand: &IdedExpr, name: &str) -> Shape {
        match &operand.expr {
            Expr::Ident(root) if root == "nodes" => self.declarations.node(name),
            _ => self.shape(operand).field(name).clone(),
        }
    }

    fn call(&mut self, call: &CallExpr) -> Shape {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::INDEX, [operand, index]) => match &index.expr {
                Expr::Literal(LiteralValue::String(name)) => self.field(operand, name.inner()),
                _ => self.shape(operand).element().clone(),
            },
            (operators::CONDITIONAL, [_, yes, no]) => {
                let (yes, no) = (self.shape(yes), self.shape(no));
                if yes == no { yes } else { Shape::Plain }
            }
            _ => Shape::Plain,
        }
    }

    /// The list that `filter` or `map` gives.
    fn elements(&mut self, fold: &ComprehensionExpr) -> Shape {
        let element = self.shape(&fold.iter_range).element().clone();
        self.bound.push((fold.iter_var.clone(), element));
        let added = self.added(&fold.loop_step);
        self.bound.pop();
        Shape::list(added.unwrap_or(Shape::Plain))
    }

    /// What a step of the loop puts into the list.
    fn added(&mut self, step: &IdedExpr) -> Option<Shape> {
        let Expr::Call(call) = &step.expr else { return None };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::ADD, [_, added]) => match &added.expr {
                Expr::List(list) => list.elements.first().map(|element| self.shape(element)),
                _ => None,
            },
            (operators::CONDITIONAL, [_, yes, no]) => self.added(yes).or_else(|| self.added(no)),
            _ => None,
        }
    }
}
