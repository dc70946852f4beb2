//! The part of a text that is shown with a problem.

use std::ops::Range;

use flowrun_engine::definition::Source;

use crate::visible::{is_obeyed, shown};

/// The lines of a place, visible. Rendering looks at all of a snippet's text, which may be a mebibyte, for each problem.
pub(crate) struct Window {
    pub(crate) text: String,
    /// The number of its first line.
    pub(crate) line: usize,
    /// The place, in the bytes of `text`.
    pub(crate) span: Range<usize>,
}

impl Window {
    pub(crate) fn around(source: &Source, span: &Range<usize>) -> Self {
        let text = source.text();
        let end = span.end.min(text.len());
        let span = span.start.min(end)..end;
        let first = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let rest = text[span.end..].split('\n').next().unwrap_or_default();
        let last = span.end + rest.strip_suffix('\r').unwrap_or(rest).len();
        let [before, within, after] =
            [first..span.start, span.clone(), span.end..last].map(|part| visible(&text[part]));
        Self {
            line: source.position(span.start).line,
            span: before.len()..before.len() + within.len(),
            text: before + &within + &after,
        }
    }

    /// The column of the place in the line as it is shown.
    pub(crate) fn column_shown(&self) -> usize {
        self.text[..self.span.start].rsplit('\n').next().unwrap_or_default().chars().count() + 1
    }
}

/// Lines of a definition: with their own breaks, and with tabs, which the renderer makes spaces.
fn visible(lines: &str) -> String {
    let kept = |char: char| {
        if matches!(char, '\n' | '\t') || !is_obeyed(char) { char.to_string().into() } else { shown(char) }
    };
    lines.replace("\r\n", "\n").chars().map(kept).collect::<String>()
}
