//! The issues of a world. Their fields are read as if a client had set them, whatever screen they are on.

use serde_json::{Map, Value};

use super::{account, id, site::status_id, unknown};
use crate::{
    document,
    field_value::{self, FieldContext},
    seed::{
        SeedError,
        file::{CommentSeed, IssueSeed},
    },
    world::{Comment, Issue, Project, World},
};

pub(super) fn add(seeds: Vec<IssueSeed>, world: &mut World) -> Result<(), SeedError> {
    for seed in seeds {
        let (number, issue) = issue(seed, world)?;
        if world.issues.contains_key(&issue.id) || world.issue(&issue.key).is_some() {
            let Issue { id, key, .. } = issue;
            return Err(SeedError::semantic(format!("issues, {key}: the key or the id `{id}` is there twice")));
        }
        for former in &issue.former_keys {
            reserve(former, &issue, world)?;
        }
        world.next_issue = world.next_issue.max(issue.id + 1);
        world.next_comment += issue.comments.len() as u64;
        if let Some(project) = world.projects.iter_mut().find(|project| project.id == issue.project) {
            project.next_number = project.next_number.max(number + 1);
        }
        world.issues.insert(issue.id, issue);
    }
    Ok(())
}

/// A former key is nobody else's, and no new issue gets it.
fn reserve(former: &str, issue: &Issue, world: &mut World) -> Result<(), SeedError> {
    let place = format!("issues, {}, former_keys", issue.key);
    let (project, number) = numbered(former, &place)?;
    if former == issue.key || world.issue(former).is_some() {
        return Err(SeedError::semantic(format!("{place}: `{former}` is the key of an issue that is there")));
    }
    if let Some(project) = world.projects.iter_mut().find(|found| found.key == project) {
        project.next_number = project.next_number.max(number + 1);
    }
    Ok(())
}

/// The two parts of an issue's key.
fn numbered<'k>(key: &'k str, place: &str) -> Result<(&'k str, u64), SeedError> {
    let (project, number) = key.rsplit_once('-').unwrap_or((key, ""));
    let read = number.parse::<u64>().ok().filter(|read| read.to_string() == number);
    let read = read.ok_or_else(|| SeedError::semantic(format!("{place}: a key is a project's key, `-`, a number")))?;
    Ok((project, id(read, place)?))
}

fn issue(seed: IssueSeed, world: &World) -> Result<(u64, Issue), SeedError> {
    let place = format!("issues, {}", seed.key);
    let (key, number) = numbered(&seed.key, &place)?;
    let project = world.projects.iter().find(|project| project.key == key);
    let project = project
        .ok_or_else(|| unknown(&place, "project", key, world.projects.iter().map(|found| found.key.as_str())))?;
    let issue_type = project.issue_types.iter().find(|issue_type| issue_type.name == seed.kind);
    let issue_type = issue_type.ok_or_else(|| {
        unknown(&place, "issue type", &seed.kind, project.issue_types.iter().map(|found| found.name.as_str()))
    })?;
    let status = match &seed.status {
        Some(name) => status_id(name, &place, world)?,
        None => world.workflow(project, &issue_type.id).map(|workflow| workflow.initial.clone()).unwrap_or_default(),
    };
    let creator = world.users.first().map(|user| user.account_id.clone()).unwrap_or_default();
    let fields = fields(&seed, (project, &place), world)?;
    let comments = seed.comments.into_iter().zip(world.next_comment..);
    let comments = comments.map(|(comment, id)| self::comment(comment, id, (&place, world), seed.created));
    let resolved = fields.contains_key("resolution").then_some(seed.updated.unwrap_or(seed.created));
    let issue = Issue {
        id: id(seed.id.unwrap_or(world.next_issue), &format!("{place}, id"))?,
        key: seed.key.clone(),
        project: project.id,
        issue_type: issue_type.id.clone(),
        status,
        creator,
        created: seed.created,
        updated: seed.updated.unwrap_or(seed.created),
        resolved,
        fields,
        properties: seed.properties,
        comments: comments.collect::<Result<_, _>>()?,
        watchers: Vec::new(),
        worklogs: Vec::new(),
        history: Vec::new(),
        former_keys: seed.former_keys,
    };
    Ok((number, issue))
}

fn fields(
    seed: &IssueSeed,
    (project, place): (&Project, &str),
    world: &World,
) -> Result<Map<String, Value>, SeedError> {
    let mut fields = Map::new();
    let text = seed.description.as_ref().unwrap_or(&seed.summary);
    fields.insert("summary".to_owned(), seed.summary.clone().into());
    fields.insert("description".to_owned(), document::paragraph(text));
    let first = world.users.first().map(|user| &user.email);
    for (field, email) in [("reporter", seed.reporter.as_ref().or(first)), ("assignee", seed.assignee.as_ref())] {
        if let Some(email) = email {
            fields.insert(field.to_owned(), account(email, place, world)?.into());
        }
    }
    fields.insert("priority".to_owned(), world.default_priority.clone().into());
    for (id, value) in &seed.fields {
        let known = || world.fields.iter().map(|field| field.id.as_str());
        let field = world.field(id).ok_or_else(|| unknown(place, "field", id, known()))?;
        let read = field_value::read(field, value, FieldContext { world, project });
        let read = read.map_err(|message| SeedError::semantic(format!("{place}, field `{id}`: {message}")))?;
        fields.insert(id.clone(), read);
    }
    fields.retain(|_, value| !value.is_null());
    Ok(fields)
}

fn comment(
    seed: CommentSeed,
    id: u64,
    (place, world): (&str, &World),
    created: jiff::Timestamp,
) -> Result<Comment, SeedError> {
    Ok(Comment {
        id,
        author: account(&seed.author, place, world)?,
        created,
        body: document::paragraph(&seed.text),
        visibility: None,
        properties: Default::default(),
    })
}
