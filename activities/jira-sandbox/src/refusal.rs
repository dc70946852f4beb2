//! Every refusal that does not depend on one field's value: its status and its words, and where they are known from.

use crate::answer::Refusal;

/// The body is no JSON. The status is \[SPEC\]'s for an invalid request, the words \[unverified\].
pub(crate) fn body_not_json() -> Refusal {
    Refusal::message(400, "There was an error parsing JSON. Check that your request body is valid.")
}

/// The body is JSON of a wrong shape. \[SPEC\]
pub(crate) fn body_invalid(what: &str) -> Refusal {
    Refusal::message(
        400,
        format!("Invalid request payload: {what}. Refer to the REST API documentation and try again."),
    )
}

/// The body is JSON that a closed schema does not take. \[FAKE\] for the status.
pub(crate) fn body_unreadable() -> Refusal {
    Refusal::message(400, "Invalid request payload. Refer to the REST API documentation and try again.")
}

/// A list has more items than it may. \[SPEC\]
pub(crate) fn too_many(name: &str, most: usize) -> Refusal {
    Refusal::message(400, format!("The parameter '{name}' can have at most {most} items."))
}

/// A page of a search is shorter or longer than one may be. \[FAKE\]
pub(crate) fn page_length_invalid() -> Refusal {
    Refusal::message(400, "The value of the parameter 'maxResults' must be between 1 and 5000.")
}

/// The token of a page is of another query, too old, or none at all. \[FAKE\]
pub(crate) fn page_token_invalid() -> Refusal {
    Refusal::message(400, "The value of the parameter 'nextPageToken' is not valid.")
}

/// A search that restricts nothing. \[RT\]
pub(crate) fn query_unbounded() -> Refusal {
    Refusal::message(400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
}

/// A query parameter cannot be read. \[unverified\]
pub(crate) fn query_invalid(name: &str) -> Refusal {
    Refusal::message(400, format!("The value of the query parameter '{name}' is not valid."))
}

/// Credentials are missing or incorrect. \[SPEC\]
pub(crate) fn not_authenticated() -> Refusal {
    Refusal::message(401, "You are not authenticated. Authentication required to perform this operation.")
}

/// The issue is absent, or the user may not browse it: the two cannot be told apart. \[SPEC\]
pub(crate) fn issue_not_found() -> Refusal {
    Refusal::message(404, "Issue does not exist or you do not have permission to see it.")
}

/// The type of a link is absent. \[SPEC\]
pub(crate) fn link_type_not_found(id_or_name: &str) -> Refusal {
    Refusal::message(404, format!("No issue link type with name '{id_or_name}' found."))
}

/// The user may browse both issues and not link the first: 404. \[SPEC\]
pub(crate) fn link_not_permitted() -> Refusal {
    Refusal::message(404, "No Link Issue Permission for issue.")
}

/// Both ends are one issue. \[unverified\]
pub(crate) fn link_to_itself() -> Refusal {
    Refusal::message(400, "You cannot link an issue to itself.")
}

/// An issue has as many links as it may have. \[SPEC\]
pub(crate) fn too_many_links(most: usize) -> Refusal {
    Refusal::message(413, format!("The issue has reached its limit of {most} issue links."))
}

/// The caller may see the issue and not have others watch it. \[SPEC\]
pub(crate) fn watchers_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to manage the watcher list.")
}

/// The user who is to watch may not see the issue. \[unverified\]
pub(crate) fn watcher_cannot_see() -> Refusal {
    Refusal::message(400, "The user does not have permission to view this issue, and cannot watch it.")
}

/// The user may browse the issue and not work on it: 400. \[SPEC\]
pub(crate) fn work_not_permitted() -> Refusal {
    Refusal::message(400, "You do not have the permission to associate a worklog to this issue.")
}

/// No time was spent. The status is \[SPEC\]'s for an invalid request.
pub(crate) fn time_spent_missing() -> Refusal {
    Refusal::field(400, "timeLogged", "You must indicate the time spent working.")
}

/// The time that was spent cannot be read. The status is \[SPEC\]'s for an invalid request.
pub(crate) fn time_spent_invalid() -> Refusal {
    Refusal::field(400, "timeLogged", "Invalid time duration entered.")
}

/// When the work began cannot be read. The status is \[SPEC\]'s for an invalid request.
pub(crate) fn started_invalid() -> Refusal {
    Refusal::field(400, "startDate", "The start date of the worklog is not valid.")
}

/// The issue has as many worklogs as it may have. \[SPEC\]
pub(crate) fn too_many_worklogs(most: usize) -> Refusal {
    Refusal::message(413, format!("The issue has reached its limit of {most} worklogs."))
}

/// The project is absent or not visible. \[SPEC\]
pub(crate) fn project_not_found(id_or_key: &str) -> Refusal {
    Refusal::message(404, format!("No project could be found with key or id '{id_or_key}'."))
}

/// The comment is absent or not visible. \[SPEC\]
pub(crate) fn comment_not_found(id: &str) -> Refusal {
    Refusal::message(404, format!("Can not find a comment for the id: {id}."))
}

/// The property is not set. \[SPEC\]
pub(crate) fn property_not_found(key: &str) -> Refusal {
    Refusal::message(404, format!("The property with key '{key}' does not exist."))
}

/// The user is absent. \[SPEC\]
pub(crate) fn user_not_found() -> Refusal {
    Refusal::message(404, "The specified user does not exist or you do not have the required permissions.")
}

/// The caller looks at other people without Browse users and groups. \[SPEC\]
pub(crate) fn users_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have the permission to browse users and groups.")
}

/// The caller may browse the issue and not assign it. \[SPEC\]
pub(crate) fn assign_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to assign issues.")
}

/// The body names no assignee. \[SPEC\]
pub(crate) fn assignee_missing() -> Refusal {
    Refusal::message(400, "One of 'accountId', 'name' and 'key' must be provided.")
}

/// The body names an assignee by name or key, or more than once: people are known by account id alone. \[SPEC\]
pub(crate) fn assignee_not_by_account() -> Refusal {
    Refusal::message(400, "'accountId' must be the only user identifying query parameter in GDPR strict mode.")
}

/// The caller may not create projects. \[SPEC\]
pub(crate) fn project_not_permitted() -> Refusal {
    Refusal::message(403, "You are not authorized to create projects.")
}

/// The caller may see the comment and not edit it. \[SPEC\]
pub(crate) fn comment_not_editable() -> Refusal {
    Refusal::message(403, "You do not have the permission to edit this comment.")
}

/// The user may browse the project and not create in it; the status is a switch, both are \[SPEC\].
pub(crate) fn create_not_permitted(status: u16) -> Refusal {
    Refusal::field(status, "project", "You do not have permission to create issues in this project.")
}

/// Properties were given with a create by a user without Edit Issues; whether that matters is a switch. \[unverified\]
pub(crate) fn properties_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to edit issues in this project.")
}

/// The user may browse the issue and not delete it. \[SPEC\]
pub(crate) fn delete_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to delete issues in this project.")
}

/// The user may browse the issue and not edit it; the status is a switch. \[SPEC\] has 400 for single fields.
pub(crate) fn edit_not_permitted(status: u16) -> Refusal {
    Refusal::message(status, "You do not have permission to edit issues in this project.")
}

/// An edit without notifications by a user who administers neither Jira nor the project; a switch. \[unverified\]
pub(crate) fn quiet_edit_not_permitted() -> Refusal {
    Refusal::message(403, "To discard the user notification either admin or project admin permissions are required.")
}

/// A parameter that only Connect and Forge apps may use. \[SPEC\]
pub(crate) fn override_not_permitted(name: &str) -> Refusal {
    Refusal::message(403, format!("You do not have permission to use '{name}'."))
}

/// The body of a transition names none. \[SPEC\]
pub(crate) fn transition_missing() -> Refusal {
    Refusal::message(400, "Missing 'transition' identifier")
}

/// There is no such transition, or it does not start from the issue's status. \[SPEC\]
pub(crate) fn transition_invalid(id: &str) -> Refusal {
    Refusal::message(400, format!("Transition id '{id}' is not valid for this issue."))
}

/// The user may browse the issue and not transition it: 400. \[SPEC\]
pub(crate) fn transition_not_permitted() -> Refusal {
    Refusal::message(400, "You do not have permission to transition this issue.")
}

/// The issue has sub-tasks and `deleteSubtasks` is not `true`. \[SPEC\]
pub(crate) fn has_subtasks(key: &str) -> Refusal {
    Refusal::message(
        400,
        format!(
            "The issue '{key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue \
             and all its subtasks."
        ),
    )
}

/// The user may browse the issue and not comment on it; the status is a switch. \[unverified\]
pub(crate) fn comment_not_permitted(status: u16) -> Refusal {
    Refusal::message(status, "You do not have the permission to comment on this issue.")
}

/// The comment has no body. The status is \[SPEC\]'s for an invalid request.
pub(crate) fn comment_missing() -> Refusal {
    Refusal::field(400, "comment", "Comment body can not be empty!")
}

/// The comment's body is no ADF document. \[CONN\]
pub(crate) fn comment_invalid() -> Refusal {
    Refusal::message(400, "Comment body is not valid!")
}

/// The comment is restricted to a group or role that is not there. \[SPEC\] for an invalid request.
pub(crate) fn visibility_invalid(kind: &str, name: &str) -> Refusal {
    Refusal::field(400, "commentLevel", format!("{kind} '{name}' does not exist."))
}

/// The issue has as many comments as it can have. \[SPEC\]
pub(crate) fn too_many_comments(most: usize) -> Refusal {
    Refusal::field(413, "comment", format!("The issue has reached its limit of {most} comments."))
}

/// A property's key is empty or over 255 characters, or its value over 32,768. \[SPEC\]
pub(crate) fn property_invalid(key: &str, what: &str) -> Refusal {
    Refusal::message(400, format!("The property '{key}' is not valid: {what}."))
}

/// A permission key that Jira does not know refuses the whole call. \[SPEC\]
pub(crate) fn permission_unknown(key: &str) -> Refusal {
    Refusal::field(400, key, "Unrecognized permission")
}

/// `mypermissions` without a list of permissions. \[SPEC\]
pub(crate) fn permissions_missing() -> Refusal {
    Refusal::message(400, "The 'permissions' query parameter is required.")
}

/// A permission check for somebody else by a user who is not an administrator. \[SPEC\]
pub(crate) fn check_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to check the permissions of another user.")
}

/// The sandbox does not do this; no rule of Jira's.
pub(crate) fn not_served(what: &str) -> Refusal {
    Refusal::message(501, format!("The flowrun sandbox does not serve {what}."))
}

/// The search without `/jql` is removed. \[RT\]
pub(crate) fn search_removed() -> Refusal {
    Refusal::message(
        410,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration \
         guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
    )
}

/// The user may browse the issue and not attach to it. \[SPEC\]
pub(crate) fn attach_not_permitted() -> Refusal {
    Refusal::message(403, "You do not have permission to create attachments for this issue.")
}

/// More files in one request than Jira takes. \[SPEC\]
pub(crate) fn too_many_files(most: usize) -> Refusal {
    Refusal::message(413, format!("You can attach at most {most} files in one request."))
}

/// A file is over the limit that `attachment/meta` tells. \[SPEC\]
pub(crate) fn file_too_large(filename: &str, limit: u64) -> Refusal {
    Refusal::message(413, format!("The file '{filename}' exceeds its maximum permitted size of {limit} bytes."))
}

/// The issue has as many attachments as it may have. \[SPEC\]
pub(crate) fn issue_is_full(limit: usize) -> Refusal {
    Refusal::message(413, format!("The issue has reached its limit of {limit} attachments."))
}

/// The form is none. The status is \[unverified\].
pub(crate) fn form_invalid(what: &str) -> Refusal {
    Refusal::message(400, format!("The multipart form cannot be read: {what}."))
}

/// The form has no part named `file`. The status is \[unverified\].
pub(crate) fn no_file() -> Refusal {
    Refusal::message(400, "The request has no file to attach: the name of its part must be 'file'.")
}

/// A file name in the form of RFC 2231, which failed at Jira Server in many reports (pycontribs/jira#223).
pub(crate) fn file_name_failed() -> Refusal {
    Refusal::message(500, "Internal server error")
}

/// The attachment is absent, or its issue is not visible. \[SPEC\]
pub(crate) fn attachment_not_found(id: &str) -> Refusal {
    Refusal::message(404, format!("The attachment with id '{id}' does not exist"))
}

/// Neither all attachments nor, where it is one, an own one may be deleted. \[SPEC\]
pub(crate) fn detach_not_permitted(id: &str) -> Refusal {
    Refusal::message(403, format!("You do not have permission to delete attachment with id: {id}"))
}

/// Attachments are switched off on this site. \[SPEC\]
pub(crate) fn attachments_disabled() -> Refusal {
    Refusal::message(404, "Attachments are disabled.")
}

/// The `Range` cannot be read. \[SPEC\]
pub(crate) fn range_malformed() -> Refusal {
    Refusal::message(400, "The range in the 'Range' header is not valid.")
}

/// The attachment has no such bytes. \[SPEC\]
pub(crate) fn range_unsatisfiable() -> Refusal {
    Refusal::message(416, "The range in the 'Range' header cannot be satisfied.")
}

/// The body is larger than the sandbox takes; Jira's own limit is not documented.
pub(crate) fn body_too_large(limit: usize) -> Refusal {
    Refusal::message(413, format!("The request is larger than {limit} bytes."))
}

/// The body is of another type than the operation takes; the status is a switch.
pub(crate) fn body_type(status: u16) -> Refusal {
    Refusal::message(status, "Unsupported Media Type")
}
