//! The head of one request to the listener, and the pages that it answers with. Bodies are not read.

use std::io::{Error, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No browser sends a longer head to this machine; a code is some hundred characters long.
const LONGEST_HEAD: usize = 32 * 1024;

/// Browsers send a dozen header lines, and cookies of other programs on this machine.
const MOST_HEADERS: usize = 100;

const STYLE: &str = "
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }
h1 { font-size: 1.35rem }
";

/// What is looked at of a request.
pub(super) struct Head {
    /// The method.
    pub(super) method: String,
    /// Path and query; `None` where the head could not be read.
    pub(super) target: Option<String>,
    /// Which host the browser means, if it says so once.
    pub(super) host: Option<String>,
}

/// A page of the listener's.
#[derive(Clone, Copy)]
pub(super) enum Page {
    /// The person consented.
    Given,
    /// The person did not, or Atlassian could not ask.
    NotGiven,
    /// No answer to this consent.
    BadRequest,
    /// Another path.
    NotFound,
    /// Another method.
    NotAllowed,
}

impl Head {
    /// Reads a head.
    pub(super) async fn read(mut connection: impl AsyncRead + Unpin) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        loop {
            if let Some(head) = Self::parse(&bytes) {
                return Ok(head);
            }
            if bytes.len() >= LONGEST_HEAD {
                return Ok(Self::unreadable());
            }
            let left = LONGEST_HEAD - bytes.len();
            if (&mut connection).take(left as u64).read_buf(&mut bytes).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The head at the beginning of `bytes`, once it is whole.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Partial) => None,
            Ok(httparse::Status::Complete(_)) => {
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
                let host = hosts.next().filter(|_| hosts.next().is_none());
                let host = host.and_then(|header| String::from_utf8(header.value.to_vec()).ok());
                Some(Self { method: text(request.method), target: request.path.map(str::to_owned), host })
            }
            Err(_) => Some(Self::unreadable()),
        }
    }

    fn unreadable() -> Self {
        Self { method: String::new(), target: None, host: None }
    }
}

impl Page {
    /// Sends the page and ends the connection.
    pub(super) async fn write(self, mut connection: impl AsyncWrite + Unpin) -> Result<(), Error> {
        let (status, title, text) = self.words();
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        );
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
             content-security-policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\nreferrer-policy: no-referrer\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            body.len()
        );
        connection.write_all(format!("{head}{body}").as_bytes()).await?;
        connection.shutdown().await
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Given => (
                "200 OK",
                "flowrun has the answer",
                "You can close this page. The terminal shows whether the access token works.",
            ),
            Self::NotGiven => (
                "200 OK",
                "The consent was not given",
                "You can close this page. The terminal shows why, and what to do.",
            ),
            Self::BadRequest => (
                "400 Bad Request",
                "Not the answer that flowrun waits for",
                "Use the consent page that flowrun opened last.",
            ),
            Self::NotFound => ("404 Not Found", "Nothing is here", "flowrun waits for a consent at another address."),
            Self::NotAllowed => ("405 Method Not Allowed", "Only GET works here", "flowrun waits for a consent."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Option<(String, Option<String>, Option<String>)> {
        let head = Head::read(text.as_bytes()).await.ok()?;
        Some((head.method, head.target, head.host))
    }

    #[tokio::test]
    async fn heads_are_read_up_to_a_length() {
        let some = |text: &str| Some(text.to_owned());
        let whole = ("GET".to_owned(), some("/a?b=c"), some("localhost:1"));
        assert_eq!(read("GET /a?b=c HTTP/1.1\r\nhOST: localhost:1\r\n\r\nmore").await, Some(whole));
        let two = ("GET".to_owned(), some("/"), None);
        assert_eq!(read("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").await, Some(two));
        let unreadable = Some((String::new(), None, None));
        assert_eq!(read("GET\r\n\r\n").await, unreadable);
        assert_eq!(read(&format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(2 * LONGEST_HEAD))).await, unreadable);
        assert_eq!(read(&format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1))).await, unreadable);
        assert_eq!(read("GET / HTTP/1.1\r\n").await, None, "it went away");
    }
}
