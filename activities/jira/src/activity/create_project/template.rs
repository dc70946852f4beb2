//! The templates of projects: Jira's long keys, and the names that people know them by.

use super::kinds::ProjectType::{self, Business, CustomerService, ServiceDesk, Software};
use crate::resolve::{Named, choose};

/// A template of a project.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Jira's key for it.
    pub(super) key: String,
    /// The type of the projects that it makes, where that is known.
    pub(super) project_type: Option<ProjectType>,
}

/// The templates of one type \[SPEC createProject\].
struct Family {
    project_type: ProjectType,
    /// What their keys begin with.
    prefix: &'static str,
    /// The name, and the end of the key where that differs.
    templates: &'static [(&'static str, Option<&'static str>)],
}

/// Within each type those first that people ask for most.
static FAMILIES: [Family; 4] = [
    Family {
        project_type: Software,
        prefix: "com.pyxis.greenhopper.jira:",
        templates: &[
            ("kanban", Some("gh-simplified-kanban-classic")),
            ("scrum", Some("gh-simplified-scrum-classic")),
            ("team-managed-kanban", Some("gh-simplified-agility-kanban")),
            ("team-managed-scrum", Some("gh-simplified-agility-scrum")),
            ("basic", Some("gh-simplified-basic")),
            ("cross-team", Some("gh-cross-team-template")),
            ("cross-team-planning", Some("gh-cross-team-planning-template")),
        ],
    },
    Family {
        project_type: Business,
        prefix: "com.atlassian.jira-core-project-templates:jira-core-simplified-",
        templates: &[
            ("content-management", None),
            ("document-approval", None),
            ("lead-tracking", None),
            ("process-control", None),
            ("procurement", None),
            ("project-management", None),
            ("recruitment", None),
            ("task-tracking", None),
        ],
    },
    Family {
        project_type: ServiceDesk,
        prefix: "com.atlassian.servicedesk:",
        templates: &[
            ("analytics-service-desk", Some("simplified-analytics-service-desk")),
            ("company-managed-blank-service-project", None),
            ("company-managed-general-service-project", None),
            ("design-service-desk", Some("simplified-design-service-desk")),
            ("external-service-desk", Some("simplified-external-service-desk")),
            ("facilities-service-desk", Some("simplified-facilities-service-desk")),
            ("finance-service-desk", Some("simplified-finance-service-desk")),
            ("halp-service-desk", Some("simplified-halp-service-desk")),
            ("hr-service-desk", Some("simplified-hr-service-desk")),
            ("internal-service-desk", Some("simplified-internal-service-desk")),
            ("it-service-management", Some("simplified-it-service-management")),
            ("it-service-management-basic", Some("simplified-it-service-management-basic")),
            ("it-service-management-operations", Some("simplified-it-service-management-operations")),
            ("legal-service-desk", Some("simplified-legal-service-desk")),
            ("marketing-service-desk", Some("simplified-marketing-service-desk")),
            ("next-gen-analytics-service-desk", None),
            ("next-gen-design-service-desk", None),
            ("next-gen-facilities-service-desk", None),
            ("next-gen-finance-service-desk", None),
            ("next-gen-hr-service-desk", None),
            ("next-gen-it-service-desk", None),
            ("next-gen-legal-service-desk", None),
            ("next-gen-marketing-service-desk", None),
            ("next-gen-sales-service-desk", None),
            ("sales-service-desk", Some("simplified-sales-service-desk")),
            ("team-managed-general-service-project", None),
        ],
    },
    Family {
        project_type: CustomerService,
        prefix: "com.atlassian.jcs:",
        templates: &[("customer-service-management", None)],
    },
];

impl Template {
    /// The template that `wanted` names: by its name, its key, or the last part of its key. A key that is not listed is
    /// taken as it is.
    pub(super) fn find(wanted: &str, project_type: Option<ProjectType>) -> Result<Self, String> {
        let plain = wanted.trim().to_lowercase().replace([' ', '_'], "-");
        let is_it = |(name, template): &(&str, Self)| {
            let last = template.key.rsplit(':').next();
            *name == plain || template.key == wanted.trim() || last == Some(plain.as_str())
        };
        if let Some((_, template)) = all().find(is_it) {
            return Ok(template);
        }
        if wanted.contains(':') {
            return Ok(Self { key: wanted.trim().to_owned(), project_type: None });
        }
        let fits = |template: &Self| project_type.is_none() || project_type == template.project_type;
        let of_type = all().filter(|(_, template)| fits(template));
        let candidates: Vec<_> = of_type.map(|(name, Self { key, .. })| Named { id: key, name: name.into() }).collect();
        Err(choose("template", wanted, &candidates).err().unwrap_or_else(|| format!("there is no template `{wanted}`")))
    }
}

/// All that are listed, with their names.
fn all() -> impl Iterator<Item = (&'static str, Template)> {
    FAMILIES.iter().flat_map(|family| {
        family.templates.iter().map(|&(name, end)| {
            let key = format!("{}{}", family.prefix, end.unwrap_or(name));
            (name, Template { key, project_type: Some(family.project_type) })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_lead_to_their_templates() {
        let names: BTreeSet<_> = all().map(|(name, _)| name).collect();
        assert_eq!(names.len(), all().count());
        for (name, template) in all() {
            for name in [name, &template.key, template.key.rsplit(':').next().unwrap()] {
                assert_eq!(Template::find(name, None).as_ref(), Ok(&template), "{name}");
            }
        }
    }
}
