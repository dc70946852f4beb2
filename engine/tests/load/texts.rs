//! Texts of a kind: what the kind gets as literal, as value and as fragment, by what is declared.

use flowrun_engine::expression::{Bindings, Bound};
use insta::assert_snapshot;
use serde_json::json;

use crate::{check, loaded};

/// Inputs, an item, and two nodes that completed.
struct World;

impl Bindings for World {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        match name {
            "inputs" => Some(Bound::made(&json!({
                "plain": "p", "query": "q", "queries": ["q1", "q2"], "plains": ["p1", "p2"], "none": null,
                "mixed": { "q": "q3", "p": "p3" },
            }))),
            "last" => Some(Bound::made(&json!({ "query": "lq", "plain": "lp" }))),
            _ => None,
        }
    }

    fn node(&self, id: &str) -> Option<Bound<'_>> {
        let output = json!({ "key": "K", "labels": ["l"], "last": [{ "query": "oq", "plain": "op" }] });
        match id {
            "one" => Some(Bound::made(&output)),
            "each" => Some(Bound::made(&json!({ "results": [{ "outcome": "completed", "output": output }] }))),
            _ => None,
        }
    }
}

/// A definition whose last node asks with this `with`.
fn definition(with: &str) -> String {
    format!(
        "process: p\nversion: v\ninputs:\n  plain: {{ type: string }}\n  query: {{ type: string, x-text: query }}\n  \
         queries: {{ type: array, items: {{ type: string, x-text: query }} }}\n  plains: {{ type: array, items: {{ type: string }} }}\n  \
         none: {{ type: [string, \"null\"], x-text: query, default: null }}\n  \
         mixed: {{ type: object, required: [q, p], properties: {{ q: {{ type: string, x-text: query }}, p: {{ type: string }} }} }}\nnodes:\n  \
         one: {{ activity: desk.look }}\n  each: {{ for_each: '[1]', activity: desk.look }}\n  ask:\n    \
         for_each: nodes.one.last\n    as: last\n    activity: desk.ask\n    with: {with}\n"
    )
}

fn given(with: &str) -> String {
    let loaded = loaded(&definition(with));
    let Some(definition) = &loaded.definition else {
        let told = loaded.diagnostics.iter().map(|fault| format!("{} {}", fault.code, fault.message));
        return told.collect::<Vec<_>>().join("; ");
    };
    match definition.node("ask").and_then(|node| node.kind.activity()).expect("its work").with.evaluate(&World) {
        Ok(value) => value.to_string(),
        Err(error) => format!("fails: {error}"),
    }
}

#[test]
fn what_is_a_value_and_what_a_fragment_is_declared() {
    let withs = [
        r#"{ query: "a ${{ inputs.plain }} b" }"#,
        r#"{ query: "a ${{ inputs.query }} b" }"#,
        r#"{ query: "${{ inputs.query }}" }"#,
        r#"{ query: "${{ inputs.plain }}" }"#,
        r#"{ query: "${{ query.raw(inputs.plain) }}" }"#,
        r#"{ query: "a ${{ query.raw( inputs.plain + ')' ) }} b" }"#,
        r#"{ query: "a ${{ inputs['query'] }} ${{ inputs.queries[0] }} ${{ inputs.plains[0] }}" }"#,
        r#"{ query: "a ${{ inputs.mixed.q }} ${{ inputs.mixed.p }}" }"#,
        r#"{ query: "a ${{ inputs.plain == 'p' ? inputs.query : inputs.mixed.q }}" }"#,
        r#"{ query: "a ${{ inputs.plain == 'p' ? inputs.query : inputs.plain }}" }"#,
        r#"{ query: "a ${{ inputs.query + inputs.query }}" }"#,
        r#"{ query: "a ${{ last.query }} ${{ last.plain }}" }"#,
        r#"{ query: "a ${{ nodes.one.last[0].query }} ${{ nodes.one.last[0].plain }} ${{ nodes.one.key }}" }"#,
        r#"{ query: "a ${{ nodes.each.results[0].output.last[0].query }}" }"#,
        r#"{ query: a, queries: "${{ inputs.queries }}" }"#,
        r#"{ query: a, queries: "${{ inputs.plains }}" }"#,
        r#"{ query: a, queries: "${{ inputs.queries.filter(q, q != 'q1') }}" }"#,
        r#"{ query: a, queries: "${{ nodes.one.last.map(l, l.query) }}" }"#,
        r#"{ query: a, queries: "${{ nodes.one.last.map(l, l.plain) }}" }"#,
        r#"{ query: a, queries: ["b ${{ inputs.plain }}", "${{ inputs.query }}", { q: "${{ inputs.plain }}" }] }"#,
        r#"{ query: "a ${{ inputs.plains }} ${{ 1 }} ${{ true }}" }"#,
        r#"{ query: "a ${{ inputs.none }}" }"#,
        r#"{ query: "a ${{ null }}" }"#,
        r#"{ query: a, note: "n ${{ inputs.query }}" }"#,
        r#"{ query: a, note: "n ${{ query.raw(inputs.plain) }}" }"#,
        r#"{ query: a, note: "$${{ inputs.plain }} costs $5" }"#,
        r#"{ query: "a ${{ 'b' + query.raw(inputs.plain) }}" }"#,
        r#"{ query: "a ${{ query.raw(inputs.plains) }}" }"#,
        r#"{ query: "a ${{ query.raw() }}" }"#,
    ];
    assert_snapshot!(withs.map(|with| format!("{with}\n    {}", given(with))).join("\n"), @r##"
    { query: "a ${{ inputs.plain }} b" }
        {"query":"a <\"p\"> b"}
    { query: "a ${{ inputs.query }} b" }
        {"query":"a {q} b"}
    { query: "${{ inputs.query }}" }
        {"query":"q"}
    { query: "${{ inputs.plain }}" }
        FR0413 `inputs.plain` ([String]) is not a query
    { query: "${{ query.raw(inputs.plain) }}" }
        {"query":"{p}"}
    { query: "a ${{ query.raw( inputs.plain + ')' ) }} b" }
        {"query":"a {p)} b"}
    { query: "a ${{ inputs['query'] }} ${{ inputs.queries[0] }} ${{ inputs.plains[0] }}" }
        {"query":"a {q} {q1} <\"p1\">"}
    { query: "a ${{ inputs.mixed.q }} ${{ inputs.mixed.p }}" }
        {"query":"a {q3} <\"p3\">"}
    { query: "a ${{ inputs.plain == 'p' ? inputs.query : inputs.mixed.q }}" }
        {"query":"a {q}"}
    { query: "a ${{ inputs.plain == 'p' ? inputs.query : inputs.plain }}" }
        {"query":"a <\"q\">"}
    { query: "a ${{ inputs.query + inputs.query }}" }
        {"query":"a <\"qq\">"}
    { query: "a ${{ last.query }} ${{ last.plain }}" }
        {"query":"a {lq} <\"lp\">"}
    { query: "a ${{ nodes.one.last[0].query }} ${{ nodes.one.last[0].plain }} ${{ nodes.one.key }}" }
        {"query":"a {oq} <\"op\"> <\"K\">"}
    { query: "a ${{ nodes.each.results[0].output.last[0].query }}" }
        {"query":"a {oq}"}
    { query: a, queries: "${{ inputs.queries }}" }
        {"query":"a","queries":["q1","q2"]}
    { query: a, queries: "${{ inputs.plains }}" }
        {"query":"a","queries":["<\"p1\">","<\"p2\">"]}
    { query: a, queries: "${{ inputs.queries.filter(q, q != 'q1') }}" }
        {"query":"a","queries":["q2"]}
    { query: a, queries: "${{ nodes.one.last.map(l, l.query) }}" }
        {"query":"a","queries":["oq"]}
    { query: a, queries: "${{ nodes.one.last.map(l, l.plain) }}" }
        {"query":"a","queries":["<\"op\">"]}
    { query: a, queries: ["b ${{ inputs.plain }}", "${{ inputs.query }}", { q: "${{ inputs.plain }}" }] }
        {"query":"a","queries":["b <\"p\">","q",{"q":"p"}]}
    { query: "a ${{ inputs.plains }} ${{ 1 }} ${{ true }}" }
        {"query":"a <[\"p1\",\"p2\"]> <1> <true>"}
    { query: "a ${{ inputs.none }}" }
        fails: `inputs.none` is not a string, so it is not a query
    { query: "a ${{ null }}" }
        fails: `null` is null: guard it
    { query: a, note: "n ${{ inputs.query }}" }
        {"query":"a","note":"n q"}
    { query: a, note: "n ${{ query.raw(inputs.plain) }}" }
        FR0413 `query.raw()` gives query, which does not belong here
    { query: a, note: "$${{ inputs.plain }} costs $5" }
        {"query":"a","note":"${{ inputs.plain }} costs $5"}
    { query: "a ${{ 'b' + query.raw(inputs.plain) }}" }
        FR0402 no such name: `query`
    { query: "a ${{ query.raw(inputs.plains) }}" }
        FR0405 `query.raw` needs a string, found a list
    { query: "a ${{ query.raw() }}" }
        FR0401 the expression is empty
    "##);
}

#[test]
fn a_kind_that_there_is_not_is_told() {
    let text = "process: p\nversion: v\ninputs:\n  a: { type: string, x-text: qery }\n  b: { items: { x-text: 5 } }\nnodes: { a: { activity: desk.look } }\n";
    assert_snapshot!(check(text), @r#"
    4:30 FR0211 [qery] "qery" is not a kind of text; did you mean `query`?
    5:25 FR0211 [5] 5 is not a kind of text; there are query
    "#);
}
