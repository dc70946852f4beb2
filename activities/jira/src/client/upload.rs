//! A file in a request: one part of a multipart form, its content sent as it is read.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::header::HeaderValue;

use crate::files::{OpenedFile, hexadecimal};
use flowrun_http::{RequestBody, UnreadableBody};

/// A connection that is slower than this, in bytes a second, is given up.
const SLOWEST: u64 = 64 * 1024;

/// A file to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Its name at Jira.
    pub(crate) name: String,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub(crate) sha256: String,
    content: Content,
}

/// A form with one file.
pub(super) struct Form {
    /// What the form is called in the request's header.
    pub(super) media_type: HeaderValue,
    /// The form.
    pub(super) body: RequestBody,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    File(OpenedFile),
}

impl Upload {
    /// A file of this text.
    pub(crate) fn text(name: String, text: String) -> Self {
        let sha256 = hexadecimal(sha2::Digest::new_with_prefix(&text));
        Self { name, size: text.len() as u64, sha256, content: Content::Text(text) }
    }

    /// An open file, whose content has this digest.
    pub(crate) fn file(file: OpenedFile, sha256: String) -> Self {
        Self { name: file.name().to_owned(), size: file.size(), sha256, content: Content::File(file) }
    }

    /// How much longer than other requests it may take.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.size / SLOWEST)
    }

    /// The form with this file as its only part, `file` \[SPEC addAttachment\]. What is `random` tells its end from all that a file has.
    pub(super) fn form(&self, random: &[u8]) -> Form {
        let boundary: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = on_one_line(&self.name).replace('\\', "\\\\").replace('"', "\\\"");
        let kind = mime_guess::from_path(&self.name).first_or_octet_stream();
        let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        let head = Bytes::from(format!("--{boundary}\r\n{disposition}\r\nContent-Type: {kind}\r\n\r\n"));
        let tail = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        let length = head.len() as u64 + self.size + tail.len() as u64;
        let content = match &self.content {
            Content::Text(text) => stream::iter([Ok(Bytes::from(text.clone()))]).boxed(),
            Content::File(file) => {
                let content = file.content(self.sha256.clone()).map_ok(Bytes::from);
                content.map_err(|cause| UnreadableBody(cause.to_string())).boxed()
            }
        };
        let content = stream::iter([Ok(head)]).chain(content).chain(stream::iter([Ok(tail)])).boxed();
        let media_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
        let media_type = media_type.expect("hexadecimal digits are letters and digits");
        Form { media_type, body: RequestBody::Stream { length, content } }
    }
}

/// The name without characters that would end the header's line: they are percent-encoded, as browsers do. Quotation
/// marks and backslashes are escaped where it is written, everything else goes as it is, in UTF-8 (facts: RFC 2231 forms are refused).
fn on_one_line(name: &str) -> String {
    let mut line = String::new();
    for char in name.chars() {
        if char.is_control() {
            let mut bytes = [0; 4];
            line.extend(char.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            line.push(char);
        }
    }
    line
}

#[cfg(test)]
mod tests;
