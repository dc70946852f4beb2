//! What an expression reads: paths such as `nodes.file.key`, found by a walk over its syntax tree.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::{
    Bindings,
    span::{Spans, children},
    value::ValueKind,
};

/// The names of a path, root first.
pub type ReferencePath = Vec<String>;

/// Whether a path is the name of one of CEL's types, which stands for itself: `int`, `google.protobuf.Timestamp`.
pub(super) fn is_type(path: &[String]) -> bool {
    let name = path.join(".");
    ValueKind::NAMED.iter().chain(&[ValueKind::Timestamp, ValueKind::Duration]).any(|kind| kind.name() == name)
}

/// One path that an expression reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// `["nodes", "file", "key"]`
    pub path: ReferencePath,
    /// Where each of its names stands, in bytes of the expression's text.
    pub spans: Vec<Range<usize>>,
    /// Whether `has(…)` guards it, or is all that is asked of it.
    pub guarded: bool,
}

impl Reference {
    /// The node it names: `file` of `nodes.file.key`.
    pub fn node(&self) -> Option<&str> {
        (self.path.first()? == "nodes").then(|| self.path.get(1).map(String::as_str)).flatten()
    }

    /// The field of that node it names: `key` of `nodes.file.key`.
    pub fn node_field(&self) -> Option<&str> {
        self.node().and(self.path.get(2)).map(String::as_str)
    }

    /// Where it stands, whole, in bytes of the expression's text.
    pub fn at(&self) -> Range<usize> {
        let start = self.spans.first().map_or(0, |span| span.start);
        start..self.spans.last().map_or(start, |span| span.end)
    }

    /// Whether it asks for a field of a node's output that `bindings` do not have.
    pub(super) fn lacks_output(&self, bindings: &dyn Bindings) -> bool {
        let (Some(node), Some(field)) = (self.node(), self.node_field()) else { return false };
        let is_output = !matches!(field, "outcome" | "error");
        is_output && !self.guarded && bindings.node(node).is_some_and(|node| !node.has(field))
    }
}

/// Every path that an expression reads, in order of place.
pub(super) fn find(tree: &IdedExpr, spans: &Spans) -> Vec<Reference> {
    let mut walk = References { spans, bound: Vec::new(), shown: Shown::default(), found: Vec::new() };
    walk.visit(tree);
    walk.found.sort_by_key(|reference| reference.at().start);
    walk.found
}

/// The names of `a.b['c']`, with their places.
pub(super) fn path(expression: &IdedExpr, spans: &Spans) -> Option<(ReferencePath, Vec<Range<usize>>)> {
    let (operand, name, at) = match &expression.expr {
        Expr::Ident(name) => return Some((vec![name.clone()], vec![spans.part(expression).unwrap_or_default()])),
        Expr::Select(select) => (&*select.operand, select.field.clone(), spans.field(expression)),
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [operand, index] = call.args.as_slice() else { return None };
            let Expr::Literal(LiteralValue::String(name)) = &index.expr else { return None };
            (operand, name.inner().to_owned(), spans.part(index))
        }
        _ => return None,
    };
    let (mut names, mut at_names) = path(operand, spans)?;
    names.push(name);
    at_names.push(at.unwrap_or_default());
    Some((names, at_names))
}

/// What is known of paths where a part of an expression is reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    /// They are there.
    there: Vec<ReferencePath>,
    /// They are not null.
    not_null: Vec<ReferencePath>,
}

impl Shown {
    /// How much is known: what is added behind it can be forgotten again.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.there.len(), self.not_null.len())
    }

    /// Forgets what was added since.
    pub(super) fn forget(&mut self, (there, not_null): (usize, usize)) {
        self.there.truncate(there);
        self.not_null.truncate(not_null);
    }

    /// Whether a path is there: `nodes.a` shows everything below it.
    pub(super) fn has(&self, path: &[String]) -> bool {
        self.there.iter().any(|shown| path.starts_with(shown) || (shown.starts_with(path) && path.len() > 2))
    }

    /// Where a path is not null: at itself (an empty rest), or at what the rest leads to.
    pub(super) fn values_at<'a>(&'a self, path: &'a [String]) -> impl Iterator<Item = &'a [String]> {
        let below = |shown: &'a ReferencePath| shown.strip_prefix(path);
        let itself = self.there.iter().filter_map(below).filter(|rest| !rest.is_empty()).map(|_| &[][..]);
        self.not_null.iter().filter_map(below).chain(itself)
    }
}

/// Adds what is known wherever `condition` holds.
pub(super) fn shown_by(condition: &IdedExpr, spans: &Spans, shown: &mut Shown) {
    match &condition.expr {
        Expr::Select(select) if select.test => shown.there.extend(path(condition, spans).map(|(names, _)| names)),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, parts) => parts.iter().for_each(|part| shown_by(part, spans, shown)),
            (operators::LOGICAL_NOT, [inner]) => shown_by_not(inner, spans, shown),
            (operators::EQUALS, sides) => shown_by_equality(sides, spans, shown),
            (operators::NOT_EQUALS, sides) => shown.not_null.extend(compared(sides, spans, true)),
            _ => {}
        },
        _ => {}
    }
}

/// Adds what is known wherever `condition` does not hold.
pub(super) fn shown_by_not(condition: &IdedExpr, spans: &Spans, shown: &mut Shown) {
    let Expr::Call(call) = &condition.expr else { return };
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_NOT, [inner]) => shown_by(inner, spans, shown),
        (operators::LOGICAL_OR, parts) => parts.iter().for_each(|part| shown_by_not(part, spans, shown)),
        (operators::NOT_EQUALS, sides) => shown_by_equality(sides, spans, shown),
        (operators::EQUALS, sides) => shown.not_null.extend(compared(sides, spans, true)),
        _ => {}
    }
}

fn shown_by_equality(sides: &[IdedExpr], spans: &Spans, shown: &mut Shown) {
    shown.there.extend(completed(sides, spans));
    shown.not_null.extend(compared(sides, spans, false));
    shown.not_null.extend(shown_by_outcome(sides, spans));
}

/// What an outcome shows beside it: what failed has an `error`, an item that completed has an `output`.
fn shown_by_outcome(sides: &[IdedExpr], spans: &Spans) -> Option<ReferencePath> {
    let mut names = compared(sides, spans, false)?;
    let literal = sides.iter().find_map(|side| match &side.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    });
    let beside = match literal {
        Some("failed") => "error",
        Some("completed") => "output",
        _ => return None,
    };
    (names.pop()? == "outcome").then(|| {
        names.push(beside.to_owned());
        names
    })
}

/// The path that is compared with null, or with another literal.
fn compared(sides: &[IdedExpr], spans: &Spans, with_null: bool) -> Option<ReferencePath> {
    let [left, right] = sides else { return None };
    let is_sought = |side: &IdedExpr| match &side.expr {
        Expr::Literal(literal) => matches!(literal, LiteralValue::Null) == with_null,
        _ => false,
    };
    let other = if is_sought(right) {
        left
    } else if is_sought(left) {
        right
    } else {
        return None;
    };
    path(other, spans).map(|(names, _)| names)
}

/// `nodes.a` of `nodes.a.outcome == 'completed'`: then it has its whole output.
fn completed(sides: &[IdedExpr], spans: &Spans) -> Option<ReferencePath> {
    let [left, right] = sides else { return None };
    let is_completed = |side: &IdedExpr| matches!(&side.expr, Expr::Literal(LiteralValue::String(text)) if text.inner() == "completed");
    let other = if is_completed(right) {
        left
    } else if is_completed(left) {
        right
    } else {
        return None;
    };
    let (mut names, _) = path(other, spans)?;
    (names.len() == 3 && names[0] == "nodes" && names[2] == "outcome").then(|| {
        names.truncate(2);
        names
    })
}

/// The paths found so far, the names that loops bind on the way, and what is shown to be there.
struct References<'a> {
    spans: &'a Spans,
    bound: Vec<String>,
    shown: Shown,
    found: Vec<Reference>,
}

impl References<'_> {
    fn visit(&mut self, expression: &IdedExpr) {
        if let Some((path, spans)) = path(expression, self.spans) {
            let tested = matches!(&expression.expr, Expr::Select(select) if select.test);
            return self.add(path, spans, tested);
        }
        match &expression.expr {
            Expr::Comprehension(fold) => {
                self.visit(&fold.iter_range);
                let outer = self.bound.len();
                self.bound.push(fold.iter_var.clone());
                self.bound.extend(fold.iter_var2.clone());
                self.visit(&fold.loop_step);
                self.bound.truncate(outer);
            }
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::OPT_SELECT | operators::OPT_INDEX, [operand, name]) => self.optional(operand, name),
                (operators::CONDITIONAL, [condition, yes, no]) => {
                    self.visit(condition);
                    self.visit_where(yes, |spans, shown| shown_by(condition, spans, shown));
                    self.visit_where(no, |spans, shown| shown_by_not(condition, spans, shown));
                }
                (operators::LOGICAL_AND, [left, right]) => {
                    self.visit(left);
                    self.visit_where(right, |spans, shown| shown_by(left, spans, shown));
                }
                (operators::LOGICAL_OR, [left, right]) => {
                    self.visit(left);
                    self.visit_where(right, |spans, shown| shown_by_not(left, spans, shown));
                }
                _ => children(&expression.expr).into_iter().for_each(|part| self.visit(part)),
            },
            _ => children(&expression.expr).into_iter().for_each(|part| self.visit(part)),
        }
    }

    /// Visits a part that is reached only where more is known to be there.
    fn visit_where(&mut self, part: &IdedExpr, add: impl FnOnce(&Spans, &mut Shown)) {
        let before = self.shown.mark();
        add(self.spans, &mut self.shown);
        self.visit(part);
        self.shown.forget(before);
    }

    /// `a.?b`, which asks for no more than that `a` is there.
    fn optional(&mut self, operand: &IdedExpr, name: &IdedExpr) {
        match (path(operand, self.spans), &name.expr) {
            (Some((mut path, mut at)), Expr::Literal(LiteralValue::String(name_text))) => {
                path.push(name_text.inner().to_owned());
                at.push(self.spans.part(name).unwrap_or_default());
                self.add(path, at, true);
            }
            _ => [operand, name].into_iter().for_each(|part| self.visit(part)),
        }
    }

    fn add(&mut self, path: ReferencePath, spans: Vec<Range<usize>>, tested: bool) {
        let root = path[0].as_str();
        if root.starts_with('@') || is_type(&path) || self.bound.iter().any(|bound| bound == root) {
            return;
        }
        let guarded = tested || self.shown.has(&path);
        self.found.push(Reference { path, spans, guarded });
    }
}

#[cfg(test)]
mod tests {
    use crate::expression::Expression;

    #[test]
    fn references_are_read_from_the_tree() {
        let cases = [
            ("inputs.a + nodes.file.key", vec!["inputs.a", "nodes.file.key"]),
            ("nodes['file'].key", vec!["nodes.file.key"]),
            ("inputs.logs.map(x, x.name + inputs.b)", vec!["inputs.logs", "inputs.b"]),
            ("inputs.map(inputs, inputs.a)", vec!["inputs"]),
            ("has(nodes.a.key) ? nodes.a.key : nodes.b.key", vec!["nodes.a.key?", "nodes.a.key?", "nodes.b.key"]),
            ("has(nodes.a.x) && nodes.a.x.y == 1", vec!["nodes.a.x?", "nodes.a.x.y?"]),
            ("!has(nodes.a.x) || nodes.a.x == 1", vec!["nodes.a.x?", "nodes.a.x?"]),
            ("nodes.a.outcome == 'completed' ? nodes.a.k : ''", vec!["nodes.a.outcome", "nodes.a.k?"]),
            ("nodes.a.outcome != 'completed' ? '' : nodes.a.k", vec!["nodes.a.outcome", "nodes.a.k?"]),
            ("has(nodes.a.x.y) && nodes.a.x == 1", vec!["nodes.a.x.y?", "nodes.a.x?"]),
            ("type(item) == int ? item : 0", vec!["item", "item"]),
            ("[1, 2].exists(i, i == index)", vec!["index"]),
            ("nodes.a.list[0].key", vec!["nodes.a.list"]),
            ("nodes.a.?key.orValue(nodes.b.key)", vec!["nodes.a.key?", "nodes.b.key"]),
            ("inputs.?a.b.c.orValue(1)", vec!["inputs.a?"]),
            ("nodes.a.list[?index].key", vec!["nodes.a.list", "index"]),
        ];
        for (source, expected) in cases {
            let expression = Expression::parse(source).expect(source);
            let found: Vec<String> = expression
                .references()
                .iter()
                .map(|reference| reference.path.join(".") + if reference.guarded { "?" } else { "" })
                .collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn every_name_has_its_place() {
        let source = "'é' + nodes . file['key']";
        let expression = Expression::parse(source).expect(source);
        let [reference] = expression.references() else { panic!("one reference") };
        let names: Vec<&str> = reference.spans.iter().map(|at| &source[at.clone()]).collect();
        assert_eq!(names, ["nodes", "file", "'key'"]);
    }
}
