//! `jira.add_watcher`: one effect, unless the user watches the issue already.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, Intent, OpenEffect, Problem},
    diagnostic::Code,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending, evidence::Evidence, issue, names_the_issue,
    same_issue, subject, text,
};
use crate::{
    client::{
        Call, ErrorKind, JiraError, Reader, endpoint,
        endpoint::{Operation, Read, Write},
    },
    input::{Check, IssueKey, is_email},
    permission::BROWSE_PROJECTS,
    resolve::anybody,
    scope::ScopeSets,
};

static ADD_WATCHER: Write<1> = Write::new(
    "POST /rest/api/3/issue/{issueIdOrKey}/watchers",
    ScopeSets::new(&["write:jira-work"], &["write:issue.watcher:jira"]),
    &[BROWSE_PROJECTS],
);

static GET_WATCHERS: Read<1> = Read::new(
    "GET /rest/api/3/issue/{issueIdOrKey}/watchers",
    ScopeSets::new(&["read:jira-work"], &["read:avatar:jira", "read:issue.watcher:jira", "read:user:jira"]),
    &[BROWSE_PROJECTS],
);

/// What no other activity calls.
pub(super) const OPERATIONS: &[&Operation] = &[ADD_WATCHER.operation(), GET_WATCHERS.operation()];

/// To have others watch.
const MANAGE_WATCHERS: &str = "MANAGE_WATCHERS";

/// Has a user watch an issue.
pub(super) struct AddWatcher;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Who watches it from now on: an e-mail address, an account id or `me`. Only `me` needs no permission to manage watchers.
    #[schemars(example = &"ann@example.com")]
    user: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The issue's key.
    key: String,
    /// The account id of the user.
    account_id: String,
    /// Whether the user was seen to watch it before, so that nothing was done.
    existed: bool,
}

/// What the effect gives, and the journal keeps.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Watching {
    key: String,
    account_id: String,
}

/// Who is to watch, and whether it is so already.
pub(super) struct Before {
    id: Value,
    watching: Watching,
    existed: bool,
}

/// The name of its effect.
const WATCH: &str = "watch";

#[async_trait]
impl JiraActivity for AddWatcher {
    type Input = Input;
    type Output = Output;
    type Reads = Option<Before>;
    type Effect = Watching;

    fn description(&self) -> Description {
        Facts {
            name: "jira.add_watcher",
            summary: "Has a user watch an issue, unless the user already does.",
            on: "the issue",
            nullable: &[],
            reads: true,
            always: const { &[ADD_WATCHER.operation(), GET_WATCHERS.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: const { &[endpoint::FIND_USERS.operation(), endpoint::MYSELF.operation()] },
            failures: &[
                ("an input has the wrong form", "`user`: `…` is not a user: it takes an e-mail address, …"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("nobody has the e-mail address", "nobody with the e-mail address `…`"),
                ("the e-mail address is hidden", "it hides the address of …, who may be meant"),
                ("the account does not exist", "Jira does not let `…` watch issue `…` (404): …"),
                ("the account may not see the issue", "Jira does not let `…` watch issue `…` (400): …"),
                ("the user may not manage watchers", "Jira forbids this (issue `…`) (403)"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let needs = Requirements::default()
            .call(ADD_WATCHER.operation(), &issue, "adds the watcher")
            .call(GET_WATCHERS.operation(), &issue, "reads who watches the issue")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's key");
        let user = input.field("user");
        let needs = match user.as_ref().and_then(Planned::as_str).map(str::trim) {
            Some("me") => return needs.call(endpoint::MYSELF.operation(), &Subject::Global, "looks up `user`").0,
            Some(who) if is_email(who) => {
                needs.call(endpoint::FIND_USERS.operation(), &Subject::Global, "looks up `user`")
            }
            Some(_) => needs,
            // It may turn out to be `me`.
            None => return needs.known_to_need(MANAGE_WATCHERS, &issue, "adds another user as watcher").0,
        };
        needs.needing(MANAGE_WATCHERS, &issue, "adds another user as watcher").0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").user("user", &[]).found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Before>, Failure> {
        if attempt.done.has(WATCH) {
            return Ok(None);
        }
        let Input { issue: given, user } = attempt.input;
        let found = issue(reader, given, "summary").await?;
        let key = text(&found, "key", &given.to_string())?;
        let account_id = anybody(reader, user).await.map_err(|failure| match failure.code {
            Code::INPUT_REFUSED => failure.with_field("user"),
            _ => failure,
        })?;
        let seen = reader.send(&Call::new(&GET_WATCHERS, [&*key], format!("issue `{key}`"))).await?;
        let existed = watches(&seen, &account_id);
        Ok(Some(Before { id: found["id"].clone(), watching: Watching { key, account_id }, existed }))
    }

    fn prepare(&self, _: &Attempt<'_, Input>, reads: &Option<Before>) -> Result<Vec<Prepared<Watching>>, Failure> {
        let Some(Before { id, watching, existed: false }) = reads else { return Ok(Vec::new()) };
        let Watching { key, account_id } = watching;
        let call = Call::new(&ADD_WATCHER, [key], format!("issue `{key}`")).body(json!(account_id)).writes_to(key);
        let words = format!("have `{account_id}` watch issue {key}");
        let effect = Prepared::new(WATCH, format!("issue {key}"), words, call, watching.clone());
        let effect = effect.seen_at(key, "the watchers of the issue");
        Ok(vec![effect.known(|effect| {
            effect
                .on(key)
                .with_baseline(json!({ "key": key, "id": id, "wanted": account_id }))
                .changing("watchers", Value::Null, json!(account_id))
                .giving(json!(watching))
        })])
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, reads: Option<Before>, _: &Reader) -> Result<Output, Failure> {
        let (Watching { key, account_id }, existed) = match reads {
            Some(Before { watching, existed: true, .. }) => (watching, true),
            _ => (attempt.done.read(WATCH)?, false),
        };
        Ok(Output { key, account_id, existed })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let _ = attempt;
        let Watching { key, account_id } = watching(&open.intent)?;
        let seen = reader.send(&Call::new(&GET_WATCHERS, [&*key], format!("issue `{key}`"))).await?;
        Ok(if watches(&seen, &account_id) {
            let evidence = format!("`{account_id}` watches issue `{key}`");
            Evidence::took(json!(Watching { key, account_id }), evidence)
        } else {
            // Who may not see the watchers sees none; then it is asked for once more, which changes nothing.
            Evidence::Absent(format!("`{account_id}` is not seen to watch issue `{key}`"))
        })
    }

    async fn adopt(
        &self,
        _: &Attempt<'_, Input>,
        OpenEffect { intent, .. }: &OpenEffect,
        key: &str,
        _: &Reader,
    ) -> Result<Value, Failure> {
        names_the_issue(intent, key)?;
        Ok(json!(watching(intent)?))
    }
}

#[async_trait]
impl Sending<Input> for Watching {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        sender.send().await.map_err(|error| refusal(error, self))?;
        Ok(sender.predicted())
    }
}

/// Who was to watch what.
fn watching(Intent { baseline, target, .. }: &Intent) -> Result<Watching, Failure> {
    Ok(Watching { key: text(baseline, "key", target)?, account_id: text(baseline, "wanted", target)? })
}

/// Whether a user is seen to watch an issue. Who may not see the watchers sees only oneself.
fn watches(seen: &Value, account_id: &str) -> bool {
    seen["watchers"].as_array().into_iter().flatten().any(|user| user["accountId"] == account_id)
}

/// The issue was read just before: what Jira does not find, or does not take, is the account.
fn refusal(error: JiraError, watching: &Watching) -> Failure {
    if !matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused) {
        let forbidden = error.kind == ErrorKind::Forbidden;
        let failure = Failure::from(error);
        let help = format!("to have others watch it needs `{MANAGE_WATCHERS}`; ask an administrator of the project");
        return if forbidden { failure.with_help(help) } else { failure };
    }
    let Watching { key, account_id } = watching;
    let words = error.words.clone();
    let said = error.retold(&format!("Jira does not let `{account_id}` watch issue `{key}`"), words);
    said.with_field("user")
        .with_help("the account must exist, be active and see the issue; and the site must let users watch issues")
}
