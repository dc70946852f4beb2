//! `jira.search_issues`: reads the issues that a JQL query finds, page by page. Jira's index lags behind: what was changed
//! a moment ago may be found as it was, or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, Problem, Recovery},
    id::{RunId, StepPath},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Facts, JiraActivity, Requirements};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    issue::{self, Details},
    resolve::Named,
};

/// Searches for issues.
#[derive(Default)]
pub(super) struct SearchIssues {
    /// What steps had found when a rate limit, or a failure that passes, stopped them: their next attempt goes on from
    /// there, so that a search which is longer than a limit allows at once ends all the same.
    unfinished: Mutex<BTreeMap<(RunId, StepPath), Found>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The query, in JQL. It must restrict something. Jira's index lags: what was changed in the last seconds, at times
    /// minutes, may be found as it was before, or not at all.
    #[schemars(length(min = 1), extend("x-text" = "jql"), example = &"project = OPS AND status = \"To Do\" ORDER BY created DESC")]
    jql: String,
    /// Further fields to read: their names as Jira shows them, or their ids (`customfield_10042`).
    #[serde(default)]
    #[schemars(example = ["Severity"])]
    fields: Vec<String>,
    /// How many issues are read at most.
    #[serde(default = "default_limit")]
    #[schemars(range(min = 1, max = 5000), example = 200)]
    limit: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The issues, in the order of the query.
    issues: Vec<Details>,
    /// Whether there are more than `limit`.
    more: bool,
}

/// A page of what was found \[SPEC SearchAndReconcileResults\].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    issues: Vec<Value>,
    #[serde(default)]
    next_page_token: Option<String>,
    #[serde(default)]
    is_last: Option<bool>,
}

/// A field of the site.
#[derive(Deserialize)]
struct Field {
    id: String,
    name: String,
}

/// How many issues are asked for at a time: whole descriptions of so many fit into an answer.
const PAGE: usize = 100;

/// Fifty pages, and their waits.
const TIMEOUT: Duration = Duration::from_secs(300);

impl SearchIssues {
    fn unfinished(&self) -> MutexGuard<'_, BTreeMap<(RunId, StepPath), Found>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ids of further fields, asked for by name.
async fn further(reader: &Reader, wanted: &[String]) -> Result<Vec<Named>, Failure> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let fields: Vec<Field> = reader.read(Call::new(&endpoint::FIELDS, [], "the site's fields")).await?;
    let fields: Vec<_> = fields.into_iter().map(|Field { id, name }| Named { id, name }).collect();
    issue::asked_for(wanted, &fields)
}

/// Finds what is left to be found.
async fn search(reader: &Reader, input: &Input, further: &[Named], found: &mut Found) -> Result<(), Failure> {
    let fields: Vec<_> = issue::FIELDS.into_iter().chain(further.iter().map(|field| field.id.as_str())).collect();
    while found.issues.len() < input.limit && !found.is_whole {
        let length = PAGE.min(input.limit - found.issues.len());
        found.add(page(reader, &input.jql, &fields, length, found.token.as_deref()).await?);
    }
    Ok(())
}

async fn page(
    reader: &Reader,
    jql: &str,
    fields: &[&str],
    length: usize,
    token: Option<&str>,
) -> Result<Page, Failure> {
    let mut body = json!({ "jql": jql, "fields": fields, "maxResults": length });
    if let Some(token) = token {
        body["nextPageToken"] = token.into();
    }
    let call = Call::new(&endpoint::SEARCH_ISSUES, [], "the search").body(body);
    reader.read(call).await.map_err(explain)
}

#[async_trait]
impl JiraActivity for SearchIssues {
    type Input = Input;
    type Output = Output;
    type Reads = Output;
    type Effect = Infallible;

    fn description(&self) -> Description {
        Facts {
            name: "jira.search_issues",
            summary: "Finds issues by JQL, in an index that lags behind.",
            on: "the projects that are searched",
            nullable: &[],
            reads: true,
            always: const { &[endpoint::SEARCH_ISSUES.operation()] },
            sometimes: const { &[endpoint::FIELDS.operation()] },
            failures: &[
                ("the query is empty", "`jql`: it is empty"),
                ("the query has no restriction", "`jql`: it has no restriction, and Jira refuses to search everything"),
                ("the query is wrong, or names what is not there", "Jira refuses the query (400): …"),
                ("a field is not there", "there is no field `…` among …"),
            ],
        }
        .describe::<Self>()
        .within(TIMEOUT)
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        // A query can be about any project: the permission is needed in one at least.
        let needs =
            Requirements::default().call(endpoint::SEARCH_ISSUES.operation(), &Subject::Global, "searches for issues");
        match input.field("fields") {
            None => needs.0,
            Some(Planned::Known(Value::Array(fields))) if fields.is_empty() => needs.0,
            Some(_) => needs.call(endpoint::FIELDS.operation(), &Subject::Global, "looks up `fields` by name").0,
        }
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let jql = input.field("jql");
        let message = jql.as_ref().and_then(Planned::as_str).and_then(wrong);
        let problem =
            |message: &str| Problem { field: "jql".into(), message: message.into(), help: Some(RESTRICT.into()) };
        message.map(problem).into_iter().collect()
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Output, Failure> {
        let input = attempt.input;
        let further = further(reader, &input.fields).await?;
        let step = (attempt.run, attempt.step.clone());
        let mut found = self.unfinished().remove(&step).unwrap_or_default();
        if let Err(failure) = search(reader, input, &further, &mut found).await {
            if failure.recovery != Recovery::Permanent {
                self.unfinished().insert(step, found);
            }
            return Err(failure);
        }
        let more = found.token.is_some() || found.issues.len() > input.limit;
        found.issues.truncate(input.limit);
        let details = |bean: &Value| Details::read(bean, &further, |key| reader.issue_url(key));
        Ok(Output { issues: found.issues.iter().map(details).collect::<Result<_, _>>()?, more })
    }

    async fn output(&self, _: &Attempt<'_, Input>, reads: Output, _: &Reader) -> Result<Output, Failure> {
        Ok(reads)
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    issues: Vec<Value>,
    ids: BTreeSet<String>,
    /// Where the next page begins, if there is one.
    token: Option<String>,
    /// Whether there is nothing more, or nothing new.
    is_whole: bool,
}

impl Found {
    /// Adds a page. An issue that moves in the order while pages are read comes twice, and counts once.
    fn add(&mut self, page: Page) {
        self.token = page.next_page_token.filter(|_| page.is_last != Some(true));
        let before = self.issues.len();
        for bean in page.issues {
            if bean["id"].as_str().is_none_or(|id| self.ids.insert(id.to_owned())) {
                self.issues.push(bean);
            }
        }
        self.is_whole = self.issues.len() == before || self.token.is_none();
    }
}

const RESTRICT: &str = "give at least a project, a status, an assignee or a time: `project = OPS`, `created >= -7d`";

/// What is wrong with a query, as far as it can be seen without asking Jira \[SPEC: unbounded queries are refused\].
fn wrong(jql: &str) -> Option<&'static str> {
    let words: Vec<_> = jql.split_whitespace().take(2).map(str::to_lowercase).collect();
    match words.as_slice() {
        [] => Some("it is empty"),
        [first, second] if first == "order" && second == "by" => {
            Some("it has no restriction, and Jira refuses to search everything")
        }
        _ => None,
    }
}

/// Jira's refusal of a query, in its words.
fn explain(error: JiraError) -> Failure {
    if error.kind != ErrorKind::Refused {
        return error.into();
    }
    let words = error.words.clone();
    error.retold("Jira refuses the query", words).with_field("jql")
}

const fn default_limit() -> usize {
    50
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], token: Option<&str>, is_last: Option<bool>) -> Page {
        let issues = ids.iter().map(|id| json!({ "id": id })).collect();
        Page { issues, next_page_token: token.map(str::to_owned), is_last }
    }

    #[test]
    fn pages_end() {
        let mut found = Found::default();
        let mut add = |page| {
            found.add(page);
            (found.issues.len(), found.token.clone(), found.is_whole)
        };
        let token = |token: &str| Some(token.to_owned());
        assert_eq!(add(page(&["1", "2"], Some("a"), Some(false))), (2, token("a"), false));
        assert_eq!(add(page(&["2", "3"], Some("b"), None)), (3, token("b"), false));
        assert_eq!(add(page(&[], Some("c"), None)), (3, token("c"), true), "nothing new will come");
        assert_eq!(add(page(&["4"], Some("d"), Some(true))), (4, None, true));
        assert_eq!(add(page(&["5"], None, None)), (5, None, true));
    }

    #[test]
    fn a_query_must_restrict_something() {
        let expected = [
            ("", Some("it is empty")),
            (" \n\t", Some("it is empty")),
            ("ORDER  BY key", Some("it has no restriction, and Jira refuses to search everything")),
            ("project = OPS order by key", None),
            ("order = 1", None),
        ];
        for (jql, message) in expected {
            assert_eq!(wrong(jql), message, "{jql:?}");
        }
    }
}
