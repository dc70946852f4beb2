//! Searching.

use crate::{
    operation::search,
    routes::{Handler::Read, Operation, scopes},
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "searchAndReconsileIssuesUsingJql",
            method: "GET",
            path: "/rest/api/3/search/jql",
            classic: &["read:jira-work"],
            granular: &[
                "read:issue-details:jira",
                "read:audit-log:jira",
                "read:avatar:jira",
                "read:field-configuration:jira",
                "read:issue-meta:jira",
            ],
        },
        handler: Read(search::issues),
    },
    Operation {
        facts: ServedOperation {
            id: "searchAndReconsileIssuesUsingJqlPost",
            method: "POST",
            path: "/rest/api/3/search/jql",
            classic: &["read:jira-work"],
            granular: scopes::SEARCH_ISSUES,
        },
        handler: Read(search::issues),
    },
    Operation {
        facts: ServedOperation {
            id: "countIssues",
            method: "POST",
            path: "/rest/api/3/search/approximate-count",
            classic: &["read:jira-work"],
            granular: scopes::SEARCH_ISSUES,
        },
        handler: Read(search::count),
    },
];
