//! Operations that are served, with the scopes that each needs: a file for each subject.

mod attachment;
mod comment;
mod issue;
mod link;
mod metadata;
mod project;
mod search;
mod user;
mod watcher;
mod worklog;

use super::Operation;

/// All of them.
pub(super) fn operations() -> impl Iterator<Item = &'static Operation> {
    let subjects = [
        issue::OPERATIONS,
        link::OPERATIONS,
        comment::OPERATIONS,
        attachment::OPERATIONS,
        search::OPERATIONS,
        metadata::OPERATIONS,
        project::OPERATIONS,
        user::OPERATIONS,
        watcher::OPERATIONS,
        worklog::OPERATIONS,
    ];
    subjects.into_iter().flatten()
}
