//! `jira.add_attachment`: one effect per file, in order. Every file is looked at before the first is sent.

mod lost;
mod source;

use std::time::Duration;

use async_trait::async_trait;
use flowrun_engine::{
    activity::{Attempt, Description, Done, Failure, OpenEffect, Problem},
    id::EffectName,
    requirement::{Planned, Requirement, Subject},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::source::{AttachmentSource, Found, Ready};
use super::{
    EffectsDone, Facts, JiraActivity, Prepared, Requirements, Sender, Sending,
    adoption::Claimed,
    evidence::{Evidence, tag_of},
    issue, same_issue, subject, text,
};
use crate::{
    client::{
        Call, ErrorKind, JiraError, Reader, endpoint,
        endpoint::{Operation, Read},
    },
    files::Files,
    input::{IssueKey, refused},
    permission::BROWSE_PROJECTS,
    scope,
};

/// Its answer would be an address elsewhere, unless it is told otherwise. \[SPEC\]
static ATTACHMENT_CONTENT: Read<1> =
    Read::new("GET /rest/api/3/attachment/content/{id}", scope::ATTACHMENT_CONTENT, &[BROWSE_PROJECTS]).of_file();

/// What no other activity calls.
pub(super) const OPERATIONS: &[&Operation] = &[ATTACHMENT_CONTENT.operation()];

/// Attaches files to an issue.
pub(super) struct AddAttachment {
    files: Files,
}

/// A large file on a slow line.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["file"] }, { "required": ["files"] }, { "required": ["content"] }]))]
pub(super) struct Input {
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
pub(super) struct Output {
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

/// The issue as it is before, and the files that are to be sent.
pub(super) struct Before {
    key: String,
    /// The ids of its attachments.
    attachments: Vec<String>,
    ready: Vec<Ready>,
}

/// A file on its way.
pub(super) struct Attaching {
    /// The issue's key.
    key: String,
    /// The input that names the file.
    field: String,
}

impl Input {
    /// What is attached so far, in order.
    fn attached(&self, done: &Done) -> Vec<Attached> {
        let numbers = AttachmentSource::new(self).map_or(0..0, |source| source.numbers());
        numbers.map_while(|number| done.read(effect_name(number).as_str()).ok()).collect()
    }

    /// How far it is.
    fn progress(&self, done: &Done) -> EffectsDone {
        let count = AttachmentSource::new(self).map_or(0, |source| source.count());
        let named = |attached: Attached| format!("`{}` ({})", attached.filename, attached.id);
        EffectsDone::new("file", count, self.attached(done).into_iter().map(named).collect())
    }
}

impl AddAttachment {
    /// Takes files from this directory.
    pub(super) fn new(files: Files) -> Self {
        Self { files }
    }
}

/// Refuses what the site does not take.
async fn check_limits(reader: &Reader, files: &[Found]) -> Result<(), Failure> {
    let limits: Limits =
        reader.read(Call::new(&endpoint::ATTACHMENT_META, [], "the site's settings for attachments")).await?;
    if limits.enabled == Some(false) {
        return Err(
            refused("attachments are switched off on this site").with_help("a Jira administrator can switch them on")
        );
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

#[async_trait]
impl JiraActivity for AddAttachment {
    type Input = Input;
    type Output = Output;
    type Reads = Before;
    type Effect = Attaching;

    fn description(&self) -> Description {
        Facts {
            name: "jira.add_attachment",
            summary: "Attaches one file or several to an issue.",
            on: "the issue",
            nullable: &[],
            reads: true,
            always: const {
                &[
                    endpoint::ADD_ATTACHMENT.operation(),
                    endpoint::ATTACHMENT_META.operation(),
                    endpoint::GET_ISSUE.operation(),
                ]
            },
            sometimes: const { &[endpoint::MYSELF.operation(), ATTACHMENT_CONTENT.operation()] },
            failures: &[
                ("an input has the wrong form", "`issue`: `…` is neither an issue's key, such as `OPS-7`, nor its id"),
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
        .describe::<Self>()
        .within(TIMEOUT)
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
        [source::malformed(input), source::unusable(input, &self.files)].concat()
    }

    fn subject_of_output(&self, path: &[String], input: &Planned) -> Option<Subject> {
        same_issue(path, input)
    }

    /// The files of earlier attempts need no longer be there.
    fn check(&self, input: &Value) -> Result<(), Failure> {
        Problem::refuse(source::malformed(&Planned::Known(input.clone())))
    }

    async fn read(&self, attempt: &Attempt<'_, Input>, reader: &Reader) -> Result<Before, Failure> {
        let source = AttachmentSource::new(attempt.input)?;
        let found = source.find(&self.files, attempt.done)?;
        check_limits(reader, &found).await?;
        let mut ready = Vec::new();
        for file in found {
            ready.push(file.read().await?);
        }
        let issue_key = &attempt.input.issue;
        let found = issue(reader, issue_key, "attachment").await?;
        Ok(Before { key: text(&found, "key", &issue_key.to_string())?, attachments: ids(&found), ready })
    }

    fn prepare(&self, _: &Attempt<'_, Input>, reads: &Before) -> Result<Vec<Prepared<Attaching>>, Failure> {
        Ok(reads.ready.iter().map(|file| effect(&reads.key, file, &reads.attachments)).collect())
    }

    async fn output(&self, attempt: &Attempt<'_, Input>, reads: Before, _: &Reader) -> Result<Output, Failure> {
        Ok(Output { key: reads.key, attachments: attempt.input.attached(attempt.done) })
    }

    async fn evidence(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        reader: &Reader,
    ) -> Result<Evidence, Failure> {
        lost::evidence(reader, attempt, open).await
    }

    async fn adopt(
        &self,
        attempt: &Attempt<'_, Input>,
        open: &OpenEffect,
        key: &str,
        reader: &Reader,
    ) -> Result<Value, Failure> {
        let asked = &attempt.input.issue;
        let found = issue(reader, asked, "attachment").await?;
        let listed = found["fields"]["attachment"].as_array().into_iter().flatten();
        let Some(bean) = listed.into_iter().find(|bean| bean["id"] == key) else {
            let message = format!("{asked} has no attachment with the id `{key}`");
            return Err(refused(message).with_help("give the attachment's id: the number in its address"));
        };
        let attached = attached_of(bean, &asked.to_string())?;
        let mut before = open.intent.baseline["attachments"].as_array().into_iter().flatten();
        if before.any(|id| *id == key) || attempt.input.attached(attempt.done).iter().any(|own| own.id == key) {
            return Err(refused(format!("attachment `{key}` (`{}`) was there before", attached.filename)));
        }
        let wanted = &open.intent.baseline["file"];
        if wanted["size"] != attached.size || wanted["filename"] != *attached.filename {
            let (name, size) = (&attached.filename, attached.size);
            let sent = format!("{} with {} bytes", wanted["filename"], wanted["size"]);
            return Err(refused(format!("attachment `{key}` is `{name}` with {size} bytes, and {sent} was sent")));
        }
        let (author, created) = (&bean["author"], &bean["created"]);
        let claimed = Claimed { name: format!("attachment `{key}`"), author, created, tag: None };
        claimed.check(reader, open, &tag_of(attempt, open)).await?;
        Ok(json!(attached))
    }
}

#[async_trait]
impl Sending<Input> for Attaching {
    async fn send(&self, attempt: &Attempt<'_, Input>, sender: Sender<'_>) -> Result<Value, Failure> {
        let failed = |failure| attempt.input.progress(attempt.done).blame(failure);
        let attached = sender.send().await.map_err(|error| match error.kind {
            ErrorKind::Refused | ErrorKind::Unsent(_) => failed(Failure::from(error).with_field(&*self.field)),
            _ => failed(error.into()),
        })?;
        // The request had an effect, whatever its answer says.
        let attached = attached_of(&attached[0], &format!("issue `{}`", self.key));
        Ok(json!(attached.map_err(|failure| failed(failure.in_doubt()))?))
    }
}

/// The effect that attaches a file. What was attached before, and what the file is, shows later whether it happened.
fn effect(key: &str, file: &Ready, attachments: &[String]) -> Prepared<Attaching> {
    let upload = &file.upload;
    let sent = json!({ "filename": upload.name, "size": upload.size, "sha256": upload.sha256 });
    let words = format!("attach `{}` ({} bytes) to issue {key}", upload.name, upload.size);
    let call = Call::new(&endpoint::ADD_ATTACHMENT, [key], format!("issue `{key}`")).upload(upload.clone());
    let attaching = Attaching { key: key.to_owned(), field: file.field.clone() };
    let effect = Prepared::new(effect_name(file.number), format!("issue {key}"), words, call.writes_to(key), attaching);
    let effect = effect.seen_at(key, "the attachments of the issue");
    effect.known(|effect| {
        effect
            .known_by("ID", "the attachment's id: the number in its address")
            .with_baseline(json!({ "attachments": attachments, "file": sent }))
            .creating()
    })
}

/// The name of the effect that attaches a file.
fn effect_name(number: u32) -> EffectName {
    EffectName::new(format!("file/{number}"))
}

/// The ids of an issue's attachments.
fn ids(issue: &Value) -> Vec<String> {
    let all = issue["fields"]["attachment"].as_array().into_iter().flatten();
    all.filter_map(|bean| bean["id"].as_str()).map(str::to_owned).collect()
}

/// An attachment as Jira gives it.
fn attached_of(bean: &Value, subject: &str) -> Result<Attached, Failure> {
    let size = bean["size"].as_u64();
    let unreadable = || JiraError::of_read(subject, ErrorKind::Unreadable("an attachment has no `size`".into()));
    Ok(Attached {
        id: text(bean, "id", subject)?,
        filename: text(bean, "filename", subject)?,
        size: size.ok_or_else(unreadable)?,
        mime_type: bean["mimeType"].as_str().unwrap_or("application/octet-stream").to_owned(),
        url: text(bean, "content", subject)?,
    })
}
