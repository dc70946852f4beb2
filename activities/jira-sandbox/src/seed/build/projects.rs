//! The projects of a world.

use std::collections::BTreeMap;

use super::{account, id, once, site::holders, unknown};
use crate::{
    seed::{
        SeedError,
        file::{ComponentSeed, HoldersSeed, ProjectSeed, SecurityLevelSeed, VersionSeed},
    },
    world::{Component, Holders, IssueType, Project, SecurityLevel, Version, World},
};

pub(super) fn add(seeds: Vec<ProjectSeed>, world: &mut World) -> Result<(), SeedError> {
    once("projects", "key", seeds.iter().map(|project| project.key.as_str()))?;
    let ids: Vec<_> = seeds.iter().map(|project| project.id.to_string()).collect();
    once("projects", "id", ids.iter().map(String::as_str))?;
    for seed in seeds {
        let project = project(seed, world)?;
        world.projects.push(project);
    }
    Ok(())
}

fn project(seed: ProjectSeed, world: &World) -> Result<Project, SeedError> {
    let place = format!("projects, {}", seed.key);
    let schemes = world.permission_schemes.iter().map(|scheme| scheme.name.as_str());
    named(&seed.permission_scheme, "permission scheme", &place, schemes)?;
    let workflows = || world.workflows.iter().map(|workflow| workflow.name.as_str());
    for workflow in seed.workflows.values().chain([&seed.workflow]) {
        named(workflow, "workflow", &place, workflows())?;
    }
    let issue_types = seed.issue_types.iter().map(|name| issue_type(name, &place, world).cloned());
    let own = seed.workflows.into_iter();
    let own = own.map(|(name, workflow)| Ok((issue_type(&name, &place, world)?.id.clone(), workflow)));
    let levels = seed.security_levels.into_iter();
    let levels = levels.map(|SecurityLevelSeed { id, name, members }| {
        Ok(SecurityLevel { members: holders(members, &format!("{place}, security level `{name}`"), world)?, id, name })
    });
    Ok(Project {
        lead: account(&seed.lead, &place, world)?,
        issue_types: issue_types.collect::<Result<_, _>>()?,
        workflows: own.collect::<Result<_, SeedError>>()?,
        roles: roles(seed.roles, &place, world)?,
        security_levels: levels.collect::<Result<_, SeedError>>()?,
        components: seed.components.into_iter().map(|ComponentSeed { id, name }| Component { id, name }).collect(),
        versions: seed.versions.into_iter().map(version).collect(),
        id: id(seed.id, &format!("{place}, id"))?,
        key: seed.key,
        name: seed.name,
        description: seed.description,
        url: seed.url,
        project_type: seed.kind,
        template: seed.template,
        assignee_type: seed.assignee_type,
        archived: seed.archived,
        private: seed.private,
        permission_scheme: seed.permission_scheme,
        workflow: seed.workflow,
        next_number: 1,
    })
}

/// The members of the roles; a role is played by users and groups, not by another role.
fn roles(
    seeds: BTreeMap<String, HoldersSeed>,
    place: &str,
    world: &World,
) -> Result<BTreeMap<String, Holders>, SeedError> {
    let role = |(name, seed): (String, HoldersSeed)| {
        named(&name, "role", place, world.roles.iter().map(String::as_str))?;
        let members = holders(seed, &format!("{place}, role `{name}`"), world)?;
        if !members.roles.is_empty() || members.reporter || members.assignee || members.lead {
            let message = format!("{place}, role `{name}`: its members are `users`, `groups` or `related: [anyone]`");
            return Err(SeedError::semantic(message));
        }
        Ok((name, members))
    };
    seeds.into_iter().map(role).collect()
}

fn issue_type<'w>(name: &str, place: &str, world: &'w World) -> Result<&'w IssueType, SeedError> {
    let found = world.issue_types.iter().find(|issue_type| issue_type.name == name);
    found.ok_or_else(|| unknown(place, "issue type", name, world.issue_types.iter().map(|found| found.name.as_str())))
}

fn version(VersionSeed { id, name, released, archived }: VersionSeed) -> Version {
    Version { id, name, released, archived }
}

fn named<'a>(
    name: &str,
    kind: &str,
    place: &str,
    mut known: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), SeedError> {
    let all = known.clone();
    if known.any(|known| known == name) { Ok(()) } else { Err(unknown(place, kind, name, all)) }
}
