//! Diagnostics for people, as rustc shows its own.

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Snippet,
    renderer::{AnsiColor, Style},
};
use flowrun_engine::{
    definition::Source,
    diagnostic::{Code, Diagnostic, Severity},
};

use crate::{
    reported::Reported,
    visible::on_one_line,
    window::Window,
    wrap::{wrap, wrap_around_code},
};

/// What stands before a help text: the line numbers' column, and `= help: `.
const MARGIN: usize = 14;

/// A longer message is cut: a value that is told in it may be a file's.
const LONGEST_MESSAGE: usize = 2_000;

/// A longer line of a definition is not shown.
const LONGEST_LINE: usize = 10_000;

/// How diagnostics are shown to people.
#[derive(Clone, Debug)]
pub struct Renderer {
    width: usize,
    is_coloured: bool,
    pages: Option<String>,
}

impl Renderer {
    /// Without colours, in lines of 80 characters.
    pub fn plain() -> Self {
        Self { width: 80, is_coloured: false, pages: None }
    }

    /// With colours of ANSI, which are the only escape sequences in what is shown.
    pub fn coloured() -> Self {
        Self { is_coloured: true, ..Self::plain() }
    }

    /// The same, in lines of so many characters: longer source lines are cut, and what is to be copied is left whole.
    #[must_use]
    pub fn with_width(self, characters: usize) -> Self {
        Self { width: characters, ..self }
    }

    /// The same, and with colours codes are links: to this address and the code, such as `https://example.com/codes/FR0201`.
    #[must_use]
    pub fn with_pages_at(self, address: &str) -> Self {
        Self { pages: Some(on_one_line(address).into_owned()), ..self }
    }

    /// A diagnostic with its source line, if it has a place; several lines, each with its end.
    pub fn render(&self, reported: &Reported) -> String {
        let Reported { source, diagnostic } = reported;
        if let (Some(source), Some(span)) = (source, &diagnostic.span) {
            return self.placed(diagnostic, source, &Window::around(source, span), span.start);
        }
        let file = source.as_ref().map(|source| format!("{}: ", source.name())).unwrap_or_default();
        let message = format!("{file}{}", diagnostic.message);
        self.unplaced(diagnostic.severity, Some(diagnostic.code), &message, diagnostic.help.as_deref())
    }

    /// A message that is not a diagnostic, in the same look.
    pub fn render_message(&self, severity: Severity, message: &str, help: Option<&str>) -> String {
        self.unplaced(severity, None, message, help)
    }

    fn placed(&self, diagnostic: &Diagnostic, source: &Source, window: &Window, start: usize) -> String {
        let path = on_one_line(source.name());
        let position = source.position(start);
        let column_shown = window.column_shown();
        let [shown_at, stands_at] =
            [column_shown, position.column].map(|column| format!("{path}:{}:{column}", window.line));
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut title = level.primary_title(message_line(&diagnostic.message)).id(diagnostic.code.to_string());
        if let Some(page) = self.page(diagnostic.code) {
            title = title.id_url(page);
        }
        let mut group: Group<'_> = match window.text.len() {
            // Too long a line for anybody to read: the place alone.
            LONGEST_LINE.. => title.element(Origin::path(&*path).line(position.line).char_column(position.column)),
            _ => {
                let snippet = Snippet::source(&*window.text).line_start(window.line).path(&*path);
                title.element(snippet.annotation(AnnotationKind::Primary.span(window.span.clone())))
            }
        };
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(self.help(help)));
        }
        let renderer = match self.is_coloured {
            true => annotate_snippets::Renderer::styled(),
            false => annotate_snippets::Renderer::plain(),
        };
        let rendered = renderer.term_width(self.width).render(&[group]);
        // The renderer counts in the line as it is shown.
        rendered.replacen(&shown_at, &stands_at, 1) + "\n"
    }

    /// What to do, in its own lines.
    fn help(&self, help: &str) -> String {
        let lines = wrap_around_code(&in_lines(help), 0, self.width.saturating_sub(MARGIN));
        lines.trim_end().to_owned()
    }

    /// A problem that no source line shows, in the same look.
    fn unplaced(&self, severity: Severity, code: Option<Code>, message: &str, help: Option<&str>) -> String {
        let (style, word) = match severity {
            Severity::Error => (AnsiColor::Red.on_default().bold(), "error"),
            Severity::Warning => (AnsiColor::Yellow.on_default(), "warning"),
            Severity::Note => (AnsiColor::Green.on_default(), "note"),
        };
        let [style, strong] =
            [style, Style::new().bold()].map(|style| if self.is_coloured { style } else { Style::new() });
        let code = code.map(|code| format!("[{}]", self.linked(code))).unwrap_or_default();
        let message = message_line(message);
        let help = help.map(|help| wrap(&format!("help: {}", in_lines(help)), 2, self.width)).unwrap_or_default();
        format!("{style}{word}{code}{style:#}{strong}: {message}{strong:#}\n{help}")
    }

    /// Where the page of a code is, if codes are links.
    fn page(&self, code: Code) -> Option<String> {
        self.pages.as_ref().filter(|_| self.is_coloured).map(|pages| format!("{pages}{code}"))
    }

    /// A code, as a link if codes are links: in the sequence OSC 8 that terminals know.
    fn linked(&self, code: Code) -> String {
        match self.page(code) {
            Some(page) => format!("\x1b]8;;{page}\x1b\\{code}\x1b]8;;\x1b\\"),
            None => code.to_string(),
        }
    }
}

/// A text with its own line breaks, and nothing else that is obeyed.
fn in_lines(text: &str) -> String {
    text.split('\n').map(on_one_line).collect::<Vec<_>>().join("\n")
}

/// A message as it is shown: on one line, of a bounded length.
pub(crate) fn message_line(message: &str) -> String {
    let line = on_one_line(message);
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}… and {} more characters", &line[..end], line[end..].chars().count()),
        None => line.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::github_line;

    fn example() -> Reported {
        let text = "process: a\nnodes:\n  file:\n    activty: jira.create_issue\n";
        let at = text.find("activty").unwrap();
        let diagnostic = Diagnostic::error(Code::UNKNOWN_KEY, at..at + 7, "no such key: `activty`")
            .of_node("file")
            .with_help("did you mean `activity`?");
        Reported { source: Some(Source::new("a.yaml", text)), diagnostic }
    }

    fn plain(reported: &Reported) -> String {
        Renderer::plain().render(reported)
    }

    #[test]
    fn the_source_line_is_shown() {
        assert_snapshot!(plain(&example()), @r"
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
        assert_snapshot!(plain(&Reported { source: Some(Source::new("a.yaml", text)), diagnostic }), @r"
        error[FR0203]: this is wrong
        --> a.yaml:1:15011
         = help: mend it
        ");
    }

    #[test]
    fn a_problem_of_no_file_has_its_help_too() {
        let diagnostic = Diagnostic::error(Code::STATE_LOCKED, None, "the state directory is in use").with_help("wait");
        assert_snapshot!(plain(&diagnostic.into()), @r"
        error[FR0801]: the state directory is in use
          help: wait
        ");
        assert_snapshot!(Renderer::plain().render_message(Severity::Note, "done", None), @"note: done");
    }

    #[test]
    fn help_is_as_wide_as_it_may_be() {
        let mut reported = example();
        reported.diagnostic = reported.diagnostic.with_help("write `activity: jira.create_issue` in its place");
        assert_snapshot!(Renderer::plain().with_width(30).render(&reported), @r"
        error[FR0201]: no such key: `activty`
         --> a.yaml:4:5
          |
        4 |     activty: jira.creat...
          |     ^^^^^^^
          |
          = help: write
                  `activity: jira.create_issue`
                  in its place
        ");
    }

    #[test]
    fn colours_and_links_are_the_only_escapes() {
        let unplaced = Reported::from(example().diagnostic);
        for reported in [example(), unplaced] {
            let coloured = Renderer::coloured().render(&reported);
            assert!(coloured.starts_with("\u{1b}[") && !coloured.contains("\u{1b}]"), "{coloured:?}");
            let linked = Renderer::coloured().with_pages_at("https://example.com/\u{1b}codes/").render(&reported);
            assert!(linked.contains("\u{1b}]8;;https://example.com/\\u{1b}codes/FR0201\u{1b}\\"), "{linked:?}");
            assert!(!plain(&reported).contains('\u{1b}'));
            let unlinked = Renderer::plain().with_pages_at("https://example.com/");
            assert_eq!(unlinked.render(&reported), plain(&reported));
        }
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
        assert_snapshot!(plain(&placed), @r"
        error[FR0201]: no `\u{1b}]0;x\u{7}`\nerror: forged
         --> a\nb\u{7f}.yaml:2:12
          |
        2 | nodes: \u{202e}\u{9b}1mx
          |                        ^
          |
          = help: one
                  \u{1b}two
        ");
        assert_snapshot!(github_line(&placed), @r"::error file=a%0Ab\u{7f}.yaml,line=2,endLine=2,col=12,endColumn=13,title=FR0201::no `\u{1b}]0;x\u{7}`\nerror: forged%0Ahelp: one%0A\u{1b}two");
        let unplaced = Reported { source: Some(source), diagnostic: Diagnostic { span: None, ..diagnostic } };
        assert_snapshot!(plain(&unplaced), @r"
        error[FR0201]: a\nb\u{7f}.yaml: no `\u{1b}]0;x\u{7}`\nerror: forged
          help: one
          \u{1b}two
        ");
    }

    #[test]
    fn messages_have_an_end() {
        let shown = plain(&Diagnostic::error(Code::UNKNOWN_KEY, None, "x".repeat(10_000)).into());
        assert!(shown.ends_with("x… and 8000 more characters\n"), "{shown}");
    }
}
