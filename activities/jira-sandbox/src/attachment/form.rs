//! Reads `multipart/form-data` (RFC 7578) from a stream: the head of one part and a piece of its content are in memory, never more.
//!
//! What the parts mean is for `upload` to say.

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};
use memchr::memmem;
use mime_guess::{Mime, mime};

/// No head of a part is near this size.
const LONGEST_HEAD: usize = 16 * 1024;

/// How many headers a part may have.
const MOST_HEADERS: usize = 32;

/// A form that is being read.
pub(super) struct MultipartForm<S> {
    body: S,
    /// What was read and not given yet.
    ahead: Vec<u8>,
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    /// Whether the delimiter after the current part was read.
    at_delimiter: bool,
}

/// What a part says of itself, where it does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartHead {
    pub(super) disposition: Vec<u8>,
    pub(super) content_type: Option<String>,
}

/// Why there is no next part, or no more of this one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    /// The connection broke.
    #[error("the connection broke")]
    Broken,
    /// The body ended within the form.
    #[error("it ends too early")]
    Incomplete,
    /// There is something else after a boundary than a line break, or two hyphens.
    #[error("a line with the boundary has more in it")]
    Boundary,
    /// The head of a part is not a list of headers.
    #[error("the headers of a part cannot be read")]
    PartHead,
}

/// The boundary of a form, from its media type; `None` where it is not a form, or names none.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let kind: Mime = content_type.parse().ok()?;
    let is_form = kind.type_() == mime::MULTIPART && kind.subtype() == mime::FORM_DATA;
    kind.get_param(mime::BOUNDARY).filter(|_| is_form).map(|boundary| boundary.as_str().to_owned())
}

impl<S, E> MultipartForm<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// The form that `body` holds.
    pub(super) fn new(body: S, boundary: &str) -> Self {
        // The first boundary needs no line break before it: this one makes it like the others, and what precedes it a part to skip.
        Self { body, ahead: b"\r\n".to_vec(), delimiter: format!("\r\n--{boundary}").into(), at_delimiter: false }
    }

    /// Passes over what is left of this part, and reads the head of the next; `None` at the end of the form.
    pub(super) async fn next_part(&mut self) -> Result<Option<PartHead>, FormError> {
        while self.chunk().await?.is_some() {}
        self.at_delimiter = false;
        while self.ahead.len() < 2 {
            self.read().await?;
        }
        if self.ahead.starts_with(b"--") {
            return Ok(None);
        }
        // RFC 2046 allows white space behind a boundary.
        let padding = self.find(b"\r\n").await?;
        let padding = self.take(padding);
        if !padding.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(FormError::Boundary);
        }
        let end = self.find(b"\r\n\r\n").await?;
        let head = self.take(end + 4);
        PartHead::read(&head[2..]).map(Some)
    }

    /// The next piece of the part's content; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, FormError> {
        while !self.at_delimiter {
            if let Some(end) = memmem::find(&self.ahead, &self.delimiter) {
                let content = self.take(end);
                self.take(self.delimiter.len());
                self.at_delimiter = true;
                return Ok(Some(content));
            }
            // What may be the beginning of the delimiter stays.
            let certain = self.ahead.len().saturating_sub(self.delimiter.len() - 1);
            if certain > 0 {
                return Ok(Some(self.take(certain)));
            }
            self.read().await?;
        }
        Ok(None)
    }

    /// Where `text` is in what lies ahead, which is not longer than a head.
    async fn find(&mut self, text: &[u8]) -> Result<usize, FormError> {
        loop {
            match memmem::find(&self.ahead, text) {
                Some(at) => return Ok(at),
                None if self.ahead.len() > LONGEST_HEAD => return Err(FormError::PartHead),
                None => self.read().await?,
            }
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.ahead.drain(..length).collect()
    }

    async fn read(&mut self) -> Result<(), FormError> {
        let piece = self.body.next().await.ok_or(FormError::Incomplete)?;
        self.ahead.extend_from_slice(&piece.map_err(|_| FormError::Broken)?);
        Ok(())
    }
}

impl PartHead {
    /// Reads the headers of a part, to the empty line that ends them.
    fn read(text: &[u8]) -> Result<Self, FormError> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let read = httparse::parse_headers(text, &mut headers).map_err(|_| FormError::PartHead)?;
        let httparse::Status::Complete((_, headers)) = read else { return Err(FormError::PartHead) };
        let value = |name: &str| {
            headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.to_vec())
        };
        let content_type = value("content-type").and_then(|value| String::from_utf8(value).ok());
        Ok(Self { disposition: value("content-disposition").unwrap_or_default(), content_type })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    /// The parts of a body that comes in pieces of `size` bytes: their dispositions, media types and contents.
    async fn parts(body: &[u8], size: usize) -> Result<Vec<(String, Option<String>, String)>, FormError> {
        let pieces: Vec<_> =
            body.chunks(size).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
        let mut form = MultipartForm::new(stream::iter(pieces), "x-y");
        let mut parts = Vec::new();
        while let Some(PartHead { disposition, content_type }) = form.next_part().await? {
            let mut content = Vec::new();
            while let Some(piece) = form.chunk().await? {
                content.extend(piece);
            }
            parts.push((text(disposition), content_type, text(content)));
        }
        Ok(parts)
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn part(disposition: &str, content_type: Option<&str>, content: &str) -> (String, Option<String>, String) {
        (disposition.into(), content_type.map(str::to_owned), content.into())
    }

    #[tokio::test]
    async fn parts_are_the_same_in_whatever_pieces_they_come() {
        let cases = [
            ("--x-y--", vec![]),
            ("a preamble\r\n--x-y \t\r\n\r\n\r\n--x-y--\r\nan epilogue", vec![part("", None, "")]),
            (
                "--x-y\r\nContent-Disposition: form-data; name=\"a\"\r\ncontent-TYPE:text/plain\r\n\r\none\r\n\r\n--x-\r\n--x\r\n--x-y\r\n\r\n--x-y\r\n--x-y--\r\n",
                vec![
                    part("form-data; name=\"a\"", Some("text/plain"), "one\r\n\r\n--x-\r\n--x"),
                    part("", None, "--x-y"),
                ],
            ),
        ];
        for (body, expected) in cases {
            for size in 1..=body.len() {
                assert_eq!(parts(body.as_bytes(), size).await.as_ref(), Ok(&expected), "{body:?} in pieces of {size}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_form_is_an_error() {
        let long = format!("--x-y\r\na: {}", "b".repeat(LONGEST_HEAD));
        let cases = [
            ("", FormError::Incomplete),
            ("--x-y", FormError::Incomplete),
            ("--x-y\r\na: b\r\n", FormError::Incomplete),
            ("--x-y\r\na: b\r\n\r\ncontent\r\n--x-", FormError::Incomplete),
            ("--x-yz\r\n\r\n\r\n--x-y--", FormError::Boundary),
            ("--x-y\r\nno header\r\n\r\n\r\n--x-y--", FormError::PartHead),
            (&long, FormError::PartHead),
        ];
        for (body, expected) in cases {
            assert_eq!(parts(body.as_bytes(), 7).await, Err(expected), "{body:?}");
        }
    }

    #[test]
    fn a_form_names_its_boundary() {
        let cases = [
            ("multipart/form-data; boundary=x-y", Some("x-y")),
            ("Multipart/Form-Data; charset=utf-8; boundary=\"x y\"", Some("x y")),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=x", None),
            ("application/json; boundary=x", None),
            ("x", None),
        ];
        for (kind, expected) in cases {
            assert_eq!(boundary(kind).as_deref(), expected, "{kind}");
        }
    }
}
