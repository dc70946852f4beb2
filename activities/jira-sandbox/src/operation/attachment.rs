//! Attachments of issues: the site's limit, add, get, content, remove.

use serde_json::{Value, json};

use crate::{
    answer::{AcceptedChange, Answer, Content, Download, Refusal},
    attachment::{ReceivedFile, UploadTerms},
    byte_range::ByteRange,
    effect::{AttachmentAdded, AttachmentRemoved, AttachmentsAdded, Change},
    operation::visible_issue,
    refusal,
    request::ApiRequest,
    view::View,
    world::{Attachment, Issue, World},
};

/// Jira takes no more files in one request. \[SPEC\]
const MOST_FILES: usize = 60;

/// `getAttachmentMeta`: whether files can be attached, and how large they may be. \[SPEC\]
pub(crate) fn meta(_: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let settings = &world.attachments.settings;
    Ok(Answer::ok(json!({ "enabled": settings.enabled, "uploadLimit": settings.upload_limit })))
}

/// Lets an upload in before its body is read, or refuses it.
pub(crate) fn admit(request: &ApiRequest<'_>, world: &World) -> Result<UploadTerms, Refusal> {
    let issue = attachable(request, world)?;
    room(issue, world, 1)?;
    Ok(UploadTerms { largest_file: world.attachments.settings.upload_limit, most_files: MOST_FILES })
}

/// `addAttachment`, once its files are on the disk. Equal names are not a conflict. \[unverified\]
pub(crate) fn add(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let issue = attachable(request, world)?;
    room(issue, world, request.files.len())?;
    let added = |(id, file): (u64, &ReceivedFile)| AttachmentAdded {
        id,
        filename: file.filename.clone(),
        mime_type: file.mime_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
    };
    let added: Vec<_> = (world.attachments.next..).zip(request.files).map(added).collect();
    let view = View::new(request, world);
    let author = &request.caller.account_id;
    let shown = added.iter().map(|file| view.attachment(&Attachment::new(issue.id, author, request.now, file)));
    let answer = Answer::ok(shown.collect::<Value>());
    let change = Change::AttachmentsAdded(AttachmentsAdded { issue: issue.id, files: added });
    Ok(AcceptedChange { change, issue: Some(issue.key.clone()), answer })
}

/// `getAttachment`.
pub(crate) fn get(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let (_, attachment) = visible_attachment(request, world)?;
    Ok(Answer::ok(View::new(request, world).attachment_metadata(attachment)))
}

/// `getAttachmentContent`: 303 to where the bytes are, or the bytes where `redirect=false`. \[SPEC\]
pub(crate) fn content(request: &ApiRequest<'_>, world: &World) -> Result<Answer, Refusal> {
    let (_, attachment) = visible_attachment(request, world)?;
    match request.query("redirect") {
        None | Some("true") => {
            let location = request.media.address(request.site, attachment.id);
            Ok(Answer::new(303, Content::None).with_header("location", location))
        }
        Some("false") => download(attachment, request.range),
        Some(_) => Err(refusal::query_invalid("redirect")),
    }
}

/// The bytes of an attachment, or some of them.
pub(crate) fn download(attachment: &Attachment, range: Option<&str>) -> Result<Answer, Refusal> {
    let size = attachment.size;
    let range = ByteRange::of(range, size);
    let bytes = Download { id: attachment.id, mime_type: attachment.mime_type.clone(), size, range };
    let answer = |status| Answer::new(status, Content::Attachment(bytes)).with_header("accept-ranges", "bytes");
    match range {
        ByteRange::Whole => Ok(answer(200)),
        ByteRange::Part { first, last } => {
            Ok(answer(206).with_header("content-range", format!("bytes {first}-{last}/{size}")))
        }
        ByteRange::Malformed => Err(refusal::range_malformed()),
        ByteRange::Unsatisfiable => Err(refusal::range_unsatisfiable()),
    }
}

/// `removeAttachment`: one's own with one permission, anybody's with another. \[SPEC\]
pub(crate) fn remove(request: &ApiRequest<'_>, world: &World) -> Result<AcceptedChange, Refusal> {
    let (issue, attachment) = visible_attachment(request, world)?;
    let permits = |key| world.permits_on(request.caller, key, issue);
    let is_own = attachment.author == request.caller.account_id;
    let permitted = permits("DELETE_ALL_ATTACHMENTS") || (is_own && permits("DELETE_OWN_ATTACHMENTS"));
    if !permitted {
        return Err(refusal::detach_not_permitted(request.part("id")));
    }
    let change = Change::AttachmentRemoved(AttachmentRemoved { id: attachment.id, issue: issue.id });
    Ok(AcceptedChange { change, issue: Some(issue.key.clone()), answer: Answer::no_content() })
}

fn attachable<'world>(request: &ApiRequest<'_>, world: &'world World) -> Result<&'world Issue, Refusal> {
    let issue = visible_issue(request, world)?;
    if !world.attachments.settings.enabled {
        return Err(refusal::attachments_disabled());
    }
    let permitted = world.permits_on(request.caller, "CREATE_ATTACHMENTS", issue);
    permitted.then_some(issue).ok_or_else(refusal::attach_not_permitted)
}

fn room(issue: &Issue, world: &World, more: usize) -> Result<(), Refusal> {
    let limit = world.attachments.settings.per_issue_limit;
    let has = world.attachments_of(issue).count();
    if has + more > limit { Err(refusal::issue_is_full(limit)) } else { Ok(()) }
}

/// An attachment is visible with its issue; while attachments are disabled, none is. \[SPEC\]
fn visible_attachment<'world>(
    request: &ApiRequest<'_>,
    world: &'world World,
) -> Result<(&'world Issue, &'world Attachment), Refusal> {
    if !world.attachments.settings.enabled {
        return Err(refusal::attachments_disabled());
    }
    let id = request.part("id");
    let attachment = id.parse().ok().and_then(|id| world.attachments.all.get(&id));
    let found = attachment
        .and_then(|attachment| Some((world.visible_issue(request.caller, &attachment.issue.to_string())?, attachment)));
    found.ok_or_else(|| refusal::attachment_not_found(id))
}
