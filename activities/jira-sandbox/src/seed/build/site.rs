//! The parts of a world that belong to the whole site.

use super::{account, once, unknown};
use crate::{
    field::{Field, FieldKind, FieldOption, Sprint, system_fields},
    permission,
    seed::{
        SeedError,
        file::{
            FieldSeed, FieldType, GrantSeed, HoldersSeed, IssueTypeSeed, LinkTypeSeed, OptionSeed,
            PermissionSchemeSeed, PrioritySeed, Relation, ResolutionSeed, SprintSeed, StatusSeed, TransitionSeed,
            UserSeed, WorkflowSeed,
        },
    },
    world::{
        Holders, IssueType, LinkType, PermissionGrant, PermissionScheme, Priority, Resolution, ResolutionAfter,
        ScreenField, Status, Transition, User, Workflow, World,
    },
};

pub(super) fn users(seeds: Vec<UserSeed>, world: &mut World) -> Result<(), SeedError> {
    once("users", "e-mail", seeds.iter().map(|user| user.email.as_str()))?;
    once("users", "account id", seeds.iter().map(|user| user.account_id.as_str()))?;
    if seeds.is_empty() {
        return Err(SeedError::semantic("users: a world has at least one"));
    }
    for UserSeed { email, account_id, display_name, groups, active } in seeds {
        groups.iter().try_for_each(|name| group(name, &format!("users, {email}"), world))?;
        world.users.push(User { account_id, email, display_name, groups, active });
    }
    Ok(())
}

pub(super) fn permissions(
    (schemes, global): (Vec<PermissionSchemeSeed>, Vec<GrantSeed>),
    world: &mut World,
) -> Result<(), SeedError> {
    once("permission_schemes", "name", schemes.iter().map(|scheme| scheme.name.as_str()))?;
    for scheme in schemes {
        let place = format!("permission_schemes, {}", scheme.name);
        let grants = scheme
            .grants
            .into_iter()
            .map(|grant| read_grant(grant, permission::PermissionType::Project, &place, world));
        let grants = grants.collect::<Result<_, _>>()?;
        world.permission_schemes.push(PermissionScheme { name: scheme.name, grants });
    }
    let global = global.into_iter();
    let global = global.map(|grant| read_grant(grant, permission::PermissionType::Global, "global_permissions", world));
    world.global_permissions = global.collect::<Result<_, _>>()?;
    Ok(())
}

fn read_grant(
    seed: GrantSeed,
    kind: permission::PermissionType,
    place: &str,
    world: &World,
) -> Result<PermissionGrant, SeedError> {
    let known = || permission::PERMISSIONS.iter().filter(|permission| permission.kind == kind);
    for key in &seed.permissions {
        if !known().any(|permission| permission.key == key) {
            return Err(unknown(place, "such permission as", key, known().map(|permission| permission.key)));
        }
    }
    Ok(PermissionGrant { permissions: seed.permissions, to: holders(seed.to, place, world)? })
}

/// Reads who holds something.
pub(super) fn holders(seed: HoldersSeed, place: &str, world: &World) -> Result<Holders, SeedError> {
    for role in &seed.roles {
        if !world.roles.contains(role) {
            return Err(unknown(place, "role", role, world.roles.iter().map(String::as_str)));
        }
    }
    seed.groups.iter().try_for_each(|name| group(name, place, world))?;
    let users = seed.users.iter().map(|email| account(email, place, world)).collect::<Result<_, _>>()?;
    let is = |relation| seed.related.contains(&relation);
    Ok(Holders {
        users,
        anyone: is(Relation::Anyone),
        reporter: is(Relation::Reporter),
        assignee: is(Relation::Assignee),
        lead: is(Relation::Lead),
        roles: seed.roles,
        groups: seed.groups,
    })
}

fn group(name: &str, place: &str, world: &World) -> Result<(), SeedError> {
    let known = world.groups.iter().any(|group| group == name);
    if known { Ok(()) } else { Err(unknown(place, "group", name, world.groups.iter().map(String::as_str))) }
}

pub(super) fn fields(seeds: Vec<FieldSeed>, world: &mut World) -> Result<(), SeedError> {
    once("custom_fields", "id", seeds.iter().map(|field| field.id.as_str()))?;
    world.fields = system_fields();
    for seed in seeds {
        let number = seed.id.strip_prefix("customfield_").and_then(|number| number.parse::<u64>().ok());
        if number.is_none() {
            let id = &seed.id;
            return Err(SeedError::semantic(format!(
                "custom_fields: the id `{id}` is not `customfield_` and a number"
            )));
        }
        let offers = matches!(seed.kind, FieldType::Select | FieldType::MultiSelect | FieldType::Cascading);
        if offers == seed.options.is_empty() {
            let wrong = if offers { "offers a choice and has no" } else { "offers no choice and has" };
            return Err(SeedError::semantic(format!("custom_fields, {}: the field {wrong} `options`", seed.id)));
        }
        if (seed.kind == FieldType::Sprint) == seed.sprints.is_empty() {
            let wrong = if seed.sprints.is_empty() {
                "is of type `sprint` and has no"
            } else {
                "is not of type `sprint` and has"
            };
            return Err(SeedError::semantic(format!("custom_fields, {}: the field {wrong} `sprints`", seed.id)));
        }
        let kind = match seed.kind {
            FieldType::Sprint => FieldKind::Sprint(sprints(seed.sprints)),
            other => kind(other, options(seed.options)),
        };
        world.fields.push(Field { id: seed.id, name: seed.name, kind, navigable: true, permission: None });
    }
    Ok(())
}

fn kind(kind: FieldType, options: Vec<FieldOption>) -> FieldKind {
    match kind {
        FieldType::Text => FieldKind::Text,
        FieldType::Textarea => FieldKind::Document,
        FieldType::Number => FieldKind::Number,
        FieldType::Date => FieldKind::Date,
        FieldType::Datetime => FieldKind::DateTime,
        FieldType::Select => FieldKind::Select(options),
        FieldType::MultiSelect => FieldKind::MultiSelect(options),
        FieldType::Cascading => FieldKind::Cascading(options),
        FieldType::User => FieldKind::User,
        FieldType::MultiUser => FieldKind::Users,
        FieldType::Version => FieldKind::Version,
        FieldType::MultiVersion => FieldKind::Versions,
        FieldType::Url => FieldKind::Url,
        FieldType::Labels => FieldKind::Labels,
        FieldType::Sprint => FieldKind::Sprint(Vec::new()),
    }
}

fn sprints(seeds: Vec<SprintSeed>) -> Vec<Sprint> {
    seeds.into_iter().map(|SprintSeed { id, name, state }| Sprint { id, name, state }).collect()
}

fn options(seeds: Vec<OptionSeed>) -> Vec<FieldOption> {
    let option = |OptionSeed { id, value, children }| FieldOption { id, value, children: options(children) };
    seeds.into_iter().map(option).collect()
}

pub(super) fn priorities(seeds: Vec<PrioritySeed>, world: &mut World) -> Result<(), SeedError> {
    once("priorities", "id", seeds.iter().map(|priority| priority.id.as_str()))?;
    let mut defaults = seeds.iter().filter(|priority| priority.default);
    match (defaults.next(), defaults.next()) {
        (Some(default), None) => world.default_priority.clone_from(&default.id),
        _ => return Err(SeedError::semantic("priorities: exactly one has `default: true`")),
    }
    let priority = |PrioritySeed { id, name, description, color, .. }| Priority { id, name, description, color };
    world.priorities = seeds.into_iter().map(priority).collect();
    Ok(())
}

pub(super) fn resolutions(seeds: Vec<ResolutionSeed>, world: &mut World) -> Result<(), SeedError> {
    once("resolutions", "id", seeds.iter().map(|resolution| resolution.id.as_str()))?;
    let resolution = |ResolutionSeed { id, name, description }| Resolution { id, name, description };
    world.resolutions = seeds.into_iter().map(resolution).collect();
    Ok(())
}

pub(super) fn link_types(seeds: Vec<LinkTypeSeed>, world: &mut World) -> Result<(), SeedError> {
    once("link_types", "id", seeds.iter().map(|kind| kind.id.as_str()))?;
    once("link_types", "name", seeds.iter().map(|kind| kind.name.as_str()))?;
    let kind = |LinkTypeSeed { id, name, inward, outward }| LinkType { id, name, inward, outward };
    world.link_types = seeds.into_iter().map(kind).collect();
    Ok(())
}

pub(super) fn workflows(
    (statuses, workflows): (Vec<StatusSeed>, Vec<WorkflowSeed>),
    world: &mut World,
) -> Result<(), SeedError> {
    once("statuses", "id", statuses.iter().map(|status| status.id.as_str()))?;
    once("statuses", "name", statuses.iter().map(|status| status.name.as_str()))?;
    once("workflows", "name", workflows.iter().map(|workflow| workflow.name.as_str()))?;
    let status = |StatusSeed { id, name, category }| Status { id, name, category };
    world.statuses = statuses.into_iter().map(status).collect();
    for seed in workflows {
        let place = format!("workflows, {}", seed.name);
        once(&place, "transition", seed.transitions.iter().map(|transition| transition.id.as_str()))?;
        let initial = status_id(&seed.initial, &place, world)?;
        let transitions = seed.transitions.into_iter().map(|seed| transition(seed, &place, world));
        let transitions = transitions.collect::<Result<_, _>>()?;
        world.workflows.push(Workflow { name: seed.name, initial, transitions });
    }
    Ok(())
}

fn transition(seed: TransitionSeed, place: &str, world: &World) -> Result<Transition, SeedError> {
    let place = format!("{place}, transition `{}`", seed.id);
    let status = |name: &String| status_id(name, &place, world);
    let fields = seed.screen.map(|screen| {
        let field = |field: super::super::file::ScreenFieldSeed| {
            on_screen(&field.field, &place, world)?;
            Ok(ScreenField { field: field.field, required: field.required })
        };
        screen.into_iter().map(field).collect::<Result<Vec<_>, SeedError>>()
    });
    let resolution = match (seed.sets_resolution, seed.clears_resolution) {
        (Some(_), true) => return Err(SeedError::semantic(format!("{place}: it sets and clears the resolution"))),
        (Some(name), false) => ResolutionAfter::Set(resolution_id(&name, &place, world)?),
        (None, true) => ResolutionAfter::Cleared,
        (None, false) => ResolutionAfter::Kept,
    };
    Ok(Transition {
        to: seed.to.as_ref().map(status).transpose()?,
        from: seed.from.map(|from| from.iter().map(status).collect()).transpose()?,
        screen: fields.transpose()?,
        id: seed.id,
        name: seed.name,
        resolution,
    })
}

/// The id of a status that the seed names.
pub(super) fn status_id(name: &str, place: &str, world: &World) -> Result<String, SeedError> {
    let found = world.statuses.iter().find(|status| status.name == name).map(|status| status.id.clone());
    found.ok_or_else(|| unknown(place, "status", name, world.statuses.iter().map(|status| status.name.as_str())))
}

fn resolution_id(name: &str, place: &str, world: &World) -> Result<String, SeedError> {
    let found = world.resolutions.iter().find(|resolution| resolution.name == name).map(|found| found.id.clone());
    found.ok_or_else(|| unknown(place, "resolution", name, world.resolutions.iter().map(|found| found.name.as_str())))
}

fn on_screen(id: &str, place: &str, world: &World) -> Result<(), SeedError> {
    match world.field(id) {
        Some(field) if !matches!(field.kind, FieldKind::Computed(..)) => Ok(()),
        Some(_) => {
            Err(SeedError::semantic(format!("{place}: the field `{id}` is set by Jira itself, and on no screen")))
        }
        None => Err(unknown(place, "field", id, world.fields.iter().map(|field| field.id.as_str()))),
    }
}

pub(super) fn issue_types(seeds: Vec<IssueTypeSeed>, world: &mut World) -> Result<(), SeedError> {
    once("issue_types", "id", seeds.iter().map(|issue_type| issue_type.id.as_str()))?;
    once("issue_types", "name", seeds.iter().map(|issue_type| issue_type.name.as_str()))?;
    for seed in seeds {
        let place = format!("issue_types, {}", seed.name);
        let edit_screen = seed.edit_screen.unwrap_or_else(|| seed.create_screen.clone());
        seed.create_screen.iter().chain(&edit_screen).try_for_each(|id| on_screen(id, &place, world))?;
        if let Some(id) = seed.required.iter().find(|id| !seed.create_screen.contains(id)) {
            return Err(SeedError::semantic(format!("{place}: the required field `{id}` is not on the create screen")));
        }
        world.issue_types.push(IssueType {
            id: seed.id,
            name: seed.name,
            description: seed.description,
            subtask: seed.subtask,
            avatar: seed.avatar,
            create_screen: seed.create_screen,
            edit_screen,
            required: seed.required,
        });
    }
    Ok(())
}
