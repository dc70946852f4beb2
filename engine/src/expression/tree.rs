//! The syntax tree of an expression, and where its parts stand: what the crate's parser makes of the text, or of a plain
//! reference such as `nodes.file.key`, which most expressions are, what is made here in a fraction of the time.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SelectExpr};

use super::{place::Places, syntax};

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
    Chain(IdedExpr),
}

/// The most names of a chain that is read here: what is too long or too deep is told of elsewhere.
const MOST_NAMES: usize = 16;

/// What is no name in CEL, or not everywhere. The crate's parser has the words for it.
const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

impl Tree {
    /// What the crate parsed.
    pub(super) fn parsed(program: cel::Program) -> Self {
        let places = Places::of(program.expression(), program.source_info());
        Self { form: Form::Parsed(program), places }
    }

    /// The tree of names with dots between them, and nothing else: the same as the crate's parser makes.
    pub(super) fn chain(source: &str) -> Option<Self> {
        let names = chain(source)?;
        let (first, rest) = names.split_first()?;
        let mut places = Places::default();
        let mut root = IdedExpr { id: 1, expr: Expr::Ident(source[first.clone()].to_owned()) };
        places.add(root.id, first.clone(), None);
        for name in rest {
            let field = source[name.clone()].to_owned();
            let select = SelectExpr { operand: Box::new(root), field, test: false };
            root = IdedExpr { id: select.operand.id + 1, expr: Expr::Select(select) };
            places.add(root.id, first.start..name.end, Some(name.clone()));
        }
        Some(Self { form: Form::Chain(root), places })
    }

    /// The whole expression.
    pub(super) fn root(&self) -> &IdedExpr {
        match &self.form {
            Form::Parsed(program) => program.expression(),
            Form::Chain(root) => root,
        }
    }
}

/// The bytes of each name, if a text is names with dots between them.
fn chain(source: &str) -> Option<Vec<Range<usize>>> {
    if source.len() > syntax::LONGEST {
        return None;
    }
    let mut names = Vec::new();
    let mut start = 0;
    for name in source.split('.') {
        if !is_name(name) || names.len() == MOST_NAMES {
            return None;
        }
        names.push(start..start + name.len());
        start += name.len() + 1;
    }
    Some(names)
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    bytes.next().is_some_and(is_first)
        && bytes.all(|byte| is_first(byte) || byte.is_ascii_digit())
        && !RESERVED.contains(&text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::expression::ENVIRONMENT;

    /// The crate's parser gives the same tree with the same places, or the text is left to it.
    fn check(source: &str) -> bool {
        let Some(chain) = Tree::chain(source) else { return false };
        let parsed = Tree::parsed(ENVIRONMENT.compile(source).expect(source));
        assert_eq!(chain.root(), parsed.root(), "{source}");
        assert_eq!(chain.places, parsed.places, "{source}");
        true
    }

    #[test]
    fn plain_references_have_the_tree_that_the_parser_gives() {
        let cases = [
            ("a", true),
            ("inputs.summary", true),
            ("nodes.file_1.key", true),
            ("_a.B2.c_", true),
            ("int", true),
            ("nodes.find.results.results", true),
            ("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", true),
            ("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", false),
            ("", false),
            ("a.", false),
            (".a", false),
            ("a..b", false),
            ("a .b", false),
            ("a.b ", false),
            ("a.1", false),
            ("1a", false),
            ("true", false),
            ("a.in", false),
            ("for", false),
            ("a.while", false),
            ("é", false),
            ("a[0].b", false),
            ("a.b()", false),
            ("r'a'", false),
        ];
        for (source, is_chain) in cases {
            assert_eq!(check(source), is_chain, "{source}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_chain_has_another_tree(source in "[a-z_][a-zA-Z0-9_]{0,6}(\\.[a-z_A-Z][a-z0-9_]{0,8}){0,5}") {
            check(&source);
        }

        #[test]
        fn a_text_is_a_chain_or_is_left_to_the_parser(source in "[a-c_.1 \\[\\]()'é]{0,12}") {
            check(&source);
        }
    }
}
