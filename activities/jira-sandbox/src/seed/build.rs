//! Makes a world of a seed. What a seed names must be there; every message says which part of the seed names it.

mod issues;
mod projects;
mod site;

use super::{SeedError, file::SeedFile};
use crate::world::{Adjustments, Attachments, EarlierVersions, World};

/// The world of a seed.
pub(super) fn world(seed: SeedFile) -> Result<World, SeedError> {
    let mut world = World {
        users: Vec::new(),
        groups: seed.groups.unwrap_or_default(),
        roles: seed.roles.unwrap_or_default(),
        permission_schemes: Vec::new(),
        global_permissions: Vec::new(),
        statuses: Vec::new(),
        workflows: Vec::new(),
        resolutions: Vec::new(),
        priorities: Vec::new(),
        default_priority: String::new(),
        link_types: Vec::new(),
        links: Vec::new(),
        fields: Vec::new(),
        issue_types: Vec::new(),
        projects: Vec::new(),
        issues: Default::default(),
        attachments: Attachments::new(seed.attachments.unwrap_or_default()),
        switches: seed.switches.unwrap_or_default(),
        limits: seed.limits.unwrap_or_default(),
        search_lag_seconds: seed.search_lag_seconds.unwrap_or_default(),
        longest_search_lag_seconds: 0,
        adjustments: Adjustments::default(),
        changed_permissions: Default::default(),
        earlier: EarlierVersions::default(),
        next_issue: 10001,
        next_comment: 10000,
        next_link: 10000,
        next_worklog: 10000,
    };
    site::users(seed.users.unwrap_or_default(), &mut world)?;
    site::permissions(
        (seed.permission_schemes.unwrap_or_default(), seed.global_permissions.unwrap_or_default()),
        &mut world,
    )?;
    site::fields(seed.custom_fields.unwrap_or_default(), &mut world)?;
    site::priorities(seed.priorities.unwrap_or_default(), &mut world)?;
    site::resolutions(seed.resolutions.unwrap_or_default(), &mut world)?;
    site::link_types(seed.link_types.unwrap_or_default(), &mut world)?;
    site::workflows((seed.statuses.unwrap_or_default(), seed.workflows.unwrap_or_default()), &mut world)?;
    site::issue_types(seed.issue_types.unwrap_or_default(), &mut world)?;
    projects::add(seed.projects.unwrap_or_default(), &mut world)?;
    issues::add(seed.issues.unwrap_or_default(), &mut world)?;
    Ok(world)
}

/// The account id of a user whom the seed names by e-mail.
fn account(email: &str, place: &str, world: &World) -> Result<String, SeedError> {
    let found = world.user_by_email(email).map(|user| user.account_id.clone());
    found.ok_or_else(|| unknown(place, "user", email, world.users.iter().map(|user| user.email.as_str())))
}

/// A name that the seed does not have: where it stands, what it would be, and what there is.
fn unknown<'a>(place: &str, kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> SeedError {
    let known: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
    let known = if known.is_empty() { "there is none".to_owned() } else { format!("there are {}", known.join(", ")) };
    SeedError::semantic(format!("{place}: there is no {kind} `{name}`; {known}"))
}

/// Larger ids and numbers Jira does not have, and none could follow them.
const LARGEST_ID: u64 = i64::MAX as u64;

/// An id, or the number of an issue.
fn id(given: u64, place: &str) -> Result<u64, SeedError> {
    let fits = (1..=LARGEST_ID).contains(&given);
    fits.then_some(given)
        .ok_or_else(|| SeedError::semantic(format!("{place}: `{given}` is not from 1 to {LARGEST_ID}")))
}

/// Refuses a name or id that is there twice.
fn once<'a>(place: &str, what: &str, names: impl IntoIterator<Item = &'a str>) -> Result<(), SeedError> {
    let mut seen = std::collections::BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(SeedError::semantic(format!("{place}: the {what} `{twice}` is there twice"))),
        None => Ok(()),
    }
}
