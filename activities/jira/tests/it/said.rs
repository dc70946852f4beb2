//! What activities declare of their failures, held against failures that happened.

use std::sync::Arc;

use flowrun_jira::{Client, Files, catalogue};

/// Holds that each failure that an activity declares was said by one of `told`.
#[track_caller]
pub(crate) fn declared(activity: &str, told: &[String]) {
    let catalogue = catalogue(&Arc::new(Client::offline()), &Files::none());
    let failures = &catalogue.get(activity).expect("an activity").description().failures;
    assert!(!failures.is_empty(), "{activity} declares nothing");
    for (when, said) in failures {
        let is_said = told.iter().any(|told| fits(said, told));
        assert!(is_said, "{activity}, {when}: nobody said {said:?} in\n{}", told.join("\n"));
    }
}

/// Whether a text has the pieces of a pattern in order; `…` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    for piece in pattern.split('…').map(str::trim).filter(|piece| !piece.is_empty()) {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

#[test]
fn a_pattern_fits_what_has_its_pieces_in_order() {
    let pattern = "issue `…` has sub-tasks: …";
    for (text, expected) in [
        ("issue `OPS-3` has sub-tasks: OPS-4", true),
        ("issue `OPS-3` is gone", false),
        ("has sub-tasks: issue `", false),
    ] {
        assert_eq!(fits(pattern, text), expected, "{text}");
    }
}
