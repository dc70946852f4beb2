//! Issues, their ways through the workflow, and their properties.

use crate::{
    operation::{assignee, issue, property, transition},
    routes::{
        Handler::{Read, Write},
        Operation, scopes,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "createIssue",
            method: "POST",
            path: "/rest/api/3/issue",
            classic: &["write:jira-work"],
            granular: &[
                "write:issue:jira",
                "write:comment:jira",
                "write:comment.property:jira",
                "write:attachment:jira",
                "read:issue:jira",
            ],
        },
        handler: Write(issue::create),
    },
    Operation {
        facts: ServedOperation {
            id: "getIssue",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}",
            classic: &["read:jira-work"],
            granular: scopes::READ_ISSUE,
        },
        handler: Read(issue::get),
    },
    Operation {
        facts: ServedOperation {
            id: "editIssue",
            method: "PUT",
            path: "/rest/api/3/issue/{issueIdOrKey}",
            classic: &["write:jira-work"],
            granular: scopes::WRITE_ISSUES,
        },
        handler: Write(issue::edit),
    },
    Operation {
        facts: ServedOperation {
            id: "getTransitions",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/transitions",
            classic: &["read:jira-work"],
            granular: &["read:issue.transition:jira", "read:status:jira", "read:field-configuration:jira"],
        },
        handler: Read(transition::list),
    },
    Operation {
        facts: ServedOperation {
            id: "doTransition",
            method: "POST",
            path: "/rest/api/3/issue/{issueIdOrKey}/transitions",
            classic: &["write:jira-work"],
            granular: &["write:issue:jira", "write:issue.property:jira"],
        },
        handler: Write(transition::perform),
    },
    Operation {
        facts: ServedOperation {
            id: "getChangeLogs",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/changelog",
            classic: &["read:jira-work"],
            granular: &["read:issue-meta:jira", "read:avatar:jira", "read:issue.changelog:jira"],
        },
        handler: Read(issue::changelog::list),
    },
    Operation {
        facts: ServedOperation {
            id: "setIssueProperty",
            method: "PUT",
            path: "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
            classic: &["write:jira-work"],
            granular: &["write:issue.property:jira"],
        },
        handler: Write(property::set_issue_property),
    },
    Operation {
        facts: ServedOperation {
            id: "deleteIssueProperty",
            method: "DELETE",
            path: "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
            classic: &["write:jira-work"],
            granular: &["delete:issue.property:jira"],
        },
        handler: Write(property::delete_issue_property),
    },
    Operation {
        facts: ServedOperation {
            id: "deleteIssue",
            method: "DELETE",
            path: "/rest/api/3/issue/{issueIdOrKey}",
            classic: &["write:jira-work"],
            granular: &["delete:issue:jira"],
        },
        handler: Write(issue::delete),
    },
    Operation {
        facts: ServedOperation {
            id: "getIssuePropertyKeys",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/properties",
            classic: &["read:jira-work"],
            granular: scopes::READ_ISSUE_PROPERTIES,
        },
        handler: Read(property::issue_keys),
    },
    Operation {
        facts: ServedOperation {
            id: "getIssueProperty",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
            classic: &["read:jira-work"],
            granular: scopes::READ_ISSUE_PROPERTIES,
        },
        handler: Read(property::issue_property),
    },
    Operation {
        facts: ServedOperation {
            id: "bulkFetchIssues",
            method: "POST",
            path: "/rest/api/3/issue/bulkfetch",
            classic: &["read:jira-work"],
            granular: scopes::READ_ISSUE,
        },
        handler: Read(issue::fetch),
    },
    Operation {
        facts: ServedOperation {
            id: "assignIssue",
            method: "PUT",
            path: "/rest/api/3/issue/{issueIdOrKey}/assignee",
            classic: &["write:jira-work"],
            granular: scopes::WRITE_ISSUES,
        },
        handler: Write(assignee::assign),
    },
];
