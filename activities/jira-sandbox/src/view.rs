//! How Jira shows what is in the world: users, issue types, projects, issues and comments as JSON.

mod attachment;
mod issue;
mod link;
mod work;

use serde_json::{Value, json};

use crate::{
    clock::jira_time,
    request::ApiRequest,
    world::{
        Comment, Component, IssueType, Priority, Project, Resolution, SecurityLevel, Status, User, Version, World,
    },
};

/// Shows things of a world to one caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) caller: &'a User,
    /// The address up to `/rest`.
    pub(crate) base: &'a str,
}

impl<'a> View<'a> {
    pub(crate) fn new(request: &ApiRequest<'a>, world: &'a World) -> Self {
        Self { world, caller: request.caller, base: request.base }
    }

    /// The address of a resource, `self` in every answer.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}/rest/api/3/{path}", self.base)
    }

    /// A user as other things mention it, `UserDetails`. \[SPEC\]
    pub(crate) fn user(&self, user: &User) -> Value {
        let mut shown = json!({
            "self": self.link(&format!("user?accountId={}", user.account_id)),
            "accountId": user.account_id,
            "emailAddress": user.email,
            "avatarUrls": self.avatars("useravatar"),
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": "Etc/UTC",
            "accountType": "atlassian",
        });
        if self.world.switches.emails_hidden && user.account_id != self.caller.account_id {
            shown.as_object_mut().and_then(|user| user.shift_remove("emailAddress"));
        }
        shown
    }

    /// A user by account id; null where there is none.
    pub(crate) fn account(&self, account_id: Option<&str>) -> Value {
        account_id.and_then(|account| self.world.user(account)).map_or(Value::Null, |user| self.user(user))
    }

    /// A user with what only the user resources tell, `User`. \[SPEC\]
    pub(crate) fn full_user(&self, user: &User, expand: &[&str]) -> Value {
        let mut shown = self.user(user);
        let groups: Vec<_> = user.groups.iter().map(|group| self.group(group)).collect();
        let listed = |name: &str, items: Vec<Value>| json!({ "size": groups.len(), "items": if expand.contains(&name) { items } else { Vec::new() } });
        shown["locale"] = "en_US".into();
        shown["groups"] = listed("groups", groups.clone());
        shown["applicationRoles"] = json!({ "size": 0, "items": [] });
        shown["expand"] = "groups,applicationRoles".into();
        shown
    }

    fn group(&self, name: &str) -> Value {
        json!({ "name": name, "groupId": name, "self": self.link(&format!("group?groupname={name}")) })
    }

    pub(crate) fn avatars(&self, kind: &str) -> Value {
        let sized = |size: &str| format!("{}/secure/{kind}?size={size}&avatarId=10340", self.base);
        json!({ "48x48": sized("large"), "24x24": sized("small"), "16x16": sized("xsmall"), "32x32": sized("medium") })
    }

    /// An issue type, `IssueTypeDetails`. \[SPEC\]
    pub(crate) fn issue_type(&self, issue_type: &IssueType) -> Value {
        json!({
            "self": self.link(&format!("issuetype/{}", issue_type.id)),
            "id": issue_type.id,
            "description": issue_type.description,
            "iconUrl": format!(
                "{}/rest/api/2/universal_avatar/view/type/issuetype/avatar/{}?size=medium",
                self.base, issue_type.avatar
            ),
            "name": issue_type.name,
            "subtask": issue_type.subtask,
            "avatarId": issue_type.avatar,
            "hierarchyLevel": if issue_type.subtask { -1 } else { 0 },
        })
    }

    /// A project as issues mention it.
    pub(crate) fn project(&self, project: &Project) -> Value {
        json!({
            "self": self.link(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.project_type,
            "simplified": false,
            "avatarUrls": self.avatars("projectavatar"),
        })
    }

    /// A project by itself, `Project`. \[SPEC\]
    pub(crate) fn full_project(&self, project: &Project) -> Value {
        let role = |(name, id): (&String, u64)| (name.clone(), self.link(&format!("project/{}/role/{id}", project.id)));
        let roles = self.world.roles.iter().zip(10002_u64..).map(role);
        let mut shown = self.project(project);
        let more = json!({
            "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
            "description": project.description,
            "lead": self.account(Some(&project.lead)),
            "components": project.components.iter().map(|component| self.component(component)).collect::<Vec<_>>(),
            "issueTypes": project.issue_types.iter().map(|kind| self.issue_type(kind)).collect::<Vec<_>>(),
            "assigneeType": project.assignee_type.key(),
            "versions": project.versions.iter().map(|version| self.version(version, project)).collect::<Vec<_>>(),
            "roles": roles.map(|(name, link)| (name, link.into())).collect::<serde_json::Map<_, _>>(),
            "style": "classic",
            "isPrivate": project.private,
            "properties": {},
        });
        extend(&mut shown, more);
        if let Some(url) = &project.url {
            shown["url"] = url.as_str().into();
        }
        if project.archived {
            shown["archived"] = true.into();
        }
        shown
    }

    pub(crate) fn component(&self, component: &Component) -> Value {
        json!({
            "self": self.link(&format!("component/{}", component.id)),
            "id": component.id,
            "name": component.name,
        })
    }

    /// A version, `Version`. \[SPEC\]
    pub(crate) fn version(&self, version: &Version, project: &Project) -> Value {
        json!({
            "self": self.link(&format!("version/{}", version.id)),
            "id": version.id,
            "name": version.name,
            "archived": version.archived,
            "released": version.released,
            "projectId": project.id,
        })
    }

    pub(crate) fn security_level(&self, level: &SecurityLevel) -> Value {
        let link = self.link(&format!("securitylevel/{}", level.id));
        json!({ "self": link, "id": level.id, "description": "", "name": level.name })
    }

    pub(crate) fn resolution(&self, resolution: &Resolution) -> Value {
        json!({
            "self": self.link(&format!("resolution/{}", resolution.id)),
            "id": resolution.id,
            "description": resolution.description,
            "name": resolution.name,
        })
    }

    pub(crate) fn status(&self, status: &Status) -> Value {
        let (id, key, color, name) = status.category.shown();
        json!({
            "self": self.link(&format!("status/{}", status.id)),
            "description": "",
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.base),
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": self.link(&format!("statuscategory/{id}")),
                "id": id,
                "key": key,
                "colorName": color,
                "name": name,
            },
        })
    }

    pub(crate) fn priority(&self, priority: &Priority) -> Value {
        json!({
            "self": self.link(&format!("priority/{}", priority.id)),
            "iconUrl": format!("{}/images/icons/priorities/{}.svg", self.base, priority.name.to_lowercase()),
            "name": priority.name,
            "id": priority.id,
        })
    }

    /// A comment, `Comment`. \[SPEC\]
    pub(crate) fn comment(&self, issue: u64, comment: &Comment) -> Value {
        let mut shown = object!({
            "self": self.link(&format!("issue/{issue}/comment/{}", comment.id)),
            "id": comment.id.to_string(),
            "author": self.account(Some(&comment.author)),
            "body": comment.body.clone(),
            "updateAuthor": self.account(Some(&comment.author)),
            "created": jira_time(comment.created),
            "updated": jira_time(comment.created),
            "jsdPublic": true,
        });
        if let Some(visibility) = &comment.visibility {
            shown["visibility"] = visibility.clone();
        }
        shown
    }
}

/// An object of values that are moved into it. `json!` copies them, and so each as often as objects stand in one another.
macro_rules! object {
    ({ $($name:literal: $value:expr,)+ }) => {
        ::serde_json::Value::Object(::serde_json::Map::from_iter([
            $(($name.to_owned(), ::serde_json::Value::from($value)),)+
        ]))
    };
}

pub(crate) use object;

/// Adds the members of one object to another.
pub(crate) fn extend(shown: &mut Value, more: Value) {
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
}
