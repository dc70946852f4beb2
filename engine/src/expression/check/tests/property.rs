//! What the checker says holds for what the evaluator gives.

use serde_json::json;

use super::*;
use crate::expression::Bound;

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
            proptest::prop_assert!(has_type(&value, &checked.kind.clone().in_json()), "{source}: {value} is not a {:?}", checked.kind);
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
