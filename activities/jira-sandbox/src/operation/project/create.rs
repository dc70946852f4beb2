//! Creating a project: everything that is wrong is said at once, by field.

use serde_json::{Map, Value, json};

use super::{key, template::ProjectType};
use crate::{
    answer::{AcceptedChange, Answer, Refusal},
    effect::{AssigneeType, Change, ProjectCreated},
    operation::body::{only, text},
    refusal,
    request::ApiRequest,
    view::View,
    world::World,
};

/// What the body may have. \[SPEC\]
const MEMBERS: [&str; 9] = [
    "key",
    "name",
    "description",
    "url",
    "lead",
    "leadAccountId",
    "projectTypeKey",
    "projectTemplateKey",
    "assigneeType",
];

/// What the body may have besides, and the sandbox has nothing for.
const NOT_SERVED: [&str; 10] = [
    "avatarId",
    "categoryId",
    "fieldConfigurationScheme",
    "fieldScheme",
    "issueSecurityScheme",
    "issueTypeScheme",
    "issueTypeScreenScheme",
    "notificationScheme",
    "permissionScheme",
    "workflowScheme",
];

/// `createProject`: needs Administer Jira. \[SPEC\]
pub(crate) fn create(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    if !world.permits_globally(request.caller, "ADMINISTER") {
        return Err(refusal::project_not_permitted());
    }
    let body = request.object()?;
    only(body, &[&MEMBERS[..], &NOT_SERVED[..]].concat())?;
    if let Some(name) = NOT_SERVED.iter().find(|name| body.get(**name).is_some_and(|value| !value.is_null())) {
        return Err(refusal::not_served(&format!("`{name}` of a new project")));
    }
    let created = ProjectDetails::read(body)?.check(request, world)?;
    let (id, project) = (created.id, created.key.clone());
    let link = View::new(request, world).link(&format!("project/{id}"));
    let answer = Answer::created(json!({ "self": link, "id": id, "key": project }));
    Ok(AcceptedChange { change: Change::ProjectCreated(created), issue: None, answer })
}

/// The body as it was given.
struct ProjectDetails<'a> {
    key: &'a str,
    name: &'a str,
    description: &'a str,
    url: Option<&'a str>,
    lead: Option<&'a str>,
    lead_account: Option<&'a str>,
    project_type: Option<&'a str>,
    template: Option<&'a str>,
    assignee_type: Option<&'a str>,
}

impl<'a> ProjectDetails<'a> {
    fn read(body: &'a Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| text(body, name);
        Ok(Self {
            key: text("key")?.unwrap_or_default(),
            name: text("name")?.unwrap_or_default().trim(),
            description: text("description")?.unwrap_or_default(),
            url: text("url")?,
            lead: text("lead")?,
            lead_account: text("leadAccountId")?,
            project_type: text("projectTypeKey")?,
            template: text("projectTemplateKey")?,
            assignee_type: text("assigneeType")?,
        })
    }

    fn check(&self, request: &ApiRequest<'_>, world: &World) -> Result<ProjectCreated, Refusal> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push((field.to_owned(), message));
        if let Some(fault) = key::fault(self.key, world) {
            wrong("projectKey", fault);
        }
        if let Some(fault) = self.fault_of_name(world) {
            wrong("projectName", fault);
        }
        if let Some(fault) = self.fault_of_lead(world) {
            wrong("leadAccountId", fault);
        }
        let assignee_type = match self.assignee_type {
            None | Some("UNASSIGNED") => Some(AssigneeType::Unassigned),
            Some("PROJECT_LEAD") => Some(AssigneeType::ProjectLead),
            Some(_) => None,
        };
        if assignee_type.is_none() {
            wrong("assigneeType", "Invalid default assignee. It is either PROJECT_LEAD or UNASSIGNED.".to_owned());
        }
        let project_type = self.project_type().map_err(|(field, message)| wrong(field, message)).ok();
        let (Some(assignee_type), Some(project_type), true) = (assignee_type, project_type, errors.is_empty()) else {
            return Err(Refusal::fields(errors));
        };
        Ok(ProjectCreated {
            id: world.projects.iter().map(|project| project.id + 1).max().unwrap_or(10000),
            key: self.key.to_owned(),
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            url: self.url.map(str::to_owned),
            lead: self.lead_account.unwrap_or(&request.caller.account_id).to_owned(),
            project_type: project_type.key.to_owned(),
            template: self.template.map(str::to_owned),
            assignee_type,
            issue_types: project_type.issue_types(world),
        })
    }

    /// A name has 1 to 80 characters, and no other project has it. \[unverified\]
    fn fault_of_name(&self, world: &World) -> Option<String> {
        let is_taken = || world.projects.iter().any(|project| project.name.to_lowercase() == self.name.to_lowercase());
        if self.name.is_empty() {
            Some("You must specify a valid project name.".to_owned())
        } else if self.name.chars().count() > 80 {
            Some("The project name must not exceed 80 characters in length.".to_owned())
        } else {
            is_taken().then(|| "A project with that name already exists.".to_owned())
        }
    }

    /// Either of the two ways to name a lead, and by user name nobody is named any more. \[SPEC\]
    fn fault_of_lead(&self, world: &World) -> Option<String> {
        match (self.lead, self.lead_account) {
            (Some(_), Some(_)) => Some("Only one of 'lead' and 'leadAccountId' can be given.".to_owned()),
            (Some(_), None) => Some("The lead must be given by 'leadAccountId'.".to_owned()),
            (None, None) => Some("You must specify a valid project lead.".to_owned()),
            (None, Some(account)) => {
                let found = world.user(account).filter(|user| user.active);
                found.is_none().then(|| "You must specify a valid project lead.".to_owned())
            }
        }
    }

    /// The type, by itself or by a template, which must agree. \[SPEC\]
    fn project_type(&self) -> Result<&'static ProjectType, (&'static str, String)> {
        let unknown_type = |key: &str| ("projectTypeKey", format!("The project type '{key}' is not valid."));
        let unknown_template =
            |key: &str| ("projectTemplateKey", format!("The project template '{key}' is not valid."));
        let by_type =
            self.project_type.map(|key| ProjectType::find(key).ok_or_else(|| unknown_type(key))).transpose()?;
        let by_template = self.template.map(|key| ProjectType::of_template(key).ok_or_else(|| unknown_template(key)));
        match (by_type, by_template.transpose()?) {
            (Some(by_type), Some(by_template)) if by_type.key != by_template.key => {
                let message =
                    format!("The template is of the project type '{}', not '{}'.", by_template.key, by_type.key);
                Err(("projectTemplateKey", message))
            }
            (Some(found), _) | (None, Some(found)) => Ok(found),
            (None, None) => Err(("projectTypeKey", "You must specify a valid project type.".to_owned())),
        }
    }
}
