//! The activities against the sandbox, over HTTP; every exchange is held against Jira's OpenAPI document.

mod add_assignee;
mod add_attachment;
mod add_comments;
mod add_watcher;
mod add_worklog;
mod adoption;
mod authority;
mod contract;
mod create_issue;
mod create_project;
mod delete_issue;
mod faults;
mod find_user;
mod get_issue_details;
mod link_issues;
mod lost;
mod oauth;
mod prefix;
mod preflight;
mod said;
mod search_issues;
mod site;
mod update_issue;
mod update_issue_status;
mod values;
