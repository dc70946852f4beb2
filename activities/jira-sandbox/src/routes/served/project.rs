//! Projects.

use crate::{
    operation::project,
    routes::{
        Handler::{Read, Write},
        Operation, scopes,
    },
    served_operation::ServedOperation,
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        facts: ServedOperation {
            id: "getProject",
            method: "GET",
            path: "/rest/api/3/project/{projectIdOrKey}",
            classic: &["read:jira-work"],
            granular: scopes::READ_PROJECTS,
        },
        handler: Read(project::get),
    },
    Operation {
        facts: ServedOperation {
            id: "searchProjects",
            method: "GET",
            path: "/rest/api/3/project/search",
            classic: &["read:jira-work"],
            granular: scopes::READ_PROJECTS,
        },
        handler: Read(project::search),
    },
    Operation {
        facts: ServedOperation {
            id: "createProject",
            method: "POST",
            path: "/rest/api/3/project",
            classic: &["manage:jira-configuration"],
            granular: &["write:project:jira", "read:project:jira"],
        },
        handler: Write(project::create),
    },
    Operation {
        facts: ServedOperation {
            id: "getAllProjects",
            method: "GET",
            path: "/rest/api/3/project",
            classic: &["read:jira-work"],
            granular: scopes::READ_PROJECTS,
        },
        handler: Read(project::all),
    },
    Operation {
        facts: ServedOperation {
            id: "getAllStatuses",
            method: "GET",
            path: "/rest/api/3/project/{projectIdOrKey}/statuses",
            classic: &["read:jira-work"],
            granular: &["read:issue-status:jira", "read:issue-type:jira", "read:status:jira"],
        },
        handler: Read(project::statuses),
    },
    Operation {
        facts: ServedOperation {
            id: "getAllProjectTypes",
            method: "GET",
            path: "/rest/api/3/project/type",
            classic: &["read:jira-work"],
            granular: &["read:project-type:jira"],
        },
        handler: Read(project::types),
    },
    Operation {
        facts: ServedOperation {
            id: "validateProjectKey",
            method: "GET",
            path: "/rest/api/3/projectvalidate/key",
            classic: &["read:jira-work"],
            granular: scopes::READ_PROJECT_NAMES,
        },
        handler: Read(project::validate),
    },
    Operation {
        facts: ServedOperation {
            id: "getValidProjectKey",
            method: "GET",
            path: "/rest/api/3/projectvalidate/validProjectKey",
            classic: &["read:jira-work"],
            granular: scopes::READ_PROJECT_NAMES,
        },
        handler: Read(project::suggest),
    },
];
