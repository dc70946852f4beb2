//! Long texts in lines.

/// A text in lines of at most `width` characters, each behind `indent` spaces.
pub fn wrap(text: &str, indent: usize, width: usize) -> String {
    wrapped(text, indent, width, |paragraph| paragraph.split(' ').map(str::to_owned).collect())
}

/// The same, and what stands in backticks stays on one line, however long: it is to be copied.
pub fn wrap_around_code(text: &str, indent: usize, width: usize) -> String {
    wrapped(text, indent, width, |paragraph| {
        let (mut words, mut is_open) = (Vec::<String>::new(), false);
        for word in paragraph.split(' ') {
            match words.last_mut().filter(|_| is_open) {
                Some(code) => *code = format!("{code} {word}"),
                None => words.push(word.to_owned()),
            }
            is_open ^= word.matches('`').count() % 2 == 1;
        }
        words
    })
}

fn wrapped(text: &str, indent: usize, width: usize, words: impl Fn(&str) -> Vec<String>) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_characters() {
        assert_eq!(wrap("one two three", 2, 9), "  one two\n  three\n");
        assert_eq!(wrap("größer als", 0, 6), "größer\nals\n");
        assert_eq!(wrap_around_code("write `a: b c`: one two", 2, 9), "  write\n  `a: b c`:\n  one two\n");
    }
}
