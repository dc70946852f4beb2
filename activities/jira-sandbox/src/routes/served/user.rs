//! Users, and what they may do.

use crate::{
    operation::{permissions, user},
    routes::{Handler::Read, Operation, scopes},
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "getUser",
        method: "GET",
        path: "/rest/api/3/user",
        classic: &["read:jira-user"],
        granular: scopes::READ_USERS,
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
        granular: scopes::READ_USERS,
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
        id: "getAllPermissions",
        method: "GET",
        path: "/rest/api/3/permissions",
        classic: &["manage:jira-configuration"],
        granular: &["read:permission:jira"],
        handler: Read(permissions::all),
    },
    Operation {
        id: "getBulkPermissions",
        method: "POST",
        path: "/rest/api/3/permissions/check",
        classic: &[],
        granular: &["read:permission:jira"],
        handler: Read(permissions::check),
    },
];
