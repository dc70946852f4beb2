//! What issues can have, and the site itself.

use crate::{
    operation::{metadata, site},
    routes::{
        Handler::{Public, Read},
        Operation, scopes,
    },
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "getEditIssueMeta",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}/editmeta",
        classic: &["read:jira-work"],
        granular: &["read:issue-meta:jira", "read:field-configuration:jira"],
        handler: Read(metadata::edit_fields),
    },
    Operation {
        id: "getCreateIssueMetaIssueTypes",
        method: "GET",
        path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
        classic: &["read:jira-work"],
        granular: scopes::READ_CREATE_METADATA,
        handler: Read(metadata::create_types),
    },
    Operation {
        id: "getCreateIssueMetaIssueTypeId",
        method: "GET",
        path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
        classic: &["read:jira-work"],
        granular: scopes::READ_CREATE_METADATA,
        handler: Read(metadata::create_fields),
    },
    Operation {
        id: "getServerInfo",
        method: "GET",
        path: "/rest/api/3/serverInfo",
        classic: &[],
        granular: &[],
        handler: Public(site::server_info),
    },
    Operation {
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
        handler: Read(site::fields),
    },
    Operation {
        id: "getPriorities",
        method: "GET",
        path: "/rest/api/3/priority",
        classic: &["read:jira-work"],
        granular: &["read:priority:jira"],
        handler: Read(site::priorities),
    },
    Operation {
        id: "getIssueAllTypes",
        method: "GET",
        path: "/rest/api/3/issuetype",
        classic: &["read:jira-work"],
        granular: &["read:issue-type:jira", "read:avatar:jira", "read:project-category:jira", "read:project:jira"],
        handler: Read(site::issue_types),
    },
    Operation {
        id: "getStatuses",
        method: "GET",
        path: "/rest/api/3/status",
        classic: &["read:jira-work"],
        granular: &["read:status:jira"],
        handler: Read(site::statuses),
    },
    Operation {
        id: "getCreateIssueMeta",
        method: "GET",
        path: "/rest/api/3/issue/createmeta",
        classic: &["read:jira-work"],
        granular: scopes::READ_CREATE_METADATA,
        handler: Read(metadata::create_everything),
    },
];
