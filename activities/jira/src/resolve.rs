//! From what people write to what Jira takes: names to ids, e-mail addresses to account ids, values to fields' forms.

mod create;
mod edit;
mod field;
mod screen;
mod transition;
mod user;
mod value;

pub(crate) use create::CreateScreen;
pub(crate) use edit::edit_screen;
pub(crate) use field::Field;
pub(crate) use screen::Screen;
pub(crate) use transition::{Aim, Move, Transition, transitions};
pub(crate) use user::{Assignable, User, Users, anybody, myself, own_account, with_email};
pub(crate) use value::moment;

use strsim::jaro_winkler;

use crate::input::cut;

/// Something that Jira gives an id and people a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The id.
    pub(crate) id: String,
    /// The name, as Jira shows it.
    pub(crate) name: String,
}

/// What sets a field that is not set in the fields of a request, by its id or its name in small letters.
fn other_way(field: &str) -> Option<&'static str> {
    Some(match field {
        "attachment" => "files are attached by `jira.add_attachment`",
        "comment" => "comments are added by `jira.add_comments`",
        "issuetype" | "issue type" | "project" => "it is chosen when an issue is created",
        "status" => "a status is changed by `jira.update_issue_status`",
        _ => return None,
    })
}

/// More names than this help nobody.
const SHOWN: usize = 20;

/// The one of `candidates` that `wanted` names: by id, by name, or by name in other capitals.
///
/// The error says what is there: it fits after "field `x`: ".
pub(crate) fn choose<'a>(kind: &str, wanted: &str, candidates: &'a [Named]) -> Result<&'a Named, String> {
    let lower = wanted.trim().to_lowercase();
    let tiers: [&dyn Fn(&Named) -> bool; 3] =
        [&|candidate| candidate.id == wanted.trim(), &|candidate| candidate.name == wanted, &|candidate| {
            candidate.name.trim().to_lowercase() == lower
        }];
    for tier in tiers {
        let found: Vec<_> = candidates.iter().filter(|candidate| tier(candidate)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let ids: Vec<_> = several.iter().map(|named| format!("`{}` ({})", named.id, named.name)).collect();
                return Err(format!("the {kind} `{wanted}` is ambiguous: give the id, {}", ids.join(" or ")));
            }
        }
    }
    let shown = cut(wanted);
    if candidates.is_empty() {
        return Err(format!("there is no {kind} `{shown}`, nor any other"));
    }
    Err(format!("there is no {kind} `{shown}` among {}{}", list(candidates), similar(wanted, candidates)))
}

/// "; did you mean `Bug`?", where something is near.
fn similar(wanted: &str, candidates: &[Named]) -> String {
    let near = |named: &Named| jaro_winkler(&wanted.to_lowercase(), &named.name.to_lowercase());
    let best = candidates.iter().map(|named| (near(named), named)).max_by(|left, right| left.0.total_cmp(&right.0));
    match best {
        Some((likeness, named)) if likeness > 0.8 => format!("; did you mean `{}`?", named.name),
        _ => String::new(),
    }
}

/// The names, in their order.
pub(crate) fn list(candidates: &[Named]) -> String {
    list_of(SHOWN, candidates)
}

/// At most so many of the names, in their order.
fn list_of(most: usize, candidates: &[Named]) -> String {
    let names: Vec<_> = candidates.iter().take(most).map(|named| format!("`{}`", named.name)).collect();
    let more = candidates.len().saturating_sub(most);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn named(id: &str, name: &str) -> Named {
        Named { id: id.into(), name: name.into() }
    }

    #[test]
    fn a_name_is_taken_exactly_first() {
        let types = [named("1", "Bug"), named("2", "bug"), named("3", "Task"), named("4", "3"), named("5", "Story")];
        let chosen = |wanted: &str| choose("issue type", wanted, &types).map(|named| named.id.as_str()).ok();
        assert_eq!(chosen("Bug"), Some("1"));
        assert_eq!(chosen("bug"), Some("2"));
        assert_eq!(chosen("3"), Some("3"), "an id goes before a name");
        assert_eq!(chosen("TASK"), Some("3"));
        assert_eq!(chosen(" story "), Some("5"));
        assert_eq!(chosen("Stor"), None);
    }

    #[test]
    fn errors_say_what_there_is() {
        let types = [named("1", "Bug"), named("2", "bug"), named("3", "Task")];
        assert_snapshot!(choose("issue type", "BUG", &types).unwrap_err(), @"the issue type `BUG` is ambiguous: give the id, `1` (Bug) or `2` (bug)");
        assert_snapshot!(choose("issue type", "Taks", &types).unwrap_err(), @"there is no issue type `Taks` among `Bug`, `bug`, `Task`; did you mean `Task`?");
        assert_snapshot!(choose("component", "x", &[]).unwrap_err(), @"there is no component `x`, nor any other");
        let long = choose("component", &"ü".repeat(40_000), &[]).unwrap_err();
        assert_eq!(long, format!("there is no component `{}…`, nor any other", "ü".repeat(100)));
    }
}
