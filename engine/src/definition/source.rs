//! The text of a definition, and lines and columns in it.

use std::sync::Arc;

use crate::{
    diagnostic::{Code, Diagnostic},
    yaml,
};

/// A text and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    name: Arc<str>,
    /// Where its file is, absolute.
    path: Option<Arc<str>>,
    text: Arc<str>,
    line_starts: Arc<[usize]>,
    /// How many characters are before each block of the text; empty where each takes one byte. A file may be one line.
    characters: Arc<[usize]>,
}

/// How many bytes a block has.
const BLOCK: usize = 4096;

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Source {
    /// The most bytes that a definition has.
    pub const LARGEST: usize = yaml::LARGEST_FILE;

    /// A text, and the file name to show for it.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let line_starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let characters = if text.is_ascii() { Arc::default() } else { characters(&text) };
        Self { name: name.into(), path: None, text, line_starts, characters }
    }

    /// The bytes of a file, and the file name to show for it.
    ///
    /// # Errors
    /// When the file is too large, or is not text in UTF-8.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> Result<Self, Diagnostic> {
        check_size(bytes.len())?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            let (line, column) = place_of_byte(&bytes[..at]);
            let message = format!("the file is not text in UTF-8, from line {line}, column {column} on");
            Diagnostic::error(Code::UNREADABLE, at..at, message).with_help("save the file as UTF-8")
        })?;
        Ok(Self::new(name, text))
    }

    /// The same text, read from the file at this path, which is absolute.
    #[must_use]
    pub fn at_path(self, path: impl Into<Arc<str>>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Where its file is, absolute; `None` if it is not known to have come from one.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The file name to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Refuses a text that is too large, however it came here.
    pub(super) fn check_size(&self) -> Result<(), Diagnostic> {
        check_size(self.text.len())
    }

    /// The byte at a line and column; the text's end where there is none.
    pub fn byte(&self, position: Position) -> usize {
        let Some(start) = self.line_starts.get(position.line.saturating_sub(1)).copied() else {
            return self.text.len();
        };
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let within = line.char_indices().nth(position.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        start + within
    }

    /// The line and column of a byte. A byte order mark takes no column.
    pub fn position(&self, byte: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= byte).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let Some(before) = self.text.get(start..byte) else { return Position { line, column: 1 } };
        let marks = before.chars().take_while(|char| *char == '\u{feff}').count();
        Position { line, column: self.characters_before(byte) - self.characters_before(start) - marks + 1 }
    }

    /// How many characters are before a byte that one starts at.
    fn characters_before(&self, byte: usize) -> usize {
        let block = byte / BLOCK;
        let before = self.characters.get(block);
        before.map_or(byte, |before| before + count(&self.text.as_bytes()[block * BLOCK..byte]))
    }
}

/// How many characters are before each block, and before the end.
fn characters(text: &str) -> Arc<[usize]> {
    let blocks = text.as_bytes().chunks(BLOCK).map(count);
    let sums = blocks.scan(0, |sum, characters| {
        *sum += characters;
        Some(*sum)
    });
    [0].into_iter().chain(sums).collect()
}

/// How many characters start in these bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// The line and column after these bytes, which are text.
fn place_of_byte(before: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(before);
    let last = text.rsplit('\n').next().unwrap_or_default();
    (text.matches('\n').count() + 1, last.chars().count() + 1)
}

fn check_size(length: usize) -> Result<(), Diagnostic> {
    if length <= yaml::LARGEST_FILE {
        return Ok(());
    }
    let fault = Diagnostic::error(Code::FILE_TOO_LARGE, None, "the file is larger than 8 MiB");
    Err(fault.with_help("split the definition"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Line and column, counted one by one.
    fn counted(text: &str, byte: usize) -> Position {
        let before = &text[..byte];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[start..].trim_start_matches('\u{feff}').chars().count() + 1;
        Position { line: before.matches('\n').count() + 1, column }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn columns_count_characters(parts in prop::collection::vec(prop::sample::select(&["a", "é", "\n", "😀", "\u{feff}"][..]), 0..40), times in prop::sample::select(&[1_usize, 200][..])) {
            let text = parts.concat().repeat(times);
            let source = Source::new("process.yaml", text.as_str());
            let step = 1 + text.len() / 100;
            for byte in (0..=text.len()).step_by(step).filter(|byte| text.is_char_boundary(*byte)) {
                prop_assert_eq!(source.position(byte), counted(&text, byte), "{}", byte);
            }
        }
    }
}
