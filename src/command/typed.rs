//! Reading the command line. What clap says of one that it cannot read repeats what was typed, or what the environment
//! gives: scripts put texts of others there.

use std::{env, ffi::OsString};

use clap::{Parser, error::Error};

use crate::{
    arguments::{Arguments, Color, OutputFormat},
    screen::{Screen, on_one_line},
};

impl Arguments {
    /// What was typed. Help is printed here, and what is wrong; then the program ends.
    pub(crate) fn read() -> Self {
        let typed: Vec<OsString> = env::args_os().collect();
        Self::try_parse_from(&typed).unwrap_or_else(|error| end(&error, &obeyed(typed)))
    }
}

fn end(error: &Error, obeyed: &[String]) -> ! {
    if obeyed.is_empty() {
        error.exit();
    }
    let screen = Screen::new(OutputFormat::Text, Color::Auto, false);
    let told = visible(error.render().to_string(), obeyed);
    if error.use_stderr() {
        screen.error(&told);
    } else {
        // The program ends as it would have ended anyway.
        let _ = screen.data(&told);
    }
    std::process::exit(error.exit_code())
}

/// The texts from outside that a terminal would obey, as clap may repeat them: an argument, or what stands behind its `=`.
fn obeyed(typed: Vec<OsString>) -> Vec<String> {
    let given =
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FLOWRUN_")).map(|(_, value)| value);
    let texts = typed.into_iter().chain(given).map(|text| text.to_string_lossy().into_owned());
    let parts = texts.flat_map(|text| {
        let value = text.split_once('=').map(|(_, value)| value.to_owned());
        [text].into_iter().chain(value)
    });
    parts.filter(|text| on_one_line(text) != text.as_str()).collect()
}

fn visible(told: String, obeyed: &[String]) -> String {
    obeyed.iter().fold(told, |told, text| told.replace(text, &on_one_line(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_repeated_on_one_line() {
        let typed = ["flowrun", "explain", "a\nerror: forged\u{1b}[2J"].map(OsString::from).to_vec();
        let error = Arguments::try_parse_from(["flowrun", "--a\nb=\u{9b}x"]).unwrap_err().render().to_string();
        assert_eq!(obeyed(typed), ["a\nerror: forged\u{1b}[2J"]);
        let told = visible(error, &obeyed(vec!["--a\nb=\u{9b}x".into()]));
        assert!(told.starts_with("error: unexpected argument '--a"), "{told}");
        assert!(!told.contains('\u{9b}'), "{told}");
    }
}
