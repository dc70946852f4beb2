//! Files with several slips: all that are sure are told, at their places in the text as it is, and nothing besides.

use crate::yaml::read;

/// Each fault as `line:column words`.
fn told(text: &str) -> Vec<String> {
    let faults = read(text).faults.into_iter().map(|fault| {
        let span = fault.span.expect("a place");
        let line = text[..span.start].matches('\n').count() + 1;
        let column = text[..span.start].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{line}:{column} {}", fault.message)
    });
    faults.collect()
}

const COLON: &str = "a string with `: ` in it must be quoted: to YAML a `: ` ends a key";
const TERNARY: &str = "an expression with `: ` in it must be quoted: to YAML a `: ` ends a key";
const UNQUOTED: &str = "an expression in `{ }` or `[ ]` must be quoted";
const STAR: &str = "a string that starts with `*` must be quoted: to YAML that starts an alias";
const AT: &str = "a string that starts with `@` must be quoted: to YAML that is kept for later";

#[test]
fn slips_that_do_not_hang_on_each_other_are_all_told() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("a: x: y\nb: 2\nc: é: z\n", &[("1:5", COLON), ("3:5", COLON)]),
        ("a: @x\nb: *y: z\nc: ${{ d ? 1 : 2 }}\n", &[("1:4", AT), ("2:4", STAR), ("3:4", TERNARY)]),
        ("a: { x: ${{ b }}, y: [${{ c }}] }\nd: x: y\n", &[("1:9", UNQUOTED), ("1:23", UNQUOTED), ("2:5", COLON)]),
        ("a: \"é \\d\"\nb: @x\n", &[("1:7", "`\\d` is not an escape that `\" \"` knows"), ("2:4", AT)]),
        ("a = 1\nb: x: y\n", &[("1:3", "a `:` goes between a key and its value, not a `=`"), ("2:5", COLON)]),
        ("a: { x: 1 y: 2 }\nb: @x\n", &[("1:10", "a `,` is missing between two keys"), ("2:4", AT)]),
        ("a: [x, y\nb: @x\n", &[("1:4", "the bracket `[` is not closed"), ("2:4", AT)]),
        // How deep the lines below a structure that is mended belong is not sure.
        ("n:\n  a: 1\n   b: 2\n   c: x: y\n", &[("3:4", "this line is indented too far for the lines above")]),
        ("a: | x\n  y: z: w\nb: @x\n", &[("1:4", "a string begins in the line below its `|`")]),
        // A text that goes on in the next line is not quoted by quoting its first.
        ("a: @x\n  y\nb: @z\n", &[("1:4", AT)]),
        (
            "n:\n\ta: 1\n\tb: 2\n\tc:\n\t\td: 3\ne: @x\n",
            &[("2:1", "a tab indents this line: YAML takes plain spaces only"), ("6:4", AT)],
        ),
    ];
    let differing = cases.iter().filter_map(|(text, expected)| {
        let expected: Vec<String> = expected.iter().map(|(at, words)| format!("{at} {words}")).collect();
        let told = told(text);
        (told != expected).then(|| format!("{text}{told:#?}\nand not {expected:#?}"))
    });
    assert_eq!(differing.collect::<Vec<_>>().join("\n"), "");
}

/// Each slip of the table alone, and between whole lines: then it is all that is told.
#[test]
fn no_slip_brings_another() {
    for slip in
        ["x: y: z", "x: @y", "x: \"\\d\"", "x = 1", "x: { a: 1 b: 2 }", "x: [a", "x: 'it's'", "x: {a}}", "x:\ty: z"]
    {
        let whole = "k: [1, { a: 'b' }]\n";
        let text = format!("a:\n  {whole}  {slip}\n  l:\n    - 1\n    - m: 2\nz: |\n  {slip}\ny: \"{{\"\n");
        let told = told(&text);
        assert_eq!(told.len(), 1, "{slip}: {told:?}");
        assert!(told[0].starts_with("3:"), "{slip}: {told:?}");
    }
}

#[test]
fn a_file_of_slips_is_told_in_part_and_quickly() {
    let text: String = (0..20_000).map(|line| format!("k{line}: a: b\n")).collect();
    assert_eq!(told(&text).len(), 50);
}
