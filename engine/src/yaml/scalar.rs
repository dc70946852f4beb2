//! What serde_yaml takes a plain scalar for. It is asked only where the text can be anything but a text.

use serde_yaml::Value;

/// Whether a plain scalar is a text, and no number, boolean or null.
pub(super) fn is_text(scalar: &str) -> bool {
    if scalar.starts_with(|first: char| first.is_ascii_lowercase() && !"tfn".contains(first)) {
        return true;
    }
    matches!(serde_yaml::from_str(scalar), Ok(Value::String(_)) | Err(_))
}

/// Whether a plain scalar is `.inf`, `-.inf` or `.nan`.
pub(super) fn is_not_finite(scalar: &str) -> bool {
    let can_be = scalar.len() < 6 && scalar.starts_with(['.', '+', '-']);
    can_be && matches!(serde_yaml::from_str(scalar), Ok(Value::Number(number)) if !number.is_finite())
}
