//! What serde_yaml takes a plain scalar for. It is asked only where the text may be a number.

use serde_json::Value;

use super::value;

/// Whether a plain scalar is a text, and no number, boolean or null.
pub(super) fn is_text(scalar: &str) -> bool {
    value(scalar).is_string()
}

/// The value of a plain scalar.
pub(super) fn value(scalar: &str) -> Value {
    match scalar {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if scalar.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => number(scalar),
        _ => scalar.into(),
    }
}

/// The value of a scalar that may be a number.
fn number(scalar: &str) -> Value {
    // Most are short, and no rule but that of decimal digits can hold for them.
    let is_short = scalar.len() < 16 && scalar.bytes().all(|byte| byte.is_ascii_digit());
    if is_short && (scalar == "0" || !scalar.starts_with('0')) {
        return scalar.parse::<i64>().map_or_else(|_| scalar.into(), Value::from);
    }
    match value::first_document(scalar) {
        Ok(number @ (Value::Number(_) | Value::Null)) => number,
        _ => scalar.into(),
    }
}

/// Whether a plain scalar is `.inf`, `-.inf` or `.nan`.
pub(super) fn is_not_finite(scalar: &str) -> bool {
    let can_be = scalar.len() < 6 && scalar.starts_with(['.', '+', '-']);
    can_be && matches!(serde_yaml::from_str(scalar), Ok(serde_yaml::Value::Number(number)) if !number.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As serde_yaml reads it in a document.
    fn read(scalar: &str) -> Value {
        let document = value::first_document(&format!("a: {scalar}\n")).expect("YAML");
        document["a"].clone()
    }

    #[test]
    fn plain_scalars_are_what_serde_yaml_takes_them_for() {
        for scalar in [
            "",
            "~",
            "null",
            "Null",
            "NULL",
            "nULL",
            "true",
            "True",
            "TRUE",
            "tRUE",
            "false",
            "FALSE",
            "yes",
            "no",
            "on",
            "0",
            "1",
            "-1",
            "+1",
            "00",
            "007",
            "-0",
            "+0",
            "1.10",
            "1e3",
            "1E3",
            "1.",
            ".5",
            "-.5",
            "+.5",
            "0x1F",
            "0X1F",
            "-0x1F",
            "0o17",
            "0b101",
            "1_000",
            "123456789012345",
            "1234567890123456",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "123456789012345678901",
            "1e400",
            "-",
            "--",
            "-a",
            "+",
            ".",
            "..",
            "1.2.3",
            "2026-02-28",
            "12:30",
            "1 2",
            "-1 - 2",
            "inf",
            "nan",
            "infinity",
            "NaN",
            "e5",
            "٣",
            "é",
        ] {
            if scalar != "-" {
                assert_eq!(value(scalar), read(scalar), "{scalar}");
            }
        }
        assert_eq!(value("-"), "-", "no parser gives it as a scalar");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_plain_scalar_is_taken_for_something_else(scalar in "[+.0-9][-+.0-9eExob_]{0,20}|[a-zA-Z~][a-zA-Z0-9]{0,5}") {
            prop_assert_eq!(value(&scalar), read(&scalar));
        }
    }
}
