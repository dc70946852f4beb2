//! Faults of the form, one by one and together.

use insta::assert_snapshot;

use crate::check;

/// A definition whose nodes are `nodes`, which are indented by two.
fn with_nodes(nodes: &str) -> String {
    format!("process: p\nversion: 1.0.0\nnodes:\n{nodes}")
}

#[test]
fn top_level() {
    assert_snapshot!(check(""), @"1:1 FR0202 [] the file is empty; a definition starts with `process:`");
    assert_snapshot!(check("# nothing\n"), @"1:1 FR0202 [] the file is empty; a definition starts with `process:`");
    assert_snapshot!(check("- a\n"), @"1:1 FR0203 [- a] expected a map, found a list");
    assert_snapshot!(check("just text\n"), @"1:1 FR0203 [just text] expected a map, found `just text`");
    assert_snapshot!(check("proces: p\nversion: 1.0\nnods:\n  a: { activity: desk.look }\n"), @r#"
    1:1 FR0201 [proces] there is no key `proces` here; did you mean `process`?
    3:1 FR0201 [nods] there is no key `nods` here; did you mean `nodes`?
    "#);
    assert_snapshot!(check("version: 1.0.0\nnodes: { a: { activity: desk.look } }\n"), @"1:1 FR0202 [] the key `process` is missing; write `process:` at the top of the file");
    assert_snapshot!(check("process: Bug Intake\nversion: v\nnodes: []\naccess_token: ''\n"), @"
    1:10 FR0209 [Bug Intake] `Bug Intake` is not a name for a process; the name of a process has lower-case letters, digits and `-`, and starts with a letter
    3:8 FR0203 [[]] expected a map, found a list; the name of a node is its key: write `NAME:` instead of each `- `, and the rest of the node below it
    4:15 FR0204 [''] an empty string is not allowed here
    ");
    assert_snapshot!(check("process: p\nversion: v\nnodes:\noutputs: [1]\ninputs: 5\ndefaults: x\nfinally: y\n"), @"
    3:6 FR0203 [] expected a map, found nothing
    4:10 FR0203 [[1]] expected a map, found a list
    5:9 FR0203 [5] expected a map, found `5`
    6:11 FR0203 [x] expected a map, found `x`
    7:10 FR0203 [y] expected a map, found `y`
    ");
}

#[test]
fn kinds_of_nodes() {
    assert_snapshot!(check(&with_nodes("  a: {}\n")), @"4:3 FR0205 [a] the node has no `activity`; write what it does: `activity: …`");
    assert_snapshot!(check(&with_nodes("  a:\n  b: text\n  c: [x]\n")), @"
    4:4 FR0203 [] expected a map, found nothing
    5:6 FR0203 [text] expected a map, found `text`
    6:6 FR0203 [[x]] expected a map, found a list
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activty: desk.look\n")), @"5:5 FR0201 [activty] there is no key `activty` here; did you mean `activity`?");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.opne\n    with: { x: 1 }\n  b:\n    activity: desk.look\n    with: { ticket: \"${{ nodes.a.nothing }}\" }\n")), @"5:15 FR0206 [desk.opne] there is no activity `desk.opne`; did you mean `desk.open`?");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: jira.nothing\n  b:\n    activity: 7\n  c:\n    activity:\n")), @r#"
    5:15 FR0206 [jira.nothing] there is no activity `jira.nothing`; `flowrun activities` lists them
    7:15 FR0203 [7] expected a string, found `7`; quote it: `"7"`
    9:13 FR0203 [] expected a string, found nothing
    "#);
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    wait: 2h\n")), @"6:5 FR0205 [wait] a node is one thing only: it cannot have both `activity` and `wait`; make two nodes of it");
    assert_snapshot!(check(&with_nodes("  a:\n    wait: 2h\n  b:\n    approval: { prompt: \"${{ nodes.a.x }}\" }\n    after: a\n  c:\n    nodes: { x: { activity: y } }\n  d:\n    process: other\n    with: { a: 1 }\n")), @"
    5:5 FR0208 [wait] `wait` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    7:5 FR0208 [approval] `approval` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    10:5 FR0208 [nodes] `nodes` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    12:5 FR0208 [process] `process` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    undo: { activity: desk.look }\n    repeat: { until: result.key == '' }\n")), @"
    6:5 FR0208 [undo] `undo` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    7:5 FR0208 [repeat] `repeat` is part of the language, but this version of flowrun does not have it yet; remove it; a node has an `activity`
    ");
}

#[test]
fn keys_of_nodes() {
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    afetr: b\n    retries: 3\n  b:\n    activity: desk.look\n")), @"
    6:5 FR0201 [afetr] there is no key `afetr` here; did you mean `after`?
    7:5 FR0201 [retries] there is no key `retries` here; did you mean `retry`?
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    foreach: '[1]'\n    with: { ticket: \"${{ string(item) }}\" }\n")), @"6:5 FR0201 [foreach] there is no key `foreach` here; did you mean `for_each`?");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    for_each: [1, 2]\n    with: { ticket: \"${{ item }}\" }\n")), @r#"6:15 FR0203 [[1, 2]] expected a string, found a list; it is an expression, so quote it: `"[1,2]"`"#);
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    as: x\n    max_parallel: 2\n    on_item_failure: continue\n    on_unknown: retry\n")), @"
    6:5 FR0210 [as] `as` applies only beside `for_each`; remove it
    7:5 FR0210 [max_parallel] `max_parallel` applies only beside `for_each`; remove it
    8:5 FR0210 [on_item_failure] `on_item_failure` applies only beside `for_each`; remove it
    9:5 FR0210 [on_unknown] `on_unknown` does not apply: `desk.look` only reads; remove it: a read is repeated freely
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    for_each: '[1]'\n    max_parallel: 0\n    as: nodes\n    on_item_failure: go\n")), @"
    7:19 FR0204 [0] `0` is less than the minimum of 1
    8:9 FR0209 [nodes] `nodes` has a meaning in expressions, so it cannot name an item; choose another name
    9:22 FR0204 [go] `go` is not one of `stop`, `continue`
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    join: some\n    if: 5\n    on_failure: contine\n    description: [x]\n    with: x\n")), @r#"
    6:11 FR0204 [some] `some` is not one of `all`, `any`
    7:9 FR0203 [5] expected a boolean (`true` or `false`) or a string, found `5`; quote it: `"5"`
    8:17 FR0204 [contine] `contine` is not one of `stop`, `continue`; did you mean `continue`?
    9:18 FR0203 [[x]] expected a string, found a list
    10:11 FR0203 [x] expected a map, found `x`
    "#);
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    if: true\n  b:\n    activity: desk.look\n    after: [a, a, 5]\n  c:\n    activity: desk.look\n    after: { a: faild, b: [failed, failed], d: [] }\n  d:\n    activity: desk.look\n    after: 5\n")), @r#"
    9:16 FR0204 [a] `a` is listed twice; remove one of the two
    9:19 FR0203 [5] expected a string, found `5`; quote it: `"5"`
    12:17 FR0204 [faild] `faild` is not one of `completed`, `failed`, `skipped`, `any`; did you mean `failed`?
    12:36 FR0204 [failed] `failed` is listed twice; remove one of the two
    12:48 FR0204 [[]] an empty list is not allowed here
    15:12 FR0203 [5] expected a string or a list or a map, found `5`; quote it: `"5"`
    "#);
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    after: [b, bb]\n  bbb:\n    activity: desk.look\n    after: { aa: failed }\n")), @"
    6:13 FR0301 [b] no such node: `b`; did you mean `a`?
    6:16 FR0301 [bb] no such node: `bb`; did you mean `bbb`?
    9:14 FR0301 [aa] no such node: `aa`; did you mean `a`?
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.look\n    timeout: 30\n    deadline: soon\n    retry: { attempts: 0, delay: 5, backoff: 0.5, max_delay: '', jitter: no, atempts: 3 }\n  b:\n    activity: desk.look\n    timeout: 0s\n    deadline:\n    retry: 3\n")), @"
    6:14 FR0212 [30] `30` is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    7:15 FR0212 [soon] `soon` is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    8:24 FR0204 [0] `0` is less than the minimum of 1
    8:34 FR0212 [5] `5` is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    8:46 FR0204 [0.5] `0.5` is less than the minimum of 1
    8:62 FR0212 [''] `` is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    8:74 FR0203 [no] expected a boolean (`true` or `false`), found `no`
    8:78 FR0201 [atempts] there is no key `atempts` here; the keys here are `attempts`, `backoff`, `delay`, `jitter`, `max_delay`
    11:14 FR0212 [0s] `timeout` must be longer than zero; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    12:13 FR0212 [] `deadline` has no duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    13:12 FR0203 [3] expected a map, found `3`; write `{ attempts: 3 }`
    ");
}

#[test]
fn defaults() {
    let text = "process: p\nversion: v\ndefaults:\n  retry: { attempts: many }\n  timeout: 5\n  on_failure: continue\nnodes:\n  a: { activity: desk.look }\n";
    assert_snapshot!(check(text), @"
    4:22 FR0203 [many] expected an integer, found `many`
    5:12 FR0212 [5] `5` is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `2h` or `1h30m`
    6:3 FR0201 [on_failure] there is no key `on_failure` here; the keys here are `deadline`, `retry`, `timeout`
    ");
}

#[test]
fn names() {
    let text = "process: p\nversion: v\ninputs:\n  my-input: {}\n  in: {}\n  item: {}\nnodes:\n  Upper: { activity: desk.look }\n  run: { activity: desk.look }\n  null: { activity: desk.look }\n  '1a': { activity: desk.look }\n  same: { activity: desk.look }\nfinally:\n  same: { activity: desk.look }\n";
    assert_snapshot!(check(text), @"
    4:3 FR0209 [my-input] `my-input` cannot name an input; a name has lower-case letters, digits and `_`, and starts with a letter
    5:3 FR0209 [in] `in` is a keyword of expressions, so it cannot name an input; choose another name
    6:3 FR0209 [item] `item` has a meaning in expressions, so it cannot name an input; choose another name
    8:3 FR0209 [Upper] `Upper` cannot name a node; a name has lower-case letters, digits and `_`, and starts with a letter
    9:3 FR0209 [run] `run` has a meaning in expressions, so it cannot name a node; choose another name
    10:3 FR0105 [null] the key `null` is not a string; quote the key
    11:3 FR0209 ['1a'] `1a` cannot name a node; a name has lower-case letters, digits and `_`, and starts with a letter
    14:3 FR0304 [same] there is a node `same` already; no two nodes of `nodes` and `finally` can share a name: rename one of them
    ");
}

#[test]
fn activity_inputs() {
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n")), @"4:3 FR0202 [a] the key `with` is missing; the activity has inputs that must be given");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    with:\n")), @"6:9 FR0203 [] expected a map, found nothing");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    with: {}\n")), @"
    6:5 FR0202 [with] the key `queue` is missing; write `queue:` in `with`
    6:5 FR0202 [with] the key `title` is missing; write `title:` in `with`
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    with:\n      titel: x\n      queue: q\n      colour: red\n")), @"
    7:7 FR0201 [titel] there is no key `titel` here; did you mean `title`?
    9:7 FR0201 [colour] there is no key `colour` here; the keys here are `assignee`, `contact`, `fields`, `labels`, `points`, `priority`, `queue`, `text`, `title`, `urgent`
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    with:\n      title: 5\n      queue:\n      points: many\n      urgent: yes\n      priority: hihg\n      labels: [x, 7, [y]]\n      assignee: null\n      text: [x]\n      contact: { nam: x, phone: abc }\n")), @r#"
    8:12 FR0203 [] expected a string, found nothing
    9:15 FR0203 [many] expected an integer, found `many`
    10:15 FR0203 [yes] expected a boolean (`true` or `false`), found `yes`
    11:17 FR0204 [hihg] `hihg` is not one of `low`, `high`; did you mean `high`?
    12:22 FR0203 [[y]] expected a string, found a list
    14:13 FR0203 [[x]] expected a string or a map, found a list
    15:18 FR0201 [nam] there is no key `nam` here; did you mean `name`?
    15:33 FR0204 [abc] `abc` is not a number of digits alone
    "#);
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    with:\n      title: this is much too long for a title\n      queue: \"${{ 'q' }}\"\n      points: -1\n      urgent: \"${{ true }}\"\n      priority: \"${{ 'low' }}\"\n      labels: \"${{ ['x'] }}\"\n      contact: { phone: \"${{ '12' }}\" }\n      fields: { anything: [1, { x: null }] }\n")), @"
    7:14 FR0204 [this is much too long for a title] `this is much too long for a title` is longer than 20 characters
    9:15 FR0204 [-1] `-1` is less than the minimum of 0
    13:7 FR0202 [contact] the key `name` is missing; write `name:` in `contact`
    ");
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.close\n    with: { ticket: T-1 }\n  b:\n    activity: desk.close\n    with: { ticket: T-1, note: x, notes: [] }\n  c:\n    activity: desk.close\n    with: { ticket: T-1, notes: [x] }\n")), @"
    6:5 FR0202 [with] one of the keys `note` or `notes` is missing
    9:35 FR0204 [notes] `note` and `notes` exclude each other
    ");
}

#[test]
fn keys_at_the_wrong_level() {
    assert_snapshot!(check(&with_nodes("  a:\n    activity: desk.open\n    title: x\n    queue: q\n  b:\n    activity: desk.open\n    with:\n      title: x\n      queue: q\n      after: a\n")), @"
    6:5 FR0201 [title] there is no key `title` here; `title` is an input of `desk.open`: write it under `with`
    7:5 FR0201 [queue] there is no key `queue` here; `queue` is an input of `desk.open`: write it under `with`
    13:7 FR0201 [after] there is no key `after` here; `after` is a key of the node: write it beside `with`
    ");
    assert_snapshot!(check("process: p\nversion: v\nnodes: { a: { activity: desk.look, max_parallel: 99999999999, for_each: '[1]' } }\nretry: {}\n"), @"
    3:50 FR0204 [99999999999] `99999999999` is greater than the maximum of 4294967295
    4:1 FR0201 [retry] there is no key `retry` here; the keys here are `access_token`, `concurrency`, `defaults`, `description`, `finally`, `inputs`, `nodes`, `outputs`, `process`, `version`
    ");
}

#[test]
fn an_input_that_may_be_left_out_can_be_compared_with_null() {
    let text = "process: p\nversion: v\ninputs: { owner: { type: string, default: null } }\nnodes: { a: { activity: desk.look, if: inputs.owner == null } }\n";
    assert_snapshot!(check(text), @"");
}

#[test]
fn inputs() {
    let text = "process: p\nversion: v\ninputs:\n  a: string\n  b: { type: strin }\n  c: { tpye: string }\n  d: { type: string, default: 5 }\n  e: { type: array, items: { type: integer }, default: [1, x] }\n  f: { type: string, pattern: '(' }\n  g: { $ref: 'http://example.org/x.json' }\n  h: { type: string, default: null }\n  i: { enum: [low, high], default: medium }\n  j: { type: object, required: [x], default: {} }\n  k:\n  l: { type: string, maxLength: many }\nnodes:\n  n:\n    activity: desk.look\n    if: inputs.a == 'x' && inputs.b == 'x' && inputs.c == 'x'\n";
    assert_snapshot!(check(text), @r#"
    4:6 FR0203 [string] expected a map, found `string`; write a JSON Schema: `{ type: string }`
    5:14 FR0211 [strin] there is no type `strin`; did you mean `string`?
    6:8 FR0201 [tpye] JSON Schema has no keyword `tpye`; did you mean `type`?
    8:60 FR0207 [x] the default does not fit: expected an integer, found `x`
    9:31 FR0211 ['('] `(` is not a regular expression
    10:14 FR0211 ['http://example.org/x.json'] "http://example.org/x.json" is outside of this schema; write the schema out here
    12:36 FR0207 [medium] the default does not fit: `medium` is not one of `low`, `high`
    13:37 FR0207 [default] the default does not fit: the key `x` is missing
    14:4 FR0203 [] expected a map, found nothing; write a JSON Schema: `{ type: string }`
    15:33 FR0211 [many] expected an integer, found `many`
    "#);
}

#[test]
fn all_in_one_run_and_in_order() {
    let text = "\
process: p
version: 1.0.0
descripton: misspelt
inputs:
  severity: { type: string, enum: [low, high], default: middle }
nodes:
  file:
    activity: desk.open
    with:
      title: ${{ inputs.severty }}
      queue: 5
      queue: again
  close:
    after: [file, fiel]
    activity: desk.clos
    with:
      ticket: ${{ nodes.file.keyy }}
  look:
    if: nodes.file.key ==
    activity: desk.look
    with: { tiket: !secret x }
outputs:
  key: ${{ nodes.close.whatever }} and ${{ nodes.nobody.key }}
";
    assert_snapshot!(check(text), @r#"
    3:1 FR0201 [descripton] there is no key `descripton` here; did you mean `description`?
    5:57 FR0207 [middle] the default does not fit: `middle` is not one of `low`, `high`
    10:25 FR0403 [severty] no such input: `severty`; did you mean `severity`?
    12:7 FR0102 [queue] the key `queue` is written twice; the first is in line 11: remove one of the two
    14:19 FR0301 [fiel] no such node: `fiel`; did you mean `file`?
    15:15 FR0206 [desk.clos] there is no activity `desk.clos`; did you mean `desk.close`?
    17:30 FR0403 [keyy] no such field: `keyy`; did you mean `key`?
    19:26 FR0401 [] the expression ends too early; a value is missing after `==`
    21:13 FR0201 [tiket] there is no key `tiket` here; did you mean `ticket`?
    21:20 FR0103 [!secret] the tag `!secret` is not allowed; remove it; if a string is meant, quote it: `with: { tiket: "!secret x"`
    23:50 FR0402 [nobody] no such node: `nobody`
    "#);
}

#[test]
fn of_thousands_of_misspelt_names_the_first_hundred_get_a_suggestion() {
    let nodes = |node: fn(usize) -> String| {
        format!("process: p\nversion: v\nnodes:\n{}", (0..3000).map(node).collect::<String>())
    };
    for text in [
        nodes(|number| format!("  node_{number}: {{ activity: desk.look, after: noed_{number} }}\n")),
        nodes(|number| {
            format!(
                "  node_{number}: {{ activity: desk.look, with: {{ ticket: \"${{{{ nodes.noed_{number}.key }}}}\" }} }}\n"
            )
        }),
    ] {
        let diagnostics = crate::loaded(&text).diagnostics;
        assert_eq!(diagnostics.len(), 3000);
        let helped: Vec<usize> = (0..3000).filter(|number| diagnostics[*number].help.is_some()).collect();
        assert_eq!(helped, (0..100).collect::<Vec<_>>());
    }
}

/// Activities' inputs that are called as parts of the language are no such parts.
#[test]
fn a_part_of_an_input_is_not_taken_for_a_part_of_the_definition() {
    let text = "process: p\nversion: v\nnodes:\n  a:\n    activity: desk.open\n    with: { title: t, queue: q, contact: { name: n, phone: no } }\n  b: { activity: desk.open }\n";
    assert_snapshot!(check(text), @"
    6:60 FR0204 [no] `no` is not a number of digits alone
    7:3 FR0202 [b] the key `with` is missing; the activity has inputs that must be given
    ");
}
