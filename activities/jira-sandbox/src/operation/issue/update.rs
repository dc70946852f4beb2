//! What an edit or a transition sets: `fields` and `update` of a body, read into stored values.

use serde_json::{Map, Value, json};

use crate::{
    answer::Refusal,
    effect::CommentAdded,
    field::{Field, FieldKind},
    field_value::{self, FieldContext},
    operation::comment,
    refusal,
    request::ApiRequest,
    world::{Issue, User, World},
};

/// The two halves of a body, as they came.
#[derive(Debug)]
pub(crate) struct UpdateBody<'a> {
    fields: &'a Map<String, Value>,
    update: &'a Map<String, Value>,
}

/// What Jira adds to an issue with an update, and the sandbox does not have.
const NOT_SERVED: [&str; 3] = ["issuelinks", "timetracking", "worklog"];

/// What the halves say.
#[derive(Debug, Default)]
pub(crate) struct UpdateValues {
    /// Stored values; null where a field is cleared.
    pub(crate) fields: Map<String, Value>,
    pub(crate) comments: Vec<CommentAdded>,
}

impl<'a> UpdateBody<'a> {
    /// Takes the halves out of a body. No field may be in both. \[SPEC\]
    pub(crate) fn of(body: &'a Map<String, Value>) -> Result<Self, Refusal> {
        let given = Self { fields: object(body, "fields")?, update: object(body, "update")? };
        if let Some(id) = NOT_SERVED.into_iter().find(|id| given.update.contains_key(*id)) {
            return Err(refusal::not_served(&format!("`update.{id}` of issues")));
        }
        let twice = given.fields.keys().filter(|id| given.update.contains_key(*id));
        let twice: Vec<_> = twice.map(|id| (id.clone(), in_both(id))).collect();
        if twice.is_empty() { Ok(given) } else { Err(Refusal::fields(twice)) }
    }

    /// Reads every field, and reports every fault at once. \[SPEC\] An update of a field that is ignored is not read.
    pub(crate) fn read(
        &self,
        issue: &Issue,
        (settable, ignored): (impl Fn(&Field) -> bool, impl Fn(&str) -> bool),
        (request, world): (&ApiRequest<'_>, &World),
    ) -> Result<UpdateValues, Refusal> {
        let project = world.project_of(issue).ok_or_else(refusal::issue_not_found)?;
        let (context, mut update, mut errors) = (FieldContext { world, project }, UpdateValues::default(), Vec::new());
        let find = |id: &str| world.field(id).filter(|field| settable(field));
        for (id, value) in self.fields {
            let read = match find(id).filter(|field| field.kind != FieldKind::Comments) {
                Some(field) => super::read(field, value, (context, request.caller)),
                None => Err(field_value::not_on_screen(id)),
            };
            keep(id, read, &mut update.fields, &mut errors);
        }
        for (id, operations) in self.update.iter().filter(|(id, _)| !ignored(id)) {
            match find(id) {
                Some(field) if field.kind == FieldKind::Comments => {
                    update.comments = comments(operations, issue, (request, world))?;
                }
                Some(field) => keep(
                    id,
                    changed(field, operations, issue, (context, request.caller)),
                    &mut update.fields,
                    &mut errors,
                ),
                None => errors.push((id.clone(), field_value::not_on_screen(id))),
            }
        }
        if errors.is_empty() { Ok(update) } else { Err(Refusal::fields(errors)) }
    }
}

fn keep(id: &str, read: Result<Value, String>, fields: &mut Map<String, Value>, errors: &mut Vec<(String, String)>) {
    match read {
        Ok(value) => drop(fields.insert(id.to_owned(), value)),
        Err(message) => errors.push((id.to_owned(), message)),
    }
}

fn object<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, Refusal> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    match body.get(name) {
        None | Some(Value::Null) => Ok(&NONE),
        Some(Value::Object(given)) => Ok(given),
        Some(_) => Err(refusal::body_invalid(&format!("{name} must be an object"))),
    }
}

/// The words are \[unverified\], the status is \[SPEC\]'s.
fn in_both(id: &str) -> String {
    format!("Field '{id}' cannot appear in both 'fields' and 'update'")
}

/// The value of a field after the operations of an update, one after the other.
fn changed(
    field: &Field,
    operations: &Value,
    issue: &Issue,
    context: (FieldContext<'_>, &User),
) -> Result<Value, String> {
    let mut stored = issue.fields.get(&field.id).cloned().unwrap_or(Value::Null);
    for operation in operations.as_array().ok_or("data was not an array")? {
        let operation = operation.as_object().filter(|operation| operation.len() == 1);
        let (verb, value) = operation
            .and_then(|operation| operation.iter().next())
            .ok_or("an object with one operation is expected")?;
        stored = match verb.as_str() {
            "set" if field.kind == FieldKind::Parent && value["none"] == json!(true) => Value::Null,
            "set" => super::read(field, value, context)?,
            "add" | "remove" if field.is_list() => {
                let item = super::read(field, &json!([value]), context)?;
                merged(stored, &item, verb == "add")
            }
            _ => {
                return Err(format!(
                    "Field with id '{}' and name '{}' does not support operation '{verb}'",
                    field.id, field.name
                ));
            }
        };
    }
    Ok(stored)
}

/// A list with items added, none twice, or taken out; null once it is empty.
fn merged(stored: Value, given: &Value, add: bool) -> Value {
    let given = given.as_array().map_or(&[][..], Vec::as_slice);
    let mut items = if let Value::Array(items) = stored { items } else { Vec::new() };
    items.retain(|item| !given.contains(item));
    if add {
        items.extend_from_slice(given);
    }
    field_value::none_if_empty(items)
}

/// Comments that are added with a change; the permission is that of a comment by itself. \[unverified\]
fn comments(
    operations: &Value,
    issue: &Issue,
    (request, world): (&ApiRequest<'_>, &World),
) -> Result<Vec<CommentAdded>, Refusal> {
    if !world.permits_on(request.caller, "ADD_COMMENTS", issue) {
        return Err(refusal::comment_not_permitted(400));
    }
    let operations = operations.as_array().ok_or_else(|| Refusal::field(400, "comment", "data was not an array"))?;
    let comments = operations.iter().enumerate().map(|(before, operation)| {
        let added = operation.as_object().filter(|operation| operation.len() == 1);
        let added = added.and_then(|operation| operation.get("add")).and_then(Value::as_object);
        let added =
            added.ok_or_else(|| Refusal::field(400, "comment", "Only the operation 'add' is supported here."))?;
        comment::read(added, issue, before, (request, world))
    });
    comments.collect()
}
