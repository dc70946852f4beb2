//! Which fields of an issue are asked for: `*all`, `*navigable`, ids, and ids to leave out. \[SPEC\]

use crate::{field::Field, world::World};

/// The fields that a list names; an empty list means `default`. Unknown fields are ignored, as Jira does.
pub(super) fn fields<'w>(wanted: &[&str], default: &str, world: &'w World) -> Vec<&'w Field> {
    let only_leaves_out = wanted.iter().all(|item| item.starts_with('-'));
    let named = |field: &Field| {
        wanted.iter().chain(only_leaves_out.then_some(&default)).any(|item| match *item {
            "*all" => true,
            "*navigable" => field.navigable,
            id => id == field.id,
        })
    };
    let left_out = |field: &Field| wanted.iter().any(|item| item.strip_prefix('-') == Some(field.id.as_str()));
    world.fields.iter().filter(|field| named(field) && !left_out(field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_fields() {
        let world = crate::seed::Seed::built_in().world(Default::default());
        let all = world.fields.len();
        let navigable = world.fields.iter().filter(|field| field.navigable).count();
        for (wanted, expected) in [
            (&[][..], all),
            (&["*all"], all),
            (&["*navigable"], navigable),
            (&["summary", "status", "nonsense"], 2),
            (&["*all", "-comment"], all - 1),
            (&["-comment", "-worklog"], all - 2),
            (&["nonsense"], 0),
        ] {
            assert_eq!(fields(wanted, "*all", &world).len(), expected, "{wanted:?}");
        }
    }
}
