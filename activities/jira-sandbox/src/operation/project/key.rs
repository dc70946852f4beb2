//! The keys of projects: how they are made, and which are free.

use crate::{
    answer::{Answer, Refusal},
    request::ApiRequest,
    world::World,
};

/// `validateProjectKey`: 200 with an `ErrorCollection` in both cases. \[SPEC\]
pub(crate) fn validate(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let fault = fault(request.query("key").unwrap_or_default(), world);
    let errors = fault.map(|fault| ("projectKey".to_owned(), fault)).into_iter().collect();
    Ok(Answer { status: 200, ..Refusal::fields(errors).into() })
}

/// `getValidProjectKey`: the key itself where it is free, else one like it that is. \[SPEC\] says a random one.
pub(crate) fn suggest(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let wanted = request.query("key").unwrap_or_default();
    if fault(wanted, world).is_none() {
        return Ok(Answer::ok(wanted.into()));
    }
    let letters = wanted.to_uppercase();
    let letters: String = letters.chars().filter(char::is_ascii_alphanumeric).collect();
    let stem = letters.trim_start_matches(|first: char| first.is_ascii_digit());
    let stem = if stem.is_empty() { "PROJ" } else { &stem[..stem.len().min(LONGEST - 2)] };
    let free = (0..100).map(|number| if number == 0 { stem.to_owned() } else { format!("{stem}{number}") });
    let free = free.into_iter().find(|key| fault(key, world).is_none());
    Ok(Answer::ok(free.unwrap_or_default().into()))
}

/// More characters than this no key has. \[SPEC\]
const LONGEST: usize = 10;

/// What is wrong with a key: its form \[SPEC\], or that a project has it, also one that is archived. The words are
/// \[unverified\] but for the last.
pub(super) fn fault(key: &str, world: &World) -> Option<String> {
    let is_upper = |character: char| character.is_ascii_uppercase() || character.is_ascii_digit();
    if key.is_empty() {
        return Some(
            "You must specify a unique project key, at least 2 characters long, containing only uppercase letters."
                .to_owned(),
        );
    }
    if key.chars().count() > LONGEST {
        return Some(format!("The project key must not exceed {LONGEST} characters in length."));
    }
    if key.len() < 2 || !key.starts_with(|first: char| first.is_ascii_uppercase()) || !key.chars().all(is_upper) {
        let form = "Project keys must start with an uppercase letter, followed by one or more uppercase alphanumeric characters.";
        return Some(form.to_owned());
    }
    world.project(key).map(|_| "A project with that project key already exists.".to_owned())
}
