//! The activities, a file each. A further one is a file here, which states the operations that no other calls, and its lines in
//! this one: its module, [`catalogue`], [`OWN_OPERATIONS`].

mod add_assignee;
mod add_attachment;
mod add_comments;
mod add_watcher;
mod add_worklog;
mod adoption;
mod at_jira;
mod create_issue;
mod create_project;
mod delete_issue;
mod effect;
mod effects_done;
mod evidence;
mod fields;
mod find_user;
mod get_issue_details;
mod link_issues;
mod made;
mod output_text;
mod search_issues;
mod signs;
mod update_issue;
mod update_issue_status;

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use flowrun_engine::{
    activity::{Catalogue, Description, Failure, Intent, LazySchema},
    requirement::{Basis, Need, Planned, Requirement, Scopes, Subject},
};
use serde_json::Value;

use at_jira::{AtJira, JiraActivity};
use effect::{Prepared, Sender, Sending};
use effects_done::EffectsDone;
use evidence::Evidence;

pub use output_text::EMBEDDED_SITE;

use crate::{
    client::{Call, Client, JiraError, Reader, endpoint, endpoint::Operation},
    files::Files,
    input::{IssueKey, refused},
    jql::Jql,
    markdown::{FieldText, Markdown},
};

/// The Jira activities, over one client. What they attach is taken from `files`.
pub fn catalogue(client: &Arc<Client>, files: &Files) -> Catalogue {
    let client = || Client::clone(client);
    Catalogue::default()
        .with_text_kind(FieldText)
        .with_text_kind(Jql)
        .with_text_kind(Markdown)
        .with_typed(AtJira(add_assignee::AddAssignee), client())
        .with_typed(AtJira(add_attachment::AddAttachment::new(files.clone())), client())
        .with_typed(AtJira(add_comments::AddComments), client())
        .with_typed(AtJira(add_watcher::AddWatcher), client())
        .with_typed(AtJira(add_worklog::AddWorklog), client())
        .with_typed(AtJira(create_issue::CreateIssue), client())
        .with_typed(AtJira(create_project::CreateProject), client())
        .with_typed(AtJira(delete_issue::DeleteIssue), client())
        .with_typed(AtJira(find_user::FindUser), client())
        .with_typed(AtJira(get_issue_details::GetIssueDetails), client())
        .with_typed(AtJira(link_issues::LinkIssues), client())
        .with_typed(AtJira(search_issues::SearchIssues::default()), client())
        .with_typed(AtJira(update_issue::UpdateIssue), client())
        .with_typed(AtJira(update_issue_status::UpdateIssueStatus), client())
}

/// The operations that one activity alone calls, stated in its file.
const OWN_OPERATIONS: &[&[&Operation]] = &[
    add_attachment::OPERATIONS,
    add_watcher::OPERATIONS,
    add_worklog::OPERATIONS,
    find_user::OPERATIONS,
    link_issues::OPERATIONS,
];

/// Every operation that flowrun calls, wherever it is stated.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    endpoint::shared().into_iter().chain(OWN_OPERATIONS.iter().copied().flatten().copied())
}

/// What an activity is, in terms of the operations that it calls.
struct Facts {
    name: &'static str,
    summary: &'static str,
    /// On what its permissions are needed, in words.
    on: &'static str,
    /// The inputs that may be null.
    nullable: &'static [&'static str],
    /// Whether something is read at Jira before the first effect, whatever the inputs are.
    reads: bool,
    /// Called whatever the inputs are.
    always: &'static [&'static Operation],
    /// Called for some inputs.
    sometimes: &'static [&'static Operation],
    /// What may fail, and how it is said.
    failures: &'static [(&'static str, &'static str)],
}

impl Facts {
    fn describe<A: JiraActivity>(self) -> Description {
        let mut scopes = Scopes::default();
        let mut permissions: BTreeSet<&'static str> = BTreeSet::new();
        for operation in self.always {
            let needed = operation.scopes.scopes();
            scopes.classic.extend(needed.classic);
            scopes.granular.extend(needed.granular);
            permissions.extend(operation.permissions);
        }
        let permissions = permissions.into_iter().map(|key| (Cow::Borrowed(key), self.on)).collect();
        let (input, output) = (LazySchema::of_input::<A::Input>(self.nullable), LazySchema::of_output::<A::Output>());
        let description = Description::new(self.name, self.summary, input, output)
            .needing(scopes, permissions)
            .calling(self.always.iter().chain(self.sometimes).map(|operation| operation.name).collect())
            .failing(self.failures);
        let description = if self.reads { description.reading() } else { description };
        let writes = self.always.iter().any(|operation| operation.effect);
        if writes { description.writing() } else { description }
    }
}

/// Collects what a node needs; a need that two calls have is stated once.
#[derive(Default)]
struct Requirements(Vec<Requirement>);

impl Requirements {
    /// The scopes and the permissions of an operation.
    fn call(mut self, operation: &Operation, subject: &Subject, reason: &'static str) -> Self {
        self.add(Need::Scopes(operation.scopes.scopes()), reason, Basis::Documented);
        for key in operation.permissions {
            let need = Need::Permission { key: Cow::Borrowed(key), subject: subject.clone() };
            self.add(need, reason, Basis::Documented);
        }
        self
    }

    /// The scopes of an operation whose permissions are stated apart.
    fn scopes(mut self, operation: &Operation, reason: &'static str) -> Self {
        self.add(Need::Scopes(operation.scopes.scopes()), reason, Basis::Documented);
        self
    }

    /// A permission that Jira documents for some calls of an operation.
    fn needing(mut self, key: &'static str, subject: &Subject, reason: &'static str) -> Self {
        let need = Need::Permission { key: Cow::Borrowed(key), subject: subject.clone() };
        self.add(need, reason, Basis::Documented);
        self
    }

    /// A permission that Jira does not document for it.
    fn known_to_need(mut self, key: &'static str, subject: &Subject, reason: &'static str) -> Self {
        let need = Need::Permission { key: Cow::Borrowed(key), subject: subject.clone() };
        self.add(need, reason, Basis::CommonKnowledge);
        self
    }

    /// The scopes of an operation that is called only if a value turns out to ask for it.
    fn perhaps(mut self, operation: &Operation, reason: &'static str) -> Self {
        self.add(Need::Scopes(operation.scopes.scopes()), reason, Basis::CommonKnowledge);
        self
    }

    fn add(&mut self, need: Need, reason: &'static str, basis: Basis) {
        if !self.0.iter().any(|requirement| requirement.need == need && requirement.basis <= basis) {
            self.0.push(Requirement { need, reason: Cow::Borrowed(reason), basis });
        }
    }
}

/// The subject that an input names.
fn subject(input: &Planned, field: &str, kind: &'static str) -> Subject {
    input.field(field).map_or(Subject::AtRunTime, |planned| planned.subject(kind))
}

/// The subject of a field that names the same issue as the input `issue`.
fn same_issue(path: &[String], input: &Planned) -> Option<Subject> {
    let is_issue = matches!(path, [field] if field == "key" || field == "id");
    is_issue.then(|| subject(input, "issue", "issue")).filter(|subject| *subject != Subject::AtRunTime)
}

/// Reads some fields of an issue.
async fn issue(reader: &Reader, issue: &IssueKey, fields: &str) -> Result<Value, JiraError> {
    let call = Call::new(&endpoint::GET_ISSUE, [issue.as_str()], issue.to_string());
    reader.send(&call.query("fields", fields)).await
}

/// The same, with the issue's history: what an effect on it needs to be shown later.
async fn issue_with_history(reader: &Reader, issue: &IssueKey, fields: &str) -> Result<Value, JiraError> {
    let call = Call::new(&endpoint::GET_ISSUE, [issue.as_str()], issue.to_string());
    reader.send(&call.query("fields", fields).query("expand", "changelog")).await
}

/// The key of an issue: what was given, or what the id belongs to.
async fn key_of(reader: &Reader, given: &IssueKey) -> Result<String, Failure> {
    if !given.is_id() {
        return Ok(given.as_str().to_owned());
    }
    let found = issue(reader, given, "summary").await?;
    text(&found, "key", &given.to_string())
}

/// Refuses a key by which a person says that a change to an issue was made, if it names another issue than the intent.
fn names_the_issue(intent: &Intent, key: &str) -> Result<(), Failure> {
    let changed = &intent.baseline;
    if [&changed["key"], &changed["id"]].into_iter().any(|name| *name == key) {
        return Ok(());
    }
    Err(refused(format!("this was to change {}, not `{key}`", intent.target)))
}

/// How a person names a comment.
const COMMENT_ID: &str = "the comment's id: the number after `focusedCommentId=` in its link";

/// A text of an answer that must be there.
fn text(answer: &Value, name: &str, subject: &str) -> Result<String, Failure> {
    let missing = || JiraError::of_read(subject, crate::client::ErrorKind::Unreadable(format!("it has no `{name}`")));
    Ok(answer[name].as_str().ok_or_else(missing)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_an_activity_names_is_known_and_stated_once() {
        let mut known = BTreeSet::new();
        for operation in operations() {
            assert!(known.insert(operation.name), "{} is stated twice", operation.name);
        }
        for activity in catalogue(&Arc::new(Client::offline()), &Files::none()).iter() {
            let Description { name, endpoints, .. } = activity.description();
            let unknown: Vec<_> = endpoints.iter().filter(|endpoint| !known.contains(*endpoint)).collect();
            assert!(unknown.is_empty(), "{name} calls {unknown:?}, which are not in `OWN_OPERATIONS`");
        }
    }

    #[test]
    fn every_schema_is_a_schema_of_draft_7() {
        let catalogue = catalogue(&Arc::new(Client::offline()), &Files::none());
        for activity in catalogue.iter() {
            let description = activity.description();
            for schema in [&description.input, &description.output] {
                assert!(jsonschema::draft7::meta::is_valid(schema), "{}: {schema:#}", description.name);
                assert_eq!(schema["additionalProperties"], false, "{}", description.name);
                assert!(!schema.to_string().contains("$ref"), "{}", description.name);
                for (name, property) in schema["properties"].as_object().unwrap() {
                    assert!(property["description"].is_string(), "{}: {name} is not described", description.name);
                }
            }
            for (name, property) in description.input["properties"].as_object().unwrap() {
                let strict = jsonschema::draft7::new(property).unwrap();
                let examples = property["examples"].as_array().map_or(&[][..], Vec::as_slice);
                assert!(!examples.is_empty(), "{}: {name} has no example", description.name);
                for example in examples {
                    assert!(strict.is_valid(example), "{}: {name}: {example} is no such value", description.name);
                }
            }
            let output = description.output["properties"].as_object().unwrap();
            assert_eq!(description.output["required"].as_array().unwrap().len(), output.len(), "{}", description.name);
        }
    }
}
