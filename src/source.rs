//! Definitions as files.

use std::path::Path;

use flowrun_engine::{
    definition::Source,
    diagnostic::{Code, Diagnostic},
};

use crate::{reading, report::Reported};

/// A little more than a definition may have: enough to see that a file is too large, whatever its size.
const ENOUGH: u64 = Source::LARGEST as u64 + 1;

/// Reads a definition's text.
pub(crate) fn read(path: &Path) -> Result<Source, Box<Reported>> {
    read_as("a process definition", path)
}

/// Reads a text that is `what`, by the same rules.
pub(crate) fn read_as(what: &str, path: &Path) -> Result<Source, Box<Reported>> {
    let name = path.display().to_string();
    let refused = |bytes: &[u8], diagnostic| {
        // Up to what is wrong with it the text is as it was, so that places in it are right.
        let source = Source::new(name.clone(), String::from_utf8_lossy(bytes));
        Box::new(Reported { source: Some(source), diagnostic })
    };
    let bytes = reading::first_or_stdin(path, what, ENOUGH).map_err(|error| {
        refused(&[], Diagnostic::error(Code::UNREADABLE, None, format!("the file cannot be read: {error}")))
    })?;
    Source::from_bytes(name.clone(), &bytes).map_err(|diagnostic| refused(&bytes, diagnostic))
}
