//! Definitions as files.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use flowrun_engine::{
    definition::Source,
    diagnostic::{Code, Diagnostic},
};

use crate::report::Reported;

/// A little more than a definition may have: enough to see that a file is too large, whatever its size.
const ENOUGH: u64 = 1024 * 1024 + 1;

/// Reads a definition's text.
pub(crate) fn read(path: &Path) -> Result<Source, Box<Reported>> {
    let name = path.display().to_string();
    let refused = |message: String| {
        let diagnostic = Diagnostic::error(Code::UNREADABLE, None, message);
        Box::new(Reported { source: Some(Source::new(name.clone(), "")), diagnostic })
    };
    let bytes = read_bytes(path).map_err(|error| refused(format!("the file cannot be read: {error}")))?;
    // A cut through a character is in a file that is too large anyway.
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.as_bytes().len() as u64 == ENOUGH => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            return Err(refused(format!("the file is not UTF-8: byte {at} belongs to no character")));
        }
    };
    Ok(Source::new(name, text))
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(ENOUGH).read_to_end(&mut bytes)?;
    Ok(bytes)
}
