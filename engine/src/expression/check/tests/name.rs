//! Names, fields, and what may be missing.

use super::all_shown;

#[test]
fn names_and_fields_are_looked_up() {
    insta::assert_snapshot!(all_shown(&[
        "inputs.summary",
        "inptus.n",
        "high",
        "inputs.sumary",
        "inputs.nothing_like_it",
        "inputs.my-name",
        "inputs.n-foo",
        "inputs.config.b",
        "inputs.free.b",
        "inputs.any.x.y",
        "inputs.summary.x",
        "nodes.find.keyy",
        "nodes.fnd.key",
        "nodes['find'].key",
        "nodes[inputs.summary].key",
        "size(nodes)",
        "nodes.later.key",
        "item.a",
        "has(inputs.ownr)",
        "inputs.logs[0].x",
        "nodes.find.issues[0].key",
        "{'k': nodes.find.issues[0].points}.k",
        "Foo{a: 1}",
        ".inputs",
        "inputs",
        "inputs['summary']",
        "inputs['sumary']",
    ]), @r#"
    inputs.summary → a string
    inptus.n → any value
        FR0402 [inptus] no such name: `inptus`; did you mean `inputs`?
    high → any value
        FR0402 [high] no such name: `high`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a string needs quotes
    inputs.sumary → any value
        FR0403 [sumary] no such input: `sumary`; did you mean `summary`?
    inputs.nothing_like_it → any value
        FR0403 [nothing_like_it] no such input: `nothing_like_it`; there are `any`, `config`, `free`, `logs`, `n`, `owner`, `people`, `person`, `points`, `ratio`, `severity`, `summary`
    inputs.my-name → any value
        FR0403 [my] no such input: `my`; `-` subtracts: names have no dashes
    inputs.n-foo → any value
        FR0402 [foo] no such name: `foo`; `-` subtracts: names have no dashes
    inputs.config.b → any value
        FR0403 [b] no such field: `b`; did you mean `a`?
    inputs.free.b → any value
    inputs.any.x.y → any value
    inputs.summary.x → any value
        FR0403 [x] a string has no fields
    nodes.find.keyy → any value
        FR0403 [keyy] no such field: `keyy`; did you mean `key`?
    nodes.fnd.key → any value
        FR0402 [fnd] no such node: `fnd`; did you mean `find`?
    nodes['find'].key → a string
    nodes[inputs.summary].key → any value
        FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
    size(nodes) → an integer
        FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
    nodes.later.key → any value
        FR0404 [later] `later` runs later; wait for it
    item.a → any value
        FR0404 [item] `item` is there in a `for_each` only; add `for_each`
    has(inputs.ownr) → a boolean
        FR0403 [ownr] no such input: `ownr`; did you mean `owner`?
    inputs.logs[0].x → any value
        FR0403 [x] a string has no fields
    nodes.find.issues[0].key → a string
    {'k': nodes.find.issues[0].points}.k → an integer
    Foo{a: 1} → any value
        FR0402 [Foo{a: 1}] there are no message types here
    .inputs → any value
        FR0402 [inputs] no such name: `.inputs`; did you mean `inputs`?
    inputs → a map
    inputs['summary'] → a string
    inputs['sumary'] → any value
        FR0403 ['sumary'] no such input: `sumary`; did you mean `summary`?
    "#);
}

#[test]
fn what_may_be_missing_needs_a_guard() {
    insta::assert_snapshot!(all_shown(&[
        "inputs.config.a",
        "has(inputs.config.a) ? inputs.config.a : 'none'",
        "!has(inputs.config.a) || inputs.config.a == 'x'",
        "has(inputs.config.a) && inputs.config.a == 'x'",
        "nodes.risky.key",
        "nodes.risky.outcome",
        "has(nodes.risky.key)",
        "has(nodes.risky.key) ? nodes.risky.key : ''",
        "nodes.risky.outcome == 'completed' ? nodes.risky.key : ''",
        "nodes.risky.outcome == 'failed' ? nodes.risky.key : ''",
        "nodes.risky.issues[0].key",
    ]), @r#"
    inputs.config.a → a string
        FR0409 warning [inputs.config.a] `inputs.config.a` may be missing: the field is not always there; guard it: `has(inputs.config.a) ? inputs.config.a : …`
    has(inputs.config.a) ? inputs.config.a : 'none' → a string
    !has(inputs.config.a) || inputs.config.a == 'x' → a boolean
    has(inputs.config.a) && inputs.config.a == 'x' → a boolean
    nodes.risky.key → a string
        FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
    nodes.risky.outcome → a string
    has(nodes.risky.key) → a boolean
    has(nodes.risky.key) ? nodes.risky.key : '' → a string
    nodes.risky.outcome == 'completed' ? nodes.risky.key : '' → a string
    nodes.risky.outcome == 'failed' ? nodes.risky.key : '' → a string
        FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
    nodes.risky.issues[0].key → a string
        FR0409 warning [nodes.risky.issues] `nodes.risky.issues` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.issues) ? nodes.risky.issues : …`
    "#);
}
