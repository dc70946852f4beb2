//! Diagnostics as annotations of GitHub Actions, which stand beside the lines that a change touches.

use flowrun_engine::diagnostic::Severity;

use crate::{renderer::message_line, reported::Reported, visible::shown};

/// A diagnostic as an annotation of GitHub Actions: one line for a workflow's log.
///
/// ```
/// use flowrun_diagnostics::github_line;
/// use flowrun_engine::diagnostic::{Code, Diagnostic};
///
/// let line = github_line(&Diagnostic::warning(Code::UNKNOWN_KEY, None, "use another").into());
/// assert!(line.starts_with("::warning title=FR"), "{line}");
/// ```
pub fn github_line(reported: &Reported) -> String {
    let Reported { source, diagnostic } = reported;
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(source) = source {
        properties.push(format!("file={}", property(source.name())));
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
    format!("::{command} {}::{}\n", properties.join(","), escaped(&message))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").chars().map(shown).collect()
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}
