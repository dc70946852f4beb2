//! What projects are made from: types, and the templates of each. \[SPEC\]

use crate::world::{IssueType, World};

/// A type of projects.
#[derive(Debug)]
pub(super) struct ProjectType {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) color: &'static str,
    /// How the keys of its templates begin.
    prefix: &'static str,
    templates: &'static [&'static str],
    /// The names of the issue types that a new project gets, as far as the site has them. \[unverified\]
    issue_types: &'static [&'static str],
}

/// The types that a project can be made of.
pub(super) const TYPES: [ProjectType; 3] = [
    ProjectType {
        key: "software",
        name: "Software",
        color: "#AAAAAA",
        prefix: "com.pyxis.greenhopper.jira:",
        templates: &[
            "gh-simplified-agility-kanban",
            "gh-simplified-agility-scrum",
            "gh-simplified-basic",
            "gh-simplified-kanban-classic",
            "gh-simplified-scrum-classic",
            "gh-cross-team-template",
            "gh-cross-team-planning-template",
        ],
        issue_types: &["Epic", "Story", "Task", "Bug", "Sub-task"],
    },
    ProjectType {
        key: "business",
        name: "Business",
        color: "#FFFFFF",
        prefix: "com.atlassian.jira-core-project-templates:",
        templates: &[
            "jira-core-simplified-content-management",
            "jira-core-simplified-document-approval",
            "jira-core-simplified-lead-tracking",
            "jira-core-simplified-process-control",
            "jira-core-simplified-procurement",
            "jira-core-simplified-project-management",
            "jira-core-simplified-recruitment",
            "jira-core-simplified-task-tracking",
        ],
        issue_types: &["Task", "Sub-task"],
    },
    ProjectType {
        key: "service_desk",
        name: "Service Desk",
        color: "#CCCCCC",
        prefix: "com.atlassian.servicedesk:",
        templates: &[
            "simplified-it-service-management",
            "simplified-it-service-management-basic",
            "simplified-it-service-management-operations",
            "simplified-internal-service-desk",
            "simplified-external-service-desk",
            "simplified-hr-service-desk",
            "simplified-facilities-service-desk",
            "simplified-legal-service-desk",
            "simplified-marketing-service-desk",
            "simplified-finance-service-desk",
            "simplified-analytics-service-desk",
            "simplified-design-service-desk",
            "simplified-sales-service-desk",
            "simplified-halp-service-desk",
            "next-gen-it-service-desk",
            "next-gen-hr-service-desk",
            "next-gen-legal-service-desk",
            "next-gen-marketing-service-desk",
            "next-gen-facilities-service-desk",
            "next-gen-analytics-service-desk",
            "next-gen-finance-service-desk",
            "next-gen-design-service-desk",
            "next-gen-sales-service-desk",
            "company-managed-blank-service-project",
            "company-managed-general-service-project",
            "team-managed-general-service-project",
        ],
        issue_types: &["Service request", "Incident", "Problem", "Change", "Task", "Sub-task"],
    },
];

impl ProjectType {
    pub(super) fn find(key: &str) -> Option<&'static Self> {
        TYPES.iter().find(|project_type| project_type.key == key)
    }

    /// The type that a template belongs to. `None` where there is no such template.
    pub(super) fn of_template(key: &str) -> Option<&'static Self> {
        TYPES.iter().find(|project_type| {
            let name = key.strip_prefix(project_type.prefix);
            name.is_some_and(|name| project_type.templates.contains(&name))
        })
    }

    /// The issue types that a new project gets; all of the site where it has none of the usual ones.
    pub(super) fn issue_types(&self, world: &World) -> Vec<String> {
        let usual = |issue_type: &&IssueType| self.issue_types.contains(&issue_type.name.as_str());
        let ids = |types: Vec<&IssueType>| types.into_iter().map(|issue_type| issue_type.id.clone()).collect();
        let found: Vec<_> = world.issue_types.iter().filter(usual).collect();
        if found.is_empty() { ids(world.issue_types.iter().collect()) } else { ids(found) }
    }
}
