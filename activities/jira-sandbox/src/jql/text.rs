//! The `~` of JQL: words in any order and case, `"words in a row"` in inner quotes, and `begin*`. Jira finds inflected
//! forms besides, which the sandbox does not. \[unverified\]

/// What is looked for in a text: all of it must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Phrase>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Phrase {
    words: Vec<String>,
    /// Whether the last word may go on.
    open: bool,
}

impl Pattern {
    /// Reads the value of a `~`. `None` where it looks for nothing, or begins with a wildcard, which Jira refuses.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut phrases = Vec::new();
        for (index, part) in text.split('"').enumerate() {
            if index % 2 == 1 {
                phrases.push(Phrase { words: words(part), open: false });
                continue;
            }
            for word in part.split_whitespace() {
                if word.starts_with(['*', '?']) {
                    return None;
                }
                phrases.push(Phrase { words: words(word), open: word.ends_with('*') });
            }
        }
        phrases.retain(|phrase| !phrase.words.is_empty());
        (!phrases.is_empty()).then_some(Self(phrases))
    }

    /// Whether one of the texts has it all.
    pub(super) fn is_in(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| {
            let words = words(text);
            self.0.iter().all(|phrase| phrase.is_in(&words))
        })
    }
}

impl Phrase {
    fn is_in(&self, words: &[String]) -> bool {
        words.windows(self.words.len()).any(|window| {
            let last = self.words.len() - 1;
            self.words.iter().zip(window).enumerate().all(|(index, (wanted, word))| {
                if self.open && index == last { word.starts_with(wanted) } else { word == wanted }
            })
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let text = ["Search is slow for long queries (OPS-7)".to_owned()];
        for (pattern, found) in [
            ("slow", Some(true)),
            ("SLOW search", Some(true)),
            ("slow fast", Some(false)),
            ("quer", Some(false)),
            ("quer*", Some(true)),
            ("\"is slow\"", Some(true)),
            ("\"slow is\"", Some(false)),
            ("search \"long queries\"", Some(true)),
            ("OPS-7", Some(true)),
            ("", None),
            ("*slow", None),
            ("!!", None),
        ] {
            assert_eq!(Pattern::parse(pattern).map(|pattern| pattern.is_in(&text)), found, "{pattern}");
        }
    }
}
