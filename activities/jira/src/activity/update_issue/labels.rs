//! Labels that are set, added and taken away, and what of that contradicts itself.

use flowrun_engine::{activity::Failure, requirement::Planned};
use serde_json::{Value, json};

use crate::{
    activity::fields,
    input::{Check, Label, refused},
    resolve::Screen,
};

/// The operations that change labels one by one.
pub(super) fn operations(add: &[Label], remove: &[Label]) -> Vec<Value> {
    let add = add.iter().map(|label| json!({ "add": label.as_str() }));
    add.chain(remove.iter().map(|label| json!({ "remove": label.as_str() }))).collect()
}

/// Refuses single changes where the screen has no labels, or takes them only as a whole.
pub(super) fn changeable(screen: &Screen) -> Result<(), Failure> {
    let field = screen.field("labels").map_err(|failure| failure.with_field("add_labels"))?;
    if field.takes("add") && field.takes("remove") {
        return Ok(());
    }
    Err(refused(format!("{field} takes no single labels here: give all of them as `labels`")).with_field("add_labels"))
}

/// What contradicts itself: labels that are set and changed, added and removed; and that nothing is to be changed at all by
/// the inputs `changes`.
pub(super) fn check<'a>(check: Check<'a>, changes: [&str; 8]) -> Check<'a> {
    let input = check.input();
    let single: Vec<_> = ["add_labels", "remove_labels"].into_iter().filter(|field| fills(input, field)).collect();
    let both = single.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(" and ");
    let stated = format!("`labels` sets all labels: it cannot be given together with {both}");
    let sets = |written: bool| written && !single.is_empty();
    let nothing =
        !changes.into_iter().any(|field| fills(input, field) || field == "labels" && input.field(field).is_some());
    let all: Vec<_> = changes.iter().map(|name| format!("`{name}`")).collect();
    let check = check
        .problem_if(sets(input.field("labels").is_some()), "labels", &stated)
        .problem_if(sets(fields::sets(input, "labels")), "fields", &stated)
        .problem_if(nothing, "issue", &format!("there is nothing to change: give {}", all.join(", ")));
    let added = known(input, "add_labels");
    let twice = known(input, "remove_labels").into_iter().filter(|label| added.contains(label));
    twice.fold(check, |check, label| {
        check.problem("remove_labels", format!("the label `{label}` is both added and removed"))
    })
}

/// Whether an input is written, and is not an empty list or map.
fn fills(input: &Planned, field: &str) -> bool {
    let empty = |value: &Planned| match value {
        Planned::Known(Value::Array(items)) => items.is_empty(),
        Planned::Known(Value::Object(fields)) => fields.is_empty(),
        Planned::List(items) => items.is_empty(),
        Planned::Object(fields) => fields.is_empty(),
        _ => false,
    };
    input.field(field).is_some_and(|value| !empty(&value))
}

/// The labels of an input that are known.
fn known(input: &Planned, field: &str) -> Vec<String> {
    let text = |item: &Value| item.as_str().map(str::to_owned);
    match input.field(field) {
        Some(Planned::Known(Value::Array(items))) => items.iter().filter_map(text).collect(),
        Some(Planned::List(items)) => items.iter().filter_map(Planned::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn told(input: Value) -> String {
        let input = Planned::Known(input);
        let found = check(Check::of(&input), super::super::CHANGES).found();
        let lines: Vec<_> =
            found.into_iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect();
        lines.join("; ")
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let nothing = "issue: there is nothing to change: give `summary`, `description`, `priority`, `labels`, `add_labels`, \
                       `remove_labels`, `due_date`, `fields`";
        for input in [json!({ "issue": "OPS-1" }), json!({ "add_labels": [], "fields": {} })] {
            assert_eq!(told(input), nothing);
        }
        assert_snapshot!(told(json!({ "labels": [], "add_labels": ["a"], "remove_labels": ["b"] })), @"labels: `labels` sets all labels: it cannot be given together with `add_labels` and `remove_labels`");
        assert_snapshot!(told(json!({ "fields": { "Labels": ["a"] }, "add_labels": ["a"] })), @"fields: `labels` sets all labels: it cannot be given together with `add_labels`");
        assert_snapshot!(told(json!({ "add_labels": ["a", "b"], "remove_labels": ["b", "c"] })), @"remove_labels: the label `b` is both added and removed");
    }

    #[test]
    fn what_changes_something_is_no_problem() {
        for input in [
            json!({ "labels": [] }),
            json!({ "labels": ["a"], "add_labels": [] }),
            json!({ "due_date": null }),
            json!({ "description": "" }),
            json!({ "remove_labels": ["a"] }),
            json!({ "fields": { "Labels": [] } }),
        ] {
            assert_eq!(told(input.clone()), "", "{input}");
        }
        let later = Planned::Object(vec![("fields".into(), Planned::Unknown)]);
        assert_eq!(check(Check::of(&later), super::super::CHANGES).found(), []);
    }

    #[test]
    fn single_labels_need_a_field_that_takes_them() {
        let screen = |operations: Value| {
            let fields = json!({ "labels": { "name": "Labels", "operations": operations } });
            Screen::of_object("the edit screen of issue `OPS-1`".into(), &fields).expect("a screen")
        };
        assert_eq!(changeable(&screen(json!(["add", "set", "remove"]))), Ok(()));
        assert_snapshot!(changeable(&screen(json!(["set"]))).unwrap_err(), @"field `Labels` takes no single labels here: give all of them as `labels`");
    }
}
