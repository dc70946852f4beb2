//! Diagnostics as rustc shows its own: the source line, and what is wrong under it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use flowrun_engine::{
    definition::Source,
    diagnostic::{Diagnostic, Severity},
};

use super::plain::{wrap, wrap_around_code};
use crate::screen::{
    on_one_line, styles,
    visible::{is_obeyed, sealed, shown},
};

const WIDTH: usize = 80;

/// What stands before a help text: the line numbers' column, and `= help: `.
const MARGIN: usize = 14;

/// More problems than these nobody reads at once; documents have all.
const MOST_SHOWN: usize = 100;

/// A longer message is cut: a value that is told in it may be a file's.
const LONGEST_MESSAGE: usize = 2_000;

/// A longer line of a definition is not shown.
const LONGEST_LINE: usize = 10_000;

/// A diagnostic, and the text that its place is in.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The text; `None` for a problem that is in no file.
    pub source: Option<Source>,
    /// The problem.
    pub diagnostic: Diagnostic,
}

impl Reported {
    /// Diagnostics of one text.
    pub(crate) fn all(source: &Source, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Vec<Self> {
        let reported = |diagnostic| Self { source: Some(source.clone()), diagnostic };
        diagnostics.into_iter().map(reported).collect()
    }
}

impl From<Diagnostic> for Reported {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { source: None, diagnostic }
    }
}

/// Writes diagnostics for people, with colours that [`super::Screen`] takes out where they are not wanted.
pub(crate) fn render(reported: &[Reported]) -> String {
    let shown = reported.iter().take(MOST_SHOWN).map(|reported| render_one(reported) + "\n");
    let more = reported.len().saturating_sub(MOST_SHOWN);
    let more = (more > 0).then(|| format!("and {more} more; `-o json` has all\n\n"));
    shown.chain(more).collect()
}

/// Writes an error that has no code.
pub(crate) fn plain_error(message: &str, help: Option<&str>) -> String {
    unplaced(Severity::Error, "", message, help) + "\n"
}

/// Writes a diagnostic as an annotation of GitHub Actions.
pub(crate) fn github_line(reported: &Reported) -> String {
    let Reported { source, diagnostic } = reported;
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(source) = source {
        properties.push(format!("file={}", github_property(source.name())));
        if let Some(span) = &diagnostic.span {
            let (start, end) = (source.position(span.start), source.position(span.end));
            properties.push(format!(
                "line={},endLine={},col={},endColumn={}",
                start.line, end.line, start.column, end.column
            ));
        }
    }
    properties.push(format!("title={}", diagnostic.code));
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    let message: String = [message_line(&diagnostic.message)].into_iter().chain(help).collect();
    format!("::{command} {}::{}\n", properties.join(","), github_text(&message))
}

fn github_text(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_text(text).replace(':', "%3A").replace(',', "%2C")
}

fn render_one(reported: &Reported) -> String {
    let Reported { source, diagnostic } = reported;
    let code = diagnostic.code.to_string();
    let (Some(source), Some(span)) = (source, &diagnostic.span) else {
        let file = source.as_ref().map(|source| format!("{}: ", source.name())).unwrap_or_default();
        let message = format!("{file}{}", diagnostic.message);
        return unplaced(diagnostic.severity, &code, &message, diagnostic.help.as_deref());
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let path = on_one_line(source.name());
    let position = source.position(span.start);
    let window = Window::around(source, span);
    let column_shown = window.column_shown();
    let [shown_at, stands_at] =
        [column_shown, position.column].map(|column| format!("{path}:{}:{column}", window.line));
    let title = level.primary_title(message_line(&diagnostic.message)).id(code);
    let mut group = match window.text.len() {
        // Too long a line for anybody to read: the place alone.
        LONGEST_LINE.. => title.element(Origin::path(&*path).line(position.line).char_column(position.column)),
        _ => {
            let snippet = Snippet::source(window.text).line_start(window.line).path(&*path);
            title.element(snippet.annotation(AnnotationKind::Primary.span(window.span)))
        }
    };
    if let Some(help) = &diagnostic.help {
        let visible: Vec<_> = help.split('\n').map(on_one_line).collect();
        group = group.element(
            Level::HELP.message(wrap_around_code(&visible.join("\n"), 0, WIDTH - MARGIN).trim_end().to_owned()),
        );
    }
    // All that went in is visible by now: whatever a terminal obeys is a style.
    let rendered = Renderer::styled().term_width(WIDTH).render(&[group]);
    // The renderer counts in the line as it is shown.
    sealed(&rendered.replacen(&shown_at, &stands_at, 1)) + "\n"
}

/// A message as it is shown: on one line, of a bounded length.
fn message_line(message: &str) -> String {
    let line = on_one_line(message);
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}… and {} more characters", &line[..end], line[end..].chars().count()),
        None => line.into_owned(),
    }
}

/// A problem that no source line shows, in the same look.
fn unplaced(severity: Severity, code: &str, message: &str, help: Option<&str>) -> String {
    let (style, word) = match severity {
        Severity::Error => (styles::BAD, "error"),
        Severity::Warning => (styles::CARE, "warning"),
        Severity::Note => (styles::GOOD, "note"),
    };
    let code = if code.is_empty() { String::new() } else { format!("[{code}]") };
    let (strong, message) = (styles::STRONG, message_line(message));
    let help = help.map(|help| wrap(&format!("help: {help}"), 2, WIDTH));
    format!("{style}{word}{code}{style:#}{strong}: {message}{strong:#}\n{}", help.unwrap_or_default())
}

/// The lines of a place, visible. Rendering looks at all of a snippet's text, which may be a mebibyte, for each problem.
struct Window {
    text: String,
    line: usize,
    span: Range<usize>,
}

impl Window {
    fn around(source: &Source, span: &Range<usize>) -> Self {
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
}

impl Window {
    /// The column of the place in the line as it is shown.
    fn column_shown(&self) -> usize {
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

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::Code;
    use insta::assert_snapshot;

    use super::*;
    use crate::screen::visible::{for_github, for_people};

    fn example() -> Reported {
        let text = "process: a\nnodes:\n  file:\n    activty: jira.create_issue\n";
        let at = text.find("activty").unwrap();
        let diagnostic = Diagnostic::error(Code::UNKNOWN_KEY, at..at + 7, "no such key: `activty`")
            .of_node("file")
            .with_help("did you mean `activity`?");
        Reported { source: Some(Source::new("a.yaml", text)), diagnostic }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(&for_people(text)).to_string()
    }

    #[test]
    fn the_source_line_is_shown() {
        assert_snapshot!(plain(&render(&[example()])), @r"
        error[FR0201]: no such key: `activty`
         --> a.yaml:4:5
          |
        4 |     activty: jira.create_issue
          |     ^^^^^^^
          |
          = help: did you mean `activity`?
        ");
    }

    #[test]
    fn a_line_too_long_to_be_read_is_named() {
        let text = format!("process: [{}x]\n", "é, ".repeat(5_000));
        let at = text.find('x').unwrap();
        let diagnostic = Diagnostic::error(Code::WRONG_TYPE, at..at + 1, "this is wrong").with_help("mend it");
        assert_snapshot!(plain(&render(&[Reported { source: Some(Source::new("a.yaml", text)), diagnostic }])), @r"
        error[FR0203]: this is wrong
        --> a.yaml:1:15011
         = help: mend it
        ");
    }

    #[test]
    fn a_problem_of_no_file_has_its_help_too() {
        let diagnostic = Diagnostic::error(Code::STATE_LOCKED, None, "the state directory is in use").with_help("wait");
        assert_snapshot!(plain(&render(&[diagnostic.into()])), @r"
        error[FR0801]: the state directory is in use
          help: wait
        ");
    }

    #[test]
    fn github_annotations_name_the_place() {
        assert_snapshot!(github_line(&example()), @"::error file=a.yaml,line=4,endLine=4,col=5,endColumn=12,title=FR0201::no such key: `activty`%0Ahelp: did you mean `activity`?");
    }

    #[test]
    fn what_a_definition_holds_is_shown_and_not_obeyed() {
        let text = "process: a\u{1b}[2J\nnodes: \u{202e}\u{9b}1mx\r\n";
        let at = text.find('x').unwrap();
        let diagnostic = Diagnostic::error(Code::UNKNOWN_KEY, at..at + 1, "no `\u{1b}]0;x\u{7}`\nerror: forged");
        let diagnostic = diagnostic.with_help("one\n\u{1b}two");
        let source = Source::new("a\nb\u{7f}.yaml", text);
        let placed = Reported { source: Some(source.clone()), diagnostic: diagnostic.clone() };
        assert_snapshot!(plain(&render(std::slice::from_ref(&placed))), @r"
        error[FR0201]: no `\u{1b}]0;x\u{7}`\nerror: forged
         --> a\nb\u{7f}.yaml:2:12
          |
        2 | nodes: \u{202e}\u{9b}1mx
          |                        ^
          |
          = help: one
                  \u{1b}two
        ");
        let unplaced = Reported { source: Some(source), diagnostic: Diagnostic { span: None, ..diagnostic } };
        assert_snapshot!(plain(&render(&[unplaced])), @r"
        error[FR0201]: a\nb\u{7f}.yaml: no `\u{1b}]0;x\u{7}`\nerror: forged
          help: one
          \u{1b}two
        ");
        assert_snapshot!(for_github(&github_line(&placed)), @r"::error file=a%0Ab\u{7f}.yaml,line=2,endLine=2,col=12,endColumn=13,title=FR0201::no `\u{1b}]0;x\u{7}`\nerror: forged%0Ahelp: one%0A\u{1b}two");
    }

    #[test]
    fn lists_and_messages_have_an_end() {
        let many = vec![Reported::from(Diagnostic::error(Code::UNKNOWN_KEY, None, "x".repeat(10_000))); MOST_SHOWN + 7];
        let shown = plain(&render(&many));
        assert_eq!(shown.matches("error[FR0201]").count(), MOST_SHOWN);
        assert!(shown.ends_with("and 7 more; `-o json` has all\n\n"), "{shown}");
        assert!(shown.lines().next().unwrap().ends_with("x… and 8000 more characters"), "{shown}");
    }
}
