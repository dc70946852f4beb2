//! A plain HTTP client for the tests of the sandbox.

use base64::{Engine, engine::general_purpose::STANDARD};
use flowrun_jira_sandbox::{Options, Sandbox};
use reqwest::{header::HeaderMap, multipart::Form};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::{Value, json};

/// Somebody who talks to a sandbox through one of the bases of its API.
pub(crate) struct Client {
    pub(crate) base: String,
    authorization: Option<String>,
    http: reqwest::Client,
}

/// A status and a body; null where it has none.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// The beginning of a client that goes straight to this machine.
pub(crate) fn http() -> reqwest::ClientBuilder {
    // Where the client is built with TLS it must be told with which algorithms, though nothing here is spoken to over TLS.
    let tls =
        ClientConfig::builder_with_provider(ring::default_provider().into()).with_safe_default_protocol_versions();
    let tls = tls.expect("ring has algorithms for TLS").with_root_certificates(RootCertStore::empty());
    reqwest::Client::builder().tls_backend_preconfigured(tls.with_no_client_auth()).no_proxy()
}

pub(crate) async fn start(options: Options) -> Sandbox {
    Sandbox::start(options).await.expect("the sandbox starts")
}

pub(crate) fn document(text: &str) -> Value {
    json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": text }] }] })
}

impl Client {
    pub(crate) fn new(base: String, authorization: Option<String>) -> Self {
        Self { base, authorization, http: http().build().expect("a client") }
    }

    /// The user with the bearer token that the sandbox comes with.
    pub(crate) fn gateway(sandbox: &Sandbox, email: &str) -> Self {
        let description = sandbox.description();
        let user = description.users.iter().find(|user| user.email == email).expect("a user of the sandbox");
        let base = format!("{}/ex/jira/{}", description.gateway_url, description.cloud_id);
        Self::new(base, Some(format!("Bearer {}", user.bearer_token)))
    }

    /// The user with a bearer token of other scopes.
    pub(crate) fn scoped(sandbox: &Sandbox, email: &str, scopes: &[&str]) -> Self {
        let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let token = sandbox.issue_token(email, &scopes).expect("a user of the sandbox");
        Self { authorization: Some(format!("Bearer {token}")), ..Self::gateway(sandbox, email) }
    }

    pub(crate) fn basic(email: &str, token: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{email}:{token}")))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.http.delete(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.http.post(self.url(path)).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.http.put(self.url(path)).json(&body)).await
    }

    pub(crate) async fn post_text(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let request = self.http.post(self.url(path)).header("content-type", content_type);
        self.send(request.body(body.to_owned())).await
    }

    /// A post with headers of its own; a body that is no JSON is given as a string.
    pub(crate) async fn post_with(&self, path: &str, body: (&str, &str), headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.post(self.url(path)).header("content-type", body.0).body(body.1.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    pub(crate) async fn upload(&self, path: &str, form: Form) -> Answer {
        self.send(self.http.post(self.url(path)).header("x-atlassian-token", "no-check").multipart(form)).await
    }

    /// Status, text and `Content-Range` of a download, redirects followed.
    pub(crate) async fn fetch(&self, path: &str, range: Option<&str>) -> (u16, String, Option<String>) {
        let mut request = self.http.get(self.url(path));
        for (name, value) in [("authorization", self.authorization.as_deref()), ("range", range)] {
            request = value.into_iter().fold(request, |request, value| request.header(name, value));
        }
        let answer = request.send().await.expect("an answer");
        let shown = answer.headers().get("content-range").map(|value| value.to_str().expect("a text").to_owned());
        (answer.status().as_u16(), answer.text().await.expect("a body"), shown)
    }

    pub(crate) async fn request(&self, method: &str, path: &str) -> Answer {
        let method = method.parse().expect("a method");
        self.send(self.http.request(method, self.url(path))).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request that may come to nothing, and the headers of its answer.
    pub(crate) async fn attempt(
        &self,
        (method, path): (&str, &str),
        body: Option<&Value>,
    ) -> reqwest::Result<(u16, HeaderMap, String)> {
        let request = self.http.request(method.parse().expect("a method"), self.url(path));
        let request = body.into_iter().fold(request, |request, body| request.json(body));
        let request = self.authorization.iter().fold(request, |request, value| request.header("authorization", value));
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok((status, headers, answer.text().await?))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = match &self.authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        Answer { status, body }
    }
}
