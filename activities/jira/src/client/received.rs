//! An answer as it is received. Whatever is read of it goes through here, and credentials that it repeats are taken out once.

use std::fmt;

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use super::{ErrorText, Repeated, error::ErrorKind};
use crate::files::hexadecimal;

/// An answer; its body may have been cut off.
pub(super) struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Result<Vec<u8>, ErrorKind>,
    repeated: Repeated,
}

impl Received {
    /// An answer to a request that carried what may be `repeated`. `body` is why it could not be read, where it could not.
    pub(super) fn new(
        status: StatusCode,
        headers: HeaderMap,
        body: Result<Vec<u8>, ErrorKind>,
        repeated: Repeated,
    ) -> Self {
        Self { status, headers, body, repeated }
    }

    /// Its status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// A header, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let text = self.headers.get(name)?.to_str().ok()?.to_owned();
        Some(self.repeated.taken_out(text))
    }

    /// What the body of a refusal says; nothing where it could not be read.
    pub(super) fn words(&self) -> ErrorText {
        ErrorText::read(self.body.as_deref().unwrap_or_default(), &self.repeated)
    }

    /// What is read of a file that is the body of a success: its `size` in bytes, and its `sha256` in hexadecimal digits.
    ///
    /// # Errors
    /// When it was cut off.
    pub(super) fn digest(&self) -> Result<Value, ErrorKind> {
        let body = self.body.as_deref().map_err(Clone::clone)?;
        Ok(json!({ "size": body.len(), "sha256": hexadecimal(sha2::Digest::new_with_prefix(body)) }))
    }

    /// The body of a success; null where it has none. `whose` says in words what could not be read.
    ///
    /// # Errors
    /// When it was cut off, or is not JSON.
    pub(super) fn value(&self, whose: &str) -> Result<Value, ErrorKind> {
        let body = self.body.as_deref().map_err(Clone::clone)?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        let value = serde_json::from_slice(body).map_err(|cause| {
            let page = if body.trim_ascii_start().starts_with(b"<") { "a page of HTML, " } else { "" };
            ErrorKind::Unreadable(format!("{page}{cause} in {whose}"))
        })?;
        Ok(self.repeated.taken_out_of(value))
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Received({})", self.status)
    }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::activity::Failure;
    use jiff::Timestamp;
    use reqwest::header::{HeaderName, HeaderValue};
    use secrecy::SecretString;
    use serde_json::json;

    use super::{
        super::{
            Call, Credential,
            answer::{Judgement, RequestOutcome, judge},
            endpoint,
        },
        *,
    };

    const TOKEN: &str = "ATATT3x-canary+1/2=";

    /// The credential as it is, in Base64, as `Authorization` has it, and percent-encoded: Python's base64 and urllib.parse.
    const FORMS: [&str; 5] = [
        TOKEN,
        "QVRBVFQzeC1jYW5hcnkrMS8yPQ==",
        "YW5uQGV4YW1wbGUuY29tOkFUQVRUM3gtY2FuYXJ5KzEvMj0=",
        "ATATT3x-canary%2B1%2F2%3D",
        "ann%40example.com%3AATATT3x-canary%2b1%2f2%3d",
    ];

    fn said(status: u16, header: (&'static str, &str), body: &str) -> String {
        let credential = Credential::Basic { email: "ann@example.com".into(), token: SecretString::from(TOKEN) };
        let headers = [(HeaderName::from_static(header.0), HeaderValue::from_str(header.1).expect("a header"))];
        let status = StatusCode::from_u16(status).expect("a status");
        let body = Ok(body.as_bytes().to_vec());
        let received = Received::new(status, headers.into_iter().collect(), body, credential.repeated());
        let call = Call::new(&endpoint::GET_ISSUE, ["OPS-7"], "issue `OPS-7`");
        match judge(call.any(), RequestOutcome::Answered(received), Timestamp::UNIX_EPOCH) {
            Judgement::Success(value) => value.to_string(),
            Judgement::Limited(limit, words) => format!("{limit:?} {words}"),
            Judgement::Failed(error) => format!("{error:?} {}", Failure::from(error.clone()).message),
        }
    }

    /// Form × place: wherever the other side repeats a credential, none of it is left, also where a text is cut.
    #[test]
    fn what_an_answer_repeats_is_taken_out() {
        let none = ("x-none", "");
        for form in FORMS {
            let long = format!("{}{form}", "x".repeat(490));
            let page = format!("<p>{}{form}", "x".repeat(190));
            let answers = [
                said(400, none, &json!({ "errorMessages": [format!("no {form}")] }).to_string()),
                said(400, none, &json!({ "errorMessages": [long] }).to_string()),
                said(400, none, &json!({ "errors": { form: "unknown", "summary": form } }).to_string()),
                said(401, none, &json!({ "message": form }).to_string()),
                said(403, none, &format!("<html><p>{form}</html>")),
                said(500, none, &page),
                said(302, ("location", &format!("https://example.com/{form}/login")), ""),
                said(429, ("ratelimit-reason", form), form),
                said(200, none, &json!({ "fields": { "summary": form, form: [form] } }).to_string()),
                said(200, none, &format!("<p>{form}")),
            ];
            for said in answers {
                let left = ["ATATT", "canary", "QVRBVF", "YW5uQGV4", "UuY29tOkFU"]
                    .into_iter()
                    .find(|part| said.contains(part));
                assert_eq!(left, None, "{form}: {said}");
            }
        }
    }
}
