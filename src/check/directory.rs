//! Directories that are made when they are needed.

use std::{io, path::Path};

use flowrun_engine::diagnostic::{Code, Diagnostic};

use super::Check;

/// A directory that is made when it is needed: whether it could be, as far as the one above it tells.
pub(crate) fn not_there(what: &str, path: &Path, code: Code, option: &str) -> Check {
    let shown = path.display();
    let above = path.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("."));
    match takes_directories(above) {
        Ok(()) => Check::passed(what, format!("{shown} (not there yet)")),
        Err(error) => {
            let help = format!(
                "make sure that you may write in `{}`, or name another directory with `{option}`",
                above.display()
            );
            let message = format!("`{shown}` cannot be made: {error}");
            Check::found(what, Diagnostic::error(code, None, message).with_help(help))
        }
    }
}

#[cfg(unix)]
fn takes_directories(above: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(above, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The mode of a directory tells nothing there.
#[cfg(not(unix))]
fn takes_directories(_: &Path) -> io::Result<()> {
    Ok(())
}
