//! Reads the bodies of requests: JSON as a whole, files as a stream.

use axum::{
    body::{Body as Incoming, BodyDataStream, Bytes, HttpBody},
    http::{HeaderMap, header},
};
use futures_util::{FutureExt, StreamExt};

use crate::{
    answer::{Answer, Refusal},
    attachment::{
        UploadTerms, form,
        store::AttachmentStore,
        upload::{self, UploadError},
    },
    call::CallBody,
    refusal,
    switches::Switches,
};

/// Jira's own limit is not documented; this one only keeps memory in bounds.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What is read and thrown away after a refusal, in bytes, before the connection is given up.
const LARGEST_REMAINDER: u64 = 4 << 30;

/// The whole body, or a refusal where it is too large.
pub(super) async fn whole(body: Incoming) -> Result<Vec<u8>, Refusal> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| refusal::body_invalid(&error.to_string()))?;
        if bytes.len() + chunk.len() > LARGEST_BODY {
            discard_stream(stream);
            return Err(refusal::body_too_large(LARGEST_BODY));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A body that should be JSON.
pub(super) fn json(bytes: &[u8], headers: &HeaderMap) -> CallBody {
    let essence = content_type(headers).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let is_json = essence.trim().eq_ignore_ascii_case("application/json");
    match serde_json::from_slice(bytes) {
        _ if bytes.is_empty() => CallBody::None,
        _ if !is_json => CallBody::OtherType,
        Ok(value) => CallBody::Json(value),
        Err(_) => CallBody::NotJson,
    }
}

/// The files of a form, on the disk.
pub(super) async fn files(
    (body, headers): (Incoming, &HeaderMap),
    terms: UploadTerms,
    (store, switches): (&AttachmentStore, &Switches),
) -> Result<CallBody, Answer> {
    let mut stream = body.into_data_stream();
    let boundary = content_type(headers).and_then(form::boundary);
    let Some(boundary) = boundary else {
        discard_stream(stream);
        return Err(refusal::body_type(switches.other_body_type as u16).into());
    };
    let received = upload::receive((&mut stream, boundary), terms, store, switches).await;
    received.map(CallBody::Files).map_err(|error| {
        discard_stream(stream);
        not_received(error)
    })
}

/// The files of a form that is there as a whole, where contents are not kept.
pub(super) fn whole_files(
    form: Bytes,
    headers: &HeaderMap,
    terms: UploadTerms,
    switches: &Switches,
) -> Result<CallBody, Answer> {
    let boundary = content_type(headers).and_then(form::boundary);
    let boundary = boundary.ok_or_else(|| refusal::body_type(switches.other_body_type as u16))?;
    let (mut stream, store) = (Incoming::from(form).into_data_stream(), AttachmentStore::none());
    let received = upload::receive((&mut stream, boundary), terms, &store, switches).now_or_never();
    let received = received.expect("bytes that are there are not waited for");
    received.map(CallBody::Files).map_err(not_received)
}

fn not_received(error: UploadError) -> Answer {
    match error {
        UploadError::Refused(refusal) => refusal.into(),
        UploadError::Incomplete => refusal::form_invalid("it ends too early").into(),
        UploadError::Disk(error) => {
            tracing::error!(%error, "an upload cannot be written");
            Refusal::message(500, "The sandbox cannot write the file.").into()
        }
    }
}

/// Reads what is still on its way, so that the client reads the refusal instead of a broken connection.
pub(super) fn discard(body: Incoming) {
    if !body.is_end_stream() {
        discard_stream(body.into_data_stream());
    }
}

fn discard_stream(mut body: BodyDataStream) {
    tokio::spawn(async move {
        let mut left = LARGEST_REMAINDER;
        while let Some(Ok(chunk)) = body.next().await {
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                return;
            }
        }
    });
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}
