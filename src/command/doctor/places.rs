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

use flowrun_shared_store::network_of;

use crate::{
    check::{Check, directory},
    error::store_problem,
    settings::Settings,
    state::runs_directory,
};

/// What a full disk has no room for.
const PROBE: &[u8] = &[0; 16 * 1024];

/// Says on which network file system a path is, if it is on one.
type NetworkOf = fn(&Path) -> io::Result<Option<String>>;

/// Looks at them, but for the directory of access tokens.
pub(super) fn look(settings: &Settings) -> Vec<Check> {
    let files: Vec<_> = settings.files.iter().map(|path| path.display().to_string()).collect();
    let files = if files.is_empty() { "none".to_owned() } else { files.join(", ") };
    vec![
        Check::passed("version", env!("CARGO_PKG_VERSION")),
        Check::passed("settings", files),
        of_runs(&settings.state_dir, &runs_directory(settings), network_of),
    ]
}

fn of_runs(path: &Path, store: &Path, network_of: NetworkOf) -> Check {
    let (what, shown) = ("runs", path.display());
    // One that is not there yet will be where the one above it is.
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    if let Ok(Some(name)) = network_of(there) {
        return Check::found(what, store_problem(store, &StoreError::on_network(path, &name)));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_directory_on_a_network_file_system_is_named_also_before_it_is_there() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().to_owned(), directory.path().join("not/there")] {
            let check = of_runs(&path, &path.join("runs"), |_| Ok(Some("NFS".to_owned())));
            let found = check.diagnostic().unwrap();
            assert_eq!(found.code, Code::STATE_UNSUITABLE);
            assert!(found.message.contains("is on a network file system (NFS)"), "{}", found.message);
            assert!(check.is_failed());
        }
        assert!(!of_runs(directory.path(), &directory.path().join("runs"), |_| Ok(None)).is_failed());
    }
}
