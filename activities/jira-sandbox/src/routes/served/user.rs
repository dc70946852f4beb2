//! Users, and what they may do.

use crate::{
    operation::{permissions, user},
    routes::{Handler::Read, Operation, scopes},
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getUser",
            method: "GET",
            path: "/rest/api/3/user",
            classic: &["read:jira-user"],
            granular: scopes::READ_USERS,
        },
        handler: Read(user::get),
    },
    Operation {
        facts: ServedOperation {
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
        },
        handler: Read(user::search),
    },
    Operation {
        facts: ServedOperation {
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
        },
        handler: Read(user::assignable),
    },
    Operation {
        facts: ServedOperation {
            id: "getCurrentUser",
            method: "GET",
            path: "/rest/api/3/myself",
            classic: &["read:jira-user"],
            granular: scopes::READ_USERS,
        },
        handler: Read(user::myself),
    },
    Operation {
        facts: ServedOperation {
            id: "getMyPermissions",
            method: "GET",
            path: "/rest/api/3/mypermissions",
            classic: &["read:jira-work"],
            granular: &["read:permission:jira"],
        },
        handler: Read(permissions::mine),
    },
    Operation {
        facts: ServedOperation {
            id: "getAllPermissions",
            method: "GET",
            path: "/rest/api/3/permissions",
            classic: &["manage:jira-configuration"],
            granular: &["read:permission:jira"],
        },
        handler: Read(permissions::all),
    },
    Operation {
        facts: ServedOperation {
            id: "getBulkPermissions",
            method: "POST",
            path: "/rest/api/3/permissions/check",
            classic: &[],
            granular: &["read:permission:jira"],
        },
        handler: Read(permissions::check),
    },
];
