//! "Did you mean": the name that a misspelt one was most likely meant to be.
//!
//! ```
//! use flowrun_engine::suggestion::did_you_mean;
//!
//! assert_eq!(did_you_mean("sumary", ["summary", "project"]), Some("did you mean `summary`?".to_owned()));
//! assert_eq!(did_you_mean("color", ["summary", "project"]), None);
//! ```

use std::cell::Cell;

/// The candidate that is most like `name`, if one is alike at all. Of equal ones, the first.
pub fn similar<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerated = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    let distance = |candidate: &str| match candidate.to_lowercase() {
        same if same == lower => 0,
        other => strsim::osa_distance(&lower, &other),
    };
    // Lengths tell most candidates apart: a definition may have thousands of names.
    let near = |candidate: &&str| candidate.len().abs_diff(name.len()) <= tolerated * 4;
    candidates
        .into_iter()
        .filter(near)
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `key`?", if there is a name alike.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    similar(name, candidates).map(did_you_mean_this)
}

/// Suggestions of names that there may be thousands of, for the first hundred problems only: each search goes through all of
/// them, and nobody reads on.
#[derive(Debug)]
pub(crate) struct Suggestions {
    left: Cell<usize>,
}

/// How many problems get a suggestion.
const MOST: usize = 100;

impl Default for Suggestions {
    fn default() -> Self {
        Self { left: Cell::new(MOST) }
    }
}

impl Suggestions {
    /// The candidate that is most like `name`, as [`similar`] finds it; none once there were enough.
    pub(crate) fn similar<'a>(&self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        self.left.set(self.left.get().checked_sub(1)?);
        similar(name, candidates)
    }

    /// "did you mean `key`?", if there is a name alike; nothing once there were enough.
    pub(crate) fn did_you_mean<'a>(&self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
        self.similar(name, candidates).map(did_you_mean_this)
    }
}

fn did_you_mean_this(name: &str) -> String {
    format!("did you mean `{name}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_problems_get_a_suggestion() {
        let suggestions = Suggestions::default();
        let given = (0..250).filter(|_| suggestions.similar("keyy", ["key"]).is_some()).count();
        assert_eq!(given, 100);
    }

    #[test]
    fn only_what_is_alike_is_suggested() {
        let names = ["key", "issue", "summary", "startsWith"];
        let cases = [
            ("keyy", Some("key")),
            ("kye", Some("key")),
            ("Issue", Some("issue")),
            ("sumary", Some("summary")),
            ("startswith", Some("startsWith")),
            ("startWith", Some("startsWith")),
            ("priority", None),
            ("k", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(similar(name, names), expected, "{name}");
        }
    }
}
