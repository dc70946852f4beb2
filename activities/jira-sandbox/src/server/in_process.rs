//! A site that is asked in the same process: without a socket, a runtime, or anything to wait for.

use std::io;

use axum::{
    body::Bytes,
    http::{Request, Response, request::Parts},
};

use super::{body, read, write};
use crate::{
    attachment::store::AttachmentStore,
    call::{AnsweredCall, Call},
    clock::Clock,
    description::Description,
    effect::Effect,
    faults::Faults,
    grants::{GrantChange, GrantError},
    jira::{Admission, Jira},
    seed::Seed,
    shared::SharedSite,
};

/// A Jira site in memory that answers where it is asked: for simulations, whose network is their own. Nothing goes wrong on purpose
/// here, and the contents of attachments are not kept.
#[derive(Debug)]
pub struct InProcess(SharedSite);

impl InProcess {
    /// A site with the world of this seed, at this address, whose time is the clock's.
    pub fn new(seed: &Seed, site_url: &str, clock: Clock) -> Self {
        let jira = Jira::in_memory(seed.world(Default::default()), AttachmentStore::none());
        Self(SharedSite::new(jira, site_url.to_owned(), (clock, None, Faults::default())))
    }

    /// How to reach it, and as whom.
    pub fn description(&self) -> Description {
        self.0.description()
    }

    /// Answers a request, and tells the effect that it had.
    pub fn answer(&self, request: Request<Bytes>) -> (Response<Bytes>, Option<Effect>) {
        let (head, body) = request.into_parts();
        let AnsweredCall { answer, effect, .. } = self.perform(&head, body);
        let effect = effect.and_then(|seq| {
            self.0.replied(seq);
            self.0.effect(seq)
        });
        (write::whole(answer), effect)
    }

    /// Every effect so far, oldest first.
    pub fn effects(&self) -> Vec<Effect> {
        self.0.effects()
    }

    /// Changes what a user may do.
    ///
    /// # Errors
    /// When there is no such user, permission, scope or project.
    pub fn change_grants(&self, change: &GrantChange) -> Result<(), GrantError> {
        self.0.change_grants(change)
    }

    /// Puts the world back to its beginning. Its credentials stay.
    ///
    /// # Errors
    /// None, as there is no disk.
    pub fn reset(&self) -> io::Result<()> {
        self.0.reset()
    }

    fn perform(&self, head: &Parts, body: Bytes) -> AnsweredCall {
        let call = Call { received: self.0.now(), ..read(head) };
        let body = match self.0.admit(&call) {
            Admission::Refused(refused) => return refused,
            Admission::Upload(terms) => body::whole_files(body, &head.headers, terms, &self.0.switches()),
            Admission::Open => Ok(body::json(&body, &head.headers)),
        };
        match body {
            Ok(body) => self.0.answer(&Call { body, ..call }),
            Err(refused) => AnsweredCall::refused(refused, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn site() -> InProcess {
        InProcess::new(&Seed::built_in(), "https://sandbox.example", Clock::new(|| Timestamp::UNIX_EPOCH))
    }

    fn ask(site: &InProcess, method: &str, path: &str, kind: &str, body: &str) -> (StatusCode, Value, Option<Effect>) {
        let admin = &site.description().users[0];
        let basic = BASE64_STANDARD.encode(format!("{}:{}", admin.email, admin.api_token));
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Basic {basic}"));
        let request = request.header("content-type", kind).header("x-atlassian-token", "no-check");
        let (response, effect) = site.answer(request.body(Bytes::from(body.to_owned())).unwrap());
        (response.status(), serde_json::from_slice(response.body()).unwrap_or_default(), effect)
    }

    #[test]
    fn it_answers_at_once_and_tells_the_effect() {
        let site = site();
        let paragraph = json!({ "type": "paragraph", "content": [{ "type": "text", "text": "seen" }] });
        let comment = json!({ "body": { "type": "doc", "version": 1, "content": [paragraph] } }).to_string();
        let path = "/rest/api/3/issue/OPS-1/comment";
        let (status, added, effect) = ask(&site, "POST", path, "application/json", &comment);
        assert_eq!(
            (status, effect.map(|effect| effect.operation)),
            (StatusCode::CREATED, Some("addComment".to_owned()))
        );
        let (_, listed, effect) = ask(&site, "GET", path, "application/json", "");
        assert_eq!((&listed["comments"][1]["id"], effect), (&added["id"], None));
        site.reset().unwrap();
        assert_eq!(ask(&site, "GET", path, "application/json", "").1["total"], 1, "its seed has one");
    }

    #[test]
    fn a_file_is_attached_and_its_content_let_go() {
        let site = site();
        let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--b--\r\n";
        let path = "/rest/api/3/issue/OPS-1/attachments";
        let (status, attached, effect) = ask(&site, "POST", path, "multipart/form-data; boundary=b", form);
        assert_eq!((status, &attached[0]["size"]), (StatusCode::OK, &json!(3)));
        assert_eq!(effect.unwrap().body["filename"], "a.txt");
        assert_eq!(ask(&site, "POST", path, "multipart/form-data; boundary=b", "--b").0, StatusCode::BAD_REQUEST);
    }
}
