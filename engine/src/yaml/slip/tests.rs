//! A table of slips: what is written, where the fault is, its words, its help.

use crate::yaml::read;

/// Each fault as `line:column [what is written there] code words; help`.
fn told(text: &str) -> String {
    let faults = read(text).faults.into_iter().map(|fault| {
        let span = fault.span.expect("a place");
        let line = text[..span.start].matches('\n').count() + 1;
        let column = text[..span.start].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let help = fault.help.expect("help");
        format!("{line}:{column} [{}] {} {}; {help}", &text[span], fault.code, fault.message)
    });
    faults.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_slip_has_its_place_its_words_and_the_finished_line() {
    for (slip, expected) in SLIPS {
        assert_eq!(told(slip), *expected, "{slip}");
    }
}

/// A line of a machine is long; what is told of it is not, however often it is told.
#[test]
fn what_is_told_of_a_long_line_is_short() {
    for item in ["!x y, ", "&x , ", "a, ", "-a, ", "@x, ", "a: b: c, ", "${{ x }}, ", "\"x, "] {
        let text = format!("a: [{}]\n", item.repeat(20_000));
        let faults = read(&text).faults;
        let longest = faults.iter().map(|fault| fault.message.len() + fault.help.as_ref().map_or(0, String::len)).max();
        assert!(longest.unwrap_or_default() < 1000, "{item}: {longest:?}");
    }
}

const SLIPS: &[(&str, &str)] = &[
    (
        "nodes:\n\tmake:\n\t\tactivity: x\n",
        "2:1 [\t] FR0101 a tab indents this line: YAML takes plain spaces only; indent with spaces, one more line too: `  make:`",
    ),
    (
        "nodes:\n  make:\n\t\tactivity: x\n",
        "3:1 [\t] FR0101 a tab indents this line: YAML takes plain spaces only; indent with spaces: `    activity: x`",
    ),
    (
        "\tprocess: p\n",
        "1:1 [\t] FR0101 a tab indents this line: YAML takes plain spaces only; indent with spaces: `process: p`",
    ),
    ("n:\n  a: 1\n\t\nb: 2\n", "3:1 [\t] FR0101 a tab is in an empty line: YAML takes plain spaces only; take it out"),
    ("process:\tp\nversion: v\n", "1:9 [\t] FR0101 there is a tab after the `:`; write a space: `process: p`"),
    (
        "a: |\n\tx\nb: 1\n",
        "2:1 [\t] FR0101 a tab indents this line: YAML takes plain spaces only; indent with spaces: `  x`",
    ),
    (
        "n:\n  a: 1\n \u{a0}b: 2\n",
        "3:2 [\u{a0}] FR0101 a no-break space (U+00A0) indents this line: YAML takes plain spaces only; indent with spaces: `  b: 2`",
    ),
    (
        "n:\n  a: 1\n\u{a0}\u{a0}b: 2\n",
        "3:1 [\u{a0}] FR0115 a no-break space (U+00A0) is before this key, and is a part of it; indent with plain spaces: `b`",
    ),
    (
        "nodes:\n  make:\n    activity: x\n     with: { a: 1 }\n",
        "4:6 [with] FR0101 this line is indented too far for the lines above; write it with 4 spaces before it: `    with: { a: 1 }`",
    ),
    (
        "nodes:\n  make:\n    activity: x\n   with: { a: 1 }\n",
        "4:4 [with] FR0101 this line is not indented like the lines that it belongs to; write it with 4 spaces before it: `    with: { a: 1 }`",
    ),
    (
        "nodes:\n  make:\n    with:\n      a: 1\n     b: 1\n",
        "5:6 [b] FR0101 this line is not indented like the lines that it belongs to; write it with 6 spaces before it: `      b: 1`",
    ),
    (
        "   process: p\n version: v\n",
        "2:2 [version] FR0101 this line is not indented like the lines that it belongs to; write it with 3 spaces before it: `   version: v`",
    ),
    (
        "steps:\n  - name: x\n    - name: y\n",
        "3:5 [- name] FR0101 this line is indented too far for the lines above; write it with 2 spaces before it: `  - name: y`",
    ),
    (
        "nodes:\n  make:\n    with:\n      a: 1\n    b: 2\n      c: 3\n",
        "5:5 [b] FR0101 this line is not indented like the lines that it belongs to; write it with 6 spaces before it: `      b: 2`",
    ),
    (
        "nodes:\n  make:\n    with:\n\u{a0}     a: 1\n      b: 2\n",
        "4:1 [\u{a0}] FR0101 a no-break space (U+00A0) indents this line: YAML takes plain spaces only; indent with spaces: `      a: 1`",
    ),
    (
        "a: | one\n  two\nb: 1\n",
        "1:4 [|] FR0101 a string begins in the line below its `|`; write all of it in the lines below: `a: |`",
    ),
    (
        "a: > one\n  two\nb: 1\n",
        "1:4 [>] FR0101 a string begins in the line below its `>`; write all of it in the lines below: `a: >`",
    ),
    (
        "description: |\n  one\n two\nb: 1\n",
        "3:2 [t] FR0101 this line is not indented like the lines that it belongs to; write it with 2 spaces before it: `  two`",
    ),
    (
        "a: |\ntext here\nb: 1\n",
        "2:1 [t] FR0101 the string under a `|` or `>` must be indented further than its key; indent its lines: `  text here`",
    ),
    ("a: \"open\nb: 2\nc: 3\n", "1:4 [\"] FR0101 the quote `\"` is not closed; close it: `a: \"open\"`"),
    ("a: 'open\nb: 'two'\n", "1:4 ['] FR0101 the quote `'` is not closed; close it: `a: 'open'`"),
    ("a: { b: \"x }\nc: 1\n", "1:9 [\"] FR0101 the quote `\"` is not closed; close it: `a: { b: \"x\" }`"),
    (
        "a: 'it's broken'\nb: 2\n",
        "1:7 ['] FR0101 a `'` inside a string ends it; quote the whole string: `a: \"it's broken\"`",
    ),
    ("a: 'don't\nb: 2\n", "1:8 ['] FR0101 a `'` inside a string ends it; quote the whole string: `a: \"don't\"`"),
    (
        "a: \"say \"hi\" now\"\nb: 2\n",
        "1:9 [\"] FR0101 a `\"` inside a string ends it; quote the whole string: `a: 'say \"hi\" now'`",
    ),
    (
        "if: \"a\" == inputs.b\nb: 2\n",
        "1:7 [\"] FR0101 the string goes on after its closing quote; quote the whole string: `if: '\"a\" == inputs.b'`",
    ),
    (
        "a: \"one\ntwo\"\nb: 2\n",
        "2:1 [t] FR0101 the further lines of a quoted string must be indented; indent them: `  two\"`",
    ),
    (
        "a: \"C:\\Users\\x\"\nb: 2\n",
        "1:7 [\\U] FR0101 `\\U` is not an escape that `\" \"` knows; write it in `' '`, where a backslash is a backslash: `a: 'C:\\Users\\x'`",
    ),
    (
        "a: \"\\d+\"\n",
        "1:5 [\\d] FR0101 `\\d` is not an escape that `\" \"` knows; write it in `' '`, where a backslash is a backslash: `a: '\\d+'`",
    ),
    (
        "a: \"one\\n\\d+\"\n",
        "1:10 [\\d] FR0101 `\\d` is not an escape that `\" \"` knows; write the backslash twice: `a: \"one\\n\\\\d+\"`",
    ),
    (
        "summary: Crash: login page\n",
        "1:15 [:] FR0101 a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `summary: \"Crash: login page\"`",
    ),
    (
        "- summary: Crash: login page\n",
        "1:17 [:] FR0101 a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `- summary: \"Crash: login page\"`",
    ),
    (
        "a: { s: Crash: login, t: 1 }\n",
        "1:14 [:] FR0101 a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `a: { s: \"Crash: login\", t: 1 }`",
    ),
    (
        "a: first line\n  Note: second\nb: 2\n",
        "2:7 [:] FR0101 a string with `: ` in it must be quoted: to YAML a `: ` ends a key; start it with `|`, its lines below: `a: |`",
    ),
    (
        "priority: ${{ inputs.s == \"high\" ? \"High\" : \"Low\" }}\n",
        "1:11 [${{ inputs.s == \"high\" ? \"High\" : \"Low\" }}] FR0113 an expression with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `priority: '${{ inputs.s == \"high\" ? \"High\" : \"Low\" }}'`",
    ),
    (
        "a: ${{ {'a': 1}.a }}\nb: ${{ x ? 1 : 2 }}\n",
        "1:4 [${{ {'a': 1}.a }}] FR0113 an expression with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `a: \"${{ {'a': 1}.a }}\"`\n2:4 [${{ x ? 1 : 2 }}] FR0113 an expression with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `b: \"${{ x ? 1 : 2 }}\"`",
    ),
    (
        "a: { s: see ${{ x }}, t: ${{ y }} }\n",
        "1:13 [${{ x }}] FR0113 an expression in `{ }` or `[ ]` must be quoted; quote it: `\"see ${{ x }}\"`\n1:26 [${{ y }}] FR0113 an expression in `{ }` or `[ ]` must be quoted; quote it: `\"${{ y }}\"`",
    ),
    (
        "if: inputs.a == \"x: y\"\n",
        "1:19 [:] FR0101 a string with `: ` in it must be quoted: to YAML a `: ` ends a key; quote it: `if: 'inputs.a == \"x: y\"'`",
    ),
    (
        "summary: Release #7 is out\n",
        "1:18 [#7 is out] FR0114 `#7 is out` is a comment: a `#` after a space starts one; if it belongs to the string, quote it: `summary: \"Release #7 is out\"`; a comment has a space after its `#`",
    ),
    (
        "- summary: Release #7\n  b: x\n",
        "1:20 [#7] FR0114 `#7` is a comment: a `#` after a space starts one; if it belongs to the string, quote it: `- summary: \"Release #7\"`; a comment has a space after its `#`",
    ),
    (
        "a: { s: Release #7 is out }\nb: 2\n",
        "1:17 [#7 is out }] FR0101 the rest of the line is a comment: a `#` after a space starts one; quote the string: `a: { s: \"Release #7 is out\" }`",
    ),
    (
        "a: [one, #two]\nb: 2\n",
        "1:10 [#two]] FR0101 the rest of the line is a comment: a `#` after a space starts one; quote the string: `a: [one, \"#two\"]`",
    ),
    (
        "a: #7\nb: 2\n",
        "1:4 [#7] FR0114 `#7` is a comment: a `#` after a space starts one; if it belongs to the string, quote it: `a: \"#7\"`; a comment has a space after its `#`",
    ),
    (
        "a: @jane\nb: 2\n",
        "1:4 [@] FR0101 a string that starts with `@` must be quoted: to YAML that is kept for later; quote it: `a: \"@jane\"`",
    ),
    (
        "a: `x`\nb: 2\n",
        "1:4 [`] FR0101 a string that starts with a backtick must be quoted: to YAML that is kept for later; quote it: `a: \"`x`\"`",
    ),
    (
        "a: [@jane, x]\n",
        "1:5 [@] FR0101 a string that starts with `@` must be quoted: to YAML that is kept for later; quote it: `a: [\"@jane\", x]`",
    ),
    (
        "a: *urgent* fix\nb: 2\n",
        "1:4 [*] FR0101 a string that starts with `*` must be quoted: to YAML that starts an alias; quote it: `a: \"*urgent* fix\"`",
    ),
    (
        "a: & fix\nb: 2\n",
        "1:4 [&] FR0101 a string that starts with `&` must be quoted: to YAML that starts an anchor; quote it: `a: \"& fix\"`",
    ),
    (
        "a: &urgent\nb: 2\n",
        "1:4 [&urgent] FR0115 `&urgent` is an anchor without a value: the value is null; if a string is meant, quote it: `a: \"&urgent\"`",
    ),
    (
        "a: !important fix\nb: 2\n",
        "1:4 [!important] FR0103 the tag `!important` is not allowed; remove it; if a string is meant, quote it: `a: \"!important fix\"`",
    ),
    (
        "a: %done\nb: 2\n",
        "1:4 [%] FR0101 a string that starts with `%` must be quoted: to YAML that starts a directive; quote it: `a: \"%done\"`",
    ),
    (
        "a: > 5 is bad\nb: 2\n",
        "1:4 [>] FR0101 a string that starts with `>` must be quoted: to YAML that starts a string in the lines below; quote it: `a: \"> 5 is bad\"`",
    ),
    (
        "a: | grep\nb: 2\n",
        "1:4 [|] FR0101 a string that starts with `|` must be quoted: to YAML that starts a string in the lines below; quote it: `a: \"| grep\"`",
    ),
    (
        "a: ? why\nb: 2\n",
        "1:4 [?] FR0101 a string that starts with `?` must be quoted: to YAML that starts a key of several lines; quote it: `a: \"? why\"`",
    ),
    (
        "a: [WEB] broken\nb: 2\n",
        "1:4 [[] FR0101 a string that starts with `[` must be quoted: to YAML that starts a list; quote it: `a: \"[WEB] broken\"`",
    ),
    (
        "a: {x} broken\nb: 2\n",
        "1:4 [{] FR0101 a string that starts with `{` must be quoted: to YAML that starts a map; quote it: `a: \"{x} broken\"`",
    ),
    (
        "a: ] x\nb: 2\n",
        "1:4 []] FR0101 a string that starts with `]` must be quoted: to YAML that ends a list; quote it: `a: \"] x\"`",
    ),
    (
        "a:\n  -one\n  -two\nb: 2\n",
        "2:3 [-one] FR0115 this is a string, not an item of a list: a space is missing after the `-`; write `- one`; quote it if a string is meant",
    ),
    ("a:\n  - one\n  -two\nb: 2\n", "3:3 [-] FR0101 a space is missing after the `-` of `-two`; write: `- two`"),
    (
        "with:\n  type: Task\n  project:OPS\n",
        "3:10 [:] FR0101 a space is missing after `project:`; write: `project: OPS`",
    ),
    (
        "with:\n  project:OPS\n  type: Task\n",
        "2:10 [:] FR0101 a space is missing after `project:`; write: `project: OPS`",
    ),
    (
        "with:\n  project:OPS\n",
        "2:3 [project:OPS] FR0115 this is a string, not the key `project`: a space is missing after the `:`; write `project: OPS`; quote it if a string is meant",
    ),
    (
        "with: { project:OPS, type: Task }\n",
        "1:9 [project:OPS] FR0115 this is a string, not the key `project`: a space is missing after the `:`; write `project: OPS`; quote it if a string is meant",
    ),
    ("nodes:\n  make\n    activity: x\n", "2:3 [make] FR0101 a `:` is missing after `make`; write: `make:`"),
    (
        "nodes:\n  make:\n    activity jira.create_issue\n    with: { a: 1 }\n",
        "3:5 [activity] FR0101 a `:` is missing after `activity`; write: `activity: jira.create_issue`",
    ),
    ("a: 1\nb = 2\n", "2:3 [=] FR0101 a `:` goes between a key and its value, not a `=`; write: `b: 2`"),
    (
        "a: - b\nc: 1\n",
        "1:4 [-] FR0101 a list cannot start in the line of its key; write its items in the lines below, or all of them in brackets: `a: [b]`",
    ),
    (
        "nodes:\n  a: 1\n  - b\n",
        "3:3 [-] FR0101 an item of a list is among the keys of a map; write it as a key, or the list under a key of its own: `b:`",
    ),
    ("nodes:\n  - b\n  a: 1\n", "3:3 [a] FR0101 a key is among the items of a list; make it an item: `- a: 1`"),
    ("a: [one, two\nb: 2\n", "1:4 [[] FR0101 the bracket `[` is not closed; close it: `a: [one, two]`"),
    ("a: { x: 1, y: 2\nb: 2\n", "1:4 [{] FR0101 the bracket `{` is not closed; close it: `a: { x: 1, y: 2 }`"),
    ("a: {\n  b: 1,\n  c: 2\nd: 3\n", "1:4 [{] FR0101 the bracket `{` is not closed; close it: `c: 2 }`"),
    ("a: { b: [x, c: 1 }\nd: 2\n", "1:9 [[] FR0101 the bracket `[` is not closed; close it: `a: { b: [x, c: 1] }`"),
    ("a: { x: 1 y: 2 }\n", "1:10 [ ] FR0101 a `,` is missing between two keys; put it in: `a: { x: 1, y: 2 }`"),
    ("a: { x: 1; y: 2 }\n", "1:10 [;] FR0101 a `,` is missing between two keys; put it in: `a: { x: 1, y: 2 }`"),
    ("a: { x: 1 }}\nb: 2\n", "1:12 [}] FR0101 there is a `}` that nothing opens; take it out: `a: { x: 1 }`"),
    ("// the nodes\nnodes: 1\n", "1:1 [//] FR0101 a comment starts with `#`; write: `# the nodes`"),
    (
        "a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n",
        "2:1 [<<<<<<< HEAD] FR0101 a merge conflict is left in the file; keep one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
    ),
    ("a: 1\na: 2\n", "2:1 [a] FR0102 the key `a` is written twice; the first is in line 1: remove one of the two"),
    (
        "a: 1\n---\nb: 2\n",
        "2:1 [---] FR0106 a second YAML document starts here; a file holds one definition: move the second into a file of its own",
    ),
];
