//! What an effect is recognised by at Jira, for a person who has to say whether it happened: short, since each intent keeps it.

use serde_json::Value;

use crate::{adf, input::cut};

/// Where Jira shows what was changed of an issue, and by whom.
pub(super) const HISTORY: &str = "the history of the issue";

/// So many words of a summary are searched for.
const MOST_WORDS: usize = 8;

/// A rich text by its length: `312 characters`.
pub(super) fn length(document: &Value) -> String {
    match adf::characters(document) {
        1 => "1 character".to_owned(),
        many => format!("{many} characters"),
    }
}

/// How a rich text begins, on one line.
pub(super) fn beginning(document: &Value) -> String {
    let text = adf::to_markdown(document);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line).into_owned()
}

/// A search for an issue by its project and the words of its summary, the newest first.
pub(super) fn search(project: &str, summary: &str) -> String {
    // What is not a word has a meaning of its own in a search of texts, or none. So have AND, OR and NOT in capitals.
    let words = summary.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.take(MOST_WORDS).map(str::to_lowercase).collect();
    let condition = if words.is_empty() { String::new() } else { format!(" AND summary ~ \"{}\"", words.join(" ")) };
    format!("project = \"{project}\"{condition} ORDER BY created DESC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_has_the_words_of_a_summary_and_nothing_that_jql_reads() {
        let found = |summary| search("OPS", summary);
        assert_eq!(
            found("Login: \"blank\" (page) AND more"),
            r#"project = "OPS" AND summary ~ "login blank page and more" ORDER BY created DESC"#
        );
        assert_eq!(found("…"), r#"project = "OPS" ORDER BY created DESC"#);
    }

    #[test]
    fn a_text_is_told_by_its_length_and_its_beginning() {
        let document = adf::from_markdown("One **two**\n\nthree").expect("a document");
        assert_eq!((length(&document).as_str(), beginning(&document).as_str()), ("12 characters", "One **two** three"));
    }
}
