//! Text → [`Expression`], within limits.

use std::{ops::Range, sync::Arc};

use cel::common::ast::{Expr, IdedExpr};

use super::{
    ENVIRONMENT, Expression, reference,
    span::{Spans, children},
    syntax,
    tree::Tree,
};
use crate::diagnostic::Code;

/// How deep the tree of an expression may be; every walk over it goes down a level of the stack with each.
const DEEPEST: usize = 100;

/// How many `map`, `filter`, `all`, `exists` may be inside one another: each multiplies the work.
const NESTED_LOOPS: usize = 3;

/// How many elements a written list or map may have.
const ELEMENTS: usize = 256;

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// FR0401, FR0407 or FR0408.
    pub code: Code,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        if let Some(tree) = Tree::plain(source) {
            return Ok(Self::of(source, tree));
        }
        if let Some(fault) = syntax::fault(source) {
            return Err(fault);
        }
        let program = ENVIRONMENT.compile(source).map_err(|errors| syntax::translate(source, &errors))?;
        if deeper_than(program.expression(), DEEPEST) {
            return Err(syntax::too_complex("the expression is nested too deeply", 0..source.len()));
        }
        let tree = Tree::parsed(program);
        measure(tree.root(), &tree.spans)?;
        Ok(Self::of(source, tree))
    }

    fn of(source: &str, tree: Tree) -> Self {
        let references = reference::find(tree.root(), &tree.spans).into();
        Self { source: source.into(), references, tree: Arc::new(tree) }
    }
}

/// Whether the tree has more than `limit` levels. It goes no further down than that.
fn deeper_than(tree: &IdedExpr, limit: usize) -> bool {
    let mut pending = vec![(tree, 0)];
    while let Some((part, depth)) = pending.pop() {
        if depth > limit {
            return true;
        }
        pending.extend(children(&part.expr).into_iter().map(|child| (child, depth + 1)));
    }
    false
}

/// How many loops are inside one another, unless that or a list is beyond its limit.
fn measure(part: &IdedExpr, spans: &Spans) -> Result<usize, SyntaxError> {
    let at = || spans.part(part).unwrap_or_default();
    let elements = match &part.expr {
        Expr::List(list) => list.elements.len(),
        Expr::Map(map) => map.entries.len(),
        _ => 0,
    };
    if elements > ELEMENTS {
        return Err(syntax::too_complex(format!("the list has {elements} elements; {ELEMENTS} are allowed"), at()));
    }
    let mut deepest = 0;
    for child in children(&part.expr) {
        let runs_in_loop = matches!(&part.expr, Expr::Comprehension(fold) if child.id == fold.loop_step.id);
        deepest = deepest.max(measure(child, spans)? + usize::from(runs_in_loop));
    }
    if deepest > NESTED_LOOPS {
        return Err(syntax::too_complex(format!("loops nest more than {NESTED_LOOPS} deep"), at()));
    }
    Ok(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CODE [what is marked] message; help`
    fn fault(source: &str) -> String {
        let error = Expression::parse(source).expect_err(source);
        let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
        format!("{} [{}] {}{help}", error.code, &source[error.at], error.message)
    }

    #[test]
    fn a_broken_expression_says_what_to_do() {
        let sources = [
            "",
            "  ",
            "a = 1",
            "a & b",
            "a || b | c",
            "a === b",
            "a and b",
            "not a",
            "a and (b)",
            "not(a)",
            "'abc",
            "x == \"high",
            "a[1",
            "size(a",
            "a)",
            "(a]",
            "a..b",
            "a.",
            "1 2",
            "a b",
            "has(x)",
            "x.map(1, 2)",
            "9223372036854775808",
            "1e999",
            r"'\q'",
            "a.?",
            "a.?b.orValue(",
            "a ? b",
            "{'a' 1}",
            "a.in",
            "for",
            "a.`b-c`",
            "a; b",
            "“a”",
            "1 +",
            "é + 1",
            "'é' + ) 1",
            "a ? : b",
            "${{ a }} == 1",
            "{{ a }}",
            "${ a } == 1",
            "a == $b",
            "@a",
            "a.1",
            "a /* c */",
            "1 +\n 'é' + ]",
            "\"a\nb\"",
            ")(",
        ];
        let faults: Vec<String> = sources.into_iter().map(|source| format!("{source:?} → {}", fault(source))).collect();
        insta::assert_snapshot!(faults.join("\n"), @r#"
        "" → FR0401 [] the expression is empty
        "  " → FR0401 [  ] the expression is empty
        "a = 1" → FR0401 [=] `=` is not an operator; write `==` to compare; nothing can be assigned
        "a & b" → FR0401 [&] `&` is not an operator; write `&&`
        "a || b | c" → FR0401 [|] `|` is not an operator; write `||`
        "a === b" → FR0401 [=] `=` is not an operator; write `==` to compare; nothing can be assigned
        "a and b" → FR0401 [and] `and` is not an operator; write `&&`
        "not a" → FR0401 [not] `not` is not an operator; write `!`
        "a and (b)" → FR0401 [and] `and` is not an operator; write `&&`
        "not(a)" → FR0401 [not] `not` is not an operator; write `!`
        "'abc" → FR0401 ['abc] the string is not closed; close it with `'`
        "x == \"high" → FR0401 ["high] the string is not closed; close it with `"`
        "a[1" → FR0401 [[] `[` is not closed; close it with `]`
        "size(a" → FR0401 [(] `(` is not closed; close it with `)`
        "a)" → FR0401 [)] `)` does not close anything
        "(a]" → FR0401 []] `]` where `)` should be; close `(` with `)` first
        "a..b" → FR0401 [.] a name is missing before `.`
        "a." → FR0401 [] the expression ends too early; a name is missing after `.`
        "1 2" → FR0401 [2] `2` is not expected here; an operator is missing before it, or the string before it needs quotes
        "a b" → FR0401 [b] `b` is not expected here; an operator is missing before it, or the string before it needs quotes
        "has(x)" → FR0401 [x] `has()` takes a field; such as `has(nodes.find.key)`
        "x.map(1, 2)" → FR0401 [1] a name is expected here; such as `x` in `list.map(x, x.key)`
        "9223372036854775808" → FR0401 [9223372036854775808] `9223372036854775808` is too large for an integer
        "1e999" → FR0401 [1e999] `1e999` is too large for a number
        "'\\q'" → FR0401 ['\q'] the string has an escape that CEL does not know; a `\` in a string begins an escape: write `\\` for the character itself, or `r'…'`
        "a.?" → FR0401 [.] a name is missing after `.?`
        "a.?b.orValue(" → FR0401 [(] `(` is not closed; close it with `)`
        "a ? b" → FR0401 [] the expression ends too early; `a ? b` needs `: c`: what it gives otherwise
        "{'a' 1}" → FR0401 [1] `:` is missing here
        "a.in" → FR0401 [in] `in` is a keyword, no field; write `['in']`
        "for" → FR0401 [for] `for` is a reserved word of CEL; no name can be called so
        "a.`b-c`" → FR0401 [`] a name cannot have backticks; write the field as `['name']`
        "a; b" → FR0401 [;] an expression has no `;`; write one expression, without `;`
        "“a”" → FR0401 [“] `“` is not a quote mark of CEL; use `'` or `"`
        "1 +" → FR0401 [] the expression ends too early; a value is missing after `+`
        "é + 1" → FR0401 [é] `é` has no meaning in CEL; names are `[a-z][a-z0-9_]*`; put text in quotes
        "'é' + ) 1" → FR0401 [)] `)` does not close anything
        "a ? : b" → FR0401 [:] `:` is not expected here
        "${{ a }} == 1" → FR0407 [${{ a }}] `${{ }}` does not belong inside an expression; write it without: `a`
        "{{ a }}" → FR0407 [{{ a }}] `{{ }}` does not belong inside an expression; write it without: `a`
        "${ a } == 1" → FR0407 [${ a }] `${ }` does not belong inside an expression; write it without: `a`
        "a == $b" → FR0401 [$] `$` has no meaning in CEL
        "@a" → FR0401 [@] `@` has no meaning in CEL
        "a.1" → FR0401 [.] `.` is not expected here
        "a /* c */" → FR0401 [*] `*` is not expected here
        "1 +\n 'é' + ]" → FR0401 []] `]` does not close anything
        "\"a\nb\"" → FR0401 ["a] the string is not closed; close it with `"`
        ")(" → FR0401 [)] `)` does not close anything
        "#);
    }

    #[test]
    fn what_is_too_complex_is_refused_quickly() {
        let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(1000), close.repeat(1000));
        let sources = [
            "1".repeat(5000),
            deep("(", ")"),
            deep("[", "]"),
            deep("size(", ")"),
            vec!["1"; 2000].join("+"),
            vec!["a"; 2000].join("."),
            vec!["1"; 500].join("+"),
            "a?b:".repeat(1000) + "c",
            format!("[{}]", vec!["1"; 300].join(",")),
            "a.map(b, b.map(c, c.map(d, d.map(e, e))))".to_owned(),
        ];
        for source in sources {
            let error = Expression::parse(&source).expect_err("too complex");
            assert_eq!(error.code, Code::TOO_COMPLEX, "{} {error}", &source[..20]);
        }
    }

    #[test]
    fn what_is_long_but_plain_is_taken() {
        for source in [
            vec!["a"; 200].join(" && "),
            vec!["a"; 60].join(" + "),
            format!("[{}]", vec!["1"; 200].join(",")),
            "a.map(b, b).map(b, b).map(b, b).map(b, b)".to_owned(),
            "a // a comment".to_owned(),
        ] {
            Expression::parse(&source).expect("within the limits");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-c1. ()\\[\\]{}'\"?:,&|=!$@#`+\\-\\\\é\n/<>%*]{0,40}") {
            if let Err(error) = Expression::parse(&text) {
                proptest::prop_assert!(text.get(error.at.clone()).is_some(), "{error:?}");
                proptest::prop_assert!(!error.message.is_empty());
            }
        }

        #[test]
        fn no_character_breaks_the_parser(text in "\\PC{0,30}") {
            let _ = Expression::parse(&text);
        }
    }
}
