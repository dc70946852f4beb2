//! Definitions in YAML → what the checks of expressions and of the graph say.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::*;
use crate::{
    activity::{Activity, Attempt, Catalogue, Description, Failure, Reads},
    definition::{Source, graph},
    yaml,
};

/// Every fault of a definition, in order of place, a line each: `LINE:COLUMN CODE [what is marked] message; help`.
pub(in crate::definition) fn faults(text: &str) -> String {
    let source = Source::new("process.yaml", text);
    let mut diagnostics = with_draft(text, |draft, spans| {
        let suggestions = Suggestions::default();
        let compiled = compile(draft, spans, catalogue().texts(), &suggestions);
        let graph = graph::check(draft, &compiled, spans, &suggestions);
        compiled.problems.all().chain(graph).collect::<Vec<_>>()
    });
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
    let lines = diagnostics.into_iter().map(|diagnostic| {
        let span = diagnostic.span.expect("a place");
        let at = source.position(span.start);
        let help = diagnostic.help.map(|help| format!("; {help}")).unwrap_or_default();
        let severity = if diagnostic.severity == Severity::Warning { " warning" } else { "" };
        let node = diagnostic.node.map(|node| format!("{node}: ")).unwrap_or_default();
        format!(
            "{}:{} {}{severity} [{}] {node}{}{help}",
            at.line, at.column, diagnostic.code, &text[span], diagnostic.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The mentions of a node.
pub(in crate::definition) fn mentions_of(text: &str, id: &str) -> Vec<String> {
    with_draft(text, |draft, spans| {
        let number = draft.nodes.iter().position(|node| node.id == id).expect("the node");
        let compiled = compile(draft, spans, catalogue().texts(), &Suggestions::default());
        let mentions = graph::mentions(draft, &compiled).swap_remove(number);
        mentions.into_iter().map(|id| id.to_string()).collect()
    })
}

fn catalogue() -> Catalogue {
    Catalogue::default().with(Make(description()))
}

fn with_draft<T>(text: &str, check: impl FnOnce(&Draft<'_>, &Spans) -> T) -> T {
    let (document, catalogue) = (yaml::read(text).document.expect("YAML"), catalogue());
    check(&Draft::of(&document, &catalogue, &BTreeSet::new()), &document.spans)
}

struct Make(Description);

fn description() -> Description {
    Description::new(
        "test.make",
        "Makes something.",
        json!({"type": "object", "additionalProperties": false, "properties": {
            "text": {"type": "string"},
            "count": {"type": ["integer", "null"]},
            "size": {"enum": ["small", "large"]},
            "labels": {"type": "array", "items": {"type": "string"}},
            "fields": {"type": "object"},
            "owner": {"type": "object", "additionalProperties": false, "properties": {"name": {"type": "string"}}},
        }}),
        json!({"type": "object", "required": ["id", "key"], "properties": {
            "id": {"type": "integer"}, "key": {"type": "string"}, "url": {"type": "string"}}}),
    )
    .reading()
    .writing()
}

#[async_trait]
impl Activity for Make {
    fn description(&self) -> &Description {
        &self.0
    }

    async fn read(&self, _: &Attempt<'_>) -> Result<Reads, Failure> {
        unreachable!("nothing runs here")
    }

    async fn output(&self, _: &Attempt<'_>, _: Reads) -> Result<Value, Failure> {
        unreachable!("nothing runs here")
    }
}

#[test]
fn every_expression_is_checked_where_it_is_written() {
    insta::assert_snapshot!(faults(
        r#"
inputs:
  summary: { type: string }
  logs: { type: array, items: { type: string } }
  config: { type: object }
nodes:
  file:
    activity: test.make
    with:
      text: |
        Dear ${{ inputs.sumary }},
        see é ${{ inputs.logs }} and {{ inputs.summary }}
      count: ${{ inputs.summary }}
      size: ${{ 'smal' }}
      labels: ["${{ inputs.logs }}", "${{ inputs.logs[0] }}", "x ${{ inputs.summary }}"]
      owner: { name: "${{ size(inputs.logs) }}" }
      fields: { "${{ inputs.summary }}": 1, b: "${{ inputs.config.anything }}" }
  each:
    for_each: inputs.logs
    as: log
    if: log == ''
    activity: test.make
    with: { text: "${{ log }}", count: "${{ index }}", fields: { a: "${{ item }}" } }
  count: { activity: test.make, if: size(inputs.logs), for_each: inputs.summary }
  delimited: { activity: test.make, if: "${{ inputs.summary == '' }}", for_each: "${{ inputs.logs" }
  reads:
    activity: test.make
    with:
      text: ${{ nodes.file.keyy }}
      count: ${{ nodes.each.results[0].output.id + nodes.file.id }}
      labels: ${{ nodes.each.results.map(r, r.output.key) }}
      fields:
        a: ${{ nodes.each.key }}
        b: ${{ nodes.reads.key }}
        c: ${{ nodes.cleanup.key }}
        d: ${{ run.outcome }}
        e: ${{ run.id + file.key + summary }}
        f: ${{ result }}
        g: ${{ nodes.file.error.mesage }}
        h: ${{ nodes.flie.key }}
        i: ${{ nodes.file.outcome == 'complete' }}
  mixed: { activity: test.make, with: { count: "${{ 1 }} ", text: "${{ 1 }} ", labels: "a${{ 1 }}${{ 2 }}" } }
  unknown: { activity: test.other, with: { text: "${{ inputs.nope }}" } }
finally:
  cleanup:
    activity: test.make
    with: { text: "${{ run.outcome }}: ${{ run.error.message }} in ${{ run.error.node }}", count: "${{ nodes.file.id }}" }
outputs:
  a: ${{ nodes.file.key }}
  b: ${{ nodes.unknown.whatever + nodes.fiel.key }}
"#
    ), @r#"
    11:25 FR0403 [sumary] file: no such input: `sumary`; did you mean `summary`?
    12:19 FR0410 [inputs.logs] file: a list cannot stand inside a string; take a field or an element of it, or give the expression on its own to keep its type
    12:38 FR0407 [{{ inputs.summary }}] file: `{{ }}` without `$` is not an expression; write `${{ inputs.summary }}`; for the braces themselves `${{ '{{' }}`
    13:18 FR0405 [inputs.summary] file: `count` needs an integer or null, found a string; write `int(…)` around it
    14:17 FR0405 ['smal'] file: `size` needs `large` or `small`, found `smal`
    15:21 FR0405 [inputs.logs] file: `labels` needs a string, found a list; take an element of it, as in `list[0]`; or run the node `for_each` of them
    16:27 FR0405 [size(inputs.logs)] file: `name` needs a string, found an integer; write `string(…)` around it
    17:17 FR0407 ["${{ inputs.summary }}"] file: a key cannot hold an expression; write the key out; only values can be computed
    21:9 FR0404 [log] each: `log` is not there yet: `if` and `for_each` are evaluated once, before the items; use it in `with`
    23:74 FR0404 [item] each: an item has another name here; `as` calls it `log`
    24:37 FR0405 [size(inputs.logs)] count: `if` needs a boolean, found an integer
    24:66 FR0405 [inputs.summary] count: `for_each` needs a list, found a string
    25:42 FR0407 [${{ inputs.summary == '' }}] delimited: `${{ }}` does not belong inside an expression; write it without: `inputs.summary == ''`
    25:83 FR0407 [${{ inputs.logs] delimited: `${{ }}` does not belong inside an expression; write it without: `inputs.logs`
    29:28 FR0403 [keyy] reads: no such field: `keyy`; did you mean `key`?
    30:18 FR0409 warning [nodes.each.results] reads: `nodes.each.results` may be missing: `each` has an `if`; guard it: `has(nodes.each.results) ? nodes.each.results : …`
    30:18 FR0409 warning [nodes.each.results[0].output] reads: `nodes.each.results[0].output` may be null; guard it with `!= null`; a field can be read safely, as `.?field`
    31:19 FR0409 warning [nodes.each.results] reads: `nodes.each.results` may be missing: `each` has an `if`; guard it: `has(nodes.each.results) ? nodes.each.results : …`
    31:45 FR0409 warning [r.output] reads: `r.output` may be null; guard it: `r.output != null ? … : …`; a field of it can be read safely, as `.?field`
    33:27 FR0403 [key] reads: no such field: `key`; there are `error`, `outcome`, `results`
    34:22 FR0404 [reads] reads: a node cannot read its own output; read what it needs from `inputs` or from an earlier node
    35:22 FR0404 [cleanup] reads: `cleanup` is a node of `finally`, which runs after this one; move one of the two
    36:20 FR0404 [outcome] reads: `run.outcome` is there in `finally` only; move the node to `finally`, or read `nodes.<id>.outcome`
    37:25 FR0402 [file] reads: no such name: `file`; did you mean `nodes.file`?
    37:36 FR0402 [summary] reads: no such name: `summary`; did you mean `inputs.summary`?
    38:16 FR0404 [result] reads: `result` is there in `undo` and `repeat.until` only; read the output as `nodes.<id>`
    39:16 FR0409 warning [nodes.file.error] reads: `nodes.file.error` may be null; guard it: `nodes.file.error != null ? … : …`; a field of it can be read safely, as `.?field`
    39:33 FR0403 [mesage] reads: no such field: `mesage`; did you mean `message`?
    40:22 FR0402 [flie] reads: no such node: `flie`; did you mean `file`?
    41:16 FR0411 [nodes.file.outcome == 'complete'] reads: this is never true: `complete` is not a possible value; did you mean `completed`?
    42:48 FR0405 ["${{ 1 }} "] mixed: `count` needs an integer or null, found a string; leave out what is around `${{ … }}`: on its own, an expression keeps its type
    42:88 FR0405 ["a${{ 1 }}${{ 2 }}"] mixed: `labels` needs a list, found a string; leave out what is around `${{ … }}`: on its own, an expression keeps its type
    43:62 FR0403 [nope] unknown: no such input: `nope`; there are `config`, `logs`, `summary`
    47:44 FR0409 warning [run.error] cleanup: `run.error` may be null; guard it: `run.error != null ? … : …`; a field of it can be read safely, as `.?field`
    47:72 FR0409 warning [run.error] cleanup: `run.error` may be null; guard it: `run.error != null ? … : …`; a field of it can be read safely, as `.?field`
    47:104 FR0409 warning [nodes.file.id] cleanup: `nodes.file.id` may be missing: `finally` runs even when `file` did not complete; guard it: `has(nodes.file.id) ? nodes.file.id : …`
    50:41 FR0402 [fiel] no such node: `fiel`; did you mean `file`?
    "#);
}

#[test]
fn what_may_be_missing_is_warned_of() {
    insta::assert_snapshot!(faults(
        "
inputs: { go: { type: boolean } }
nodes:
  first: { activity: test.make }
  maybe: { activity: test.make, if: inputs.go, after: first }
  after_maybe: { activity: test.make, after: maybe, with: { text: '${{ nodes.maybe.key + nodes.first.key }}' } }
  both: { activity: test.make, after: [first, maybe], with: { text: '${{ nodes.maybe.key + nodes.first.key }}' } }
  names: { activity: test.make, with: { text: '${{ nodes.maybe.key }}' } }
  follows: { activity: test.make, after: names, with: { text: '${{ nodes.maybe.key }}' } }
  guarded: { activity: test.make, if: has(nodes.maybe.key), with: { text: '${{ nodes.maybe.key }}' } }
  fragile: { activity: test.make, after: first }
  handler: { activity: test.make, after: { fragile: failed }, with: { text: '${{ nodes.fragile.key + nodes.first.key + nodes.fragile.error.message }}' } }
  beside: { activity: test.make, with: { text: '${{ nodes.fragile.key }}' } }
  tolerant: { activity: test.make, on_failure: continue }
  after_tolerant: { activity: test.make, after: tolerant, with: { text: '${{ nodes.tolerant.key }}' } }
  each: { activity: test.make, for_each: '[1]', on_failure: continue }
  after_each: { activity: test.make, after: each, with: { count: '${{ size(nodes.each.results) }}' } }
  optional: { activity: test.make, with: { text: '${{ nodes.first.url }}' } }
  earliest: { activity: test.make, join: any, after: [first, names], with: { text: '${{ nodes.first.key }}' } }
finally:
  cleanup: { activity: test.make, with: { text: '${{ nodes.first.key }}' } }
  guarded_cleanup: { activity: test.make, if: has(nodes.first.key), with: { text: '${{ nodes.first.key }}' } }
outputs: { a: '${{ nodes.maybe.key }}' }
"
    ), @r#"
    7:74 FR0409 warning [nodes.maybe.key] both: `nodes.maybe.key` may be missing: `maybe` has an `if`; guard it: `has(nodes.maybe.key) ? nodes.maybe.key : …`
    8:52 FR0409 warning [nodes.maybe.key] names: `nodes.maybe.key` may be missing: `maybe` has an `if`; guard it: `has(nodes.maybe.key) ? nodes.maybe.key : …`
    12:82 FR0409 warning [nodes.fragile.key] handler: `nodes.fragile.key` may be missing: `handler` runs also when `fragile` failed; guard it: `has(nodes.fragile.key) ? nodes.fragile.key : …`
    15:78 FR0409 warning [nodes.tolerant.key] after_tolerant: `nodes.tolerant.key` may be missing: `tolerant` may fail, and the run goes on; guard it: `has(nodes.tolerant.key) ? nodes.tolerant.key : …`
    18:55 FR0409 warning [nodes.first.url] optional: `nodes.first.url` may be missing: the field is not always there; guard it: `has(nodes.first.url) ? nodes.first.url : …`
    19:89 FR0409 warning [nodes.first.key] earliest: `nodes.first.key` may be missing: `earliest` starts at the first edge taken, without waiting for `first`; guard it: `has(nodes.first.key) ? nodes.first.key : …`
    21:54 FR0409 warning [nodes.first.key] cleanup: `nodes.first.key` may be missing: `finally` runs even when `first` did not complete; guard it: `has(nodes.first.key) ? nodes.first.key : …`
    "#);
}

#[test]
fn ten_thousand_nodes_are_checked() {
    let mut text = "nodes:\n  n0: { activity: test.make, if: 1 == 1 }\n".to_owned();
    for number in 1..10_000 {
        let before = number - 1;
        text +=
            &format!("  n{number}: {{ activity: test.make, with: {{ text: \"${{{{ nodes.n{before}.key }}}}\" }} }}\n");
    }
    assert_eq!(faults(&text).lines().count(), 1, "only the node after `n0` may miss something");
}
