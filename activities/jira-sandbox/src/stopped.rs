//! What can be done with a world that no process serves: it is taken, changed on the disk, and let go.

use std::path::Path;

use crate::{
    directory::{Directory, StartError},
    grants::{GrantChange, GrantError},
    jira::Jira,
    sandbox::{Options, open},
};

/// Why a world on the disk cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The change is refused.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

/// Changes what a user of the world in `directory` may do.
///
/// # Errors
/// [`StartError::InUse`] while another process has the world; when its directory cannot be used, and when the world has no
/// such user, permission or project.
pub fn change_grants(directory: &Path, change: &GrantChange) -> Result<(), ChangeError> {
    Ok(take(directory)?.change_grants(change)?)
}

/// Puts a world back to its beginning: no effects, the permissions of its seed. Its credentials stay.
///
/// # Errors
/// [`StartError::InUse`] while another process has the world; also when the directory cannot be written.
pub fn reset(directory: &Path) -> Result<(), StartError> {
    // A damaged world can be put back too, so nothing of it is read.
    Directory::take(directory)?.clear()
}

/// Forgets the seed of a world that was reset: the next sandbox there begins with the built-in one, or with one that it is
/// given.
///
/// # Errors
/// As for [`reset`].
pub fn forget_seed(directory: &Path) -> Result<(), StartError> {
    Directory::take(directory)?.forget_seed()
}

fn take(directory: &Path) -> Result<Jira, StartError> {
    open(&Options { directory: Some(directory.to_owned()), ..Options::default() })
}
