//! `jira.add_worklog`: one effect, the work, tagged in the same request.

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Failure, OpenEffect, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    adoption::Claimed,
    evidence::{Evidence, bears, tag_of, tag_on},
    key_of, same_issue, subject,
};
use crate::{
    client::{
        Call, ErrorKind, JiraError, Reader, endpoint,
        endpoint::{Operation, Read, Write},
    },
    input::{self, Check, IssueKey, Text, cut, refused},
    permission::BROWSE_PROJECTS,
    resolve::moment,
    scope::ScopeSets,
};

static ADD_WORKLOG: Write<1> = Write::new(
    "POST /rest/api/3/issue/{issueIdOrKey}/worklog",
    ScopeSets::new(
        &["write:jira-work"],
        &[
            "read:avatar:jira",
            "read:group:jira",
            "read:issue-worklog.property:jira",
            "read:issue-worklog:jira",
            "read:project-role:jira",
            "read:user:jira",
            "write:issue-worklog.property:jira",
            "write:issue-worklog:jira",
        ],
    ),
    &[BROWSE_PROJECTS, "WORK_ON_ISSUES"],
)
.tagged();

static GET_WORKLOGS: Read<1> = Read::new(
    "GET /rest/api/3/issue/{issueIdOrKey}/worklog",
    ScopeSets::new(
        &["read:jira-work"],
        &[
            "read:avatar:jira",
            "read:group:jira",
            "read:issue-worklog.property:jira",
            "read:issue-worklog:jira",
            "read:project-role:jira",
            "read:user:jira",
        ],
    ),
    &[BROWSE_PROJECTS],
);

/// What no other activity calls.
pub(super) const OPERATIONS: &[&Operation] = &[ADD_WORKLOG.operation(), GET_WORKLOGS.operation()];

/// Logs work on an issue.
pub(super) struct AddWorklog;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// How long the work took, as Jira writes it: whole weeks, days, hours and minutes (`1w 2d 3h 30m`). How many hours a day has and
    /// how many days a week, the site says.
    #[schemars(
        regex(pattern = r"^[0-9]+[wdhm]( [0-9]+[wdhm])*$"),
        extend("x-expected" = "a time such as `1h 30m`"),
        example = &"1h 30m"
    )]
    time_spent: String,
    /// When the work began; just now, by Jira's clock, if it is left out.
    #[schemars(example = &"2026-01-31T09:30:00+01:00")]
    started: Option<String>,
    /// What was done: Markdown, or an ADF document.
    #[schemars(example = &"Renewed the certificate.")]
    comment: Option<Text>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// The issue's key.
    key: String,
    /// The id of the worklog.
    id: String,
    /// How long the work took, in seconds.
    time_spent_seconds: u64,
}

/// What the effect gives, and the journal keeps.
#[derive(Deserialize, Serialize)]
struct Logged {
    id: String,
    #[serde(rename(deserialize = "timeSpentSeconds"), alias = "time_spent_seconds")]
    time_spent_seconds: u64,
}

/// The work on its way.
pub(super) struct Logging {
    /// The issue's key.
    key: String,
}

/// The name of its effect.
const LOG: &str = "log";

#[async_trait]
impl JiraActivity for AddWorklog {
    type Input = Input;
    type Output = Output;
    type Reads = String;
    type Effect = Logging;

    fn description(&self) -> Description {
        Facts {
            name: "jira.add_worklog",
            summary: "Logs work on an issue.",
            on: "the issue",
            nullable: &[],
            reads: false,
            always: const { &[ADD_WORKLOG.operation()] },
            sometimes: const { &[endpoint::GET_ISSUE.operation(), endpoint::MYSELF.operation(), GET_WORKLOGS.operation()] },
            failures: &[
                ("an input has the wrong form", "`started`: `…` is not a date and time: it takes one such as …"),
                ("no time was spent", "Jira does not log the work on issue `…` (400): …"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the user may not work on the issue", "Jira does not log the work on issue `…` (400): …"),
            ],
        }
        .describe::<Self>()
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        let mut needs = Requirements::default().call(ADD_WORKLOG.operation(), &issue, "logs the work");
        let by_id = matches!(&issue, Subject::Known { key, .. } if input::is_id(key));
        if by_id {
            needs = needs.call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's key");
        }
        needs.0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        let check = Check::of(input).issue("issue").filled_text("comment");
        let started = input.field("started").and_then(|started| started.as_str().map(str::to_owned));
        match started.filter(|started| moment(started).is_none()) {
            Some(wrong) => check.problem("started", no_moment(&wrong)).found(),
            None => check.found(),
        }
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input).filter(|_| path != ["id"])
    }

    /// The issue's key: what was given, or what the id belongs to.
    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<String, Failure> {
        key_of(reader, &attempt.input.issue).await
    }

    fn prepare(&self, attempt: &Attempt<'_, Input>, key: &String) -> Result<Vec<Prepared<Logging>>, Failure> {
        let given = &attempt.input.issue;
        let call = Call::new(&ADD_WORKLOG, [given.as_str()], given.to_string());
        let call = call.body(attempt.input.body()?).writes_to(given.as_str());
        let words = format!("log {} of work on issue {key}", attempt.input.time_spent);
        let named = "the worklog's id: the number after `focusedWorklogId=` in its link";
        let effect = Prepared::new(LOG, format!("issue {key}"), words, call, Logging { key: key.clone() });
        let effect = effect.known(|effect| effect.known_by("ID", named).creating());
        Ok(vec![effect.seen_at(key, "the work log of the issue")])
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, key: String, _: &Reader) -> Result<Output, Failure> {
        let Logged { id, time_spent_seconds } = attempt.done.read(LOG)?;
        Ok(Output { key, id, time_spent_seconds })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        let issue = &attempt.input.issue;
        let call = Call::new(&GET_WORKLOGS, [issue.as_str()], issue.to_string()).query("expand", "properties");
        let found = reader.send(&call).await?;
        let all = found["worklogs"].as_array().map_or(&[][..], Vec::as_slice);
        let tag = tag_of(attempt, open);
        if let Some(ours) = all.iter().find(|worklog| bears(worklog, &tag)) {
            let logged = logged(ours, &issue.to_string())?;
            let evidence = format!("worklog `{}` of {issue} has its tag", logged.id);
            return Ok(Evidence::took(json!(logged), evidence));
        }
        Ok(match found["total"].as_u64() {
            Some(total) if total > all.len() as u64 => {
                Evidence::Unclear(format!("{issue} has {total} worklogs, and Jira shows {} of them", all.len()))
            }
            _ => Evidence::Absent(format!("no worklog of {issue} has its tag")),
        })
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let issue = &attempt.input.issue;
        let call = Call::new(&GET_WORKLOGS, [issue.as_str()], issue.to_string()).query("expand", "properties");
        let found = reader.send(&call).await?;
        let mut all = found["worklogs"].as_array().into_iter().flatten();
        let unfound = || refused(format!("`{}` is not a worklog's id on {issue}", cut(key)));
        let one = all.find(|worklog| worklog["id"] == key).ok_or_else(unfound)?;
        let (author, created, tag) = (&one["author"], &one["created"], tag_on(one));
        let claimed = Claimed { name: format!("worklog `{key}`"), author, created, tag };
        claimed.check(reader, open, &tag_of(attempt, open)).await?;
        Ok(json!(logged(one, &claimed.name)?))
    }
}

#[async_trait]
impl Sending<Input> for Logging {
    async fn send(&self, _: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let logged: Logged = sender.read().await.map_err(|error| refusal(error, &self.key))?;
        Ok(json!(logged))
    }
}

fn logged(worklog: &Value, subject: &str) -> Result<Logged, Failure> {
    Logged::deserialize(worklog)
        .map_err(|cause| JiraError::of_read(subject, ErrorKind::Unreadable(cause.to_string())).into())
}

impl Input {
    /// The body of the request, without its tag.
    fn body(&self) -> Result<Value, Failure> {
        let started = self
            .started
            .as_deref()
            .map(|text| moment(text).ok_or_else(|| refused(no_moment(text)).with_field("started")));
        let given = [
            ("timeSpent", Some(json!(self.time_spent))),
            ("started", started.transpose()?.map(Value::String)),
            ("comment", self.comment.clone().and_then(|text| text.0.into_document())),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(Value::Object(given.collect::<Map<_, _>>()))
    }
}

fn no_moment(text: &str) -> String {
    format!("`{}` is not a date and time: it takes one such as `2026-01-31T09:30:00+01:00`", cut(text))
}

fn refusal(error: JiraError, key: &str) -> Failure {
    if error.kind != ErrorKind::Refused {
        return error.into();
    }
    let words = error.words.clone();
    let blamed = words.fields.iter().find_map(|(field, _)| match field.as_str() {
        "timeLogged" => Some("time_spent"),
        "startDate" => Some("started"),
        "comment" => Some("comment"),
        _ => None,
    });
    let failure = error.retold(&format!("Jira does not log the work on issue `{key}`"), words).with_help(
        "it needs `WORK_ON_ISSUES` in the project, a time of a minute at least, and time tracking that is switched on",
    );
    match blamed {
        Some(field) => failure.with_field(field),
        None => failure,
    }
}
