//! The rules for a project's key.

/// What is wrong with a project's key \[SPEC CreateProjectDetails\].
pub(super) fn wrong(key: &str) -> Option<String> {
    let allowed = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit();
    let right = (2..=10).contains(&key.len())
        && key.starts_with(|char: char| char.is_ascii_uppercase())
        && key.chars().all(allowed);
    let rule = "a capital letter, then 1 to 9 capital letters or digits, such as `OPS`";
    let capitals = key.to_ascii_uppercase();
    let meant = if capitals != key && wrong(&capitals).is_none() {
        format!("; did you mean `{capitals}`?")
    } else {
        String::new()
    };
    (!right).then(|| format!("`{key}` is not a project key: {rule}{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_rules() {
        for key in ["OPS", "A1", "ABCDEFGHIJ"] {
            assert_eq!(wrong(key), None, "{key}");
        }
        for key in ["ops", "O", "1OPS", "OPS_A", "OPS-1", "ABCDEFGHIJK", "ÖPS", "", " OPS"] {
            assert!(wrong(key).is_some(), "{key}");
        }
    }
}
