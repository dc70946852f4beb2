//! What people write first who come from other tools.

use insta::assert_snapshot;

use crate::check;

#[test]
fn keys_of_other_tools_are_answered() {
    let node = |key: &str| {
        let text = format!(
            "process: p\nversion: v\nnodes:\n  a: {{ activity: desk.look }}\n  b:\n    activity: desk.look\n    {key}: x\n"
        );
        let told = check(&text);
        format!("{key}: {}", told.split_once("; ").map_or(told.as_str(), |(_, help)| help))
    };
    let keys = [
        "depends_on",
        "dependsOn",
        "depends-on",
        "needs",
        "requires",
        "when",
        "args",
        "loop",
        "continue_on_error",
        "retries",
        "concurrency",
        "colour",
    ];
    assert_snapshot!(keys.map(node).join("\n"), @r##"
    depends_on: did you mean `after`?
    7:17 FR0301 [x] no such node: `x`; did you mean `a`?
    dependsOn: did you mean `after`?
    7:16 FR0301 [x] no such node: `x`; did you mean `a`?
    depends-on: did you mean `after`?
    7:17 FR0301 [x] no such node: `x`; did you mean `a`?
    needs: did you mean `after`?
    7:12 FR0301 [x] no such node: `x`; did you mean `a`?
    requires: did you mean `after`?
    7:15 FR0301 [x] no such node: `x`; did you mean `a`?
    when: did you mean `if`?
    7:11 FR0402 [x] no such name: `x`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a string needs quotes
    args: did you mean `with`?
    loop: did you mean `for_each`?
    7:11 FR0402 [x] no such name: `x`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a string needs quotes
    continue_on_error: did you mean `on_failure`?
    retries: did you mean `retry`?
    concurrency: did you mean `max_parallel`?
    colour: the keys here are `activity`, `after`, `as`, `deadline`, `description`, `for_each`, `if`, `join`, `max_parallel`, `on_failure`, `on_item_failure`, `on_unknown`, `retry`, `timeout`, `with`
    "##);
    assert_snapshot!(check("name: p\nversion: v\nsteps:\n  a: { uses: desk.look, inputs: { ticket: x } }\n"), @r##"
    1:1 FR0201 [name] there is no key `name` here; did you mean `process`?
    3:1 FR0201 [steps] there is no key `steps` here; did you mean `nodes`?
    "##);
}

/// What is written for an input → what is said.
#[test]
fn inputs_of_other_tools_are_answered() {
    let input = |schema: &str| {
        let text = format!("process: p\nversion: v\ninputs:\n  a: {schema}\nnodes:\n  b: {{ activity: desk.look }}\n");
        format!("{schema}: {}", check(&text))
    };
    let schemas = [
        "string",
        "5",
        "[string]",
        "",
        "{ type: int }",
        "{ type: Bool }",
        "{ type: strnig }",
        "{ type: file }",
        "{ type: string, required: true }",
        "{ type: string, options: [x, y] }",
        "{ type: string, regex: x }",
    ];
    assert_snapshot!(schemas.map(input).join("\n"), @r##"
    string: 4:6 FR0203 [string] expected a map, found `string`; write a JSON Schema: `{ type: string }`
    5: 4:6 FR0203 [5] expected a map, found `5`; write a JSON Schema: `{ type: string }`
    [string]: 4:6 FR0203 [[string]] expected a map, found a list; write a JSON Schema: `{ type: string }`
    : 4:4 FR0203 [] expected a map, found nothing; write a JSON Schema: `{ type: string }`
    { type: int }: 4:14 FR0211 [int] there is no type `int`; did you mean `integer`?
    { type: Bool }: 4:14 FR0211 [Bool] there is no type `Bool`; did you mean `boolean`?
    { type: strnig }: 4:14 FR0211 [strnig] there is no type `strnig`; did you mean `string`?
    { type: file }: 4:14 FR0211 [file] there is no type `file`; there are string, integer, number, boolean, array, object, null
    { type: string, required: true }: 4:32 FR0211 [true] an input is required unless it has a `default`; remove the keyword; an input that may be left out has a `default`, such as `default: null`
    { type: string, options: [x, y] }: 4:22 FR0201 [options] JSON Schema has no keyword `options`; did you mean `enum`?
    { type: string, regex: x }: 4:22 FR0201 [regex] JSON Schema has no keyword `regex`; did you mean `pattern`?
    "##);
}

/// A value of a key of a node → what is said.
#[test]
fn values_of_other_tools_are_answered() {
    let node = |entry: &str| {
        let text = format!(
            "process: p\nversion: v\nnodes:\n  a: {{ activity: desk.look }}\n  b:\n    activity: desk.look\n    {entry}\n"
        );
        format!("{entry}: {}", check(&text))
    };
    let entries = [
        "after: nodes.a",
        "after: [nodes.a.key]",
        "after: ${{ nodes.a }}",
        "after: nodes.c",
        "for_each: [1, x]",
        "retry: 3",
        "if: nodes.a.key ?? true",
    ];
    assert_snapshot!(entries.map(node).join("\n"), @r##"
    after: nodes.a: 7:12 FR0301 [nodes.a] no such node: `nodes.a`; write the name of the node alone: `a`
    after: [nodes.a.key]: 7:13 FR0301 [nodes.a.key] no such node: `nodes.a.key`; write the name of the node alone: `a`
    after: ${{ nodes.a }}: 7:12 FR0301 [${{ nodes.a }}] no such node: `${{ nodes.a }}`; write the name of the node alone: `a`
    after: nodes.c: 7:12 FR0301 [nodes.c] no such node: `nodes.c`
    for_each: [1, x]: 7:15 FR0203 [[1, x]] expected a string, found a list; it is an expression, so quote it: `"[1,'x']"`
    retry: 3: 7:12 FR0203 [3] expected a map, found `3`; write `{ attempts: 3 }`
    if: nodes.a.key ?? true: 7:21 FR0401 [?] `??` is not an operator; write `x == null ? y : x`
    "##);
}

/// Nodes in a list, and what expressions of other tools read from.
#[test]
fn steps_of_other_tools_are_answered() {
    assert_snapshot!(check("id: p\nversion: v\nnodes:\n  - id: a\n    activity: desk.look\n"), @r##"
    1:1 FR0201 [id] there is no key `id` here; did you mean `process`?
    4:3 FR0203 [- id: a] expected a map, found a list; the name of a node is its key: write `NAME:` instead of each `- `, and the rest of the node below it
    "##);
    let node = |root: &str| {
        let text = format!(
            "process: p\nversion: v\nnodes:\n  a: {{ activity: desk.look, with: {{ ticket: \"${{{{ {root}.x }}}}\" }} }}\n"
        );
        check(&text)
    };
    assert_snapshot!(["steps", "jobs", "params", "vars", "execution", "github"].map(node).join("\n"), @r##"
    4:50 FR0402 [steps] no such name: `steps`; did you mean `nodes`?
    4:50 FR0402 [jobs] no such name: `jobs`; did you mean `nodes`?
    4:50 FR0402 [params] no such name: `params`; did you mean `inputs`?
    4:50 FR0402 [vars] no such name: `vars`; did you mean `inputs`?
    4:50 FR0402 [execution] no such name: `execution`; did you mean `run`?
    4:50 FR0402 [github] no such name: `github`; there are `inputs`, `nodes`, `run`, and in a `for_each` `item` and `index`; a string needs quotes
    "##);
}

#[test]
fn what_waits_by_another_name_is_taken_to_wait() {
    let text = "process: p\nversion: v\nnodes:\n  a: { activity: desk.look, depends_on: b }\n  b: { activity: desk.look, needs: [a] }\n";
    assert_snapshot!(check(text), @r##"
    4:29 FR0201 [depends_on] there is no key `depends_on` here; did you mean `after`?
    4:41 FR0302 [b] nodes wait for each other: a → b → a; remove one of these waits from `after`, or from the expression that names the node
    5:29 FR0201 [needs] there is no key `needs` here; did you mean `after`?
    "##);
}

#[test]
fn a_process_has_nodes() {
    assert_snapshot!(check("process: p\nversion: v\nnodes: {}\n"), @"3:8 FR0202 [{}] `nodes` has no node; write at least one: `NAME: { activity: … }`");
    assert_snapshot!(check("process: p\nversion: v\nnodes: {}\nfinally: { a: { activity: desk.look } }\n"), @"3:8 FR0202 [{}] `nodes` has no node; write at least one: `NAME: { activity: … }`");
}

#[test]
fn single_braces_are_told() {
    let texts = [
        "${ inputs.a }",
        "x ${inputs.a} y",
        "${ foo }",
        "costs ${PRICE} or $5",
        "${{ 'a' }} ${ nodes.b.key }",
        "a ${ nodes",
        "${}",
    ];
    let told = texts.map(|text| {
        let text = format!("process: p\nversion: v\ninputs: {{ a: {{ type: string }} }}\nnodes:\n  b: {{ activity: desk.look, with: {{ ticket: \"{text}\" }} }}\noutputs: {{ o: \"{text}\" }}\n");
        let told = check(&text);
        if told.is_empty() { "nothing".to_owned() } else { told }
    });
    assert_snapshot!(told.join("\n-\n"), @r##"
    5:46 FR0407 warning [${ inputs.a }] `${ }` is not an expression: it stays as it is; write `${{ inputs.a }}`
    6:16 FR0407 warning [${ inputs.a }] `${ }` is not an expression: it stays as it is; write `${{ inputs.a }}`
    -
    5:48 FR0407 warning [${inputs.a}] `${ }` is not an expression: it stays as it is; write `${{ inputs.a }}`
    6:18 FR0407 warning [${inputs.a}] `${ }` is not an expression: it stays as it is; write `${{ inputs.a }}`
    -
    5:46 FR0407 warning [${ foo }] `${ }` is not an expression: it stays as it is; write `${{ foo }}`
    6:16 FR0407 warning [${ foo }] `${ }` is not an expression: it stays as it is; write `${{ foo }}`
    -
    nothing
    -
    5:57 FR0407 warning [${ nodes.b.key }] `${ }` is not an expression: it stays as it is; write `${{ nodes.b.key }}`
    6:27 FR0407 warning [${ nodes.b.key }] `${ }` is not an expression: it stays as it is; write `${{ nodes.b.key }}`
    -
    nothing
    -
    nothing
    "##);
}

#[test]
fn formats_are_asserted_or_refused() {
    let input = |schema: &str| {
        let told = check(&format!(
            "process: p\nversion: v\ninputs:\n  a: {{ {schema} }}\nnodes: {{ a: {{ activity: desk.look }} }}\n"
        ));
        if told.is_empty() { "nothing".to_owned() } else { told }
    };
    let schemas = [
        "type: string, format: date, default: 2026-02-30",
        "type: string, format: date, default: 2026-02-28",
        "type: string, format: date-time, default: yesterday",
        "type: string, format: email, default: ann",
        "type: string, format: uri, default: x y",
        "type: string, format: ipv4, default: 1.2.3",
        "type: string, format: regex, default: '('",
        "type: string, format: datetime",
        "type: string, format: e-mail",
        "type: string, format: url",
        "type: string, format: password",
        "type: string, writeOnly: true",
        "type: string, writeOnly: false",
        "type: object, properties: { b: { format: password } }",
    ];
    assert_snapshot!(schemas.map(|schema| format!("{schema}\n  {}", input(schema))).join("\n"), @r"
    type: string, format: date, default: 2026-02-30
      4:45 FR0207 [2026-02-30] the default does not fit: `2026-02-30` is not a date, such as `2026-01-31`
    type: string, format: date, default: 2026-02-28
      nothing
    type: string, format: date-time, default: yesterday
      4:50 FR0207 [yesterday] the default does not fit: `yesterday` is not a date and time with its offset, such as `2026-01-31T09:30:00Z`
    type: string, format: email, default: ann
      4:46 FR0207 [ann] the default does not fit: `ann` is not an e-mail address
    type: string, format: uri, default: x y
      4:44 FR0207 [x y] the default does not fit: `x y` is not a full address, such as `https://example.com/page`
    type: string, format: ipv4, default: 1.2.3
      4:45 FR0207 [1.2.3] the default does not fit: `1.2.3` is not an IPv4 address
    type: string, format: regex, default: '('
      4:46 FR0207 ['('] the default does not fit: `(` is not a regular expression
    type: string, format: datetime
      4:30 FR0211 [datetime] there is no format `datetime`; did you mean `date-time`?
    type: string, format: e-mail
      4:30 FR0211 [e-mail] there is no format `e-mail`; did you mean `email`?
    type: string, format: url
      4:30 FR0211 [url] there is no format `url`; did you mean `uri`?
    type: string, format: password
      4:30 FR0211 [password] an input cannot be a secret; the inputs of a run are kept in its journal and shown: give a credential as an access token (`flowrun token add`); if the value is not a secret, remove the keyword
    type: string, writeOnly: true
      4:33 FR0211 [true] an input cannot be a secret; the inputs of a run are kept in its journal and shown: give a credential as an access token (`flowrun token add`); if the value is not a secret, remove the keyword
    type: string, writeOnly: false
      nothing
    type: object, properties: { b: { format: password } }
      4:49 FR0211 [password] an input cannot be a secret; the inputs of a run are kept in its journal and shown: give a credential as an access token (`flowrun token add`); if the value is not a secret, remove the keyword
    ");
}
