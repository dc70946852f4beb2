//! Reading the values that a client sets: each kind of field takes what Jira takes and refuses the rest. The status of
//! all these refusals is \[SPEC\]'s 400 for "invalid field values"; the words are \[CONN\]'s where marked, else \[unverified\].

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    clock::jira_time,
    document,
    field::{Field, FieldKind, FieldOption, Sprint, SprintState},
    switches::Switches,
    world::{Project, User, World},
};

/// What reading a value may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldContext<'a> {
    pub(crate) world: &'a World,
    pub(crate) project: &'a Project,
}

/// Reads a value into the form in which it is stored; null where it clears the field.
pub(crate) fn read(field: &Field, value: &Value, context: FieldContext<'_>) -> Result<Value, String> {
    match &field.kind {
        FieldKind::Summary => summary(value, &context.world.switches),
        _ if value.is_null() => Ok(Value::Null),
        FieldKind::Document => document(value, context.world),
        FieldKind::Text => single_line(value, &context.world.switches),
        FieldKind::Url => url(value),
        FieldKind::Number => {
            value.as_number().map(|_| value.clone()).ok_or_else(|| "Operation value must be a number".into())
        }
        FieldKind::Date => date(value),
        FieldKind::DateTime => date_time(value),
        FieldKind::Labels => labels(value),
        FieldKind::User => user(field, value, context),
        FieldKind::Users => list(value, |item| user(field, item, context)),
        FieldKind::Priority => thing(value, &context.world.priorities, |found| (&found.id, &found.name))
            .ok_or_else(|| "The priority selected is invalid.".into()),
        FieldKind::Resolution => thing(value, &context.world.resolutions, |found| (&found.id, &found.name))
            .ok_or_else(|| "The resolution selected is invalid.".into()),
        FieldKind::Security => thing(value, &context.project.security_levels, |found| (&found.id, &found.name))
            .ok_or_else(|| "The security level selected is invalid.".into()),
        FieldKind::Components => list(value, |item| {
            thing(item, &context.project.components, |found| (&found.id, &found.name))
                .ok_or_else(|| format!("Component name '{}' is not valid", shown(item)))
        }),
        FieldKind::Version => version(value, context.project),
        FieldKind::Versions => list(value, |item| version(item, context.project)),
        FieldKind::Select(options) => option(field, value, options),
        FieldKind::MultiSelect(options) => list(value, |item| option(field, item, options)),
        FieldKind::Cascading(options) => cascading(field, value, options),
        FieldKind::Parent => parent(value, context),
        FieldKind::Sprint(sprints) => sprint(value, sprints),
        // Read before any other field, read with an update only, or never set by a client.
        FieldKind::Project | FieldKind::IssueType | FieldKind::Comments | FieldKind::Computed(..) => {
            Err(not_on_screen(&field.id))
        }
    }
}

/// The field is not on the screen, or there is no such field; attachments have words of their own. \[CONN\]
pub(crate) fn not_on_screen(field: &str) -> String {
    if field == "attachment" {
        return "Field does not support update 'attachment'".to_owned();
    }
    format!("Field '{field}' cannot be set. It is not on the appropriate screen, or unknown.")
}

/// The parent is absent, or the user may not browse it.
pub(crate) const NO_PARENT: &str = "Could not find valid 'id' or 'key' for the parent issue.";

/// A summary is required, of one line and at most 255 characters.
fn summary(value: &Value, switches: &Switches) -> Result<Value, String> {
    let text = match value {
        Value::Null => "",
        Value::String(text) => text,
        _ => return Err("Operation value must be a string".into()),
    };
    if text.trim().is_empty() {
        Err("You must specify a summary of the issue.".into())
    } else if text.contains(['\n', '\r']) {
        Err("The summary is invalid because it contains newline characters.".into())
    } else if switches.length(text) > 255 {
        Err("Summary can't exceed 255 characters.".into())
    } else {
        Ok(text.trim().into())
    }
}

/// Rich text is a document, never a string. \[CONN\]
fn document(value: &Value, world: &World) -> Result<Value, String> {
    if !document::is_document(value, &world.switches) {
        return Err("Operation value must be an Atlassian Document (see the Atlassian Document Format)".into());
    }
    if document::is_too_long(value, &world.switches) {
        return Err(document::TOO_LONG.into());
    }
    Ok(if document::is_empty(value) { Value::Null } else { value.clone() })
}

fn single_line(value: &Value, switches: &Switches) -> Result<Value, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    if text.contains(['\n', '\r']) {
        return Err("The text is invalid because it contains newline characters.".into());
    }
    if switches.length(text) > 255 {
        return Err("The entered text is too long. It exceeds the allowed limit of 255 characters.".into());
    }
    Ok(text.into())
}

fn date(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    let date = text.parse::<jiff::civil::Date>().ok().filter(|date| date.year() > 0 && date.to_string() == text);
    date.map(|date| date.to_string().into()).ok_or_else(|| format!("Error parsing date string: {text}"))
}

/// A time with an offset, as Jira writes it or with a colon in the offset. \[unverified\]
fn date_time(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    let read = text.parse::<Timestamp>().ok().or_else(|| {
        let zoned = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text);
        zoned.and_then(|broken_down| broken_down.to_timestamp()).ok()
    });
    read.map(|time| jira_time(time).into()).ok_or_else(|| format!("Error parsing time string: {text}"))
}

/// An address with a scheme that browsers follow. \[unverified\]
fn url(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let is_address =
        matches!(scheme, "http" | "https" | "ftp") && !rest.is_empty() && !text.contains(char::is_whitespace);
    if is_address { Ok(text.into()) } else { Err(format!("Not a valid URL: {text}")) }
}

fn labels(value: &Value) -> Result<Value, String> {
    let given = value.as_array().ok_or("data was not an array")?;
    let mut labels: Vec<&str> = Vec::new();
    for (index, label) in given.iter().enumerate() {
        let label = label.as_str().ok_or_else(|| format!("string expected at index {index}"))?;
        if label.chars().any(char::is_whitespace) {
            return Err(format!("The label '{label}' contains spaces which is invalid."));
        }
        if label.is_empty() || label.chars().count() > 255 {
            return Err(format!("The label '{label}' is empty or exceeds the maximum length of 255 characters."));
        }
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    Ok(none_if_empty(labels))
}

/// A user is named by account id; names and keys are gone since GDPR. \[SPEC\]
fn user(field: &Field, value: &Value, context: FieldContext<'_>) -> Result<Value, String> {
    let account = value.get("accountId").or_else(|| value.get("id")).and_then(Value::as_str);
    let account = account.ok_or_else(|| format!("{}: an accountId is expected", field.name))?;
    // Jira's own words for "the project's default assignee".
    if field.id == "assignee" && account == "-1" {
        return Ok(context.project.default_assignee().map_or(Value::Null, Value::from));
    }
    let found = context.world.user(account).ok_or_else(|| format!("User '{account}' does not exist."))?;
    if field.id == "assignee" && !assignable(found, context) {
        return Err(format!("User '{account}' cannot be assigned issues."));
    }
    Ok(found.account_id.as_str().into())
}

/// Whether a user can be given issues of the project; nobody who was deactivated can.
fn assignable(user: &User, FieldContext { world, project }: FieldContext<'_>) -> bool {
    let free = !world.switches.assignee_must_be_assignable;
    user.active && (free || world.permits_in(user, "ASSIGNABLE_USER", project))
}

/// One of several things that have an id and a name.
fn thing<T>(value: &Value, all: &[T], id_and_name: impl Fn(&T) -> (&String, &String)) -> Option<Value> {
    let mut all = all.iter().map(id_and_name);
    all.find(|(id, name)| names(value, id, name)).map(|(id, _)| id.as_str().into())
}

/// A sprint is set by its id alone, a number, though the field is a list and is shown as one. \[CONN\]
fn sprint(value: &Value, sprints: &[Sprint]) -> Result<Value, String> {
    let id = value.as_u64().ok_or("Number value expected as the Sprint id.")?;
    let sprint = sprints.iter().find(|sprint| sprint.id == id);
    let sprint = sprint.ok_or_else(|| format!("There is no sprint with the id {id}."))?;
    match sprint.state {
        SprintState::Closed => Err(format!("The sprint '{}' is closed.", sprint.name)),
        SprintState::Active | SprintState::Future => Ok(Value::from([id.to_string()])),
    }
}

/// A list, each item read by itself, nothing twice.
fn list(value: &Value, read: impl Fn(&Value) -> Result<Value, String>) -> Result<Value, String> {
    let mut items = Vec::new();
    for item in value.as_array().ok_or("data was not an array")? {
        let item = read(item)?;
        if !items.contains(&item) {
            items.push(item);
        }
    }
    Ok(none_if_empty(items))
}

/// An empty list is stored as no value at all.
pub(crate) fn none_if_empty<T: Into<Value>>(items: Vec<T>) -> Value {
    if items.is_empty() { Value::Null } else { items.into() }
}

fn version(value: &Value, project: &Project) -> Result<Value, String> {
    let open: Vec<_> = project.versions.iter().filter(|version| !version.archived).collect();
    thing(value, &open, |found| (&found.id, &found.name))
        .ok_or_else(|| format!("Version name '{}' is not valid", shown(value)))
}

fn option(field: &Field, value: &Value, options: &[FieldOption]) -> Result<Value, String> {
    chosen(field, value, options).map(|option| option.id.as_str().into())
}

fn chosen<'a>(field: &Field, value: &Value, options: &'a [FieldOption]) -> Result<&'a FieldOption, String> {
    let given = value.get("id").or_else(|| value.get("value")).and_then(Value::as_str);
    let given = given.ok_or_else(|| format!("Specify a valid 'id' or 'value' for {}", field.name))?;
    let by_id = value.get("id").is_some();
    let found = options.iter().find(|option| if by_id { option.id == given } else { option.value == given });
    found.ok_or_else(|| format!("Option value '{given}' is not valid"))
}

/// An option, and below it in `child` one of its own; the child may be left out. \[unverified\]
fn cascading(field: &Field, value: &Value, options: &[FieldOption]) -> Result<Value, String> {
    let parent = chosen(field, value, options)?;
    match value.get("child").filter(|child| !child.is_null()) {
        None => Ok(json!([parent.id])),
        Some(child) => Ok(json!([parent.id, chosen(field, child, &parent.children)?.id])),
    }
}

/// A sub-task's parent is an issue of the same project that is not a sub-task itself. \[SPEC\]
fn parent(value: &Value, context: FieldContext<'_>) -> Result<Value, String> {
    let found = id_or_key(value).and_then(|named| context.world.issue(named)).ok_or(NO_PARENT)?;
    if found.project != context.project.id {
        return Err("The parent issue is not in the same project as the sub-task.".into());
    }
    if context.world.type_of(found).is_some_and(|issue_type| issue_type.subtask) {
        return Err("Given parent issue does not belong to appropriate hierarchy.".into());
    }
    Ok(found.id.into())
}

/// The id in `{id}`, else the key in `{key}`, of a project or issue. Ids are numbers and keys are not, so that neither is
/// found under the other's name. \[unverified\]
pub(crate) fn id_or_key(value: &Value) -> Option<&str> {
    let (given, is_id) = value.get("id").map(|id| (id, true)).or_else(|| Some((value.get("key")?, false)))?;
    given.as_str().filter(|text| is_number(text) == is_id)
}

/// Whether a text is an id, written in digits alone.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `{id}` or `{name}` means this one.
pub(crate) fn names(value: &Value, id: &str, name: &str) -> bool {
    match (value.get("id").and_then(Value::as_str), value.get("name").and_then(Value::as_str)) {
        (Some(given), _) => given == id,
        (None, Some(given)) => given.eq_ignore_ascii_case(name),
        (None, None) => false,
    }
}

fn shown(value: &Value) -> &str {
    value.get("name").or_else(|| value.get("id")).and_then(Value::as_str).unwrap_or("null")
}
