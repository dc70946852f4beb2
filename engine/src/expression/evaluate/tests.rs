//! Tables of expressions: what they give, and how they fail.

use serde_json::{Value as Json, json};

use super::*;
use crate::expression::{Bound, types::Type};

/// Typed inputs, one completed node and one that was skipped.
struct World {
    inputs: Json,
    input_type: Type,
    done: Json,
    skipped: Json,
}

impl World {
    fn new() -> Self {
        let number = json!({"type": "number"});
        let schema = json!({"type": "object", "additionalProperties": true, "properties": {
            "price": number, "prices": {"type": "array", "items": number}, "maybe": {"type": ["number", "null"]},
            "either": {"anyOf": [{"type": "integer"}, {"type": "number"}]},
            "count": {"type": "integer"}, "counts": {"type": "array", "items": {"type": "integer"}},
            "rates": {"type": "object", "additionalProperties": number},
            "levels": {"enum": [1, 2.5]},
        }});
        let inputs = json!({
            "big": u64::MAX, "minus_zero": -0.0, "secret": "a value that no message may show",
            "list": (0..200).collect::<Vec<_>>(), "none": null, "a": {"b": 2}, "page": "x".repeat(100_000),
            "price": 3, "prices": [1, 2.5], "maybe": 4, "either": 5, "count": 1.0, "counts": [1e3, 2], "levels": 1,
            "rates": {"b": 1, "a": 2}, "free": 7, "owner": null, "z": 1, "person": {"name": null, "mail": "a@b"},
            "people": [{"name": null}, {"name": {"first": "Ada"}}],
            "objects": (0..100).map(|at| json!({"key": at, "text": "x".repeat(100)})).collect::<Vec<_>>(),
            "words": (0..100).map(|at| format!("word {at}")).collect::<Vec<_>>(),
        });
        let done = json!({"outcome": "completed", "error": null, "key": "OPS-1", "parent": null});
        let skipped = json!({"outcome": "skipped", "error": null});
        Self { inputs, input_type: Type::of_schema(&schema), done, skipped }
    }
}

impl Bindings for World {
    fn root(&self, name: &str) -> Option<Bound<'_>> {
        (name == "inputs").then(|| Bound::typed(&self.inputs, &self.input_type))
    }

    fn node(&self, id: &str) -> Option<Bound<'_>> {
        match id {
            "done" => Some(Bound::json(&self.done)),
            "skipped" => Some(Bound::json(&self.skipped)),
            _ => None,
        }
    }
}

fn value(source: &str) -> String {
    match Expression::parse(source).expect(source).evaluate(&World::new()) {
        Ok(value) => value.to_string(),
        Err(error) => {
            let missing = error.missing_output.map(|path| format!(" (missing {})", path.join("."))).unwrap_or_default();
            let at = error.at.map(|at| source[at].to_owned()).unwrap_or_default();
            format!("{} [{at}] {}{missing}", error.code, error.message)
        }
    }
}

#[track_caller]
fn gives(source: &str, expected: Json) {
    assert_eq!(value(source), expected.to_string(), "{source}");
}

#[test]
fn values_are_exact_and_failures_show_no_values() {
    let sources = [
        "inputs.big",
        "inputs.minus_zero",
        "inputs.a.b + 1",
        "nodes.done.key",
        "nodes['done'].key",
        "{'b': 1, 'a': [null, 1.5]}",
        "1 / 0",
        "1 % 0",
        "0.0 / 0.0",
        "9223372036854775807 + 1",
        "-(-9223372036854775807 - 1)",
        "1 + 1.5",
        "inputs.secret + 1",
        "inputs.secret * 3",
        "inputs.secret < 3",
        "inputs.secret[0]",
        "!inputs.secret",
        "int(inputs.secret)",
        "matches('a', '(')",
        "[1][5]",
        "inputs.nothing",
        "inputs.none.x",
        "inputs.none[0]",
        "inputs.none.map(x, x)",
        "nodes.skipped.key",
        "nodes.skipped.key + nodes.done.key",
        "nodes.skipped.outcome",
        "nodes.skipped.key == 1 / 0",
        "1 / 0 == nodes.skipped.key",
        "has(nodes.skipped.key) ? nodes.skipped.key : 'none'",
        "has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing",
        "nodes.absent.key",
        "{'a': 1, 'a': 2}",
        "{1: 'a', '1': 'b'}",
        "b'x'",
        "inputs.?none",
        "inputs.secret.nothing()",
        "inputs.secret.split(1)",
        "inputs.list.map(a, inputs.list.map(b, 1)).size()",
        "inputs.list.map(a, inputs.list.map(b, inputs.list.map(c, 1))).size()",
        "inputs.list.map(a, inputs.page)",
    ];
    let values: Vec<String> = sources.into_iter().map(|source| format!("{source} → {}", value(source))).collect();
    insta::assert_snapshot!(values.join("\n"), @r#"
    inputs.big → 18446744073709551615
    inputs.minus_zero → -0.0
    inputs.a.b + 1 → 3
    nodes.done.key → "OPS-1"
    nodes['done'].key → "OPS-1"
    {'b': 1, 'a': [null, 1.5]} → {"a":[null,1.5],"b":1}
    1 / 0 → FR0702 [1 / 0] `1 / 0`: division by zero
    1 % 0 → FR0702 [1 % 0] `1 % 0`: division by zero
    0.0 / 0.0 → FR0702 [0.0 / 0.0] `0.0 / 0.0`: the number is not finite
    9223372036854775807 + 1 → FR0702 [9223372036854775807 + 1] `9223372036854775807 + 1`: the number is too large
    -(-9223372036854775807 - 1) → FR0702 [-(-9223372036854775807 - 1] `-(-9223372036854775807 - 1)`: the number is too large (at `-(-9223372036854775807 - 1`)
    1 + 1.5 → FR0702 [1 + 1.5] `1 + 1.5`: `+` cannot mix integers with other numbers; convert the integer with `double()`
    inputs.secret + 1 → FR0702 [inputs.secret + 1] `inputs.secret + 1`: `+` does not take a string and an integer
    inputs.secret * 3 → FR0702 [inputs.secret * 3] `inputs.secret * 3`: `*` does not take a string and an integer
    inputs.secret < 3 → FR0702 [inputs.secret < 3] `inputs.secret < 3`: `<` does not take a string and an integer
    inputs.secret[0] → FR0702 [inputs.secret[0]] `inputs.secret[0]`: a string cannot be indexed by an integer
    !inputs.secret → FR0702 [inputs.secret] `!inputs.secret`: a boolean is needed, found a string (at `inputs.secret`)
    int(inputs.secret) → FR0702 [int(inputs.secret)] `int(inputs.secret)`: `int()`: the string is not an integer
    matches('a', '(') → FR0702 [matches('a', '(')] `matches('a', '(')`: `matches()`: the pattern is not a regular expression, or too large
    [1][5] → FR0702 [[1][5]] `[1][5]`: the list has no element at this index
    inputs.nothing → FR0702 [inputs.nothing] `inputs.nothing`: there is no field `nothing`
    inputs.none.x → FR0702 [inputs.none.x] `inputs.none.x`: the value is null, which has no fields; `.?` reads it, and `orValue()` ends that
    inputs.none[0] → FR0702 [inputs.none[0]] `inputs.none[0]`: the value is null, which has no elements
    inputs.none.map(x, x) → FR0702 [inputs.none] `inputs.none.map(x, x)`: a list is needed, and the value is null (at `inputs.none`)
    nodes.skipped.key → FR0702 [nodes.skipped.key] `nodes.skipped.key` is missing (missing nodes.skipped.key)
    nodes.skipped.key + nodes.done.key → FR0702 [nodes.skipped.key] `nodes.skipped.key` is missing (missing nodes.skipped.key)
    nodes.skipped.outcome → "skipped"
    nodes.skipped.key == 1 / 0 → FR0702 [nodes.skipped.key] `nodes.skipped.key` is missing (missing nodes.skipped.key)
    1 / 0 == nodes.skipped.key → FR0702 [1 / 0] `1 / 0 == nodes.skipped.key`: division by zero (at `1 / 0`)
    has(nodes.skipped.key) ? nodes.skipped.key : 'none' → "none"
    has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing → FR0702 [inputs.nothing] `has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing`: there is no field `nothing` (at `inputs.nothing`)
    nodes.absent.key → FR0702 [nodes] `nodes.absent.key`: there is no `nodes` (at `nodes`)
    {'a': 1, 'a': 2} → FR0702 [{'a': 1, 'a': 2}] `{'a': 1, 'a': 2}`: a key of the map is written twice
    {1: 'a', '1': 'b'} → FR0702 [{1: 'a', '1': 'b'}] `{1: 'a', '1': 'b'}`: two keys of the map are both called `1` in JSON
    b'x' → FR0702 [b'x'] `b'x'`: bytes has no form in JSON
    inputs.?none → FR0702 [inputs.?none] `inputs.?none`: an optional has no form in JSON; `orValue()` takes the value out of it
    inputs.secret.nothing() → FR0702 [inputs.secret.nothing()] `inputs.secret.nothing()`: there is no function `nothing()`
    inputs.secret.split(1) → FR0702 [inputs.secret.split(1)] `inputs.secret.split(1)`: `split()` takes (a string, a string) or (a string, a string, an integer), found (a string, an integer)
    inputs.list.map(a, inputs.list.map(b, 1)).size() → 200
    inputs.list.map(a, inputs.list.map(b, inputs.list.map(c, 1))).size() → FR0412 [inputs.list] `inputs.list.map(a, inputs.list.map(b, inputs.list.map(c, 1))).size()`: this makes more than 8 MiB of values, the most that an evaluation may make (at `inputs.list`)
    inputs.list.map(a, inputs.page) → FR0412 [inputs.list.map(a, inputs.page)] `inputs.list.map(a, inputs.page)`: this makes more than 8 MiB of values, the most that an evaluation may make
    "#);
}

#[test]
fn maps_iterate_ascending_by_key() {
    gives("inputs.map(k, k)[0]", json!("a"));
    gives("inputs.rates.map(k, k)", json!(["a", "b"]));
    gives("{'b': 1, 'a': 2, 'é': 3, 'Z': 4}.map(k, k)", json!(["Z", "a", "b", "é"]));
    gives("{10: 0, 9: 0, -1: 0}.map(k, k)", json!([-1, 9, 10]));
    gives("{'b': 1, 'a': 2}.filter(k, k != 'c')", json!(["a", "b"]));
    gives("json({'b': 1, 'a': {'d': 1, 'c': 2}})", json!(r#"{"a":{"c":2,"d":1},"b":1}"#));
    gives("'%s'.format([{'b': 1, 'a': 2}])", json!("{a: 2, b: 1}"));
    gives("inputs.rates == {'a': 2.0, 'b': 1.0}", json!(true));
}

#[test]
fn numbers_are_what_their_schema_says() {
    gives("type(inputs.price) == double && inputs.price / 2.0 == 1.5", json!(true));
    gives("inputs.prices.map(p, p * 2.0)", json!([2, 5]));
    gives("inputs.prices.sum()", json!(3.5));
    gives(
        "type(inputs.maybe) == double && type(inputs.either) == double && type(inputs.levels) == double",
        json!(true),
    );
    gives("inputs.count + 1", json!(2));
    gives("inputs.counts.sum()", json!(1002));
    gives("inputs.rates.b + inputs.rates['a']", json!(3));
    gives("type(inputs.free) == int", json!(true));
    gives("inputs.price", json!(3));
    gives("string(inputs.price) + '!'", json!("3!"));
    gives("inputs.price == 3 && 3 in [inputs.price] && {3: 'x'}[inputs.price] == 'x'", json!(true));
    gives("9007199254740993 == 9007199254740992.0", json!(false));
}

#[test]
fn null_and_nothing_are_read_safely() {
    gives("inputs.?owner.name.orValue('nobody')", json!("nobody"));
    gives("inputs.?nobody.name.orValue('nobody')", json!("nobody"));
    gives("inputs.?person.mail.orValue('nobody')", json!("a@b"));
    gives("inputs.people.map(p, p.?name.first.orValue('-'))", json!(["-", "Ada"]));
    gives("inputs.people[?5].name.orValue('-')", json!("-"));
    gives("nodes.?gone.key.orValue('-')", json!("-"));
    gives("nodes.skipped.?key.orValue('-')", json!("-"));
    gives("nodes.done.?parent.key.orValue('-')", json!("-"));
    gives("has(inputs.owner.name) || has(inputs.?gone.name)", json!(false));
    gives("inputs.?none.hasValue()", json!(true));
    gives("{?'a': inputs.?gone, 'b': 1}", json!({"b": 1}));
    gives("[?inputs.?gone, 2]", json!([2]));
    gives("inputs.?list.optMap(l, l.size()).orValue(0)", json!(200));
}

#[test]
fn a_fault_is_absorbed_by_what_decides() {
    gives("1 / 0 == 1 || true", json!(true));
    gives("false && 1 / 0 == 1", json!(false));
    gives("[0, 1].exists(x, 1 / x == 1)", json!(true));
    gives("[0, 2].all(x, 1 / x == 1)", json!(false));
}

/// Each would take far more than it may, and stops at the same point each time. Nothing absorbs that.
#[test]
fn what_takes_too_much_stops_and_says_where() {
    let repeated = |start: &str, step: &str, times: usize| format!("{start}{}", step.repeat(times));
    let sources = [
        "inputs.list.all(a, inputs.list.all(b, inputs.list.all(c, true)))".to_owned(),
        "inputs.list.exists(a, inputs.list.exists(b, inputs.list.exists(c, 1 / 0 == 1))) || true".to_owned(),
        "inputs.list.all(a, inputs.list.exists(b, inputs.list.map(c, c).size() == 0) || true) || true".to_owned(),
        repeated("['x']", ".map(a, a + a)", 40),
        repeated("[[1]]", ".map(a, a + a)", 40),
        repeated("[1]", ".map(a, [a, a])", 40),
        format!("{0} == {0}", repeated("[1]", ".map(a, [a, a])", 30)),
        repeated("'x'", ".replace('x', 'xxxxxxxxxx')", 10),
        repeated("[1]", ".map(a, [a, a])", 30) + ".flatten(40)",
        "inputs.list.map(a, inputs.page.matches('(x+x+)+y'))".to_owned(),
        "inputs.page.find('x*y|x').size()".to_owned(),
        "inputs.list.map(a, inputs.page.lastIndexOf('y'))".to_owned(),
        "inputs.list.map(a, inputs.list.map(b, '%.100f'.format([1.5]))).size()".to_owned(),
        "inputs.objects.map(o, inputs.objects.map(p, json(inputs.objects))).size()".to_owned(),
        "inputs.?list.optMap(l, l.map(a, l.map(b, l.map(c, c)))).hasValue()".to_owned(),
    ];
    for source in sources {
        let expression = Expression::parse(&source).expect(&source);
        let world = World::new();
        let evaluated = || {
            let mut budget = Budget::default();
            (expression.json(&world, &mut budget), budget.used())
        };
        let (result, used) = evaluated();
        let fault = result.expect_err(&source);
        assert_eq!(fault.cause.code(), Code::BUDGET, "{source}: {}", fault.cause);
        assert!(expression.span(fault.part).is_some(), "{source} has a place");
        assert_eq!(evaluated(), (Err(fault), used), "{source} is the same each time");
    }
}

#[test]
fn nothing_that_is_lent_is_copied() {
    let (world, mut budget) = (World::new(), Budget::default());
    let expression = Expression::parse("inputs.objects[7].key + inputs.list[0]").expect("CEL");
    assert_eq!(expression.json(&world, &mut budget), Ok(json!(7)));
    assert_eq!(budget.used(), (11, 32));
}

proptest::proptest! {
    /// An expression of parts that are put together at random gives the same value, fault and charge each time.
    #[test]
    fn an_evaluation_is_a_function(source in expression(3)) {
        let Ok(expression) = Expression::parse(&source) else { return Ok(()) };
        let world = World::new();
        let evaluated = || {
            let mut budget = Budget::default();
            let json = expression.json(&world, &mut budget).map(|json| json.to_string());
            (json, budget.used())
        };
        proptest::prop_assert_eq!(evaluated(), evaluated(), "{}", source);
    }
}

fn expression(depth: u32) -> proptest::strategy::BoxedStrategy<String> {
    use proptest::prelude::*;
    let leaf = proptest::sample::select(vec![
        "1",
        "2.5",
        "'a'",
        "null",
        "true",
        "[]",
        "inputs",
        "inputs.rates",
        "inputs.counts",
        "inputs.people",
        "inputs.words",
        "nodes.done",
        "{'b': 1, 'a': [2]}",
        "{2: 'x', 1: 'y'}",
        "inputs.?owner",
        "inputs.price",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(depth, 24, 3, |inner| {
            let operator = proptest::sample::select(vec!["+", "-", "*", "/", "==", "<", "in", "&&", "||"]);
            let call = proptest::sample::select(vec![
                "map(k, k)",
                "map(k, [k])",
                "filter(k, k != 'a')",
                "exists(k, k == 'b')",
                "size()",
                "sort()",
                "distinct()",
                "first()",
                "join(',')",
                "sum()",
                "reverse()",
                "orValue(1)",
                "?a",
            ]);
            prop_oneof![
                (inner.clone(), operator, inner.clone())
                    .prop_map(|(left, sign, right)| format!("({left} {sign} {right})")),
                (inner.clone(), call).prop_map(|(of, call)| format!("({of}).{call}")),
                (inner.clone(), inner.clone()).prop_map(|(key, value)| format!("{{{key}: {value}}}")),
                inner.clone().prop_map(|of| format!("json({of})")),
                inner.prop_map(|of| format!("string({of})")),
            ]
        })
        .boxed()
}
