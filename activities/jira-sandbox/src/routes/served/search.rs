//! Searching.

use crate::{
    operation::search,
    routes::{Handler::Read, Operation, scopes},
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
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
        handler: Read(search::issues),
    },
    Operation {
        id: "searchAndReconsileIssuesUsingJqlPost",
        method: "POST",
        path: "/rest/api/3/search/jql",
        classic: &["read:jira-work"],
        granular: scopes::SEARCH_ISSUES,
        handler: Read(search::issues),
    },
    Operation {
        id: "countIssues",
        method: "POST",
        path: "/rest/api/3/search/approximate-count",
        classic: &["read:jira-work"],
        granular: scopes::SEARCH_ISSUES,
        handler: Read(search::count),
    },
];
