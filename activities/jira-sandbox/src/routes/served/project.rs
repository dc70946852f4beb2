//! Projects.

use crate::{
    operation::project,
    routes::{
        Handler::{Read, Write},
        Operation, scopes,
    },
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "getProject",
        method: "GET",
        path: "/rest/api/3/project/{projectIdOrKey}",
        classic: &["read:jira-work"],
        granular: scopes::READ_PROJECTS,
        handler: Read(project::get),
    },
    Operation {
        id: "searchProjects",
        method: "GET",
        path: "/rest/api/3/project/search",
        classic: &["read:jira-work"],
        granular: scopes::READ_PROJECTS,
        handler: Read(project::search),
    },
    Operation {
        id: "createProject",
        method: "POST",
        path: "/rest/api/3/project",
        classic: &["manage:jira-configuration"],
        granular: &["write:project:jira", "read:project:jira"],
        handler: Write(project::create),
    },
    Operation {
        id: "getAllProjects",
        method: "GET",
        path: "/rest/api/3/project",
        classic: &["read:jira-work"],
        granular: scopes::READ_PROJECTS,
        handler: Read(project::all),
    },
    Operation {
        id: "getAllStatuses",
        method: "GET",
        path: "/rest/api/3/project/{projectIdOrKey}/statuses",
        classic: &["read:jira-work"],
        granular: &["read:issue-status:jira", "read:issue-type:jira", "read:status:jira"],
        handler: Read(project::statuses),
    },
    Operation {
        id: "getAllProjectTypes",
        method: "GET",
        path: "/rest/api/3/project/type",
        classic: &["read:jira-work"],
        granular: &["read:project-type:jira"],
        handler: Read(project::types),
    },
    Operation {
        id: "validateProjectKey",
        method: "GET",
        path: "/rest/api/3/projectvalidate/key",
        classic: &["read:jira-work"],
        granular: scopes::READ_PROJECT_NAMES,
        handler: Read(project::validate),
    },
    Operation {
        id: "getValidProjectKey",
        method: "GET",
        path: "/rest/api/3/projectvalidate/validProjectKey",
        classic: &["read:jira-work"],
        granular: scopes::READ_PROJECT_NAMES,
        handler: Read(project::suggest),
    },
];
