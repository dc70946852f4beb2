//! The one table of operations: what is served, under which path, with which scopes. Routing, the check of scopes and
//! the answer 501 all read it.

mod matching;
mod unserved;

use crate::{
    answer::{Accepted, Answer, Refusal},
    operation::{comment, issue, metadata, permissions, project, property, site, user},
    request::Request,
    world::World,
};

pub(crate) use matching::{Route, route};

use Handler::{Read, Write};

/// An operation of Jira's that the sandbox serves.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name in the OpenAPI document.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The classic scopes, all of them needed. [SPEC]
    pub(crate) classic: &'static [&'static str],
    /// The granular scopes, all of them needed, as the alternative. [SPEC]
    pub(crate) granular: &'static [&'static str],
    pub(crate) handler: Handler,
}

/// What an operation does. Both forms look at the world only; the change of a write is made after it is durable.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    Read(fn(&Request<'_>, &World) -> Result<Answer, Refusal>),
    Write(fn(&Request<'_>, &World) -> Result<Accepted, Refusal>),
}

/// An operation that the sandbox serves, for those who compare it with Jira's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedOperation {
    /// Its name in the OpenAPI document.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The classic scopes, all of them needed.
    pub classic: &'static [&'static str],
    /// The granular scopes, all of them needed, as the alternative.
    pub granular: &'static [&'static str],
}

/// Every operation that the sandbox serves.
pub fn served_operations() -> Vec<ServedOperation> {
    let served = OPERATIONS.iter();
    served
        .map(|&Operation { id, method, path, classic, granular, .. }| ServedOperation {
            id,
            method,
            path,
            classic,
            granular,
        })
        .collect()
}

const OPERATIONS: &[Operation] = &[
    Operation {
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
        handler: Write(issue::create),
    },
    Operation {
        id: "getIssue",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}",
        classic: &["read:jira-work"],
        granular: &[
            "read:issue-meta:jira",
            "read:issue-security-level:jira",
            "read:issue.vote:jira",
            "read:issue.changelog:jira",
            "read:avatar:jira",
            "read:issue:jira",
            "read:status:jira",
            "read:user:jira",
            "read:field-configuration:jira",
        ],
        handler: Read(issue::get),
    },
    Operation {
        id: "deleteIssue",
        method: "DELETE",
        path: "/rest/api/3/issue/{issueIdOrKey}",
        classic: &["write:jira-work"],
        granular: &["delete:issue:jira"],
        handler: Write(issue::delete),
    },
    Operation {
        id: "getComments",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}/comment",
        classic: &["read:jira-work"],
        granular: &[
            "read:comment:jira",
            "read:comment.property:jira",
            "read:group:jira",
            "read:project:jira",
            "read:project-role:jira",
            "read:user:jira",
            "read:avatar:jira",
        ],
        handler: Read(comment::list),
    },
    Operation {
        id: "addComment",
        method: "POST",
        path: "/rest/api/3/issue/{issueIdOrKey}/comment",
        classic: &["write:jira-work"],
        granular: &[
            "read:comment:jira",
            "read:comment.property:jira",
            "read:group:jira",
            "read:project:jira",
            "read:project-role:jira",
            "read:user:jira",
            "write:comment:jira",
            "read:avatar:jira",
        ],
        handler: Write(comment::add),
    },
    Operation {
        id: "getComment",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
        classic: &["read:jira-work"],
        granular: &[
            "read:comment:jira",
            "read:comment.property:jira",
            "read:group:jira",
            "read:project:jira",
            "read:project-role:jira",
            "read:user:jira",
            "read:avatar:jira",
        ],
        handler: Read(comment::get),
    },
    Operation {
        id: "getCommentPropertyKeys",
        method: "GET",
        path: "/rest/api/3/comment/{commentId}/properties",
        classic: &["read:jira-work"],
        granular: &["read:comment.property:jira"],
        handler: Read(property::comment_keys),
    },
    Operation {
        id: "getCommentProperty",
        method: "GET",
        path: "/rest/api/3/comment/{commentId}/properties/{propertyKey}",
        classic: &["read:jira-work"],
        granular: &["read:comment.property:jira"],
        handler: Read(property::comment_property),
    },
    Operation {
        id: "getIssuePropertyKeys",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}/properties",
        classic: &["read:jira-work"],
        granular: &["read:issue.property:jira"],
        handler: Read(property::issue_keys),
    },
    Operation {
        id: "getIssueProperty",
        method: "GET",
        path: "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}",
        classic: &["read:jira-work"],
        granular: &["read:issue.property:jira"],
        handler: Read(property::issue_property),
    },
    Operation {
        id: "getCreateIssueMetaIssueTypes",
        method: "GET",
        path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
        classic: &["read:jira-work"],
        granular: &["read:issue-meta:jira", "read:avatar:jira", "read:field-configuration:jira"],
        handler: Read(metadata::create_types),
    },
    Operation {
        id: "getCreateIssueMetaIssueTypeId",
        method: "GET",
        path: "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
        classic: &["read:jira-work"],
        granular: &["read:issue-meta:jira", "read:avatar:jira", "read:field-configuration:jira"],
        handler: Read(metadata::create_fields),
    },
    Operation {
        id: "bulkFetchIssues",
        method: "POST",
        path: "/rest/api/3/issue/bulkfetch",
        classic: &["read:jira-work"],
        granular: &[
            "read:issue-meta:jira",
            "read:issue-security-level:jira",
            "read:issue.vote:jira",
            "read:issue.changelog:jira",
            "read:avatar:jira",
            "read:issue:jira",
            "read:status:jira",
            "read:user:jira",
            "read:field-configuration:jira",
        ],
        handler: Read(issue::fetch),
    },
    Operation {
        id: "getProject",
        method: "GET",
        path: "/rest/api/3/project/{projectIdOrKey}",
        classic: &["read:jira-work"],
        granular: &[
            "read:issue-type:jira",
            "read:project:jira",
            "read:project.property:jira",
            "read:user:jira",
            "read:application-role:jira",
            "read:avatar:jira",
            "read:group:jira",
            "read:issue-type-hierarchy:jira",
            "read:project-category:jira",
            "read:project-version:jira",
            "read:project.component:jira",
        ],
        handler: Read(project::get),
    },
    Operation {
        id: "searchProjects",
        method: "GET",
        path: "/rest/api/3/project/search",
        classic: &["read:jira-work"],
        granular: &[
            "read:issue-type:jira",
            "read:project:jira",
            "read:project.property:jira",
            "read:user:jira",
            "read:application-role:jira",
            "read:avatar:jira",
            "read:group:jira",
            "read:issue-type-hierarchy:jira",
            "read:project-category:jira",
            "read:project-version:jira",
            "read:project.component:jira",
        ],
        handler: Read(project::search),
    },
    Operation {
        id: "getUser",
        method: "GET",
        path: "/rest/api/3/user",
        classic: &["read:jira-user"],
        granular: &["read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"],
        handler: Read(user::get),
    },
    Operation {
        id: "findUsers",
        method: "GET",
        path: "/rest/api/3/user/search",
        classic: &["read:jira-user"],
        granular: &[
            "read:user:jira",
            "read:user.property:jira",
            "read:application-role:jira",
            "read:avatar:jira",
            "read:group:jira",
        ],
        handler: Read(user::search),
    },
    Operation {
        id: "findAssignableUsers",
        method: "GET",
        path: "/rest/api/3/user/assignable/search",
        classic: &["read:jira-user"],
        granular: &[
            "read:issue:jira",
            "read:project:jira",
            "read:user:jira",
            "read:application-role:jira",
            "read:avatar:jira",
            "read:group:jira",
        ],
        handler: Read(user::assignable),
    },
    Operation {
        id: "getCurrentUser",
        method: "GET",
        path: "/rest/api/3/myself",
        classic: &["read:jira-user"],
        granular: &["read:application-role:jira", "read:group:jira", "read:user:jira", "read:avatar:jira"],
        handler: Read(user::myself),
    },
    Operation {
        id: "getMyPermissions",
        method: "GET",
        path: "/rest/api/3/mypermissions",
        classic: &["read:jira-work"],
        granular: &["read:permission:jira"],
        handler: Read(permissions::mine),
    },
    Operation {
        id: "getBulkPermissions",
        method: "POST",
        path: "/rest/api/3/permissions/check",
        classic: &[],
        granular: &["read:permission:jira"],
        handler: Read(permissions::check),
    },
    Operation {
        id: "getServerInfo",
        method: "GET",
        path: "/rest/api/3/serverInfo",
        classic: &[],
        granular: &[],
        handler: Read(site::server_info),
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
];
