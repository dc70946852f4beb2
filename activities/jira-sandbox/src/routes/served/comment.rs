//! Comments and their properties.

use crate::{
    operation::{comment, property},
    routes::{
        Handler::{Read, Write},
        Operation, scopes,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getComments",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/comment",
            classic: &["read:jira-work"],
            granular: scopes::READ_COMMENTS,
        },
        handler: Read(comment::list),
    },
    Operation {
        facts: ServedOperation {
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
        },
        handler: Write(comment::add),
    },
    Operation {
        facts: ServedOperation {
            id: "getComment",
            method: "GET",
            path: "/rest/api/3/issue/{issueIdOrKey}/comment/{id}",
            classic: &["read:jira-work"],
            granular: scopes::READ_COMMENTS,
        },
        handler: Read(comment::get),
    },
    Operation {
        facts: ServedOperation {
            id: "getCommentPropertyKeys",
            method: "GET",
            path: "/rest/api/3/comment/{commentId}/properties",
            classic: &["read:jira-work"],
            granular: scopes::READ_COMMENT_PROPERTIES,
        },
        handler: Read(property::comment_keys),
    },
    Operation {
        facts: ServedOperation {
            id: "getCommentProperty",
            method: "GET",
            path: "/rest/api/3/comment/{commentId}/properties/{propertyKey}",
            classic: &["read:jira-work"],
            granular: scopes::READ_COMMENT_PROPERTIES,
        },
        handler: Read(property::comment_property),
    },
    Operation {
        facts: ServedOperation {
            id: "getCommentsByIds",
            method: "POST",
            path: "/rest/api/3/comment/list",
            classic: &["read:jira-work"],
            granular: scopes::READ_COMMENTS,
        },
        handler: Read(comment::by_ids),
    },
    Operation {
        facts: ServedOperation {
            id: "setCommentProperty",
            method: "PUT",
            path: "/rest/api/3/comment/{commentId}/properties/{propertyKey}",
            classic: &["write:jira-work"],
            granular: &["write:comment.property:jira"],
        },
        handler: Write(comment::set_property),
    },
    Operation {
        facts: ServedOperation {
            id: "deleteCommentProperty",
            method: "DELETE",
            path: "/rest/api/3/comment/{commentId}/properties/{propertyKey}",
            classic: &["write:jira-work"],
            granular: &["delete:comment.property:jira"],
        },
        handler: Write(comment::delete_property),
    },
];
