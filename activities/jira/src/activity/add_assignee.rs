//! `jira.add_assignee`: one effect, which sets the assignee whatever it was.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    evidence::{Evidence, changed_issue, changes, newest_change},
    fields::lookup,
    issue, issue_with_history, names_the_issue, same_issue,
    signs::HISTORY,
    subject, text,
};
use crate::{
    client::{Call, ErrorKind, JiraError, Reader, endpoint},
    input::{Check, IssueKey},
    resolve::{Assignable, Users},
};

/// Assigns an issue.
pub(super) struct AddAssignee;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// Who works on it from now on: an e-mail address, an account id, `me`, `default` (whom the project says) or null
    /// (nobody).
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required, example = &"ann@example.com")]
    assignee: Option<String>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Output {
    /// The issue's key.
    key: String,
    /// The account id of the assignee; null if nobody is, or if it cannot be read whom the project made it.
    account_id: Option<String>,
}

/// What the effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Assigned {
    key: String,
    /// As it was sent: [`DEFAULT`] is not yet anybody.
    account_id: Option<String>,
}

/// What there was before, and who is to be assigned.
pub(super) struct Before {
    id: Value,
    assignee: Option<String>,
    /// The newest entry of its history.
    history: Option<u64>,
    wanted: Assignment,
}

/// Who is to be assigned, and to what.
#[derive(Clone)]
pub(super) struct Assignment {
    key: String,
    who: Who,
}

/// Who is to be assigned.
#[derive(Clone)]
enum Who {
    Nobody,
    Default,
    User(String),
}

/// The account id that stands for the project's default. \[SPEC\]
const DEFAULT: &str = "-1";

/// The name of its effect.
const ASSIGN: &str = "assign";

#[async_trait]
impl JiraActivity for AddAssignee {
    type Input = Input;
    type Output = Output;
    type Reads = Option<Before>;
    type Effect = Assignment;

    fn description(&self) -> Description {
        Facts {
            name: "jira.add_assignee",
            summary: "Assigns an issue to a user, to its project's default, or to nobody.",
            on: "the issue",
            nullable: &["assignee"],
            reads: true,
            always: const { &[endpoint::ASSIGN_ISSUE.operation(), endpoint::GET_ISSUE.operation()] },
            sometimes: const {
                &[
                    endpoint::ASSIGNABLE_USERS.operation(),
                    endpoint::FIND_USERS.operation(),
                    endpoint::MYSELF.operation(),
                ]
            },
            failures: &[
                ("an input has the wrong form", "`assignee`: `…` is not a user: it takes an e-mail address, …"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("nobody has the e-mail address", "Jira finds nobody with the e-mail address `…`"),
                ("the e-mail address is hidden", "it hides the address of …, who may be meant"),
                ("the user cannot be assigned", "exists, but cannot be assigned to issue `…`"),
                ("Jira refuses the account id", "Jira does not assign issue `…` to `…` (400): …"),
                ("the user may not assign the issue", "Jira forbids this (issue `…`) (403)"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let needs = Requirements::default().call(endpoint::ASSIGN_ISSUE.operation(), &issue, "assigns the issue").call(
            endpoint::GET_ISSUE.operation(),
            &issue,
            "reads who was assigned before",
        );
        let who = input.field("assignee");
        lookup(who.as_ref().and_then(Planned::as_str).unwrap_or_default(), "looks up `assignee`", needs).0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        Check::of(input).issue("issue").user("assignee", &["default"]).found()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Option<Before>, Failure> {
        if attempt.done.has(ASSIGN) {
            return Ok(None);
        }
        let given = &attempt.input.issue;
        let before = issue_with_history(reader, given, "assignee").await?;
        let key = text(&before, "key", &given.to_string())?;
        let who = Who::read(attempt.input, reader).await?;
        let wanted = Assignment { key, who };
        let (assignee, history) = (account_id(&before), newest_change(&before));
        Ok(Some(Before { id: before["id"].clone(), assignee, history, wanted }))
    }

    fn prepare(
        &self,
        attempt: &Attempt<'_, Input>,
        reads: &Option<Before>,
    ) -> Result<Vec<Prepared<Assignment>>, Failure> {
        let Some(Before { id, assignee, history, wanted: assignment }) = reads else { return Ok(Vec::new()) };
        let Assignment { key, who } = assignment;
        let (given, wanted) = (&attempt.input.issue, who.sent());
        let call = Call::new(&endpoint::ASSIGN_ISSUE, [given.as_str()], given.to_string());
        let call = call.body(json!({ "accountId": wanted })).writes_to(&**key);
        let baseline = json!({ "key": key, "id": id, "assignee": assignee, "wanted": wanted, "history": history });
        let effect = Prepared::new(ASSIGN, format!("issue {key}"), who.words(key), call, assignment.clone());
        let effect = effect.seen_at(key, HISTORY);
        Ok(vec![effect.known(|effect| {
            effect
                .on(key)
                .with_baseline(baseline)
                .changing("assignee", json!(assignee), json!(wanted))
                .giving(json!(Assigned { key: key.clone(), account_id: wanted.map(str::to_owned) }))
        })])
    }

    async fn output(
        &self,
        attempt: &Attempt<'_, Input>,
        _: Option<Before>,
        reader: &Reader,
    ) -> Result<Output, Failure> {
        let Assigned { key, account_id } = attempt.done.read(ASSIGN)?;
        let account_id = if account_id.as_deref() == Some(DEFAULT) { assigned(reader, &key).await } else { account_id };
        Ok(Output { key, account_id })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let _ = attempt;
        let found = changed_issue(reader, open, "assignee").await?;
        Ok(judged(&found, open, &text(&open.intent.baseline, "key", &open.intent.target)?))
    }

    async fn adopt(
        &self,
        _: &Attempt<'_, Input>,
        OpenEffect { intent, .. }: &OpenEffect,
        key: &str,
        _: &Reader,
    ) -> Result<Value, Failure> {
        names_the_issue(intent, key)?;
        let account_id = intent.baseline["wanted"].as_str().map(str::to_owned);
        Ok(json!(Assigned { key: text(&intent.baseline, "key", &intent.target)?, account_id }))
    }
}

#[async_trait]
impl Sending<Input> for Assignment {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        sender.send().await.map_err(|error| refusal(error, &self.who, &self.key))?;
        Ok(sender.predicted())
    }
}

/// Whether an issue was assigned. Who was assigned since by somebody else stays.
fn judged(found: &Value, open: &OpenEffect, key: &str) -> Evidence {
    let OpenEffect { intent, .. } = open;
    let (before, wanted) = (&intent.baseline["assignee"], &intent.baseline["wanted"]);
    let now = json!(account_id(found));
    let result = json!(Assigned { key: key.to_owned(), account_id: wanted.as_str().map(str::to_owned) });
    if now == *wanted {
        return Evidence::took(result, format!("issue `{key}` is assigned so"));
    }
    if changes(found, "assignee", open).iter().any(|change| change.to == wanted) {
        return Evidence::took(result, format!("issue `{key}` was assigned so, and to somebody else since"));
    }
    if now == *before {
        return Evidence::Absent(format!("the assignee of issue `{key}` is the one from before"));
    }
    Evidence::Unclear(format!("issue `{key}` was assigned since, which may be this effect's doing or somebody else's"))
}

/// Who is assigned now. The effect is done: a read that fails takes nothing back.
async fn assigned(reader: &Reader, key: &str) -> Option<String> {
    let found = issue(reader, &IssueKey::read(key)?, "assignee").await.ok()?;
    account_id(&found)
}

impl Who {
    async fn read(input: &Input, reader: &Reader) -> Result<Self, Failure> {
        let who = match input.assignee.as_deref().map(str::trim) {
            None => return Ok(Self::Nobody),
            Some("default") => return Ok(Self::Default),
            Some(who) => who,
        };
        let users = Users::new(reader, Assignable::Issue(input.issue.as_str()));
        let found = users.assignee(who).await.map_err(|failure| match &failure.field {
            None if failure.status.is_none() => failure.with_field("assignee"),
            _ => failure,
        });
        found.map(Self::User)
    }

    /// As Jira takes it.
    fn sent(&self) -> Option<&str> {
        match self {
            Self::Nobody => None,
            Self::Default => Some(DEFAULT),
            Self::User(account_id) => Some(account_id),
        }
    }

    fn words(&self, key: &str) -> String {
        match self {
            Self::Nobody => format!("take the assignee from issue {key}"),
            Self::Default => format!("assign issue {key} to its project's default"),
            Self::User(account_id) => format!("assign issue {key} to `{account_id}`"),
        }
    }
}

/// The account id of an issue's assignee.
fn account_id(issue: &Value) -> Option<String> {
    issue["fields"]["assignee"]["accountId"].as_str().map(str::to_owned)
}

/// Jira says of an account only that it is wrong.
fn refusal(error: JiraError, who: &Who, key: &str) -> Failure {
    if error.kind != ErrorKind::Refused {
        return error.into();
    }
    let (whom, help) = match who {
        Who::User(account_id) => (
            format!("to `{account_id}`"),
            "the account must exist, be active and be assignable in the project (permission `ASSIGNABLE_USER`); a user is \
             named by an e-mail address, an account id, `me` or `default`, and null is nobody",
        ),
        Who::Default => ("to its project's default".to_owned(), "the project's default assignee may be gone"),
        Who::Nobody => ("to nobody".to_owned(), "the site may not allow issues that nobody is assigned to"),
    };
    let words = error.words.clone();
    error.retold(&format!("Jira does not assign issue `{key}` {whom}"), words).with_field("assignee").with_help(help)
}
