//! Expression + bindings → value, with a bound on the work and in words that show no values.

use cel::ExecutionError;
use serde_json::Value;

use super::{Bindings, ENVIRONMENT, Expression, ReferencePath, reference, value};

/// How many times the body of an expression's innermost loop may run.
const ROUNDS: usize = 250_000;

/// Why an evaluation gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// The evaluator's words, without the values it was working on.
    pub message: String,
    /// The output of a node that was read without a guard and is not there: `["nodes", "file", "key"]`.
    pub missing_output: Option<ReferencePath>,
}

impl EvaluationError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), missing_output: None }
    }
}

impl Expression {
    /// Gives its value.
    ///
    /// # Errors
    /// When something is missing or of the wrong type, or the work would have no bound.
    pub fn evaluate(&self, bindings: &dyn Bindings) -> Result<Value, EvaluationError> {
        let mut context = cel::Context::with_env(ENVIRONMENT.clone());
        let mut longest = super::parse::ELEMENTS;
        for (name, value) in reference::bound(&self.references, bindings) {
            longest = longest.max(value::longest(&value));
            context.add_variable_from_value(name, value::to_cel(&value));
        }
        self.bound_work(longest)?;
        let value = cel::Value::resolve(self.tree.root(), &context).map_err(|error| self.failed(&error, bindings))?;
        value::from_cel(&value).map_err(|reason| EvaluationError::new(format!("`{}`: {reason}", self.source())))
    }

    /// Refuses loops inside loops over lists as long as `longest`.
    fn bound_work(&self, longest: usize) -> Result<(), EvaluationError> {
        let depth = u32::try_from(self.loops).unwrap_or(u32::MAX);
        match longest.saturating_pow(depth) {
            rounds if self.loops > 1 && rounds > ROUNDS => Err(EvaluationError::new(format!(
                "`{}` has {depth} loops inside one another, over lists of up to {longest} elements: too much work",
                self.source()
            ))),
            _ => Ok(()),
        }
    }

    fn failed(&self, error: &ExecutionError, bindings: &dyn Bindings) -> EvaluationError {
        let missing = match error {
            ExecutionError::NoSuchKey(_) | ExecutionError::UndeclaredReference(_) => {
                self.references.iter().find(|reference| reference.lacks_output(bindings))
            }
            _ => None,
        };
        let message = match missing {
            Some(missing) => format!("`{}` is missing", missing.path.join(".")),
            None => format!("`{}`: {}", self.source(), reason(error)),
        };
        EvaluationError { message, missing_output: missing.map(|reference| reference.path.clone()) }
    }
}

/// The crate's words, without the values.
fn reason(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("there is no field `{name}`"),
        ExecutionError::UndeclaredReference(name) => format!("there is no `{name}`"),
        ExecutionError::UnexpectedType { got, want } => format!("{} is needed, found {}", a(want), a(got)),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".into(),
        ExecutionError::Overflow(..) => "the number is too large".into(),
        ExecutionError::IndexOutOfBounds(_) => "the list has no element at this index".into(),
        ExecutionError::DuplicateKey(_) => "a key of the map is written twice".into(),
        ExecutionError::UnsupportedKeyType(_) => "this cannot be the key of a map".into(),
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            does_not_take(operator, &[left.type_of().to_string(), right.type_of().to_string()])
        }
        ExecutionError::ValuesNotComparable(left, right) => {
            does_not_take("compare", &[left.type_of().to_string(), right.type_of().to_string()])
        }
        ExecutionError::NoSuchOverload(overload) => does_not_take(overload.function(), overload.argument_types()),
        ExecutionError::FunctionError { function, .. } if function == "matches" => {
            "the pattern is no regular expression".into()
        }
        ExecutionError::FunctionError { function, message } => format!("`{function}()` failed: {message}"),
        _ => "the evaluation failed".into(),
    }
}

fn does_not_take(function: &str, types: &[String]) -> String {
    let types: Vec<String> = types.iter().map(|name| a(name)).collect();
    match (function, types.as_slice()) {
        ("_._", [of, ..]) => format!("{of} has no fields"),
        ("_[_]", [of, index]) => format!("{of} cannot be indexed by {index}"),
        _ => format!("`{}` does not take {}", sign(function), types.join(" and ")),
    }
}

/// The crate's name of a type, in ours.
fn a(name: &str) -> String {
    match name {
        "int" | "uint" => "a whole number".into(),
        "float" | "double" => "a number with a fraction".into(),
        "string" => "a text".into(),
        "bool" => "a boolean".into(),
        "null" | "null_type" => "null".into(),
        "bytes" => "bytes".into(),
        "iterable" => "a list".into(),
        other => format!("a {other}"),
    }
}

/// The operator as it is written.
fn sign(function: &str) -> &str {
    match function {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        other => other.trim_matches(['_', '@']),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::json;

    use super::*;

    /// Inputs and one completed node.
    struct World;

    impl Bindings for World {
        fn root(&self, name: &str) -> Option<Cow<'_, Value>> {
            let secret = "a value that no message may show";
            (name == "inputs").then(|| {
                Cow::Owned(json!({
                    "big": u64::MAX, "minus_zero": -0.0, "secret": secret, "list": vec![1; 200], "long": vec![1; 2000],
                    "none": null, "a": {"b": 2}, "page": "x".repeat(100_000),
                }))
            })
        }

        fn node(&self, id: &str) -> Option<Cow<'_, Value>> {
            match id {
                "done" => Some(Cow::Owned(json!({"outcome": "completed", "error": null, "key": "OPS-1"}))),
                "skipped" => Some(Cow::Owned(json!({"outcome": "skipped", "error": null}))),
                _ => None,
            }
        }
    }

    fn value(source: &str) -> String {
        match Expression::parse(source).expect(source).evaluate(&World) {
            Ok(value) => value.to_string(),
            Err(error) => {
                let missing =
                    error.missing_output.map(|path| format!(" (missing {})", path.join("."))).unwrap_or_default();
                format!("error: {}{missing}", error.message)
            }
        }
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
            "nodes.skipped.key",
            "nodes.skipped.key + nodes.done.key",
            "nodes.skipped.outcome",
            "has(nodes.skipped.key) ? nodes.skipped.key : 'none'",
            "has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing",
            "nodes.absent.key",
            "{'a': 1, 'a': 2}",
            "b'x'",
            "inputs.list.map(a, inputs.list.map(b, 1)).size()",
            "inputs.long.map(a, inputs.long.map(b, 1)).size()",
            "inputs.list.map(a, inputs.page)",
            "inputs.list.map(a, inputs.list.map(b, inputs)).size()",
        ];
        let values: Vec<String> = sources.into_iter().map(|source| format!("{source} → {}", value(source))).collect();
        insta::assert_snapshot!(values.join("\n"), @r#"
        inputs.big → 18446744073709551615
        inputs.minus_zero → -0.0
        inputs.a.b + 1 → 3
        nodes.done.key → "OPS-1"
        nodes['done'].key → "OPS-1"
        {'b': 1, 'a': [null, 1.5]} → {"a":[null,1.5],"b":1}
        1 / 0 → error: `1 / 0`: division by zero
        1 % 0 → error: `1 % 0`: division by zero
        0.0 / 0.0 → error: `0.0 / 0.0`: the number is not finite
        9223372036854775807 + 1 → error: `9223372036854775807 + 1`: the number is too large
        -(-9223372036854775807 - 1) → error: `-(-9223372036854775807 - 1)`: the number is too large
        1 + 1.5 → error: `1 + 1.5`: `+` does not take a whole number and a number with a fraction
        inputs.secret + 1 → error: `inputs.secret + 1`: `+` does not take a text and a whole number
        inputs.secret * 3 → error: `inputs.secret * 3`: `*` does not take a text and a whole number
        inputs.secret < 3 → error: `inputs.secret < 3`: `<` does not take a text and a whole number
        inputs.secret[0] → error: `inputs.secret[0]`: a text cannot be indexed by a whole number
        !inputs.secret → error: `!inputs.secret`: `!` does not take a text
        int(inputs.secret) → error: `int(inputs.secret)`: `int()` failed: string parse error: invalid digit found in string
        matches('a', '(') → error: `matches('a', '(')`: the pattern is no regular expression
        [1][5] → error: `[1][5]`: the list has no element at this index
        inputs.nothing → error: `inputs.nothing`: there is no field `nothing`
        inputs.none.x → error: `inputs.none.x`: null has no fields
        nodes.skipped.key → error: `nodes.skipped.key` is missing (missing nodes.skipped.key)
        nodes.skipped.key + nodes.done.key → error: `nodes.skipped.key` is missing (missing nodes.skipped.key)
        nodes.skipped.outcome → "skipped"
        has(nodes.skipped.key) ? nodes.skipped.key : 'none' → "none"
        has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing → error: `has(nodes.skipped.key) ? nodes.skipped.key : inputs.nothing`: there is no field `nothing`
        nodes.absent.key → error: `nodes.absent.key`: there is no `nodes`
        {'a': 1, 'a': 2} → error: `{'a': 1, 'a': 2}`: a key of the map is written twice
        b'x' → error: `b'x'`: bytes has no form in JSON
        inputs.list.map(a, inputs.list.map(b, 1)).size() → 200
        inputs.long.map(a, inputs.long.map(b, 1)).size() → error: `inputs.long.map(a, inputs.long.map(b, 1)).size()` has 2 loops inside one another, over lists of up to 2000 elements: too much work
        inputs.list.map(a, inputs.page) → error: `inputs.list.map(a, inputs.page)`: the value is too large
        inputs.list.map(a, inputs.list.map(b, inputs)).size() → error: `inputs.list.map(a, inputs.list.map(b, inputs)).size()` has 2 loops inside one another, over lists of up to 2000 elements: too much work
        "#);
    }
}
