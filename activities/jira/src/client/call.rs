//! One request, as activities state it: an operation, the parts of its path, its query and its body, JSON or a file.

use std::marker::PhantomData;

use flowrun_engine::{
    activity::EffectRequest,
    id::{OperationId, RunId},
};
use flowrun_http::PATH_PART;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};

use super::{
    endpoint::{Endpoint, Operation, Reads, Writes},
    tag::{TAG, tag},
    upload::Upload,
};

/// The id of nothing: Jira counts from 1.
const NOTHING: &str = "0";

/// One request, of an operation that reads or of one that writes.
#[derive(Clone, Debug)]
pub(crate) struct Call<Does> {
    any: AnyCall,
    does: PhantomData<Does>,
}

/// One request, whatever it does.
#[derive(Clone, Debug)]
pub(super) struct AnyCall {
    pub(super) operation: &'static Operation,
    pub(super) path: Result<String, BadPart>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Body>,
    pub(super) subject: String,
    pub(super) issue: Option<String>,
    /// Whether Jira is asked even where its answer is remembered.
    pub(super) anew: bool,
    /// The run that it is sent for: of each that has an effect.
    pub(super) run: Option<RunId>,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Json(Value),
    File(Upload),
}

/// A part that would lead elsewhere in the path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be part of an address")]
pub(crate) struct BadPart(String);

impl<Does> Call<Does> {
    /// A request of `endpoint`. `subject` says in words on what: "issue `OPS-7`".
    pub(crate) fn new<const PARTS: usize>(
        endpoint: &'static Endpoint<PARTS, Does>,
        parts: [&str; PARTS],
        subject: impl Into<String>,
    ) -> Self {
        Self::of(endpoint.operation(), &parts, subject.into())
    }

    fn of(operation: &'static Operation, parts: &[&str], subject: String) -> Self {
        let path = fill(operation.method_and_template().1, parts);
        let any =
            AnyCall { operation, path, query: Vec::new(), body: None, subject, issue: None, anew: false, run: None };
        Self { any, does: PhantomData }
    }

    /// The same, with a parameter in the query.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.any.query.push((name, value.into()));
        self
    }

    /// The same, with a body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.any.body = Some(Body::Json(body));
        self
    }

    /// The same, with a file.
    pub(crate) fn upload(mut self, file: Upload) -> Self {
        self.any.body = Some(Body::File(file));
        self
    }

    /// The same, counted among the writes of one issue.
    pub(crate) fn writes_to(mut self, issue: impl Into<String>) -> Self {
        self.any.issue = Some(issue.into());
        self
    }

    /// The same, without what its type says.
    pub(super) fn any(&self) -> &AnyCall {
        &self.any
    }
}

impl Call<Writes> {
    /// The same for an effect, whatever else it says: counted among the requests of its run, and tagged with it.
    pub(super) fn of_effect(&self, operation: &OperationId) -> AnyCall {
        let mut call = AnyCall { run: Some(operation.run), ..self.any.clone() };
        if let (true, Some(Body::Json(body))) = (call.operation.takes_tag, &mut call.body) {
            body["properties"] = json!([{ "key": TAG, "value": tag(operation) }]);
        }
        call
    }
}

impl EffectRequest for Call<Writes> {
    fn shown(&self) -> Value {
        let AnyCall { operation, path, query, body, .. } = &self.any;
        let (method, template) = operation.method_and_template();
        let query: Map<_, _> = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        let body = match body {
            Some(Body::Json(body)) => body.clone(),
            Some(Body::File(file)) => json!({ "filename": file.name, "size": file.size, "sha256": file.sha256 }),
            None => Value::Null,
        };
        json!({ "method": method, "path": path.as_deref().unwrap_or(template), "query": query, "body": body })
    }
}

impl Call<Reads> {
    /// The same, asked even where its answer is remembered.
    pub(crate) fn anew(mut self) -> Self {
        self.any.anew = true;
        self
    }

    /// A read of what is not there, which tells nevertheless whether the access token may read such things.
    pub(crate) fn probe(operation: &'static Operation) -> Self {
        assert!(!operation.effect, "only what has no effect is tried");
        let template = operation.method_and_template().1;
        let parts: Vec<_> = template.split('/').filter(|piece| piece.starts_with('{')).map(|_| NOTHING).collect();
        Self::of(operation, &parts, "the scopes".to_owned())
    }
}

/// A path template, its places filled in order.
fn fill(template: &str, parts: &[&str]) -> Result<String, BadPart> {
    let mut parts = parts.iter();
    let mut filled = String::new();
    for piece in template.split('/').skip(1) {
        filled.push('/');
        if !piece.starts_with('{') {
            filled.push_str(piece);
            continue;
        }
        let part = parts.next().expect("an endpoint's type has as many parts as its template has places");
        // Encoding does not help against these two: address parsers resolve `%2e%2e` too.
        if matches!(*part, "" | "." | "..") {
            return Err(BadPart((*part).to_owned()));
        }
        filled.extend(utf8_percent_encode(part, PATH_PART));
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{endpoint, tests::operation};

    /// An operation × whether it takes a tag.
    #[test]
    fn what_is_sent_for_an_effect_is_its_runs_and_tagged_where_that_can_be() {
        let properties = json!([{ "key": "flowrun", "value": tag(&operation()) }]);
        let expected = [
            (Call::new(&endpoint::ADD_COMMENT, ["OPS-7"], "it"), json!({ "a": 1, "properties": properties })),
            (Call::new(&endpoint::ASSIGN_ISSUE, ["OPS-7"], "it"), json!({ "a": 1 })),
        ];
        for (call, body) in expected {
            let sent = call.body(json!({ "a": 1 })).of_effect(&operation());
            assert_eq!(sent.run, Some(operation().run));
            assert!(matches!(sent.body, Some(Body::Json(sent)) if sent == body), "{}", sent.operation.name);
        }
    }

    #[test]
    fn parts_stay_in_their_place() {
        let path = |part: &str| Call::new(&endpoint::ADD_COMMENT, [part], "it").any.path;
        let expected = [
            ("OPS-7", Some("OPS-7")),
            ("10042", Some("10042")),
            ("../../admin", Some("..%2F..%2Fadmin")),
            ("a?b#c", Some("a%3Fb%23c")),
            ("ü", Some("%C3%BC")),
            ("%2e%2e", Some("%252e%252e")),
            ("..", None),
            (".", None),
            ("", None),
        ];
        for (part, encoded) in expected {
            let expected = encoded.map(|encoded| format!("/rest/api/3/issue/{encoded}/comment"));
            assert_eq!(path(part).ok(), expected, "{part}");
        }
    }
}
