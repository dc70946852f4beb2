//! Links between issues.

use crate::{
    operation::link,
    routes::{
        Handler::{Read, Write},
        Operation,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getIssueLinkTypes",
            method: "GET",
            path: "/rest/api/3/issueLinkType",
            classic: &["read:jira-work"],
            granular: &["read:issue-link-type:jira"],
        },
        handler: Read(link::types),
    },
    Operation {
        facts: ServedOperation {
            id: "linkIssues",
            method: "POST",
            path: "/rest/api/3/issueLink",
            classic: &["write:jira-work"],
            granular: &["write:comment:jira", "write:issue:jira", "write:issue-link:jira"],
        },
        handler: Write(link::link),
    },
];
