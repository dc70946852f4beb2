//! Jira's operations that flowrun uses: each a constant with its path template, its scopes and its permissions. What one activity
//! alone calls it states in its own file.
//!
//! Activities name them in their descriptions and call them; the contract test compares the two.

use std::{marker::PhantomData, time::Duration};

use crate::{
    permission::{
        ADD_COMMENTS, ADMINISTER, ASSIGN_ISSUES, BROWSE_PROJECTS, CREATE_ATTACHMENTS, CREATE_ISSUES, DELETE_ISSUES,
        EDIT_ISSUES, TRANSITION_ISSUES,
    },
    scope::{self, ScopeSets},
};

/// An operation with `PARTS` places in its path, which `Does` one of two things: [`Reads`] or [`Writes`].
#[derive(Debug)]
pub(crate) struct Endpoint<const PARTS: usize, Does>(Operation, PhantomData<Does>);

/// For how long answers are remembered that change when somebody configures the site, or never.
const MINUTES: Duration = Duration::from_secs(5 * 60);

/// What has no effect at Jira.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reads {}

/// What has an effect at Jira.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writes {}

/// An endpoint that reads.
pub(crate) type Read<const PARTS: usize> = Endpoint<PARTS, Reads>;

/// An endpoint that writes.
pub(crate) type Write<const PARTS: usize> = Endpoint<PARTS, Writes>;

/// What is the same for every call of an operation.
#[derive(Debug, PartialEq)]
pub(crate) struct Operation {
    /// Method and path template: `GET /rest/api/3/issue/{issueIdOrKey}`.
    pub(crate) name: &'static str,
    /// Whether it changes anything at Jira.
    pub(crate) effect: bool,
    /// For how long its answers may be remembered, where they do not change within minutes.
    pub(crate) lifetime: Option<Duration>,
    /// Whether its body takes properties, by which what it makes or changes is tagged.
    pub(crate) takes_tag: bool,
    /// Whether its answer is a file. Of that only the `size` is read, in bytes, and the `sha256`, in hexadecimal digits.
    pub(crate) gives_file: bool,
    /// The scopes that the access token needs for it.
    pub(crate) scopes: ScopeSets,
    /// The permissions that Jira documents for it.
    pub(crate) permissions: &'static [&'static str],
}

impl<const PARTS: usize> Read<PARTS> {
    /// Method and path template, the scopes that it needs, and the permissions that Jira documents for it.
    pub(crate) const fn new(name: &'static str, scopes: ScopeSets, permissions: &'static [&'static str]) -> Self {
        Self::of(Operation {
            name,
            effect: false,
            lifetime: None,
            takes_tag: false,
            gives_file: false,
            scopes,
            permissions,
        })
    }

    /// The same, of a file's content.
    pub(crate) const fn of_file(self) -> Self {
        Self::of(Operation { gives_file: true, ..self.0 })
    }

    /// The same, its answers remembered for a while.
    pub(crate) const fn remembered(self) -> Self {
        Self::of(Operation { lifetime: Some(MINUTES), ..self.0 })
    }
}

impl<const PARTS: usize> Write<PARTS> {
    /// Method and path template, the scopes that it needs, and the permissions that Jira documents for it.
    pub(crate) const fn new(name: &'static str, scopes: ScopeSets, permissions: &'static [&'static str]) -> Self {
        Self::of(Operation {
            name,
            effect: true,
            lifetime: None,
            takes_tag: false,
            gives_file: false,
            scopes,
            permissions,
        })
    }

    /// The same, tagged with the effect that it is sent for.
    pub(crate) const fn tagged(self) -> Self {
        Self::of(Operation { takes_tag: true, ..self.0 })
    }
}

impl<const PARTS: usize, Does> Endpoint<PARTS, Does> {
    const fn of(operation: Operation) -> Self {
        assert!(places(operation.name) == PARTS);
        Self(operation, PhantomData)
    }

    /// What is the same for every call.
    pub(crate) const fn operation(&self) -> &Operation {
        &self.0
    }
}

impl Operation {
    /// `GET`, and `/rest/api/3/issue/{issueIdOrKey}`.
    pub(crate) fn method_and_template(&self) -> (&'static str, &'static str) {
        self.name.split_once(' ').expect("every name is a method and a path")
    }
}

pub(crate) static CREATE_ISSUE: Write<0> =
    Write::new("POST /rest/api/3/issue", scope::CREATE_ISSUE, &[BROWSE_PROJECTS, CREATE_ISSUES]).tagged();

pub(crate) static GET_ISSUE: Read<1> =
    Read::new("GET /rest/api/3/issue/{issueIdOrKey}", scope::GET_ISSUE, &[BROWSE_PROJECTS]);

pub(crate) static DELETE_ISSUE: Write<1> =
    Write::new("DELETE /rest/api/3/issue/{issueIdOrKey}", scope::DELETE_ISSUE, &[BROWSE_PROJECTS, DELETE_ISSUES]);

pub(crate) static EDIT_ISSUE: Write<1> =
    Write::new("PUT /rest/api/3/issue/{issueIdOrKey}", scope::WRITE_ISSUE, &[BROWSE_PROJECTS, EDIT_ISSUES]).tagged();

pub(crate) static EDIT_FIELDS: Read<1> =
    Read::new("GET /rest/api/3/issue/{issueIdOrKey}/editmeta", scope::EDIT_METADATA, &[BROWSE_PROJECTS]);

pub(crate) static ASSIGN_ISSUE: Write<1> =
    Write::new("PUT /rest/api/3/issue/{issueIdOrKey}/assignee", scope::WRITE_ISSUE, &[BROWSE_PROJECTS, ASSIGN_ISSUES]);

pub(crate) static GET_TRANSITIONS: Read<1> =
    Read::new("GET /rest/api/3/issue/{issueIdOrKey}/transitions", scope::GET_TRANSITIONS, &[BROWSE_PROJECTS]);

pub(crate) static DO_TRANSITION: Write<1> = Write::new(
    "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
    scope::DO_TRANSITION,
    &[BROWSE_PROJECTS, TRANSITION_ISSUES],
)
.tagged();

pub(crate) static ADD_COMMENT: Write<1> =
    Write::new("POST /rest/api/3/issue/{issueIdOrKey}/comment", scope::ADD_COMMENT, &[BROWSE_PROJECTS, ADD_COMMENTS])
        .tagged();

pub(crate) static GET_COMMENT: Read<2> =
    Read::new("GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}", scope::GET_COMMENT, &[BROWSE_PROJECTS]);

pub(crate) static GET_COMMENTS: Read<1> =
    Read::new("GET /rest/api/3/issue/{issueIdOrKey}/comment", scope::GET_COMMENT, &[BROWSE_PROJECTS]);

/// The tag of a comment comes with it, and nobody changes it: a look that was cut off by a rate limit need not read it again.
pub(crate) static GET_COMMENT_PROPERTY: Read<2> = Read::new(
    "GET /rest/api/3/comment/{commentId}/properties/{propertyKey}",
    scope::COMMENT_PROPERTY,
    &[BROWSE_PROJECTS],
)
.remembered();

pub(crate) static FETCH_ISSUES: Read<0> =
    Read::new("POST /rest/api/3/issue/bulkfetch", scope::GET_ISSUE, &[BROWSE_PROJECTS]);

pub(crate) static ADD_ATTACHMENT: Write<1> = Write::new(
    "POST /rest/api/3/issue/{issueIdOrKey}/attachments",
    scope::ADD_ATTACHMENT,
    &[BROWSE_PROJECTS, CREATE_ATTACHMENTS],
);

pub(crate) static ATTACHMENT_META: Read<0> =
    Read::new("GET /rest/api/3/attachment/meta", scope::ATTACHMENT_META, &[]).remembered();

pub(crate) static CREATE_PROJECT: Write<0> =
    Write::new("POST /rest/api/3/project", scope::CREATE_PROJECT, &[ADMINISTER]);

pub(crate) static VALIDATE_PROJECT_KEY: Read<0> =
    Read::new("GET /rest/api/3/projectvalidate/key", scope::VALIDATE_PROJECT_KEY, &[]);

pub(crate) static GET_PROJECT: Read<1> =
    Read::new("GET /rest/api/3/project/{projectIdOrKey}", scope::GET_PROJECT, &[BROWSE_PROJECTS]).remembered();

pub(crate) static SEARCH_ISSUES: Read<0> =
    Read::new("POST /rest/api/3/search/jql", scope::SEARCH_ISSUES, &[BROWSE_PROJECTS]);

pub(crate) static FIELDS: Read<0> = Read::new("GET /rest/api/3/field", scope::FIELDS, &[]).remembered();

pub(crate) static CREATABLE_ISSUE_TYPES: Read<1> =
    Read::new("GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes", scope::CREATE_METADATA, &[CREATE_ISSUES])
        .remembered();

pub(crate) static CREATE_FIELDS: Read<2> = Read::new(
    "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
    scope::CREATE_METADATA,
    &[CREATE_ISSUES],
)
.remembered();

pub(crate) static ASSIGNABLE_USERS: Read<0> =
    Read::new("GET /rest/api/3/user/assignable/search", scope::ASSIGNABLE_USERS, &[]).remembered();

pub(crate) static FIND_USERS: Read<0> = Read::new("GET /rest/api/3/user/search", scope::FIND_USERS, &[]).remembered();

pub(crate) static MYSELF: Read<0> = Read::new("GET /rest/api/3/myself", scope::MYSELF, &[]).remembered();

pub(crate) static MY_PERMISSIONS: Read<0> = Read::new("GET /rest/api/3/mypermissions", scope::MY_PERMISSIONS, &[]);

pub(crate) static SERVER_INFO: Read<0> = Read::new("GET /rest/api/3/serverInfo", scope::NONE, &[]);

/// All that are stated here.
pub(crate) fn shared() -> [&'static Operation; 27] {
    [
        CREATE_ISSUE.operation(),
        GET_ISSUE.operation(),
        DELETE_ISSUE.operation(),
        EDIT_ISSUE.operation(),
        EDIT_FIELDS.operation(),
        ASSIGN_ISSUE.operation(),
        GET_TRANSITIONS.operation(),
        DO_TRANSITION.operation(),
        FIND_USERS.operation(),
        ADD_COMMENT.operation(),
        GET_COMMENT.operation(),
        GET_COMMENTS.operation(),
        GET_COMMENT_PROPERTY.operation(),
        FETCH_ISSUES.operation(),
        ADD_ATTACHMENT.operation(),
        ATTACHMENT_META.operation(),
        CREATE_PROJECT.operation(),
        VALIDATE_PROJECT_KEY.operation(),
        GET_PROJECT.operation(),
        SEARCH_ISSUES.operation(),
        FIELDS.operation(),
        CREATABLE_ISSUE_TYPES.operation(),
        CREATE_FIELDS.operation(),
        ASSIGNABLE_USERS.operation(),
        MYSELF.operation(),
        MY_PERMISSIONS.operation(),
        SERVER_INFO.operation(),
    ]
}

/// How many places a path template has.
const fn places(name: &str) -> usize {
    let bytes = name.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            count += 1;
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use flowrun_engine::requirement::Scopes;
    use serde_json::Value;

    use super::*;
    use crate::activity::operations;

    /// The reference table, where this checkout has it beside it.
    fn reference() -> Option<Vec<Value>> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/jira/scopes.json");
        let text = std::fs::read_to_string(path).ok()?;
        Some(serde_json::from_str(&text).expect("the reference is JSON"))
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn scopes_are_those_of_the_reference() {
        let Some(reference) = reference() else {
            eprintln!("skipped: no reference table of scopes beside this checkout");
            return;
        };
        for operation in operations() {
            let record = reference
                .iter()
                .find(|record| {
                    let text = |name: &str| record[name].as_str().unwrap_or_default();
                    format!("{} {}", text("method"), text("path")) == operation.name
                })
                .unwrap_or_else(|| panic!("the reference has no {}", operation.name));
            let set = |name: &str| -> BTreeSet<_> {
                let names: Vec<String> = serde_json::from_value(record[name].clone()).expect("a list of texts");
                names.into_iter().map(Into::into).collect()
            };
            let expected = Scopes { classic: set("classic"), granular: set("granular") };
            assert_eq!(operation.scopes.scopes(), expected, "{}", operation.name);
            assert_eq!(record["deprecated"], false, "{}", operation.name);
        }
    }

    /// What a run changes itself, or waits for, is read as it is.
    #[test]
    fn what_is_remembered_is_what_only_the_configuration_changes_or_nobody() {
        let remembered: BTreeSet<_> = operations().filter(|one| one.lifetime.is_some()).map(|one| one.name).collect();
        let expected = [
            "GET /rest/api/3/attachment/meta",
            "GET /rest/api/3/comment/{commentId}/properties/{propertyKey}",
            "GET /rest/api/3/field",
            "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
            "GET /rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
            "GET /rest/api/3/issueLinkType",
            "GET /rest/api/3/myself",
            "GET /rest/api/3/project/{projectIdOrKey}",
            "GET /rest/api/3/user",
            "GET /rest/api/3/user/assignable/search",
            "GET /rest/api/3/user/search",
        ];
        assert_eq!(remembered, expected.into());
    }

    #[test]
    fn what_takes_properties_is_tagged() {
        let tagged: BTreeSet<_> = operations().filter(|one| one.takes_tag).map(|one| one.name).collect();
        let expected = [
            "POST /rest/api/3/issue",
            "POST /rest/api/3/issue/{issueIdOrKey}/comment",
            "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
            "POST /rest/api/3/issue/{issueIdOrKey}/worklog",
            "PUT /rest/api/3/issue/{issueIdOrKey}",
        ];
        assert_eq!(tagged, expected.into());
    }

    #[test]
    fn what_is_not_a_get_is_an_effect() {
        for operation in operations() {
            let questions = [SEARCH_ISSUES.operation().name, FETCH_ISSUES.operation().name];
            let reads = operation.method_and_template().0 == "GET" || questions.contains(&operation.name);
            assert_eq!(operation.effect, !reads, "{}", operation.name);
        }
    }
}
