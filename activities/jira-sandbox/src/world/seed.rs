//! The built-in world: project OPS, an administrator, two users, issues OPS-1 to OPS-5.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Adjustments, Comment, Component, Issue, IssueType, Priority, Project, Status, User, World};
use crate::{document, permission::PERMISSIONS, switches::Switches};

/// The flow of issues, in its order.
pub(crate) const STATUSES: [Status; 3] = [
    Status { id: "10000", name: "To Do", category: (2, "new", "blue-gray", "To Do"), transition: "11" },
    Status {
        id: "10001",
        name: "In Progress",
        category: (4, "indeterminate", "yellow", "In Progress"),
        transition: "21",
    },
    Status { id: "10002", name: "Done", category: (3, "done", "green", "Done"), transition: "31" },
];

/// The priorities, most urgent first.
pub(crate) const PRIORITIES: [Priority; 5] = [
    Priority { id: "1", name: "Highest", description: "This problem will block progress.", color: "#d04437" },
    Priority { id: "2", name: "High", description: "Serious problem that could block progress.", color: "#f15C75" },
    Priority { id: "3", name: "Medium", description: "Has the potential to affect progress.", color: "#f79232" },
    Priority { id: "4", name: "Low", description: "Minor problem or easily worked around.", color: "#707070" },
    Priority { id: "5", name: "Lowest", description: "Trivial problem with little impact.", color: "#999999" },
];

/// The priority of an issue that was created without one.
pub(crate) const DEFAULT_PRIORITY: &str = "3";

const ADMINISTRATOR: &str = "6410a7e1c3d5f20b6c1e0a01";
const DEVELOPER: &str = "6410a7e1c3d5f20b6c1e0a02";
const REPORTER: &str = "6410a7e1c3d5f20b6c1e0a03";

/// What only administrators hold.
const FOR_ADMINISTRATORS: [&str; 3] = ["ADMINISTER", "ADMINISTER_PROJECTS", "EDIT_WORKFLOW"];

/// What the reporter lacks besides: may look, create and edit, and neither comment, delete, assign nor transition.
const NOT_FOR_REPORTER: [&str; 8] = [
    "ADD_COMMENTS",
    "DELETE_ISSUES",
    "ASSIGN_ISSUES",
    "MODIFY_REPORTER",
    "TRANSITION_ISSUES",
    "MOVE_ISSUES",
    "CREATE_ATTACHMENTS",
    "BULK_CHANGE",
];

const EVERY_SCREEN: [&str; 10] = [
    "summary",
    "issuetype",
    "project",
    "description",
    "assignee",
    "reporter",
    "priority",
    "labels",
    "components",
    "duedate",
];

pub(super) fn world(switches: Switches, adjustments: Adjustments) -> World {
    World {
        users: users(),
        projects: vec![operations()],
        issues: issues().into_iter().map(|issue| (issue.id, issue)).collect(),
        switches,
        adjustments,
        next_issue: 10006,
        next_comment: 10001,
    }
}

fn users() -> Vec<User> {
    let all = || PERMISSIONS.iter().map(|permission| permission.key);
    let ordinary = || all().filter(|key| !FOR_ADMINISTRATORS.contains(key));
    vec![
        User {
            account_id: ADMINISTRATOR,
            email: "admin@example.com",
            display_name: "Alex Admin",
            groups: &["jira-administrators", "jira-users"],
            permissions: all().collect(),
        },
        User {
            account_id: DEVELOPER,
            email: "dana@example.com",
            display_name: "Dana Developer",
            groups: &["jira-users"],
            permissions: ordinary().collect(),
        },
        User {
            account_id: REPORTER,
            email: "robin@example.com",
            display_name: "Robin Reporter",
            groups: &["jira-users"],
            permissions: ordinary().filter(|key| !NOT_FOR_REPORTER.contains(key)).collect(),
        },
    ]
}

fn operations() -> Project {
    Project {
        id: 10000,
        key: "OPS",
        name: "Operations",
        description: "What keeps the site running.",
        lead: ADMINISTRATOR,
        issue_types: issue_types(),
        components: vec![
            Component { id: "10000", name: "Website" },
            Component { id: "10001", name: "Backend" },
            Component { id: "10002", name: "Infrastructure" },
        ],
        next_number: 6,
    }
}

fn issue_types() -> Vec<IssueType> {
    vec![
        IssueType {
            id: "10001",
            name: "Bug",
            description: "A problem or error.",
            subtask: false,
            avatar: 10303,
            screen: &["customfield_10101", "customfield_10102", "customfield_10104", "customfield_10105"],
        },
        IssueType {
            id: "10002",
            name: "Task",
            description: "A small, distinct piece of work.",
            subtask: false,
            avatar: 10318,
            screen: &["customfield_10101", "customfield_10105", "customfield_10106"],
        },
        IssueType {
            id: "10003",
            name: "Story",
            description: "Functionality as a user's goal.",
            subtask: false,
            avatar: 10315,
            screen: &["customfield_10101", "customfield_10103", "customfield_10106"],
        },
        IssueType {
            id: "10004",
            name: "Sub-task",
            description: "A piece of work that belongs to another.",
            subtask: true,
            avatar: 10316,
            screen: &["parent"],
        },
    ]
}

impl IssueType {
    /// Whether a field is on the create screen.
    pub(crate) fn shows(&self, field: &str) -> bool {
        EVERY_SCREEN.contains(&field) || self.screen.contains(&field)
    }
}

fn issues() -> Vec<Issue> {
    let mut issues = vec![
        issue(1, ("10001", "10000", "Search is slow for long queries"), &[("components", json!(["10000"]))]),
        issue(2, ("10002", "10001", "Renew the certificate of the shop"), &[("assignee", json!(DEVELOPER))]),
        issue(3, ("10003", "10000", "Customers can export their orders"), &[("labels", json!(["export"]))]),
        issue(4, ("10004", "10000", "Design the export dialogue"), &[("parent", json!(10003))]),
        issue(5, ("10002", "10002", "Move the backups to the new store"), &[("priority", json!("2"))]),
    ];
    let created = issues[0].created;
    issues[0].comments.push(Comment {
        id: 10000,
        author: DEVELOPER.to_owned(),
        created,
        body: document::paragraph("Reproduced with queries of more than 200 characters."),
        visibility: None,
        properties: BTreeMap::new(),
    });
    issues
}

fn issue(number: u64, (issue_type, status, summary): (&str, &'static str, &str), more: &[(&str, Value)]) -> Issue {
    let created: Timestamp = "2026-09-01T08:30:00Z".parse().expect("a time that is written here");
    let mut fields = Map::new();
    fields.insert("summary".to_owned(), summary.into());
    fields.insert("description".to_owned(), document::paragraph(summary));
    fields.insert("reporter".to_owned(), ADMINISTRATOR.into());
    fields.insert("priority".to_owned(), DEFAULT_PRIORITY.into());
    fields.extend(more.iter().map(|(field, value)| ((*field).to_owned(), value.clone())));
    Issue {
        id: 10000 + number,
        key: format!("OPS-{number}"),
        project: 10000,
        issue_type: issue_type.to_owned(),
        status,
        creator: ADMINISTRATOR.to_owned(),
        created,
        updated: created,
        fields,
        properties: BTreeMap::new(),
        comments: Vec::new(),
    }
}
