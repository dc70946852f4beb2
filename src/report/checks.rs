//! Pass/fail tables for people: a line each, and below a failing one what to do.

use std::io;

use flowrun_engine::diagnostic::Severity;

use super::{document::ChecksDocument, wrap};
use crate::{
    arguments::OutputFormat,
    check::{Check, CheckOutcome, exit_of},
    exit::Exit,
    screen::{Screen, on_one_line, styles},
};

const WIDTH: usize = 80;

/// Shows what was looked at; the program ends by the worst of it.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn show_checks(screen: &Screen, checks: &[Check]) -> io::Result<Exit> {
    if screen.format() == OutputFormat::Text {
        screen.data(&checks_text(checks))?;
    } else {
        screen.document(&ChecksDocument::new(checks))?;
    }
    Ok(exit_of(checks))
}

/// The table, and a line that counts.
fn checks_text(checks: &[Check]) -> String {
    let widest = checks.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
    let rows: String = checks.iter().map(|check| row(check, widest)).collect();
    rows + &summary(checks)
}

fn row(check: &Check, widest: usize) -> String {
    let (style, mark, told, help) = match &check.outcome {
        CheckOutcome::Passed(found) => (styles::GOOD, "ok", found.clone(), None),
        CheckOutcome::Skipped(why) => (styles::FAINT, "skipped", why.clone(), None),
        CheckOutcome::Found(diagnostic) => {
            let (style, mark) = match diagnostic.severity {
                Severity::Error => (styles::BAD, "FAILED"),
                Severity::Warning => (styles::CARE, "warning"),
                Severity::Note => (styles::FAINT, "note"),
            };
            (style, mark, format!("{} [{}]", diagnostic.message, diagnostic.code), diagnostic.help.as_deref())
        }
    };
    let told = on_one_line(&told);
    let begin = format!("  {style}{mark:7}{style:#}  {:widest$}", on_one_line(&check.what));
    let indent = 2 + 7 + 2;
    let help = help.map(|help| wrap(&format!("help: {help}"), indent, WIDTH)).unwrap_or_default();
    let fits = indent + widest + 2 + told.chars().count() <= WIDTH;
    match (told.is_empty(), fits) {
        (true, _) => format!("{}\n{help}", begin.trim_end()),
        (false, true) => format!("{begin}  {told}\n{help}"),
        (false, false) => format!("{}\n{}{help}", begin.trim_end(), wrap(&told, indent, WIDTH)),
    }
}

fn summary(checks: &[Check]) -> String {
    let failed = checks.iter().filter(|check| check.is_failed()).count();
    let skipped = checks.iter().filter(|check| matches!(check.outcome, CheckOutcome::Skipped(_))).count();
    let warned = checks.iter().filter(|check| check.diagnostic().is_some() && !check.is_failed()).count();
    let counts = [(failed, "failed"), (warned, "worth a look"), (skipped, "skipped")];
    let told: Vec<_> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    match told.as_slice() {
        [] => "\nall is well\n".to_owned(),
        told => format!("\n{} of {}\n", told.join(", "), checks.len()),
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::{Code, Diagnostic};
    use insta::assert_snapshot;

    use super::*;
    use crate::screen::visible::for_people;

    #[test]
    fn a_failing_line_says_what_to_do() {
        let missing = Diagnostic::error(Code::SCOPE_MISSING, None, "the access token lacks the scope `read:jira-user`");
        let missing = missing.with_help("add it to the app, then run `flowrun token add acme` again");
        let checks = [
            Check::passed("reachable", "https://acme.atlassian.net"),
            Check::found("read:jira-user", missing),
            Check::skipped("jira.create_issue", "no project was named"),
        ];
        let text = checks_text(&checks);
        assert_snapshot!(anstream::adapter::strip_str(&for_people(&text)).to_string(), @r"
          ok       reachable          https://acme.atlassian.net
          FAILED   read:jira-user
                   the access token lacks the scope `read:jira-user` [FR0501]
                   help: add it to the app, then run `flowrun token add acme` again
          skipped  jira.create_issue  no project was named

        1 failed, 1 skipped of 3
        ");
    }
}
