//! What a project is made as: the types of projects, and whether a type and a template fit each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::template::Template;

/// A kind of project \[SPEC createProject\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum ProjectType {
    Software,
    Business,
    ServiceDesk,
    CustomerService,
}

/// What a project is made as.
pub(super) struct Kinds {
    pub(super) project_type: Option<ProjectType>,
    pub(super) template: Option<Template>,
}

impl Kinds {
    /// What type and template come to, or why they come to nothing.
    pub(super) fn new(given: Option<ProjectType>, template: Option<&str>) -> Result<Self, String> {
        let Some(name) = template else {
            return Ok(Self { project_type: Some(given.unwrap_or(ProjectType::Software)), template: None });
        };
        let template = Template::find(name, given)?;
        match (given, template.project_type) {
            (Some(given), Some(made)) if given != made => {
                Err(format!("the template `{name}` makes a {} project, not a {} one", made.name(), given.name()))
            }
            (_, made) => Ok(Self { project_type: made.or(given), template: Some(template) }),
        }
    }
}

impl ProjectType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Business => "business",
            Self::ServiceDesk => "service_desk",
            Self::CustomerService => "customer_service",
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn types_and_templates_fit_each_other() {
        let told = |given: Option<ProjectType>, template: Option<&str>| match Kinds::new(given, template) {
            Ok(Kinds { project_type, template }) => {
                let key = template.map_or("-".to_owned(), |template| template.key);
                format!("{} {key}", project_type.map_or("-", ProjectType::name))
            }
            Err(message) => message,
        };
        let lines = [
            told(None, None),
            told(Some(ProjectType::Business), None),
            told(None, Some("Kanban")),
            told(None, Some("task tracking")),
            told(None, Some("com.pyxis.greenhopper.jira:gh-simplified-basic")),
            told(Some(ProjectType::Business), Some("com.example:own")),
            told(None, Some("com.example:own")),
            told(Some(ProjectType::Business), Some("scrum")),
            told(None, Some("scrumm")),
            told(Some(ProjectType::Software), Some("waterfall")),
        ];
        assert_snapshot!(lines.join("\n"), @"
        software -
        business -
        software com.pyxis.greenhopper.jira:gh-simplified-kanban-classic
        business com.atlassian.jira-core-project-templates:jira-core-simplified-task-tracking
        software com.pyxis.greenhopper.jira:gh-simplified-basic
        business com.example:own
        - com.example:own
        the template `scrum` makes a software project, not a business one
        there is no template `scrumm` among `kanban`, `scrum`, `team-managed-kanban`, `team-managed-scrum`, `basic`, `cross-team`, `cross-team-planning`, `content-management`, `document-approval`, `lead-tracking`, `process-control`, `procurement`, `project-management`, `recruitment`, `task-tracking`, `analytics-service-desk`, `company-managed-blank-service-project`, `company-managed-general-service-project`, `design-service-desk`, `external-service-desk` and 22 more; did you mean `scrum`?
        there is no template `waterfall` among `kanban`, `scrum`, `team-managed-kanban`, `team-managed-scrum`, `basic`, `cross-team`, `cross-team-planning`
        ");
    }
}
