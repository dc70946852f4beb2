//! What functions take and give, and loops.

use super::all_shown;

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
    size(inputs.logs) → an integer
    inputs.summary.size() → an integer
    size(inputs.n) → any value
        FR0405 [inputs.n] `size()` does not take an integer
    len(inputs.logs) → any value
        FR0406 [len] no such function: `len()`; did you mean `size`?
    inputs.summary.startswith('a') → any value
        FR0406 [startswith] no such method: `startswith()`; did you mean `startsWith`?
    inputs.summary.toLowerCase() → any value
        FR0406 [toLowerCase] no such method: `toLowerCase()`; there are size, contains, startsWith, endsWith, matches, join, split, replace, map, filter; docs/language.md has them all
    size() → any value
        FR0406 [size] `size()` takes 1 argument, found 0
    inputs.n.contains('a') → any value
        FR0405 [inputs.n] `contains()` does not take an integer
    inputs.summary.contains(1) → any value
        FR0405 [1] `contains()` does not take an integer
    string(inputs.n) → a string
    string(inputs.logs) → any value
        FR0405 [inputs.logs] `string()` does not take a list
    int(inputs.owner) → an integer
        FR0409 warning [inputs.owner] `inputs.owner` may be null; guard it: `inputs.owner != null ? … : …`; a field of it can be read safely, as `.?field`
    nodes.find.issues.filter(i, i.points > inputs.n).map(i, i.key) → a list
    nodes.find.issues.map(i, i.points > 1, i.points) → a list
    nodes.find.issues.map(i, i.kee) → a list
        FR0403 [kee] no such field: `kee`; did you mean `key`?
    nodes.find.issues.filter(i, i.key) → a list
        FR0405 [i.key] a boolean is needed, found a string
    nodes.find.issues.all(i, i.key.startsWith('A')) → a boolean
    nodes.find.issues.exists_one(i, i.points == 1) → a boolean
    inputs.summary.map(c, c) → a list
        FR0405 [inputs.summary] a list is needed, found a string
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
        FR0403 [name] a string has no fields
    inputs.?ownr.orValue('nobody') → any value
        FR0403 [ownr] no such input: `ownr`; did you mean `owner`?
    nodes.find.?issues[0].key.orValue('-') → a string
    nodes.find.issues[?inputs.n].keey.orValue('-') → any value
        FR0403 [keey] no such field: `keey`; did you mean `key`?
    nodes.find.issues.map(i, i.key).join(', ') + 'x'.upperAscii() → a string
    nodes.find.issues.map(i, i.points).sum() + 1 → an integer
    'a-b'.split('-').first().orValue('') + 1 → any value
        FR0405 ['a-b'.split('-').first().orValue('') + 1] `+` does not take a string and an integer; write `string(…)` around what is not a string
    math.floor(inputs.ratio) + math.floor(inputs.n) → any value
        FR0405 [inputs.n] `math.floor()` does not take an integer
    timestamp('2026-01-31T00:00:00Z') - duration('1h') < timestamp(0) → a boolean
    'a'.split() → any value
        FR0406 [split] `split()` takes 1 or 2 arguments, found 0
    type(timestamp(0)) == google.protobuf.Timestamp → a boolean
    duration('1s') → a duration
    type(inputs.n) == int → a boolean
    inputs.logs.map(x, inputs.logs.map(y, x + y)) → a list
    inputs.logs.map(nodes, nodes.x) → a list
        FR0403 [x] a string has no fields
    "#);
}
