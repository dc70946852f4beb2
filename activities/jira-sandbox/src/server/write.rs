//! Writes answers: status, headers, and a body of whichever kind.

use std::io;

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

use crate::{
    answer::{Answer, Content, Download, Refusal},
    attachment::store::AttachmentStore,
    byte_range::ByteRange,
};

const JSON: &str = "application/json;charset=UTF-8";

/// Writes an answer; the bytes of attachments come from the store, as a stream.
pub(super) async fn response(answer: Answer, store: &AttachmentStore) -> Response {
    let Answer { status, headers, content } = answer;
    let (kind, body) = match content {
        Content::Attachment(download) => match stream(&download, store).await {
            Ok((body, length)) => return with(status, [headers, bytes_headers(download, length)].concat(), body),
            Err(error) => return unreadable(&error),
        },
        content => written(status, content),
    };
    with(status, [headers, kind.into_iter().collect()].concat(), body.into())
}

/// Writes an answer as a whole; what is not text has no body then.
pub(super) fn whole(answer: Answer) -> Response<Bytes> {
    let Answer { status, headers, content } = answer;
    let (kind, body) = written(status, content);
    with(status, [headers, kind.into_iter().collect()].concat(), body.into())
}

/// The header that says what the body is, and the body.
fn written(status: u16, content: Content) -> (Option<(String, String)>, String) {
    let (kind, body) = match content {
        // An edit without an answer is of that type too. \[SPEC\]
        Content::None if (200..300).contains(&status) => (JSON, String::new()),
        Content::None | Content::Attachment(_) => return (None, String::new()),
        Content::Json(value) => (JSON, value.to_string()),
        Content::Text(kind, text) => (kind, text),
    };
    (Some(("content-type".to_owned(), kind.to_owned())), body)
}

fn with<Written>(status: u16, headers: Vec<(String, String)>, body: Written) -> Response<Written> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // A client's media type may be no header that HTTP knows.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn bytes_headers(download: Download, length: u64) -> Vec<(String, String)> {
    vec![("content-type".to_owned(), download.mime_type), ("content-length".to_owned(), length.to_string())]
}

async fn stream(download: &Download, store: &AttachmentStore) -> io::Result<(Body, u64)> {
    let mut file = File::from_std(store.open(download.id)?);
    let (first, length) = match download.range {
        ByteRange::Part { first, last } => (first, last - first + 1),
        _ => (0, download.size),
    };
    file.seek(io::SeekFrom::Start(first)).await?;
    Ok((Body::from_stream(ReaderStream::new(file.take(length))), length))
}

fn unreadable(error: &io::Error) -> Response {
    tracing::error!(%error, "the content of an attachment cannot be read");
    let answer = Answer::from(Refusal::message(500, "The file cannot be read."));
    let body = answer.json().map(ToString::to_string).unwrap_or_default();
    with(answer.status, vec![("content-type".to_owned(), JSON.to_owned())], body.into())
}
