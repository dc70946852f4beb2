//! Operations that are not served, so that the answer can name them.

/// Method, path and name of each.
pub(super) const UNSERVED: &[(&str, &str, &str)] = &[
    ("PUT", "/rest/api/3/issue/{issueIdOrKey}/comment/{id}", "updateComment"),
    ("DELETE", "/rest/api/3/issue/{issueIdOrKey}/comment/{id}", "deleteComment"),
    ("DELETE", "/rest/api/3/issue/{issueIdOrKey}/watchers", "removeWatcher"),
    ("POST", "/rest/api/3/issue/bulk", "createIssues"),
    ("DELETE", "/rest/api/3/project/{projectIdOrKey}", "deleteProject"),
    ("PUT", "/rest/api/3/project/{projectIdOrKey}", "updateProject"),
    ("POST", "/rest/api/3/permissions/project", "getPermittedProjects"),
    ("GET", "/rest/api/3/issuetype/project", "getIssueTypesForProject"),
    ("GET", "/rest/api/3/webhook", "getDynamicWebhooksForApp"),
    ("POST", "/rest/api/3/webhook", "registerDynamicWebhooks"),
    ("DELETE", "/rest/api/3/webhook", "deleteWebhookById"),
    ("PUT", "/rest/api/3/webhook/refresh", "refreshWebhooks"),
    ("GET", "/rest/api/3/webhook/failed", "getFailedWebhooks"),
    ("GET", "/rest/api/3/events", "getEvents"),
    ("GET", "/rest/api/3/task/{taskId}", "getTask"),
];
