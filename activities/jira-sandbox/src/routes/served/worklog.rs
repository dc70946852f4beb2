//! Work that is logged on issues.

use crate::{
    operation::worklog,
    routes::{
        Handler::{Read, Write},
        Operation,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getIssueWorklog",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
            classic: &["read:jira-work"],
            granular: &[
                "read:group:jira",
                "read:issue-worklog:jira",
                "read:issue-worklog.property:jira",
                "read:project-role:jira",
                "read:user:jira",
                "read:avatar:jira",
            ],
        },
        handler: Read(worklog::list),
    },
    Operation {
        facts: ServedOperation {
            id: "addWorklog",
            method: "POST",
            path: "/rest/api/3/issue/{issueIdOrKey}/worklog",
            classic: &["write:jira-work"],
            granular: &[
                "write:issue-worklog:jira",
                "write:issue-worklog.property:jira",
                "read:avatar:jira",
                "read:group:jira",
                "read:issue-worklog:jira",
                "read:project-role:jira",
                "read:user:jira",
                "read:issue-worklog.property:jira",
            ],
        },
        handler: Write(worklog::add),
    },
];
