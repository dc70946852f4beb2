//! A file in a request: one part of a multipart form, its content sent as it is read.

use std::time::Duration;

use reqwest::{
    Body,
    multipart::{Form, Part},
};

use crate::files::{OpenedFile, hexadecimal};

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

    /// The form with this file as its only part, `file` \[SPEC addAttachment\].
    pub(super) fn form(&self) -> Form {
        let part = match &self.content {
            Content::Text(text) => Part::bytes(text.clone().into_bytes()),
            Content::File(file) => {
                Part::stream_with_length(Body::wrap_stream(file.content(self.sha256.clone())), self.size)
            }
        };
        let media_type = mime_guess::from_path(&self.name).first_or_octet_stream();
        let part = part.mime_str(media_type.as_ref()).expect("a media type of the table is one");
        Form::new().part("file", part.file_name(on_one_line(&self.name)))
    }
}

/// The name without characters that would end the header's line: they are percent-encoded, as browsers do. Quotation
/// marks and backslashes reqwest escapes, everything else goes as it is, in UTF-8 (facts: RFC 2231 forms are refused).
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
