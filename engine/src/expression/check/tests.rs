//! Tables of expressions: their types, and what is wrong with them.

use serde_json::json;

use super::*;
use crate::{expression::Bound, suggestion::did_you_mean};

/// A definition with a few inputs and nodes.
struct World;

impl Surroundings for World {
    fn root(&self, name: &str) -> Name {
        match name {
            "inputs" => Name::Value(Type::of_output(&json!({"type": "object", "properties": {
                "summary": {"type": "string"},
                "severity": {"enum": ["low", "high"]},
                "owner": {"type": ["string", "null"]},
                "n": {"type": "integer"},
                "ratio": {"type": "number"},
                "logs": {"type": "array", "items": {"type": "string"}},
                "any": {},
                "points": {"type": "array"},
                "people": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": ["string", "null"]}},
                    "required": ["name"]}},
                "person": {"type": "object", "properties": {"name": {"type": ["object", "null"],
                    "properties": {"first": {"type": "string"}}, "required": ["first"]}}, "required": ["name"]},
                "config": {"type": "object", "properties": {"a": {"type": "string"}}},
                "free": {"type": "object", "additionalProperties": true, "properties": {"a": {"type": "string"}}},
            }, "required": ["summary", "severity", "owner", "n", "ratio", "logs", "any", "points", "people", "person", "config", "free"]}))),
            "item" => Name::NotHere("`item` is there in a `for_each` only".into(), "add `for_each`".into()),
            _ => Name::Unknown,
        }
    }

    fn node(&self, id: &str) -> Name {
        let output = json!({"type": "object", "properties": {
            "key": {"type": "string"}, "outcome": {"enum": ["completed", "failed"]},
            "results": {"type": "array", "items": {"type": "object", "required": ["outcome"], "properties": {
                "outcome": {"enum": ["completed", "failed"]},
                "output": {"type": ["object", "null"], "properties": {"key": {"type": "string"}}, "required": ["key"]},
                "error": {"type": ["object", "null"], "properties": {"message": {"type": "string"}}, "required": ["message"]}}}},
            "issues": {"type": "array", "items": {"type": "object", "properties": {
                "key": {"type": "string"}, "points": {"type": "integer"}}, "required": ["key", "points"]}},
        }, "required": ["key", "outcome", "issues", "results"]});
        match id {
            "find" => Name::Node(Type::of_output(&output), None),
            "risky" => Name::Node(Type::of_output(&output), Some("`risky` may be skipped".into())),
            "later" => Name::NotHere("`later` runs later".into(), "wait for it".into()),
            _ => Name::Unknown,
        }
    }

    fn field_not_here(&self, _: &str, _: &str) -> Option<(String, String)> {
        None
    }

    fn similar_root(&self, name: &str) -> Option<String> {
        did_you_mean(name, ["inputs", "nodes", "run"])
    }

    fn similar_node(&self, id: &str) -> Option<String> {
        did_you_mean(id, ["find", "risky", "later"])
    }
}

fn shown(source: &str) -> String {
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let checked = check(&expression, &World, &Shown::default());
    let faults = checked.faults.iter().map(|fault| {
        let help = fault.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let severity = if fault.severity == Severity::Warning { " warning" } else { "" };
        format!("\n    {}{severity} [{}] {}{help}", fault.code, &source[fault.at.clone()], fault.message)
    });
    format!("{source} → {}{}", checked.kind.name(), faults.collect::<String>())
}

#[track_caller]
fn all_shown(sources: &[&str]) -> String {
    sources.iter().map(|source| shown(source)).collect::<Vec<_>>().join("\n")
}

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
    inputs.summary → a text
    inptus.n → any value
        FR0402 [inptus] no such name: `inptus`; did you mean `inputs`?
    high → any value
        FR0402 [high] no such name: `high`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a text needs quotes
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
        FR0403 [x] a text has no fields
    nodes.find.keyy → any value
        FR0403 [keyy] no such field: `keyy`; did you mean `key`?
    nodes.fnd.key → any value
        FR0402 [fnd] no such node: `fnd`; did you mean `find`?
    nodes['find'].key → a text
    nodes[inputs.summary].key → any value
        FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
    size(nodes) → a whole number
        FR0402 [nodes] `nodes` needs the name of a node; write it out, as in `nodes.file.key`
    nodes.later.key → any value
        FR0404 [later] `later` runs later; wait for it
    item.a → any value
        FR0404 [item] `item` is there in a `for_each` only; add `for_each`
    has(inputs.ownr) → a boolean
        FR0403 [ownr] no such input: `ownr`; did you mean `owner`?
    inputs.logs[0].x → any value
        FR0403 [x] a text has no fields
    nodes.find.issues[0].key → a text
    {'k': nodes.find.issues[0].points}.k → a whole number
    Foo{a: 1} → any value
        FR0402 [Foo{a: 1}] there are no types of messages here
    .inputs → any value
        FR0402 [inputs] no such name: `.inputs`; did you mean `inputs`?
    inputs → an object
    inputs['summary'] → a text
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
    inputs.config.a → a text
        FR0409 warning [inputs.config.a] `inputs.config.a` may be missing: the field is not always there; guard it: `has(inputs.config.a) ? inputs.config.a : …`
    has(inputs.config.a) ? inputs.config.a : 'none' → a text
    !has(inputs.config.a) || inputs.config.a == 'x' → a boolean
    has(inputs.config.a) && inputs.config.a == 'x' → a boolean
    nodes.risky.key → a text
        FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
    nodes.risky.outcome → a text
    has(nodes.risky.key) → a boolean
    has(nodes.risky.key) ? nodes.risky.key : '' → a text
    nodes.risky.outcome == 'completed' ? nodes.risky.key : '' → a text
    nodes.risky.outcome == 'failed' ? nodes.risky.key : '' → a text
        FR0409 warning [nodes.risky.key] `nodes.risky.key` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.key) ? nodes.risky.key : …`
    nodes.risky.issues[0].key → a text
        FR0409 warning [nodes.risky.issues] `nodes.risky.issues` may be missing: `risky` may be skipped; guard it: `has(nodes.risky.issues) ? nodes.risky.issues : …`
    "#);
}

#[test]
fn operators_take_what_they_take() {
    insta::assert_snapshot!(all_shown(&[
        "'x' + inputs.n",
        "inputs.n + 1.5",
        "inputs.ratio + 1",
        "inputs.ratio * 1.5",
        "inputs.owner + 'x'",
        "inputs.n % 2",
        "-inputs.summary",
        "-inputs.ratio",
        "inputs.logs + ['a']",
        "inputs.logs - ['a']",
        "inputs.n ? 1 : 2",
        "inputs.n && true",
        "!inputs.summary",
        "inputs.n < 1.5",
        "inputs.n < 'a'",
        "inputs.owner < 'a'",
        "inputs.logs < inputs.logs",
        "1 == 'a'",
        "inputs.n == '1'",
        "inputs.n != '1'",
        "inputs.severity == 'hihg'",
        "inputs.severity == 'high'",
        "inputs.severity != 'medium'",
        "inputs.owner == null",
        "inputs.summary == null",
        "inputs.any == 1",
        "inputs.n == 1.0",
        "nodes.find.outcome == 'complete'",
        "'a' in inputs.logs",
        "1 in inputs.logs",
        "'a' in inputs.summary",
        "inputs.severity in ['low', 'hgh']",
        "inputs.severity in ['hgh']",
        "inputs.summary[0]",
        "inputs.logs['a']",
        "inputs.logs[1]",
        "true ? 1 : 'a'",
        "inputs.n in []",
    ]), @r#"
    'x' + inputs.n → any value
        FR0405 ['x' + inputs.n] `+` does not take a text and a whole number; write `string(…)` around what is no text
    inputs.n + 1.5 → any value
        FR0405 [inputs.n + 1.5] `+` does not mix whole numbers with others; write `double(…)` around the whole number
    inputs.ratio + 1 → any value
        FR0405 [inputs.ratio + 1] `+` does not mix whole numbers with others; write `double(…)` around the whole number
    inputs.ratio * 1.5 → a number
    inputs.owner + 'x' → a text
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.n % 2 → a whole number
    -inputs.summary → any value
        FR0405 [-inputs.summary] `-` does not take a text
    -inputs.ratio → a number
    inputs.logs + ['a'] → a list
    inputs.logs - ['a'] → any value
        FR0405 [inputs.logs - ['a']] `-` does not take a list and a list
    inputs.n ? 1 : 2 → a whole number
        FR0405 [inputs.n] a boolean is needed, found a whole number
    inputs.n && true → a boolean
        FR0405 [inputs.n] a boolean is needed, found a whole number
    !inputs.summary → a boolean
        FR0405 [inputs.summary] a boolean is needed, found a text
    inputs.n < 1.5 → a boolean
    inputs.n < 'a' → a boolean
        FR0405 [inputs.n < 'a'] `<` does not take a whole number and a text
    inputs.owner < 'a' → a boolean
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.logs < inputs.logs → a boolean
        FR0405 [inputs.logs < inputs.logs] `<` does not take a list and a list
    1 == 'a' → a boolean
        FR0411 [1 == 'a'] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
    inputs.n == '1' → a boolean
        FR0411 [inputs.n == '1'] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
    inputs.n != '1' → a boolean
        FR0411 warning [inputs.n != '1'] this is always true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
    inputs.severity == 'hihg' → a boolean
        FR0411 [inputs.severity == 'hihg'] this is never true: `hihg` is no possible value; did you mean `high`?
    inputs.severity == 'high' → a boolean
    inputs.severity != 'medium' → a boolean
        FR0411 warning [inputs.severity != 'medium'] this is always true: `medium` is no possible value; it is one of `high`, `low`
    inputs.owner == null → a boolean
    inputs.summary == null → a boolean
    inputs.any == 1 → a boolean
    inputs.n == 1.0 → a boolean
    nodes.find.outcome == 'complete' → a boolean
        FR0411 [nodes.find.outcome == 'complete'] this is never true: `complete` is no possible value; did you mean `completed`?
    'a' in inputs.logs → a boolean
    1 in inputs.logs → a boolean
        FR0411 [1 in inputs.logs] this is never true: a whole number is compared with a text; convert one side, as with `string(…)` or `int(…)`
    'a' in inputs.summary → a boolean
        FR0405 [inputs.summary] `in` needs a list on its right, found a text; write `text.contains(part)`
    inputs.severity in ['low', 'hgh'] → a boolean
    inputs.severity in ['hgh'] → a boolean
        FR0411 [inputs.severity in ['hgh']] this is never true: `hgh` is no possible value; did you mean `high`?
    inputs.summary[0] → any value
        FR0405 [inputs.summary[0]] a text cannot be indexed by a whole number
    inputs.logs['a'] → any value
        FR0403 ['a'] a list has no fields
    inputs.logs[1] → a text
    true ? 1 : 'a' → a whole number or a text
    inputs.n in [] → a boolean
    "#);
}

#[test]
fn functions_and_loops_are_known() {
    insta::assert_snapshot!(all_shown(&[
        "size(inputs.logs)",
        "inputs.summary.size()",
        "size(inputs.n)",
        "len(inputs.logs)",
        "inputs.summary.startswith('a')",
        "inputs.summary.toLowerCase()",
        "size()",
        "inputs.n.contains('a')",
        "inputs.summary.contains(1)",
        "string(inputs.n)",
        "string(inputs.logs)",
        "int(inputs.owner)",
        "nodes.find.issues.filter(i, i.points > inputs.n).map(i, i.key)",
        "nodes.find.issues.map(i, i.points > 1, i.points)",
        "nodes.find.issues.map(i, i.kee)",
        "nodes.find.issues.filter(i, i.key)",
        "nodes.find.issues.all(i, i.key.startsWith('A'))",
        "nodes.find.issues.exists_one(i, i.points == 1)",
        "inputs.summary.map(c, c)",
        "inputs.config.map(k, k)",
        "nodes.find.issues.mapp(i, i.key)",
        "nodes.find.issues.map(i)",
        "startsWith('a', 'b')",
        "inputs.sumary.foo()",
        "optional.of(1)",
        "inputs.?owner.name.orValue('nobody')",
        "inputs.?ownr.orValue('nobody')",
        "nodes.find.?issues[0].key.orValue('-')",
        "nodes.find.issues[?inputs.n].keey.orValue('-')",
        "nodes.find.issues.map(i, i.key).join(', ') + 'x'.upperAscii()",
        "nodes.find.issues.map(i, i.points).sum() + 1",
        "'a-b'.split('-').first().orValue('') + 1",
        "math.floor(inputs.ratio) + math.floor(inputs.n)",
        "timestamp('2026-01-31T00:00:00Z') - duration('1h') < timestamp(0)",
        "'a'.split()",
        "type(timestamp(0)) == google.protobuf.Timestamp",
        "duration('1s')",
        "type(inputs.n) == int",
        "inputs.logs.map(x, inputs.logs.map(y, x + y))",
        "inputs.logs.map(nodes, nodes.x)",
    ]), @r#"
    size(inputs.logs) → a whole number
    inputs.summary.size() → a whole number
    size(inputs.n) → any value
        FR0405 [inputs.n] `size()` does not take a whole number
    len(inputs.logs) → any value
        FR0406 [len] no such function: `len()`; did you mean `size`?
    inputs.summary.startswith('a') → any value
        FR0406 [startswith] no such method: `startswith()`; did you mean `startsWith`?
    inputs.summary.toLowerCase() → any value
        FR0406 [toLowerCase] no such method: `toLowerCase()`; there are size, contains, startsWith, endsWith, matches, join, split, replace, map, filter; docs/language.md has them all
    size() → any value
        FR0406 [size] `size()` takes 1 argument, found 0
    inputs.n.contains('a') → any value
        FR0405 [inputs.n] `contains()` does not take a whole number
    inputs.summary.contains(1) → any value
        FR0405 [1] `contains()` does not take a whole number
    string(inputs.n) → a text
    string(inputs.logs) → any value
        FR0405 [inputs.logs] `string()` does not take a list
    int(inputs.owner) → a whole number
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    nodes.find.issues.filter(i, i.points > inputs.n).map(i, i.key) → a list
    nodes.find.issues.map(i, i.points > 1, i.points) → a list
    nodes.find.issues.map(i, i.kee) → a list
        FR0403 [kee] no such field: `kee`; did you mean `key`?
    nodes.find.issues.filter(i, i.key) → a list
        FR0405 [i.key] a boolean is needed, found a text
    nodes.find.issues.all(i, i.key.startsWith('A')) → a boolean
    nodes.find.issues.exists_one(i, i.points == 1) → a boolean
    inputs.summary.map(c, c) → a list
        FR0405 [inputs.summary] a list is needed, found a text
    inputs.config.map(k, k) → a list
    nodes.find.issues.mapp(i, i.key) → any value
        FR0406 [mapp] no such method: `mapp()`; did you mean `map`?
    nodes.find.issues.map(i) → any value
        FR0406 [map] `map` is not written like this; as in `list.map(x, x.key)`
    startsWith('a', 'b') → any value
        FR0406 [startsWith] no such function: `startsWith()`; it is written `value.startsWith(…)`
    inputs.sumary.foo() → any value
        FR0403 [sumary] no such input: `sumary`; did you mean `summary`?
    optional.of(1) → an optional
    inputs.?owner.name.orValue('nobody') → any value
        FR0403 [name] a text has no fields
    inputs.?ownr.orValue('nobody') → any value
        FR0403 [ownr] no such input: `ownr`; did you mean `owner`?
    nodes.find.?issues[0].key.orValue('-') → a text
    nodes.find.issues[?inputs.n].keey.orValue('-') → any value
        FR0403 [keey] no such field: `keey`; did you mean `key`?
    nodes.find.issues.map(i, i.key).join(', ') + 'x'.upperAscii() → a text
    nodes.find.issues.map(i, i.points).sum() + 1 → a whole number
    'a-b'.split('-').first().orValue('') + 1 → any value
        FR0405 ['a-b'.split('-').first().orValue('') + 1] `+` does not take a text and a whole number; write `string(…)` around what is no text
    math.floor(inputs.ratio) + math.floor(inputs.n) → any value
        FR0405 [inputs.n] `math.floor()` does not take a whole number
    timestamp('2026-01-31T00:00:00Z') - duration('1h') < timestamp(0) → a boolean
    'a'.split() → any value
        FR0406 [split] `split()` takes 1 or 2 arguments, found 0
    type(timestamp(0)) == google.protobuf.Timestamp → a boolean
    duration('1s') → a duration
    type(inputs.n) == int → a boolean
    inputs.logs.map(x, inputs.logs.map(y, x + y)) → a list
    inputs.logs.map(nodes, nodes.x) → a list
        FR0403 [x] a text has no fields
    "#);
}

#[test]
fn what_may_be_null_needs_a_guard() {
    insta::assert_snapshot!(all_shown(&[
        "inputs.owner + 'x'",
        "inputs.owner == null ? 'nobody' : inputs.owner + 'x'",
        "inputs.owner != null ? inputs.owner + 'x' : 'nobody'",
        "inputs.owner != null && inputs.owner.startsWith('a')",
        "inputs.owner == null || inputs.owner.startsWith('a')",
        "inputs.owner == 'ada' ? inputs.owner.size() : 0",
        "!(inputs.owner == null) && inputs.owner < 'm'",
        "inputs.owner.startsWith('a')",
        "inputs.owner in inputs.logs",
        "[inputs.owner].map(o, o + 'x')",
        "[inputs.owner].filter(o, o != null).map(o, o == null ? '' : o + 'x')",
        "inputs.person.name.first",
        "inputs.person.?name.first.orValue('')",
        "has(inputs.person.name.first) ? inputs.person.name.first : ''",
        "string(inputs.owner)",
        "inputs.people.filter(p, p.name != null).map(p, p.name + '!')",
        "inputs.people.filter(p, p.name != '').map(p, p.name + '!')",
        "nodes.find.results.filter(r, r.outcome == 'completed').map(r, r.output.key)",
        "nodes.find.results.filter(r, r.outcome == 'failed').map(r, r.error.message)",
        "nodes.find.results.map(r, r.output.key)",
        "inputs.person.name != null ? inputs.person : inputs.person",
        "type(inputs.owner) == string",
    ]), @r#"
    inputs.owner + 'x' → a text
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.owner == null ? 'nobody' : inputs.owner + 'x' → a text
    inputs.owner != null ? inputs.owner + 'x' : 'nobody' → a text
    inputs.owner != null && inputs.owner.startsWith('a') → a boolean
    inputs.owner == null || inputs.owner.startsWith('a') → a boolean
    inputs.owner == 'ada' ? inputs.owner.size() : 0 → a whole number
    !(inputs.owner == null) && inputs.owner < 'm' → a boolean
    inputs.owner.startsWith('a') → a boolean
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.owner in inputs.logs → a boolean
    [inputs.owner].map(o, o + 'x') → a list
        FR0409 warning [o] `o` may be null; guard it: `o != null ? … : …`; a field of it can be read safely, as `.?field`
    [inputs.owner].filter(o, o != null).map(o, o == null ? '' : o + 'x') → a list
    inputs.person.name.first → a text
        FR0409 warning [inputs.person.name] `inputs.person.name` may be null; guard it: `inputs.person.name != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.person.?name.first.orValue('') → a text
    has(inputs.person.name.first) ? inputs.person.name.first : '' → a text
    string(inputs.owner) → a text
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.people.filter(p, p.name != null).map(p, p.name + '!') → a list
    inputs.people.filter(p, p.name != '').map(p, p.name + '!') → a list
        FR0409 warning [p.name] `p.name` may be null; guard it: `p.name != null ? … : …`; a field of it can be read safely, as `.?field`
    nodes.find.results.filter(r, r.outcome == 'completed').map(r, r.output.key) → a list
    nodes.find.results.filter(r, r.outcome == 'failed').map(r, r.error.message) → a list
    nodes.find.results.map(r, r.output.key) → a list
        FR0409 warning [r.output] `r.output` may be null; guard it: `r.output != null ? … : …`; a field of it can be read safely, as `.?field`
    inputs.person.name != null ? inputs.person : inputs.person → an object
    type(inputs.owner) == string → a boolean
    "#);
}

#[test]
fn what_evaluates_rightly_is_not_refused() {
    insta::assert_snapshot!(all_shown(&[
        "bytes('a') == b'a' && bytes(inputs.summary).size() > 1",
        "b'a' + 'a'",
        "{1: 'a', 2: 'b'}[inputs.n]",
        "{1: 'a', '1': 'b'}",
        "{'a': 1, 'a': 2}",
        "{1: 1, 3: 2}.exists(k, k == inputs.n)",
        "{1: 1}.map(k, k + 1)",
        "{1: 'a'}.a",
        "{[1]: 'a'}",
        "has({'a': 1}.c)",
        "{'a': 1}.?c.orValue(2)",
        "{'a': 1}.c",
        "{'a': 1, ?'b': inputs.?owner}.?b.orValue('x')",
        "type(inputs.n) == int && type(1.0) != int",
        "type(inputs.n) == 'int'",
        "1u + 1",
        "1u + 1u",
        "1u < 2 && 1u == 1",
        "-1u",
        "9223372036854775807 + inputs.n",
        "'a'.matches('(')",
        "'a'.matches('[')",
        "inputs.summary.find('[A-Z]+').size()",
        "matches(inputs.summary, inputs.summary)",
        "inputs.any * 2",
        "2.0 * inputs.any",
        "inputs.any - inputs.any",
        "inputs.any + 'x'",
        "inputs.any + 1",
        "int(inputs.any) * 2",
        "double(inputs.any) * 1.5",
        "inputs.any < 1",
        "math.abs(inputs.any)",
        "inputs.points.map(p, p * 2)",
    ]), @r#"
    bytes('a') == b'a' && bytes(inputs.summary).size() > 1 → a boolean
    b'a' + 'a' → any value
        FR0405 [b'a' + 'a'] `+` does not take bytes and a text; write `string(…)` around what is no text
    {1: 'a', 2: 'b'}[inputs.n] → a text
    {1: 'a', '1': 'b'} → an object
        FR0405 ['1'] two keys are both called `1` in JSON
    {'a': 1, 'a': 2} → an object
        FR0405 ['a'] the key `a` is written twice
    {1: 1, 3: 2}.exists(k, k == inputs.n) → a boolean
    {1: 1}.map(k, k + 1) → a list
    {1: 'a'}.a → any value
        FR0403 [a] no such field: `a`; the keys are no texts
    {[1]: 'a'} → an object
        FR0405 [[1]] a list cannot be the key of a map
    has({'a': 1}.c) → a boolean
    {'a': 1}.?c.orValue(2) → a whole number
    {'a': 1}.c → any value
        FR0403 [c] no such field: `c`; did you mean `a`?
    {'a': 1, ?'b': inputs.?owner}.?b.orValue('x') → a text
    type(inputs.n) == int && type(1.0) != int → a boolean
    type(inputs.n) == 'int' → a boolean
        FR0411 [type(inputs.n) == 'int'] this is never true: a type is compared with a text; convert one side, as with `string(…)` or `int(…)`
    1u + 1 → any value
        FR0405 [1u + 1] `+` does not take an unsigned whole number and a whole number
    1u + 1u → an unsigned whole number
    1u < 2 && 1u == 1 → a boolean
    -1u → any value
        FR0405 [-1u] `-` does not take an unsigned whole number
    9223372036854775807 + inputs.n → a whole number
    'a'.matches('(') → a boolean
        FR0405 ['('] `matches()`: the pattern is no regular expression, or too large
    'a'.matches('[') → a boolean
        FR0405 ['['] `matches()`: the pattern is no regular expression, or too large
    inputs.summary.find('[A-Z]+').size() → a whole number
    matches(inputs.summary, inputs.summary) → a boolean
    inputs.any * 2 → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be a whole number or another; write `double(inputs.any)` or `int(inputs.any)`
    2.0 * inputs.any → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be a whole number or another; write `double(inputs.any)` or `int(inputs.any)`
    inputs.any - inputs.any → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be a whole number or another; write `double(inputs.any)` or `int(inputs.any)`
    inputs.any + 'x' → any value
    inputs.any + 1 → any value
        FR0405 [inputs.any] no type is declared of `inputs.any`: it may be a whole number or another; write `double(inputs.any)` or `int(inputs.any)`
    int(inputs.any) * 2 → a whole number
    double(inputs.any) * 1.5 → a number
    inputs.any < 1 → a boolean
    math.abs(inputs.any) → a number
    inputs.points.map(p, p * 2) → a list
        FR0405 [p] no type is declared of `p`: it may be a whole number or another; write `double(p)` or `int(p)`
    "#);
}

/// Values that the types of `World` allow, for the property below.
struct Values {
    inputs: serde_json::Value,
    input_type: Type,
    node: serde_json::Value,
    node_type: Type,
}

impl Values {
    fn new() -> Self {
        let of = |name: Name| match name {
            Name::Value(kind) | Name::Node(kind, _) => kind,
            Name::NotHere(..) | Name::Unknown => unreachable!("they are there"),
        };
        Self {
            inputs: json!({"summary": "s", "severity": "low", "owner": null, "n": 3, "ratio": 1,
                "logs": ["a", "b"], "any": 1, "config": {"a": "x"}, "free": {"a": "x", "b": 1}}),
            input_type: of(World.root("inputs")),
            node: json!({"key": "OPS-1", "outcome": "completed", "issues": [{"key": "OPS-2", "points": 1}]}),
            node_type: of(World.node("find")),
        }
    }
}

impl crate::expression::Bindings for Values {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        (name == "inputs").then(|| Bound::typed(&self.inputs, &self.input_type))
    }

    fn node(&self, _: &str) -> Option<Bound<'_>> {
        Some(Bound::typed(&self.node, &self.node_type))
    }
}

fn has_type(value: &serde_json::Value, kind: &Type) -> bool {
    let as_schema = Type::of_schema(&json!({ "const": value }));
    kind.members().iter().any(|kind| match (value, kind) {
        (serde_json::Value::Array(items), Type::List(item)) => items.iter().all(|value| has_type(value, item)),
        (serde_json::Value::Array(_), kind) => *kind == Type::Any,
        (serde_json::Value::Number(number), Type::Int) => !number.is_f64(),
        _ => as_schema.may_be(kind),
    })
}

/// Expressions, well typed or not, made of the names of `World`.
fn expressions() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let leaf = prop::sample::select(vec![
        "inputs.summary",
        "inputs.severity",
        "inputs.n",
        "inputs.ratio",
        "inputs.logs",
        "inputs.config.a",
        "nodes.find.key",
        "nodes.find.issues",
        "1",
        "2.5",
        "'a'",
        "true",
        "null",
        "[]",
        "inputs.owner",
        "inputs.any",
        "{'a': 1}",
        "nodes.find.keyy",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = (
            inner.clone(),
            prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "<", "&&", "||", "in"]),
            inner.clone(),
        );
        prop_oneof![
            pair.prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("{list}.map(x, {body})")),
            (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("{list}.filter(x, {body} == x)")),
            (inner.clone(), inner.clone()).prop_map(|(list, body)| format!("[{list}, {body}]")),
            inner.clone().prop_map(|value| format!("size({value})")),
            inner.clone().prop_map(|value| format!("string({value})")),
            inner.clone().prop_map(|value| format!("{value}[0]")),
            inner.prop_map(|value| format!("!{value}")),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn a_value_has_the_type_that_was_told(source in expressions()) {
        let Ok(expression) = Expression::parse(&source) else { return Ok(()) };
        let checked = check(&expression, &World, &Shown::default());
        for fault in &checked.faults {
            proptest::prop_assert!(source.get(fault.at.clone()).is_some_and(|text| !text.is_empty()), "{source}: {fault:?}");
        }
        if let Ok(value) = expression.evaluate(&Values::new()) {
            proptest::prop_assert!(has_type(&value, &checked.kind.clone().in_json()), "{source}: {value} is no {:?}", checked.kind);
        }
    }

    #[test]
    fn whatever_parses_can_be_checked(source in "(inputs|nodes|x|1|'a'|\\.|\\(|\\)|\\[|\\]|\\+|-|==|,|map|has|size|find|summary| |\\?|:|!|in|&&){1,14}") {
        if let Ok(expression) = Expression::parse(&source) {
            let checked = check(&expression, &World, &Shown::default());
            proptest::prop_assert!(checked.faults.iter().all(|fault| source.get(fault.at.clone()).is_some()));
            let _ = expression.evaluate(&Values::new());
        }
    }
}
