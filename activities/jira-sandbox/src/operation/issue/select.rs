//! Which fields of an issue are asked for: `*all`, `*navigable`, ids, and ids to leave out. \[SPEC\]

use crate::field::{FIELDS, Field};

/// The fields that a list names; an empty list means `default`. Unknown fields are ignored, as Jira does.
pub(super) fn fields(wanted: &[&str], default: &str) -> Vec<&'static Field> {
    let only_leaves_out = wanted.iter().all(|item| item.starts_with('-'));
    let named = |field: &Field| {
        wanted.iter().chain(only_leaves_out.then_some(&default)).any(|item| match *item {
            "*all" => true,
            "*navigable" => field.navigable,
            id => id == field.id,
        })
    };
    let left_out = |field: &Field| wanted.iter().any(|item| item.strip_prefix('-') == Some(field.id));
    FIELDS.iter().filter(|field| named(field) && !left_out(field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_fields() {
        let all = FIELDS.len();
        let navigable = FIELDS.iter().filter(|field| field.navigable).count();
        for (wanted, expected) in [
            (&[][..], all),
            (&["*all"], all),
            (&["*navigable"], navigable),
            (&["summary", "status", "nonsense"], 2),
            (&["*all", "-comment"], all - 1),
            (&["-comment", "-worklog"], all - 2),
            (&["nonsense"], 0),
        ] {
            assert_eq!(fields(wanted, "*all").len(), expected, "{wanted:?}");
        }
    }
}
