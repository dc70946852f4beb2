//! Definitions as files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

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
    let source = Source::from_bytes(name.clone(), &bytes).map_err(|diagnostic| refused(&bytes, diagnostic))?;
    Ok(match absolute(path) {
        Some(path) => source.at_path(path),
        None => source,
    })
}

/// Where a file is, for whoever looks for it later from another directory; stdin is nowhere.
fn absolute(path: &Path) -> Option<String> {
    let is_file = path != Path::new("-");
    is_file.then(|| std::path::absolute(path).ok()?.to_str().map(str::to_owned)).flatten()
}

/// A definition's file, or why there is none.
pub(crate) type File = Result<PathBuf, Box<Reported>>;

/// The files that a path names: itself, or the definitions below a directory, in order of name.
pub(crate) fn definitions_in(path: &Path) -> Vec<File> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    match files_below(path) {
        Ok(files) if files.is_empty() => vec![Err(unreadable(path, "it has no `.yaml` or `.yml` file"))],
        Ok(files) => files.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(unreadable(path, &error.to_string()))],
    }
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            files.extend(files_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, why: &str) -> Box<Reported> {
    let diagnostic = Diagnostic::error(Code::UNREADABLE, None, format!("the directory cannot be checked: {why}"));
    Box::new(Reported { source: Some(Source::new(path.display().to_string(), "")), diagnostic })
}
