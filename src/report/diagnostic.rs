//! Diagnostics as rustc shows its own: the source line, and what is wrong under it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use flowrun_engine::{
    definition::Source,
    diagnostic::{Diagnostic, Severity},
};

use super::{plain::wrap, styles};

const WIDTH: usize = 80;

/// What stands before a help text: the line numbers' column, and `= help: `.
const MARGIN: usize = 14;

/// A diagnostic, and the text that its place is in.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    /// The text; `None` for a problem that is in no file.
    pub(crate) source: Option<Source>,
    /// The problem.
    pub(crate) diagnostic: Diagnostic,
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
    reported.iter().map(|reported| render_one(reported) + "\n").collect()
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
        if let Some(place) = &diagnostic.place {
            let (start, end) = (source.position(place.start), source.position(place.end));
            properties.push(format!(
                "line={},endLine={},col={},endColumn={}",
                start.line, end.line, start.column, end.column
            ));
        }
    }
    properties.push(format!("title={}", diagnostic.code));
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    let message: String = [diagnostic.message.clone()].into_iter().chain(help).collect();
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
    let (Some(source), Some(place)) = (source, &diagnostic.place) else {
        let file = source.as_ref().map(|source| format!("{}: ", source.name())).unwrap_or_default();
        let message = format!("{file}{}", diagnostic.message);
        return unplaced(diagnostic.severity, &code, &message, diagnostic.help.as_deref());
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let window = Window::around(source, place);
    let snippet = Snippet::source(window.text).line_start(window.line).path(source.name());
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(code)
        .element(snippet.annotation(AnnotationKind::Primary.span(window.place)));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(wrap(help, 0, WIDTH - MARGIN).trim_end().to_owned()));
    }
    Renderer::styled().term_width(WIDTH).render(&[group]) + "\n"
}

/// A problem that no source line shows, in the same look.
fn unplaced(severity: Severity, code: &str, message: &str, help: Option<&str>) -> String {
    let (style, word) = match severity {
        Severity::Error => (styles::BAD, "error"),
        Severity::Warning => (styles::CARE, "warning"),
        Severity::Note => (styles::GOOD, "note"),
    };
    let code = if code.is_empty() { String::new() } else { format!("[{code}]") };
    let (strong, help) = (styles::STRONG, help.map(|help| wrap(&format!("help: {help}"), 2, WIDTH)));
    format!("{style}{word}{code}{style:#}{strong}: {message}{strong:#}\n{}", help.unwrap_or_default())
}

/// The lines of a place. Rendering looks at all of a snippet's text, which may be a mebibyte, for each problem.
struct Window<'a> {
    text: &'a str,
    line: usize,
    place: Range<usize>,
}

impl<'a> Window<'a> {
    fn around(source: &'a Source, place: &Range<usize>) -> Self {
        let text = source.text();
        let end = place.end.min(text.len());
        let place = place.start.min(end)..end;
        let first = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
        let last = text[place.end..].find('\n').map_or(text.len(), |at| place.end + at);
        Self {
            text: &text[first..last],
            line: source.position(place.start).line,
            place: place.start - first..place.end - first,
        }
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::Code;
    use insta::assert_snapshot;

    use super::*;

    fn example() -> Reported {
        let text = "process: a\nnodes:\n  file:\n    activty: jira.create_issue\n";
        let at = text.find("activty").unwrap();
        let diagnostic = Diagnostic::error(Code::UNKNOWN_KEY, at..at + 7, "no such key: `activty`")
            .of_node("file")
            .with_help("did you mean `activity`?");
        Reported { source: Some(Source::new("a.yaml", text)), diagnostic }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
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
}
