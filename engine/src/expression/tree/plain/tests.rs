//! What is read here is what the crate's parser gives.

use proptest::prelude::*;

use crate::expression::{ENVIRONMENT, syntax, tree::Tree};

/// Whether a text is read here: then the crate's parser gives the same tree with the same places, and finds no fault.
fn is_plain(source: &str) -> bool {
    let Some(plain) = Tree::plain(source) else { return false };
    assert_eq!(syntax::fault(source), None, "{source}");
    let parsed = Tree::parsed(ENVIRONMENT.compile(source).expect(source));
    assert_eq!(plain.root(), parsed.root(), "{source}");
    assert_eq!(plain.spans, parsed.spans, "{source}");
    true
}

#[test]
fn plain_expressions_have_the_tree_that_the_parser_gives() {
    let sources = [
        "a",
        "inputs.summary",
        "nodes.file_1.key",
        "_a.B2.c_",
        "int",
        "a .b",
        "a.b ",
        "a[0].b",
        "a['b'][\"c\"]",
        "a.b()",
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t",
        "inputs.severity == 'high'",
        "!nodes.find.more",
        "!(a && b)",
        "size(inputs.logs) > 2",
        "size (a)",
        "has(nodes.file.key)",
        "has((a.b)) && c",
        "has(f(a).b[1].c)",
        "has(a.b, c)",
        "x in ['é😀', 1, null, true, a.b]",
        "[]",
        "a && b && c && d && e || f || g || h || i",
        "(a || b) && (c || d) && e",
        "((a == (b))) != c",
        "a == b == c < d",
        "a - 1 - b * 2 / c % 3 + 4",
        "a ? b : c ? d : e",
        "(a ? b : c) ? d || e : f",
        "a.startsWith('x', \"y\").matches(b + 'c')",
        "a\n == \t b",
        "''",
        "1.a",
        "'a'.b",
    ];
    for source in sources {
        assert!(is_plain(source), "{source}");
    }
}

#[test]
fn the_rest_is_left_to_the_parser() {
    let sources = [
        "",
        "a.",
        ".a",
        "a..b",
        "a.1",
        "1a",
        "1.5",
        "1u",
        "0x1",
        "-1",
        "-a",
        "!!a",
        "a.in",
        "a.while",
        "for",
        "in(a)",
        "not(a)",
        "NOT (a)",
        "é",
        "a\u{a0}== b",
        "a // b",
        "r'a'",
        "b'a'",
        r"'\n'",
        "'''a'''",
        "'a",
        "'a\rb'",
        "a.?b",
        "a[?b]",
        "{}",
        "{'a': b}",
        "a{}",
        "has(a)",
        "has(has(a.b))",
        "a.map(b, c)",
        "a.exists_one(b, c)",
        "a.optMap(b, c)",
        "a.optFlatMap(b, c)",
        "a.sortBy(b, c)",
        "[a,]",
        "f(a,)",
        "(a",
        "a)",
        "a b",
        "a ? b",
        "9223372036854775808",
        "_f(a)",
        "a = b",
        "a & b",
    ];
    for source in sources {
        assert!(!is_plain(source), "{source}");
    }
    assert!(!is_plain(&["a"; 33].join("+")));
}

/// Plain expressions, and some that are nearly plain.
fn expressions() -> impl Strategy<Value = String> {
    let name = "[a-z_][a-zA-Z0-9_]{0,5}";
    let leaf = prop_oneof![
        name.prop_map(String::from),
        "[0-9]{1,3}",
        "'[a-zé😀\" ]{0,4}'",
        "\"[a-z' .(\\]]{0,4}\"",
        Just("true".to_owned()),
        Just("null".to_owned()),
    ];
    let sign = "(\\|\\||&&|==|!=|<|<=|>|>=| in |\\+|-|\\*|/|%)";
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            (inner.clone(), " ?", sign, inner.clone())
                .prop_map(|(a, blank, sign, b)| format!("{a}{blank}{sign}{blank}{b}")),
            (inner.clone(), name).prop_map(|(a, name)| format!("{a}.{name}")),
            (inner.clone(), name, inner.clone()).prop_map(|(a, name, b)| format!("{a}.{name}({b})")),
            (name, prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(name, a)| format!("{name}({})", a.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
            (inner.clone(), name).prop_map(|(a, name)| format!("has({a}.{name})")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|a| format!("[{}]", a.join(","))),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("!{a}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_plain_expression_has_another_tree(source in expressions()) {
        is_plain(&source);
    }

    #[test]
    fn no_text_is_read_that_the_parser_refuses(source in "([a-c_.1 \\[\\]()!&|=<?:,'é\\\\\n]|in|has\\(|&&|//){0,14}") {
        is_plain(&source);
    }
}
