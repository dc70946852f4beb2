//! `concurrency`: what may be in it, and what its key sees.

use std::num::NonZeroU32;

use flowrun_engine::{
    concurrency::{Concurrency, OnConflict},
    definition::{Source, load, load_kept},
    expression::Template,
};
use insta::assert_snapshot;
use serde_json::json;

use crate::{catalogue::catalogue, check};

/// A definition with this `concurrency`.
fn limited(concurrency: &str) -> String {
    format!(
        "process: p\nversion: v\nconcurrency: {concurrency}\ninputs: {{ team: {{ type: string }}, size: {{ type: integer }}, \
         note: {{ type: [string, 'null'], default: null }}, all: {{ type: array }} }}\nnodes: {{ a: {{ activity: desk.look }} }}\n"
    )
}

fn concurrency(text: &str) -> Concurrency {
    let loaded = load(&Source::new("process.yaml", limited(text)), &catalogue());
    assert_eq!(loaded.diagnostics, []);
    loaded.definition.and_then(|definition| definition.concurrency).expect("it is written")
}

#[test]
fn one_at_a_time_waits_for_its_turn_unless_something_else_is_written() {
    let plain = concurrency("{ key: deploys }");
    assert_eq!((plain.limit, plain.on_conflict), (NonZeroU32::MIN, OnConflict::Wait));
    assert_eq!(plain.key, Template::Literal(json!("deploys")));
    // Whatever is written is a string.
    assert_eq!(concurrency("{ key: 1.10 }").key, Template::Literal(json!("1.10")));
    for (word, meant) in
        [("wait", OnConflict::Wait), ("refuse", OnConflict::Refuse), ("cancel_running", OnConflict::CancelRunning)]
    {
        let written = concurrency(&format!("{{ key: \"${{{{ inputs.size }}}}\", limit: 7, on_conflict: {word} }}"));
        assert_eq!((written.limit.get(), written.on_conflict), (7, meant));
        assert!(matches!(written.key, Template::Text(_)), "an integer becomes a string: {written:?}");
    }
    for key in ["${{ inputs.team }}/${{ run.id }}", "${{ run.started_at }}", "${{ inputs.size > 3 }}"] {
        concurrency(&format!("{{ key: \"{key}\" }}"));
    }
}

#[test]
fn its_faults_are_told_at_once() {
    assert_snapshot!(check(&limited("{ key: \"${{ nodes.a.key }}\", limit: 0, on_conflict: queue, group: x }")), @r"
    3:32 FR0404 [a] no node has run yet: `concurrency.key` is evaluated when the run begins; read what it needs from `inputs`, or use `run.id`
    3:50 FR0204 [0] `0` is less than the minimum of 1
    3:66 FR0204 [queue] `queue` is not one of `wait`, `refuse`, `cancel_running`
    3:73 FR0201 [group] there is no key `group` here; the keys here are `key`, `limit`, `on_conflict`
    ");
    assert_snapshot!(check(&limited("{ limit: 2 }")), @"3:1 FR0202 [concurrency] the key `key` is missing; write `key:` in `concurrency`");
    assert_snapshot!(check(&limited("OPS")), @"3:14 FR0203 [OPS] expected a map, found `OPS`");
    assert_snapshot!(check(&limited("{ key: [a] }")), @"3:21 FR0203 [[a]] expected a string, found a list");
    assert_snapshot!(check(&limited("{ key: \"${{ inputs.tam }} ${{ inputs.all }} ${{ run.outcome }} ${{ inputs.note }} ${{ item }}\" }")), @r"
    3:33 FR0403 [tam] no such input: `tam`; did you mean `team`?
    3:44 FR0410 [inputs.all] a list cannot stand inside a string; take a field or an element of it, or give the expression on its own to keep its type
    3:66 FR0404 [outcome] `run.outcome` is there in `finally` only; use `run.id` or `run.started_at`
    3:81 FR0409 warning [inputs.note] `inputs.note` may be null: it cannot stand inside a string then; guard it: `inputs.note != null ? inputs.note : …`
    3:100 FR0404 [item] `item` is there inside a node with `for_each` only; add `for_each`, or read from `inputs` or `nodes`
    ");
}

#[test]
fn a_kept_definition_goes_on_with_what_it_says() {
    let text = limited("{ key: \"${{ inputs.note }}\", limit: 2 }");
    let kept = load_kept(&Source::new("process.yaml", text), &catalogue()).definition.unwrap();
    assert_eq!(kept.concurrency.map(|concurrency| concurrency.limit.get()), Some(2));
}
