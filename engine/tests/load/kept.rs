//! Definitions that were accepted once: what is passed over in them, and what is not, code by code.

use flowrun_engine::{
    definition::{Loaded, Source, load_kept},
    diagnostic::{Code, Severity, WhenKept},
};

use crate::{catalogue::catalogue, loaded};

/// A definition whose only node looks, and has these lines too.
fn look(lines: &str) -> String {
    format!(
        "process: p\nversion: v\ninputs: {{ plain: {{ type: string }} }}\nnodes:\n  a:\n    activity: desk.look\n{lines}"
    )
}

/// A definition with this input.
fn input(schema: &str) -> String {
    format!("process: p\nversion: v\ninputs: {{ x: {schema} }}\nnodes: {{ a: {{ activity: desk.look }} }}\n")
}

/// A definition whose only node has this activity and these inputs.
fn with(activity: &str, with: &str) -> String {
    format!(
        "process: p\nversion: v\ninputs: {{ plain: {{ type: string }} }}\nnodes:\n  a:\n    activity: {activity}\n    \
         with: {with}\n"
    )
}

fn many_nodes() -> String {
    let nodes: String = (0..=10_000).map(|number| format!("  n{number}: {{ activity: desk.look }}\n")).collect();
    format!("process: p\nversion: v\nnodes:\n{nodes}")
}

/// What is passed over: the node says itself what fails, when its time comes, or nothing does.
fn passed_over() -> Vec<(Code, String)> {
    vec![
        (Code::FILE_TOO_LARGE, look(&format!("# {}\n", "x".repeat(8 << 20)))),
        (Code::TOO_MANY_NODES, many_nodes()),
        (Code::GLUED_COMMENT, look("    description: a #b\n")),
        (Code::MISREAD, look("outputs:\n  a: x\n  \u{a0}b: x\n")),
        (Code::UNKNOWN_KEY, with("desk.look", "{ tickets: x }")),
        (Code::UNKNOWN_KEY, input("{ type: string, maxlength: 3 }")),
        (Code::MISSING_KEY, with("desk.open", "{ title: x }")),
        (Code::MISSING_KEY, look("  b:\n    activity: desk.open\n")),
        (Code::MISSING_KEY, with("desk.close", "{ ticket: x }")),
        (Code::WRONG_TYPE, with("desk.open", "{ title: x, queue: q, points: many }")),
        (Code::VALUE_NOT_ALLOWED, with("desk.open", "{ title: x, queue: q, priority: mid }")),
        (Code::VALUE_NOT_ALLOWED, with("desk.ask", "{ query: q, size: 9007199254740993 }")),
        (Code::DEFAULT_DOES_NOT_FIT, input("{ type: integer, default: x }")),
        (Code::BAD_NAME, look("  run: { activity: desk.look }\n")),
        (Code::BAD_NAME, look("  B-c: { activity: desk.look }\n")),
        (Code::BAD_NAME, "process: P\nversion: v\nnodes: { a: { activity: desk.look } }\n".to_owned()),
        (Code::BAD_NAME, input("{ type: string }").replace("x:", "item:")),
        (Code::KEY_DOES_NOT_APPLY, look("    max_parallel: 3\n")),
        (Code::BAD_INPUT_SCHEMA, input("{ type: string, minLength: one }")),
        (Code::BAD_INPUT_SCHEMA, input("{ type: string, format: password }")),
        (Code::BAD_INPUT_SCHEMA, input("{ type: string, pattern: '(?=a)' }")),
        (Code::ACTIVITY_INPUT, with("desk.look", "{ ticket: NONE }")),
        (Code::AT_LEAST_ONCE, with("desk.close", "{ ticket: x, note: y }\n    on_unknown: retry")),
        (Code::UNKNOWN_NAME, look("    if: true || foo\n")),
        (Code::UNKNOWN_FIELD, look("    if: true || inputs.nothing == 1\n")),
        (Code::NOT_HERE, look("    if: true || item == 1\n")),
        (Code::TYPE_MISMATCH, look("    if: '1'\n")),
        (
            Code::MAY_BE_MISSING,
            look(
                "    if: inputs.plain == ''\noutputs: { a: \"${{ nodes.a.key }}\" }\nfinally:\n  b: { activity: desk.look, with: { ticket: \"${{ nodes.a.key }}\" } }\n",
            ),
        ),
        (Code::NOT_TEXT, with("desk.look", "{ ticket: \"a ${{ [1] }}\" }")),
        (
            Code::NEVER_EQUAL,
            look(
                "    for_each: '[1]'\n    with: { ticket: \"${{ string(nodes.b.outcome == 'done') }}\" }\n  b: { activity: desk.look }\n",
            ),
        ),
        (Code::TEXT_KIND, with("desk.ask", "{ query: \"${{ inputs.plain }}\" }")),
    ]
}

/// What is not: something else would run, or nobody knows what.
fn not_passed_over() -> Vec<(Code, String)> {
    let deep = format!("outputs: {{ a: {}{} }}\n", "[".repeat(70), "]".repeat(70));
    vec![
        (Code::YAML_SYNTAX, look("    if: }\n")),
        (Code::DUPLICATE_KEY, look("    if: true\n    if: false\n")),
        (Code::TAG, look("    description: !x y\n")),
        (Code::MERGE_KEY, look("    <<: { if: true }\n")),
        (Code::KEY_NOT_TEXT, look("outputs: { 1: x }\n")),
        (Code::SECOND_DOCUMENT, look("---\nx: y\n")),
        (Code::NOT_FINITE, look("outputs: { a: .inf }\n")),
        (Code::TOO_DEEP, look(&deep)),
        (Code::TOO_MANY_YAML_NODES, look(&format!("outputs: {{ a: [{}] }}\n", "1,".repeat(500_000)))),
        (Code::UNQUOTED_EXPRESSION, with("desk.look", "{ ticket: ${{ inputs.plain }} }")),
        (Code::UNKNOWN_KEY, look("    iff: inputs.plain == ''\n")),
        (Code::UNKNOWN_KEY, look("    retry: { tries: 3 }\n")),
        (Code::MISSING_KEY, "version: v\nnodes: { a: { activity: desk.look } }\n".to_owned()),
        (Code::MISSING_KEY, "process: p\nversion: v\nnodes: {}\n".to_owned()),
        (Code::WRONG_TYPE, look("    with: [x]\n")),
        (Code::WRONG_TYPE, look("    if: 5\n")),
        (Code::WRONG_TYPE, input("string")),
        (Code::VALUE_NOT_ALLOWED, look("    join: some\n")),
        (Code::KIND_OF_NODE, look("  b: {}\n")),
        (Code::UNKNOWN_ACTIVITY, with("desk.opens", "{ title: x }")),
        (Code::NOT_BUILT_YET, look("    undo: { activity: desk.look }\n")),
        (Code::BAD_NAME, look("  a b: { activity: desk.look }\n")),
        (Code::BAD_NAME, look("    for_each: '[1]'\n    as: run\n")),
        (Code::BAD_INPUT_SCHEMA, input("{ type: text }")),
        (Code::BAD_INPUT_SCHEMA, input("{ type: string, x-text: quest }")),
        (Code::BAD_INPUT_SCHEMA, input("{ $ref: 'https://example.com/x.json' }")),
        (Code::BAD_DURATION, look("    timeout: soon\n")),
        (Code::UNKNOWN_NODE, look("    after: b\n")),
        (Code::CYCLE, look("    after: b\n  b: { activity: desk.look, after: a }\n")),
        (Code::FINALLY_EDGE, look("    after: b\nfinally:\n  b: { activity: desk.look }\n")),
        (Code::NODE_TWICE, look("finally:\n  a: { activity: desk.look }\n")),
        (Code::EXPRESSION_SYNTAX, look("    if: 1 +\n")),
        (Code::UNKNOWN_NAME, look("    if: true || nodes.b.key == ''\n")),
        (Code::UNKNOWN_NAME, look("outputs: { a: \"${{ nodes.b.key }}\" }\n")),
        (Code::NOT_HERE, look("    if: true || nodes.b.key == ''\nfinally:\n  b: { activity: desk.look }\n")),
        (Code::UNKNOWN_FUNCTION, look("    if: true || foo()\n")),
        (Code::DELIMITERS, with("desk.look", "{ ticket: \"{{ inputs.plain }}\" }")),
        (Code::TOO_COMPLEX, look(&format!("    if: {}true{}\n", "(".repeat(200), ")".repeat(200)))),
        (Code::TEXT_KIND, with("desk.ask", "{ query: q, note: \"a ${{ query.raw(inputs.plain) }}\" }")),
    ]
}

fn kept(text: &str) -> Loaded {
    load_kept(&Source::new("process.yaml", text), &catalogue())
}

/// A text, or its beginning.
fn shown(text: &str) -> &str {
    text.char_indices().nth(300).map_or(text, |(end, _)| &text[..end])
}

#[test]
fn every_code_says_whether_a_kept_definition_may_have_it() {
    let (passed_over, not_passed_over) = (passed_over(), not_passed_over());
    for page in Code::PAGES {
        let has = |samples: &[(Code, String)]| samples.iter().any(|(code, _)| *code == page.code);
        let expected = match page.when_kept {
            WhenKept::GoesOn => (true, false),
            WhenKept::Depends => (true, true),
            WhenKept::Stops => (false, true),
            WhenKept::Elsewhere => (false, false),
        };
        assert_eq!((has(&passed_over), has(&not_passed_over)), expected, "{}", page.code);
    }
}

#[test]
fn what_only_a_check_minds_is_passed_over_and_told() {
    for (code, text) in passed_over() {
        let (author, kept) = (loaded(&text), kept(&text));
        assert!(
            author.diagnostics.iter().any(|told| told.code == code),
            "{code} {}: {:?}",
            shown(&text),
            author.diagnostics
        );
        let definition = kept.definition.unwrap_or_else(|| panic!("{code} {}: {:?}", shown(&text), kept.diagnostics));
        let errors = author.diagnostics.iter().filter(|told| told.is_error());
        assert_eq!(kept.diagnostics.len(), errors.count(), "{code} {}", shown(&text));
        assert!(kept.diagnostics.iter().all(|told| told.severity == Severity::Warning), "{:?}", kept.diagnostics);
        assert_eq!(definition.passed_over, kept.diagnostics);
    }
}

#[test]
fn what_would_run_otherwise_is_not_passed_over() {
    for (code, text) in not_passed_over() {
        let kept = kept(&text);
        assert_eq!(kept.definition, None, "{code} {}", shown(&text));
        let mut errors = kept.diagnostics.iter().filter(|told| told.is_error());
        assert!(
            errors.any(|told| told.code == code && told.span.is_some()),
            "{code} {}: {:?}",
            shown(&text),
            kept.diagnostics
        );
    }
}

#[test]
fn a_definition_without_faults_is_the_same_at_both_doors() {
    for text in [include_str!("valid/all.yaml"), &look("    if: inputs.plain == 'x'\n")] {
        let kept = kept(text);
        assert_eq!(kept.diagnostics, []);
        assert_eq!(kept.definition, loaded(text).definition);
    }
}

#[test]
fn numbers_are_read_by_what_a_schema_says_whatever_else_is_wrong_with_it() {
    let text =
        "process: p\nversion: v\ninputs: { x: { type: number, maximun: 3 } }\nnodes: { a: { activity: desk.look } }\n";
    let sound = text.replace("maximun", "maximum");
    let types = [kept(text), kept(&sound)].map(|loaded| loaded.definition.expect("no errors").input_type);
    assert_eq!(types[0], types[1]);
}

#[test]
fn an_input_whose_schema_is_none_any_more_takes_no_value() {
    let definition = kept(&input("{ type: string, pattern: '(?=a)' }")).definition.expect("no errors");
    let given = serde_json::json!({ "x": "a" }).as_object().cloned().expect("an object");
    let refused = definition.bind_inputs(given).expect_err("nobody can tell");
    assert!(refused.iter().all(|told| told.code == Code::INPUT_VALUE), "{refused:?}");
}
