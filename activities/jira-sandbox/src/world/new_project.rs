//! How a project begins: with the issue types of its template, and the site's first workflow and permission scheme.

use std::collections::BTreeMap;

use super::{Holders, Project, World};
use crate::effect::{Effect, ProjectCreated};

impl World {
    /// Its lead and the one who made it play every role; whoever belongs to the groups of a role elsewhere does so here.
    /// \[unverified\]
    pub(super) fn create_project(&mut self, effect: &Effect, created: &ProjectCreated) {
        let types = created.issue_types.iter();
        let issue_types =
            types.filter_map(|id| self.issue_types.iter().find(|known| known.id == *id)).cloned().collect();
        let first = |name: Option<&String>| name.cloned().unwrap_or_default();
        let project = Project {
            id: created.id,
            key: created.key.clone(),
            name: created.name.clone(),
            description: created.description.clone(),
            url: created.url.clone(),
            lead: created.lead.clone(),
            project_type: created.project_type.clone(),
            template: created.template.clone(),
            assignee_type: created.assignee_type,
            archived: false,
            private: false,
            permission_scheme: first(self.permission_schemes.iter().map(|scheme| &scheme.name).next()),
            workflow: first(self.workflows.iter().map(|workflow| &workflow.name).next()),
            workflows: BTreeMap::new(),
            issue_types,
            components: Vec::new(),
            versions: Vec::new(),
            roles: self.roles.iter().map(|role| (role.clone(), self.members(role, effect, created))).collect(),
            security_levels: Vec::new(),
            next_number: 1,
        };
        self.projects.push(project);
    }

    fn members(&self, role: &str, effect: &Effect, created: &ProjectCreated) -> Holders {
        let elsewhere = self.projects.first().and_then(|project| project.roles.get(role)).cloned();
        let mut members = elsewhere.unwrap_or_default();
        for account in [&created.lead, &effect.account] {
            if !members.users.contains(account) {
                members.users.push(account.clone());
            }
        }
        members
    }
}
