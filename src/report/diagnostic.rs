//! Diagnostics as flowrun shows them, in the look of `flowrun_diagnostics`.

use flowrun_diagnostics::{Renderer, Reported};
use flowrun_engine::diagnostic::Severity;

use crate::screen::visible::sealed;

/// More problems than these nobody reads at once; documents have all.
const MOST_SHOWN: usize = 100;

/// Writes diagnostics for people, with colours that [`super::Screen`] takes out where they are not wanted.
pub(crate) fn render(reported: &[Reported]) -> String {
    let shown = reported.iter().take(MOST_SHOWN).map(|reported| own(&Renderer::coloured().render(reported)));
    let more = reported.len().saturating_sub(MOST_SHOWN);
    let more = (more > 0).then(|| format!("and {more} more; `-o json` has all\n\n"));
    shown.chain(more).collect()
}

/// Writes an error that has no code.
pub(crate) fn plain_error(message: &str, help: Option<&str>) -> String {
    own(&Renderer::coloured().render_message(Severity::Error, message, help))
}

/// All that went in was made visible there: whatever a terminal obeys is a style.
fn own(rendered: &str) -> String {
    sealed(rendered) + "\n"
}

#[cfg(test)]
mod tests {
    use flowrun_engine::diagnostic::{Code, Diagnostic};

    use super::*;
    use crate::screen::visible::for_people;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(&for_people(text)).to_string()
    }

    #[test]
    fn lists_have_an_end() {
        let many = vec![Reported::from(Diagnostic::error(Code::UNKNOWN_KEY, None, "no such key")); MOST_SHOWN + 7];
        let shown = plain(&render(&many));
        assert_eq!(shown.matches("error[FR0201]: no such key\n\n").count(), MOST_SHOWN);
        assert!(shown.ends_with("and 7 more; `-o json` has all\n\n"), "{shown}");
    }

    #[test]
    fn only_its_styles_are_obeyed() {
        let forged = Diagnostic::error(Code::UNKNOWN_KEY, None, "no `\u{1b}[31mx`").with_help("\u{1b}[0m");
        let shown = for_people(&render(&[forged.into()]));
        assert!(shown.starts_with("\u{1b}[") && shown.contains(r"no `\u{1b}[31mx`"), "{shown:?}");
        assert!(shown.contains(r"help: \u{1b}[0m"), "{shown:?}");
    }
}
