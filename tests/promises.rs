//! docs/promises.md names the test behind each sentence: the test is there.

use std::{fs, path::Path};

#[test]
fn every_test_that_proves_a_promise_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/promises.md")).expect("the page is there");
    let (mut file, mut text, mut named) = ("", String::new(), 0);
    for word in page.split('`').skip(1).step_by(2) {
        if word.ends_with(".rs") || word.ends_with(".sh") {
            file = word;
            text = fs::read_to_string(root.join(word)).unwrap_or_else(|error| panic!("{word}: {error}"));
        } else if word.matches('_').count() > 1 && word.chars().all(|char| char.is_ascii_lowercase() || char == '_') {
            named += 1;
            assert!(text.contains(&format!("fn {word}(")), "{file} has no test `{word}`");
        }
    }
    assert!(named > 15, "the page names only {named} tests");
}
