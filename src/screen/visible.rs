//! The one place through which every text leaves the program: what a terminal, or GitHub's log, would obey is shown instead.
//!
//! Texts of others (Jira's, inputs, names of files, definitions) may hold anything. Two functions are for whoever composes a
//! report: [`on_one_line`] and [`in_lines`]. The streams call [`for_people`] and [`for_programs`] on all that they write, so
//! that nothing goes past: what is not flowrun's own mark of a style comes out as `\u{1b}`.

use std::{fmt, sync::LazyLock};

use clap::builder::styling::Style;
pub(crate) use flowrun_diagnostics::on_one_line;
use flowrun_diagnostics::{is_obeyed, shown};

/// What stands behind the escape character of flowrun's own styles until they are written: drawn anew in each process, so
/// that no text from outside can have it.
static SEAL: LazyLock<String> = LazyLock::new(|| format!("<{:016x}>", fastrand::u64(..)));

const ESCAPE: char = '\u{1b}';

/// A style of flowrun's own: `{mark}` begins it, `{mark:#}` ends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StyleMark(pub(super) Style);

impl fmt::Display for StyleMark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written =
            if formatter.alternate() { self.0.render_reset().to_string() } else { self.0.render().to_string() };
        formatter.write_str(&sealed(&written))
    }
}

/// A text whose escape characters are all flowrun's own styles.
pub(crate) fn sealed(styled: &str) -> String {
    styled.replace(ESCAPE, &format!("{ESCAPE}{}", *SEAL))
}

/// A text of others where its own lines are shown, each behind `indent` spaces but for the first.
pub(crate) fn in_lines(text: &str, indent: usize) -> String {
    let lines = text.trim_end().split('\n').map(|line| on_one_line(line.strip_suffix('\r').unwrap_or(line)));
    lines.collect::<Vec<_>>().join(&format!("\n{:indent$}", ""))
}

/// A report as it is written: own styles and line breaks as they are, everything else visible, and no line that GitHub's
/// log takes for a command.
pub(crate) fn for_people(text: &str) -> String {
    written(text, true)
}

/// The same, for lines that are commands of GitHub's log.
pub(crate) fn for_github(text: &str) -> String {
    written(text, false)
}

/// JSON as it is written: the same value, with escapes that every reader takes.
pub(crate) fn for_programs(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            // Between tokens only: inside a text JSON has escaped them.
            '\n' => written.push('\n'),
            char if is_obeyed(char) => written.push_str(&format!("\\u{:04x}", u32::from(char))),
            // The runner of GitHub looks for this anywhere in a line. It can stand in a text only.
            '[' if written.ends_with("##") => {
                written.truncate(written.len() - 1);
                written.push_str("\\u0023[");
            }
            char => written.push(char),
        }
    }
    written
}

fn written(text: &str, hides_commands: bool) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    let mut begins_line = true;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '\n' => {
                written.push('\n');
                begins_line = true;
            }
            ESCAPE if rest.starts_with(SEAL.as_str()) => {
                let style = &rest[SEAL.len()..];
                let end = style.find('m').map_or(style.len(), |at| at + 1);
                written.push(ESCAPE);
                written.push_str(&style[..end]);
                rest = &style[end..];
            }
            ':' if hides_commands && begins_line && rest.starts_with(':') => {
                written.push_str("\\u{3a}");
                begins_line = false;
            }
            '#' if hides_commands && rest.starts_with("#[") => written.push_str("\\u{23}"),
            char => {
                begins_line &= char.is_whitespace();
                written.push_str(&shown(char));
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a terminal obeys, and how it is shown.
    const OBEYED: [(&str, &str); 14] = [
        ("\u{0}", "\\u{0}"),
        ("\u{7}", "\\u{7}"),
        ("\u{8}", "\\u{8}"),
        ("\t", "\\t"),
        ("\r", "\\r"),
        ("\u{1b}[31m", "\\u{1b}[31m"),
        ("\u{7f}", "\\u{7f}"),
        ("\u{85}", "\\u{85}"),
        ("\u{9b}2J", "\\u{9b}2J"),
        ("\u{61c}", "\\u{61c}"),
        ("\u{200f}", "\\u{200f}"),
        ("\u{2028}", "\\u{2028}"),
        ("\u{202e}", "\\u{202e}"),
        ("\u{2066}", "\\u{2066}"),
    ];

    #[test]
    fn what_is_obeyed_is_shown_on_every_way() {
        for (text, visible) in OBEYED {
            let (given, expected) = (format!("a{text}b"), format!("a{visible}b"));
            assert_eq!(on_one_line(&given), expected);
            assert_eq!(in_lines(&given, 2), expected);
            assert_eq!(for_people(&given), expected);
            assert_eq!(for_github(&given), expected);
        }
        assert_eq!(on_one_line("a\nb"), "a\\nb");
        assert_eq!(in_lines("a\r\nb\n", 2), "a\n  b");
    }

    /// By the definition, not by the table above: no character is forgotten.
    #[test]
    fn no_control_of_unicode_gets_through() {
        let all: String = ('\u{0}'..='\u{ffff}').filter(|char| *char != '\n').collect();
        let bidi = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}'];
        let is_left = |char: &char| (char.is_control() && *char != '\n') || bidi.contains(char);
        for written in
            [on_one_line(&all).into_owned(), for_people(&all), for_programs(&serde_json::json!(all).to_string())]
        {
            assert_eq!(written.chars().filter(is_left).collect::<Vec<_>>(), Vec::<char>::new());
        }
        let read: String = serde_json::from_str(&for_programs(&serde_json::json!(all).to_string())).unwrap();
        assert_eq!(read, all, "JSON loses nothing");
    }

    #[test]
    fn own_styles_pass_and_forged_ones_do_not() {
        let mark = StyleMark(Style::new().bold());
        assert_eq!(for_people(&format!("{mark}a{mark:#}\u{1b}[0m")), "\u{1b}[1ma\u{1b}[0m\\u{1b}[0m");
        assert_eq!(for_people("\u{1b}<0000000000000000>[1m"), "\\u{1b}<0000000000000000>[1m");
    }

    #[test]
    fn a_text_is_no_command_of_github() {
        let mark = StyleMark(Style::new().bold());
        let cases = [
            ("::stop-commands::x", "\\u{3a}:stop-commands::x"),
            ("a\n  ::error::x\n", "a\n  \\u{3a}:error::x\n"),
            ("a ::error::x", "a ::error::x"),
            ("a ##[error]x", "a \\u{23}#[error]x"),
            ("###[error]x", "#\\u{23}#[error]x"),
        ];
        for (text, visible) in cases {
            assert_eq!(for_people(text), visible);
        }
        assert_eq!(for_people(&format!("{mark}::a{mark:#}")), "\u{1b}[1m\\u{3a}:a\u{1b}[0m");
        assert_eq!(for_github("::error file=a::b\n"), "::error file=a::b\n");
        let json = serde_json::json!({ "a": "##[error]###[b" }).to_string();
        assert!(!for_programs(&json).contains("##["), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&for_programs(&json)).unwrap()["a"], "##[error]###[b");
    }
}
