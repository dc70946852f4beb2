//! `jira.add_attachment`: one effect per file, in order. Every file is looked at before the first is sent.

mod given;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Activity, Attempt, Description, Failure, Intent, Problem},
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::given::{Found, Given, Ready};
use super::{Facts, Progress, Requirements, issue, same_issue, subject, text};
use crate::{
    client::{Call, Client, JiraError, Kind, endpoint},
    files::Files,
    input::{self, IssueKey, refused},
    schema,
};

/// Attaches files to an issue.
pub(super) struct AddAttachment {
    client: Arc<Client>,
    files: Files,
    description: Description,
}

/// A large file on a slow line.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["file"] }, { "required": ["files"] }, { "required": ["content"] }]))]
struct Input {
    /// The issue: its key or id.
    #[schemars(example = &"OPS-7")]
    issue: IssueKey,
    /// The file to attach: a path inside the definition's folder, or inside the directory that `--files` names. Either this,
    /// `files`, or `name` and `content`.
    #[schemars(length(min = 1), example = &"logs/build.txt")]
    file: Option<String>,
    /// Several files, attached in order.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1)), example = ["logs/build.txt", "logs/test.txt"])]
    files: Option<Vec<String>>,
    /// The name of the file that `content` becomes.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[^/]+$"), extend("x-expected" = "the name of a file, which has no `/`"), example = &"report.txt")]
    name: Option<String>,
    /// The text of a file that is made of it, and named by `name`.
    #[schemars(example = &"All checks passed.")]
    content: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    /// The issue's key.
    key: String,
    /// The attachments, in order.
    attachments: Vec<Attached>,
}

/// An attachment: what an effect gives, and the journal keeps.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Attached {
    /// The id.
    id: String,
    /// The name, as Jira keeps it.
    filename: String,
    /// The length in bytes.
    size: u64,
    /// The type, such as `text/plain`.
    mime_type: String,
    /// Where its content is.
    url: String,
}

/// The site's settings \[SPEC AttachmentSettings\].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    #[serde(default)]
    enabled: Option<bool>,
    /// In bytes.
    #[serde(default)]
    upload_limit: Option<u64>,
}

impl AddAttachment {
    pub(super) fn new(client: Arc<Client>, files: Files) -> Self {
        let description = Facts {
            name: "jira.add_attachment",
            summary: "Attaches one file or several to an issue.",
            on: "the issue",
            input: schema::of_input::<Input>(&[]),
            output: schema::of_output::<Output>(),
            reads: true,
            always: const {
                &[
                    endpoint::ADD_ATTACHMENT.operation(),
                    endpoint::ATTACHMENT_META.operation(),
                    endpoint::GET_ISSUE.operation(),
                ]
            },
            sometimes: &[],
            failures: &[
                ("an input has a wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
                ("a string has no name", "`content`: it needs `name`"),
                ("the file is not there", "there is no file `…` in `…`"),
                ("it is a directory, a named pipe, a socket or a device", "`…` in `…` is …, not a file"),
                ("its path leads out of the directory", "`…` leads out of `…`, where files are taken from"),
                ("it cannot be read", "`…` cannot be read: …"),
                ("it changes while it is being sent", "`…` changed while it was being read"),
                ("it is larger than the site allows", "`…` has … bytes, and the site takes at most …"),
                ("attachments are switched off", "attachments are switched off on this site"),
                ("the issue is not there", "issue `…` does not exist, or is not visible to the user (404)"),
                ("the user may not attach files", "Jira forbids this (issue `…`) (403)"),
                ("one of several files fails", "file … of … (added before: …): …"),
            ],
        }
        .describe();
        Self { client, files, description: Description { timeout: TIMEOUT, ..description } }
    }

    /// Refuses what the site does not take.
    async fn check_limits(&self, files: &[Found]) -> Result<(), Failure> {
        let limits: Limits =
            self.client.read(Call::new(&endpoint::ATTACHMENT_META, [], "the site's settings for attachments")).await?;
        if limits.enabled == Some(false) {
            return Err(refused("attachments are switched off on this site")
                .with_help("a Jira administrator can switch them on"));
        }
        let Some(limit) = limits.upload_limit else { return Ok(()) };
        match files.iter().find(|file| file.size > limit) {
            Some(large) => {
                Err(refused(format!("`{}` has {} bytes, and the site takes at most {limit}", large.name, large.size))
                    .with_field(&*large.field))
            }
            None => Ok(()),
        }
    }

    async fn attach(&self, key: &str, file: &Ready) -> Result<Value, Failure> {
        let subject = format!("issue `{key}`");
        let call = Call::new(&endpoint::ADD_ATTACHMENT, [key], subject.clone()).upload(file.upload.clone());
        let attached = self.client.send(&call.writes_to(key)).await.map_err(|error| match error.kind {
            Kind::Refused | Kind::Unsent(_) => Failure::from(error).with_field(&*file.field),
            _ => error.into(),
        })?;
        // The request had an effect, whatever its answer says.
        attached_of(&attached[0], &subject).map(|attached| json!(attached)).map_err(Failure::in_doubt)
    }
}

#[async_trait]
impl Activity for AddAttachment {
    fn description(&self) -> &Description {
        &self.description
    }

    fn requirements(&self, input: &Planned) -> Vec<Requirement> {
        let issue = subject(input, "issue", "issue");
        Requirements::default()
            .call(endpoint::ADD_ATTACHMENT.operation(), &issue, "attaches files to the issue")
            .call(endpoint::GET_ISSUE.operation(), &issue, "reads the issue's attachments")
            .call(endpoint::ATTACHMENT_META.operation(), &issue, "reads how large a file may be")
            .0
    }

    fn problems(&self, input: &Planned) -> Vec<Problem> {
        [given::malformed(input), given::unusable(input, &self.files)].concat()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    async fn run(&self, input: &Value, attempt: &Attempt) -> Result<Value, Failure> {
        input::refuse(given::malformed(&Planned::Known(input.clone())))?;
        let input: Input = input::read(input)?;
        let issue_key = input.issue.clone();
        let given = Given::new(input.file, input.files, input.name, input.content)?;
        let mut progress = Progress::new("file", given.count());
        let found = given.find(&self.files, attempt)?;
        self.check_limits(&found).await?;
        let mut ready = Vec::new();
        for file in found {
            ready.push(file.read().await?);
        }
        let found = issue(self.client.reader(), &issue_key, "attachment").await?;
        let key = text(&found, "key", &issue_key.to_string())?;
        let mut baseline = ids(&found);
        let mut attachments: Vec<Attached> = Vec::new();
        for number in given.numbers() {
            let attached = match ready.iter().find(|file| file.number == number) {
                Some(file) => {
                    let intent = intent(&key, file, &baseline);
                    let attached =
                        attempt.effect(&effect(number), intent, async |_| self.attach(&key, file).await).await;
                    attached.map_err(|failure| progress.blame(failure))?
                }
                None => attempt.result(&effect(number)).expect("only what was attached before is not made ready"),
            };
            let attached: Attached = input::read(&attached)?;
            baseline.push(attached.id.clone());
            progress.done(format!("`{}` ({})", attached.filename, attached.id));
            attachments.push(attached);
        }
        Ok(json!(Output { key, attachments }))
    }

    async fn adopt(&self, input: &Value, intent: &Intent, key: &str, _: &Attempt) -> Result<Value, Failure> {
        let input: Input = input::read(input)?;
        let found = issue(self.client.reader(), &input.issue, "attachment").await?;
        let listed = found["fields"]["attachment"].as_array().into_iter().flatten();
        let Some(bean) = listed.into_iter().find(|bean| bean["id"] == key) else {
            let message = format!("{} has no attachment with the id `{key}`", input.issue);
            return Err(refused(message).with_help("give the attachment's id: the number in its address"));
        };
        let attached = attached_of(bean, &input.issue.to_string())?;
        let before = intent.baseline["attachments"].as_array().into_iter().flatten();
        if before.into_iter().any(|id| *id == key) {
            return Err(refused(format!("attachment `{key}` (`{}`) was there before", attached.filename)));
        }
        let wanted = &intent.baseline["file"];
        if wanted["size"] != attached.size {
            let (name, size) = (&attached.filename, attached.size);
            let sent = format!("{} with {} bytes", wanted["filename"], wanted["size"]);
            return Err(refused(format!("attachment `{key}` is `{name}` with {size} bytes, and {sent} was sent")));
        }
        Ok(json!(attached))
    }
}

/// The intent to attach a file. What was attached before, and what the file is, shows later whether it happened.
fn intent(key: &str, file: &Ready, attachments: &[String]) -> Intent {
    let upload = &file.upload;
    let body = json!({ "filename": upload.name, "size": upload.size, "sha256": upload.sha256 });
    let words = format!("attach `{}` ({} bytes) to issue {key}", upload.name, upload.size);
    let baseline = json!({ "attachments": attachments, "file": body });
    Intent::new(format!("issue {key}"), words, &body)
        .known_by("ID", "the attachment's id: the number in its address")
        .with_baseline(baseline)
        .creating()
}

/// The name of the effect that attaches a file.
fn effect(number: u32) -> String {
    format!("file/{number}")
}

/// The ids of an issue's attachments.
fn ids(issue: &Value) -> Vec<String> {
    let all = issue["fields"]["attachment"].as_array().into_iter().flatten();
    all.filter_map(|bean| bean["id"].as_str()).map(str::to_owned).collect()
}

/// An attachment as Jira gives it.
fn attached_of(bean: &Value, subject: &str) -> Result<Attached, Failure> {
    let size = bean["size"].as_u64();
    let unreadable = || JiraError::of_read(subject, Kind::Unreadable("an attachment has no `size`".into()));
    Ok(Attached {
        id: text(bean, "id", subject)?,
        filename: text(bean, "filename", subject)?,
        size: size.ok_or_else(unreadable)?,
        mime_type: bean["mimeType"].as_str().unwrap_or("application/octet-stream").to_owned(),
        url: text(bean, "content", subject)?,
    })
}
