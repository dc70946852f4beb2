//! Who watches issues.

use crate::{
    operation::watcher,
    routes::{
        Handler::{Read, Write},
        Operation,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getIssueWatchers",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/watchers",
            classic: &["read:jira-work"],
            granular: &["read:issue.watcher:jira", "read:user:jira", "read:avatar:jira"],
        },
        handler: Read(watcher::list),
    },
    Operation {
        facts: ServedOperation {
            id: "addWatcher",
            method: "POST",
            path: "/rest/api/3/issue/{issueIdOrKey}/watchers",
            classic: &["write:jira-work"],
            granular: &["write:issue.watcher:jira"],
        },
        handler: Write(watcher::add),
    },
];
