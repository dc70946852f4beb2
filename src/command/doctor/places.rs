//! The settings' files and the directories.

use std::{fs, path::Path};

use flowrun_engine::diagnostic::{Code, Diagnostic};

use crate::{check::Check, settings::Settings};

/// Looks at them.
pub(super) fn look(settings: &Settings) -> Vec<Check> {
    let files: Vec<_> = settings.files.iter().map(|path| path.display().to_string()).collect();
    let files = if files.is_empty() { "none".to_owned() } else { files.join(", ") };
    vec![
        Check::passed("version", env!("CARGO_PKG_VERSION")),
        Check::passed("settings", files),
        directory("runs", &settings.state_dir, Code::STATE_IO),
        directory("tokens", &settings.tokens_dir, Code::TOKENS_UNUSABLE),
    ]
}

fn directory(what: &str, path: &Path, code: Code) -> Check {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() && !found.permissions().readonly() => Check::passed(what, shown.to_string()),
        Ok(found) if found.is_dir() => {
            let message = format!("`{shown}` cannot be written");
            Check::found(what, Diagnostic::error(code, None, message).with_help("see that you may write there"))
        }
        Ok(_) => {
            let message = format!("`{shown}` is no directory");
            Check::found(what, Diagnostic::error(code, None, message).with_help("move it away, or name another one"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Check::passed(what, format!("{shown} (not there yet)"))
        }
        Err(error) => Check::found(what, Diagnostic::error(code, None, format!("`{shown}`: {error}"))),
    }
}
