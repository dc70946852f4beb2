//! What issues can have, and the site itself.

use crate::{
    operation::{metadata, site},
    routes::{
        Handler::{Public, Read},
        Operation, scopes,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getEditIssueMeta",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/editmeta",
            classic: &["read:jira-work"],
            granular: &["read:issue-meta:jira", "read:field-configuration:jira"],
        },
        handler: Read(metadata::edit_fields),
    },
    Operation {
        facts: ServedOperation {
            id: "getCreateIssueMetaIssueTypes",
            method: "GET",
            path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
            classic: &["read:jira-work"],
            granular: scopes::READ_CREATE_METADATA,
        },
        handler: Read(metadata::create_types),
    },
    Operation {
        facts: ServedOperation {
            id: "getCreateIssueMetaIssueTypeId",
            method: "GET",
            path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
            classic: &["read:jira-work"],
            granular: scopes::READ_CREATE_METADATA,
        },
        handler: Read(metadata::create_fields),
    },
    Operation {
        facts: ServedOperation {
            id: "getServerInfo",
            method: "GET",
            path: "/rest/api/3/serverInfo",
            classic: &[],
            granular: &[],
        },
        handler: Public(site::server_info),
    },
    Operation {
        facts: ServedOperation {
            id: "getFields",
            method: "GET",
            path: "/rest/api/3/field",
            classic: &["read:jira-work"],
            granular: &[
                "read:field:jira",
                "read:avatar:jira",
                "read:project-category:jira",
                "read:project:jira",
                "read:field-configuration:jira",
            ],
        },
        handler: Read(site::fields),
    },
    Operation {
        facts: ServedOperation {
            id: "getPriorities",
            method: "GET",
            path: "/rest/api/3/priority",
            classic: &["read:jira-work"],
            granular: &["read:priority:jira"],
        },
        handler: Read(site::priorities),
    },
    Operation {
        facts: ServedOperation {
            id: "getIssueAllTypes",
            method: "GET",
            path: "/rest/api/3/issuetype",
            classic: &["read:jira-work"],
            granular: &["read:issue-type:jira", "read:avatar:jira", "read:project-category:jira", "read:project:jira"],
        },
        handler: Read(site::issue_types),
    },
    Operation {
        facts: ServedOperation {
            id: "getStatuses",
            method: "GET",
            path: "/rest/api/3/status",
            classic: &["read:jira-work"],
            granular: &["read:status:jira"],
        },
        handler: Read(site::statuses),
    },
    Operation {
        facts: ServedOperation {
            id: "getCreateIssueMeta",
            method: "GET",
            path: "/rest/api/3/issue/createmeta",
            classic: &["read:jira-work"],
            granular: scopes::READ_CREATE_METADATA,
        },
        handler: Read(metadata::create_everything),
    },
];
