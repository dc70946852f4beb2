//! The settings' files and the directories, each of which must take what is written next.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::Path,
};

use flowrun_engine::{
    diagnostic::{Code, Diagnostic},
    store::{SledStore, StoreError},
};

use crate::{
    check::{Check, directory},
    error::store_problem,
    settings::Settings,
    state::runs_directory,
};

/// What a full disk has no room for.
const PROBE: &[u8] = &[0; 16 * 1024];

/// Looks at them, but for the directory of access tokens.
pub(super) fn look(settings: &Settings) -> Vec<Check> {
    let files: Vec<_> = settings.files.iter().map(|path| path.display().to_string()).collect();
    let files = if files.is_empty() { "none".to_owned() } else { files.join(", ") };
    vec![
        Check::passed("version", env!("CARGO_PKG_VERSION")),
        Check::passed("settings", files),
        of_runs(&settings.state_dir, &runs_directory(settings)),
    ]
}

fn of_runs(path: &Path, store: &Path) -> Check {
    let (what, shown) = ("runs", path.display());
    let Err(error) = probe(path) else { return of_store(what, path, store) };
    let help = match error.kind() {
        ErrorKind::NotFound => return directory::not_there(what, path, Code::STATE_IO, "--state-dir"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
        _ => "make sure that you may write there, or name another directory with `--state-dir`",
    };
    let message = format!("`{shown}` cannot be written: {error}");
    Check::found(what, Diagnostic::error(Code::STATE_IO, None, message).with_help(help))
}

/// Whether the store can be opened, as far as that is to be seen without changing it.
fn of_store(what: &str, path: &Path, store: &Path) -> Check {
    match SledStore::look(store) {
        Ok(_) => Check::passed(what, path.display().to_string()),
        // Whoever has it has looked at it.
        Err(StoreError::Locked { owner }) => Check::passed(what, format!("{} (in use by {owner})", path.display())),
        Err(error) => Check::found(what, store_problem(store, &error)),
    }
}

/// Writes something and removes it.
fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!("probe.{}.tmp", std::process::id()));
    // Left by one that was killed. What is put there meanwhile is refused, not followed.
    let _ = fs::remove_file(&path);
    let mut file = File::create_new(&path)?;
    let written = file.write_all(PROBE).and_then(|()| file.sync_all());
    written.and(fs::remove_file(&path))
}
