//! The syntax tree of an expression, and where its parts stand: what the crate's parser makes of the text; or, where the text
//! is plain, as most are, what is made here in a fraction of the time.

mod plain;

use cel::common::ast::IdedExpr;

use super::place::Places;

/// A syntax tree.
#[derive(Debug)]
pub(super) struct Tree {
    form: Form,
    /// Where its parts stand.
    pub(super) places: Places,
}

#[derive(Debug)]
enum Form {
    /// As the crate's parser gave it.
    Parsed(cel::Program),
    /// Made here.
    Plain(IdedExpr),
}

impl Tree {
    /// What the crate parsed.
    pub(super) fn parsed(program: cel::Program) -> Self {
        let places = Places::of(program.expression(), program.source_info());
        Self { form: Form::Parsed(program), places }
    }

    /// What is read here: the same as the crate's parser makes.
    pub(super) fn plain(source: &str) -> Option<Self> {
        let (root, places) = plain::read(source)?;
        Some(Self { form: Form::Plain(root), places })
    }

    /// The whole expression.
    pub(super) fn root(&self) -> &IdedExpr {
        match &self.form {
            Form::Parsed(program) => program.expression(),
            Form::Plain(root) => root,
        }
    }
}
