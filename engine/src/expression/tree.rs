//! The syntax tree of an expression, and where its parts stand: what the crate's parser makes of the text; or, where the text
//! is plain, as most are, what is made here in a fraction of the time.

mod plain;

use cel::common::ast::{Expr, IdedExpr};

use super::span::{Spans, is_operator};

/// A syntax tree.
#[derive(Debug)]
pub(super) struct Tree {
    form: Form,
    /// Where its parts stand.
    pub(super) spans: Spans,
}

#[derive(Debug)]
enum Form {
    /// As the crate's parser gave it.
    Parsed(cel::Program),
    /// Made here.
    Plain(IdedExpr),
}

/// Functions can take their time: patterns, sorting, texts out of lists.
fn is_quick(part: &IdedExpr) -> bool {
    match &part.expr {
        Expr::Ident(_) | Expr::Literal(_) => true,
        Expr::Select(select) => is_quick(&select.operand),
        Expr::Call(call) => is_operator(&call.func_name) && call.target.is_none() && call.args.iter().all(is_quick),
        Expr::List(list) => list.elements.iter().all(is_quick),
        Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => false,
    }
}

impl Tree {
    /// What the crate parsed.
    pub(super) fn parsed(program: cel::Program) -> Self {
        let spans = Spans::of(program.expression(), program.source_info());
        Self { form: Form::Parsed(program), spans }
    }

    /// What is read here: the same as the crate's parser makes.
    pub(super) fn plain(source: &str) -> Option<Self> {
        let (root, spans) = plain::read(source)?;
        Some(Self { form: Form::Plain(root), spans })
    }

    /// The whole expression.
    pub(super) fn root(&self) -> &IdedExpr {
        match &self.form {
            Form::Parsed(program) => program.expression(),
            Form::Plain(root) => root,
        }
    }

    /// Whether it has names, values and operators only, and few of them: evaluating it takes no time to speak of.
    pub(super) fn is_quick(&self) -> bool {
        match &self.form {
            Form::Parsed(_) => false,
            Form::Plain(root) => is_quick(root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_up_and_compares_is_quick() {
        let quick =
            ["a", "nodes.file.key", "a.b[0]", "a == 'x' && !b || c in [1, 2]", "a ? b : c", "has(a.b)", "1 + 2 * 3"];
        let slow = ["size(a)", "a.matches('x')", "f(a)", "a.b()", "[f(a)]", "a == f(b)"];
        for (sources, expected) in [(&quick[..], true), (&slow[..], false)] {
            for source in sources {
                assert_eq!(Tree::plain(source).map(|tree| tree.is_quick()), Some(expected), "{source}");
            }
        }
        let program = super::super::ENVIRONMENT.compile("a.all(b, b)").expect("an expression");
        assert!(!Tree::parsed(program).is_quick());
    }
}
