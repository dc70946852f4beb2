//! YAML that is refused, and YAML that looks odd and is not.

use insta::assert_snapshot;

use crate::check;

const REST: &str = "version: v\nnodes:\n  a: { activity: desk.look }\n";

/// A definition that starts with this.
fn after(start: &str) -> String {
    format!("{start}{REST}")
}

#[test]
fn syntax_errors_come_alone() {
    assert_snapshot!(check("process: [p\nversion: v\n"), @"1:10 FR0101 [[] the bracket `[` is not closed; close it: `process: [p]`");
    assert_snapshot!(check("process: p\n  version: v\n"), @"2:3 FR0101 [version] this line is indented too far for the lines above; write it without spaces before it: `version: v`");
    assert_snapshot!(check("process: a: b\n"), @r#"1:11 FR0101 [:] a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `process: "a: b"`"#);
    assert_snapshot!(check("process: p\nnodes:\n\t- x\n"), @"3:1 FR0101 [	] a tab indents this line: YAML takes plain spaces only; indent with spaces: `  - x`");
    assert_snapshot!(check("process: \"p\nversion: v\n"), @r#"1:10 FR0101 ["] the quote `"` is not closed; close it: `process: "p"`"#);
    assert_snapshot!(check("process: @p\n"), @r#"1:10 FR0101 [@] a string that starts with `@` must be quoted: to YAML that is kept for later; quote it: `process: "@p"`"#);
    assert_snapshot!(check("process: *p\n"), @r#"1:10 FR0101 [*] a string that starts with `*` must be quoted: to YAML that starts an alias; quote it: `process: "*p"`"#);
    assert_snapshot!(check("   process: p\n version: v\n"), @"2:2 FR0101 [version] this line is not indented like the lines that it belongs to; write it with 3 spaces before it: `   version: v`");
    assert_snapshot!(check("\tprocess: p\n"), @"1:1 FR0101 [	] a tab indents this line: YAML takes plain spaces only; indent with spaces: `process: p`");
    assert_snapshot!(check("process:\tp\nversion: v\n"), @"1:9 FR0101 [	] there is a tab after the `:`; write a space: `process: p`");
    assert_snapshot!(check("process: é\u{7}\n"), @r"1:11 FR0101 [] the file is not YAML: the control character U+0007 is not allowed; remove it, or write it as `\u0007` in double quotes");
    assert_snapshot!(check("process: p\nprocess: q\nversion: ]\n"), @r#"3:10 FR0101 []] a string that starts with `]` must be quoted: to YAML that ends a list; quote it: `version: "]"`"#);
}

#[test]
fn what_a_definition_may_not_have() {
    assert_snapshot!(check(&after("process: p\nprocess: q\n'process': r\n")), @"
    2:1 FR0102 [process] the key `process` is written twice; the first is in line 1: remove one of the two
    3:1 FR0102 ['process'] the key `process` is written twice; the first is in line 1: remove one of the two
    ");
    assert_snapshot!(check("process: p\nversion: v\nnodes:\n  a:\n    activity: desk.look\n    activity: desk.look\n    with: { ticket: x, ticket: y }\n  a: { activity: desk.look }\n"), @"
    6:5 FR0102 [activity] the key `activity` is written twice; the first is in line 5: remove one of the two
    7:24 FR0102 [ticket] the key `ticket` is written twice; the first is in line 7: remove one of the two
    8:3 FR0102 [a] the key `a` is written twice; the first is in line 4: remove one of the two
    ");
    assert_snapshot!(check("process: p\nversion: v\nnodes:\n  a: { activity: desk.look }\nnodes:\n  b: { activity: desk.look, after: a }\n"), @"5:1 FR0102 [nodes] the key `nodes` is written twice; the first is in line 3: remove one of the two");
    assert_snapshot!(check(&after("process: !name p\ninputs: !!map\n  x: &t !y { type: string }\n")), @r#"
    1:10 FR0103 [!name] the tag `!name` is not allowed; remove it; if a string is meant, quote it: `process: "!name p"`
    2:9 FR0103 [!!map] the tag `!!map` is not allowed; remove it
    3:9 FR0103 [!y] the tag `!y` is not allowed; remove it
    "#);
    assert_snapshot!(check(&after("inputs:\n  a: &a { type: string }\n  b: { <<: *a }\nprocess: p\n")), @"3:8 FR0104 [<<] the merge key `<<` is not allowed; write the keys out where they are needed");
    assert_snapshot!(check(&after("1: x\ntrue: x\n~: x\n1.5: x\n? [a]\n: x\n? &k key\n: x\n*k : y\nprocess: p\n")), @"
    1:1 FR0105 [1] the key `1` is not a string; quote the key
    2:1 FR0105 [true] the key `true` is not a string; quote the key
    3:1 FR0105 [~] the key `~` is not a string; quote the key
    4:1 FR0105 [1.5] the key `1.5` is not a string; quote the key
    5:3 FR0105 [[] a list or a map cannot be a key; a key is a string
    7:3 FR0201 [&k key] there is no key `key` here; the keys here are `access_token`, `concurrency`, `defaults`, `description`, `finally`, `inputs`, `nodes`, `outputs`, `process`, `version`
    9:1 FR0105 [*k] an alias cannot be a key; write the key out
    ");
    assert_snapshot!(check(&format!("{}---\nprocess: [\n", after("process: p\n"))), @"5:1 FR0106 [---] a second YAML document starts here; a file holds one definition: move the second into a file of its own");
    assert_snapshot!(check(&format!("{}...\nprocess: q\n", after("process: p\n"))), @"6:1 FR0106 [] a second YAML document starts here; a file holds one definition: move the second into a file of its own");
    assert_snapshot!(check(&after("process: p\ninputs:\n  a: { default: .inf, maximum: -.INF, minimum: .nan }\n")), @"
    3:17 FR0107 [.inf] `.inf` is not a finite number; JSON has no such number; quote it if a string is meant
    3:32 FR0107 [-.INF] `-.INF` is not a finite number; JSON has no such number; quote it if a string is meant
    3:48 FR0107 [.nan] `.nan` is not a finite number; JSON has no such number; quote it if a string is meant
    ");
}

#[test]
fn unquoted_expressions() {
    assert_snapshot!(check("process: p\nversion: v\nnodes:\n  a:\n    activity: desk.look\n    with: { ticket: ${{ inputs.x }} }\n  b:\n    activity: desk.look\n    with: { ticket: no ${{ inputs.é }}, x: [${{ y }}, ${{ {'a': 1}.a }}] }\n"), @r#"
    6:21 FR0113 [${{ inputs.x }}] an expression in `{ }` or `[ ]` must be quoted; quote it: `"${{ inputs.x }}"`
    9:24 FR0113 [${{ inputs.é }}] an expression in `{ }` or `[ ]` must be quoted; quote it: `"no ${{ inputs.é }}"`
    9:45 FR0113 [${{ y }}] an expression in `{ }` or `[ ]` must be quoted; quote it: `"${{ y }}"`
    9:55 FR0113 [${{ {'a': 1}.a }}] an expression in `{ }` or `[ ]` must be quoted; quote it: `"${{ {'a': 1}.a }}"`
    "#);
    assert_snapshot!(check("process: p\nversion: v\nnodes:\n  a:\n    activity: desk.look\n    with:\n      ticket: {{ inputs.x }}\n"), @"7:15 FR0407 [{{] `{{` does not start an expression; an expression is written `${{ … }}`; inside `{ }` and `[ ]` it must be quoted");
}

#[test]
fn limits() {
    let deep = format!("process: {}{}\n", "[".repeat(70), "]".repeat(70));
    assert_snapshot!(check(&deep), @"1:73 FR0109 [[] nested more than 64 deep; a definition needs a few levels only: look for a bracket that is not closed");
    assert_snapshot!(check(&"[".repeat(1 << 20)), @"1:256 FR0109 [] nested more than 64 deep; a definition needs a few levels only: look for a bracket that is not closed");
    assert_snapshot!(check(&"x".repeat((8 << 20) + 1)), @"- FR0108 [] the file is larger than 8 MiB; split the definition");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9)));
    }
    assert_snapshot!(check(&bomb), @"6:40 FR0110 [*a4] the file has more than 500,000 values, aliases counted as what they stand for; split the definition, or use fewer aliases");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a, ".repeat(100));
    assert_snapshot!(check(&long), @"2:133 FR0110 [*a] the file has more than 16 MiB of text, aliases counted as what they stand for; split the definition, or use fewer aliases");
    assert_snapshot!(check("a: &a [*a]\n"), @"1:8 FR0109 [*a] an alias is inside what it stands for; write out what is meant");
    let nodes: String = (0..10_001).map(|number| format!("  n{number}: {{ activity: desk.look }}\n")).collect();
    assert_snapshot!(check(&format!("process: p\nversion: v\nnodes:\n{nodes}")), @"10004:3 FR0111 [n10000] the graph has more than 10,000 nodes; use `for_each` for many items, or split the process");
    assert_snapshot!(check(&format!("process: [{}]\n", "0,".repeat(510_000))), @"1:1000005 FR0110 [0] the file has more than 500,000 values, aliases counted as what they stand for; split the definition, or use fewer aliases");
}

#[test]
fn the_most_nodes_of_a_graph_fit() {
    let node = |number: usize| {
        let text = "x".repeat(150);
        format!(
            "  n{number}: {{ activity: desk.look, description: {text}, with: {{ ticket: \"${{{{ nodes.n0.key }}}}\" }} }}\n"
        )
    };
    let nodes: String = (1..10_000).map(node).collect();
    let text = format!("process: p\nversion: v\nnodes:\n  n0: {{ activity: desk.look }}\n{nodes}");
    assert!(text.len() > 2 << 20);
    assert_eq!(check(&text), "");
}

#[test]
fn odd_but_right() {
    for text in [
        after("\u{feff}process: p\n"),
        after("process: p\n").replace('\n', "\r\n"),
        format!("---\n{}...\n", after("process: p\n")),
        format!("%YAML 1.2\n---\n{}", after("process: p\n")),
        after("process: p\ndescription: >\n  a\n\n  b\n"),
        after("process: p\ninputs: { a: { default: 014 }, b: { default: 9999999999999999999 } }\n"),
        after("process: p\ninputs:\n  a: &text { type: string }\n  b: *text\n"),
        after("process: p # c\n\n# c\n"),
    ] {
        let found = check(&text);
        assert_eq!(found, "", "{text}");
    }
}

/// Only one of the two parsers takes these characters for line breaks.
#[test]
fn what_the_parsers_read_differently_is_refused_or_read_alike() {
    let odd = ["x\u{85}b: y", "\"x\u{2028}y\"", "x\u{2028}b: y", "'x\u{85}y'", "|\n\tx", "[x,\ty]", "{ a:\tb }"];
    let found = odd.map(|odd| {
        let found = check(&format!("process: p\ndescription: {odd}\n{REST}"));
        format!("{odd:?}: {}", if found.is_empty() { "read" } else { &found })
    });
    assert_snapshot!(found.join("\n"), @r#"
    "x\u{85}b: y": 2:17 FR0101 [:] a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it
    "\"x\u{2028}y\"": read
    "x\u{2028}b: y": 2:17 FR0101 [:] a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it
    "'x\u{85}y'": read
    "|\n\tx": 3:1 FR0101 [	] a tab indents this line: YAML takes plain spaces only; indent with spaces: `  x`
    "[x,\ty]": 2:14 FR0203 [[x,	y]] expected a string, found a list
    "{ a:\tb }": 2:18 FR0101 [	] there is a tab after the `:`; write a space: `description: { a: b }`
    "#);
}
