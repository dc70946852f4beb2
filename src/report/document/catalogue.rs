//! The documents of what does not change: activities and codes.

use std::{borrow::Cow, collections::BTreeSet};

use flowrun_engine::{
    activity::{Activity, Description},
    diagnostic::Page,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::report::FORMAT_VERSION;

/// `flowrun activities`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActivitiesDocument {
    format_version: &'static str,
    /// In order of name.
    activities: Vec<ActivityView>,
}

/// An activity.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActivityView {
    /// Its name.
    name: String,
    /// What it does.
    summary: &'static str,
    /// Whether it asks for effects.
    writes: bool,
    /// How long an attempt may take where the definition does not say.
    timeout_seconds: u64,
    /// The scopes it needs: all of `classic`, or all of `granular`.
    scopes: ScopesView,
    /// The permissions it needs.
    permissions: Vec<PermissionView>,
    /// What it calls.
    endpoints: Vec<&'static str>,
    /// What may fail, and how it is said.
    failures: Vec<FailureView>,
    /// The JSON Schema of its inputs.
    input: Value,
    /// The JSON Schema of its output.
    output: Value,
}

/// Two sets of scopes of which either suffices.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ScopesView {
    classic: BTreeSet<String>,
    granular: BTreeSet<String>,
}

/// A permission.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PermissionView {
    /// Its key.
    key: String,
    /// On what it is needed.
    on: &'static str,
}

/// Something that may fail.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureView {
    /// What is wrong.
    when: &'static str,
    /// How it is said; `…` stands for what differs.
    said: &'static str,
}

/// `flowrun explain`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExplainDocument {
    format_version: &'static str,
    /// The codes that were asked for, with their pages.
    codes: Vec<PageView>,
}

/// A code's page.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PageView {
    code: String,
    title: &'static str,
    /// The page, Markdown.
    text: &'static str,
}

impl ActivitiesDocument {
    /// These activities.
    pub(crate) fn new<'a>(activities: impl Iterator<Item = &'a dyn Activity>) -> Self {
        let activities = activities.map(|activity| ActivityView::new(activity.description())).collect();
        Self { format_version: FORMAT_VERSION, activities }
    }
}

impl ActivityView {
    fn new(description: &Description) -> Self {
        let names = |scopes: &BTreeSet<_>| scopes.iter().map(ToString::to_string).collect();
        Self {
            name: description.name.to_string(),
            summary: description.summary,
            writes: description.writes,
            timeout_seconds: description.timeout.as_secs(),
            scopes: ScopesView {
                classic: names(&description.scopes.classic),
                granular: names(&description.scopes.granular),
            },
            permissions: description.permissions.iter().map(PermissionView::new).collect(),
            endpoints: description.endpoints.clone(),
            failures: description.failures.iter().map(|&(when, said)| FailureView { when, said }).collect(),
            input: (*description.input).clone(),
            output: (*description.output).clone(),
        }
    }
}

impl PermissionView {
    fn new((key, on): &(Cow<'static, str>, &'static str)) -> Self {
        Self { key: key.to_string(), on }
    }
}

impl ExplainDocument {
    /// These pages.
    pub(crate) fn new<'a>(pages: impl IntoIterator<Item = &'a Page>) -> Self {
        let view = |page: &Page| PageView { code: page.code.to_string(), title: page.title, text: page.text };
        Self { format_version: FORMAT_VERSION, codes: pages.into_iter().map(view).collect() }
    }
}
