//! An app at the side of the tests, with a browser that fills the consent page in.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use flowrun_jira_sandbox::{Clock, Options, Sandbox, Switches};
use jiff::Timestamp;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::client::{http, start};

pub(super) const ADMIN: &str = "admin@example.com";
pub(super) const DANA: &str = "dana@example.com";
pub(super) const SCOPES: &str = "read:jira-work read:jira-user offline_access";
pub(super) const STATE: &str = "a state & more=x";

/// A status and a body; a text where the body is no JSON.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: Value,
}

/// An app of a sandbox, and the person who consents.
pub(super) struct App {
    pub(super) sandbox: Sandbox,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) callback: String,
    http: reqwest::Client,
}

/// Options whose clock stands still.
pub(super) fn options(switches: Switches) -> Options {
    let seconds = Arc::new(AtomicI64::new(1_795_000_000));
    let now = move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).expect("a time");
    Options { clock: Clock::new(now), switches, ..Options::default() }
}

/// The built-in app of a new sandbox.
pub(super) async fn app(switches: Switches) -> App {
    App::of(start(options(switches)).await)
}

impl App {
    pub(super) fn of(sandbox: Sandbox) -> Self {
        let app = sandbox.description().app;
        let http = http().redirect(Policy::none()).build().expect("a client");
        let (client_id, client_secret, callback) = (app.client_id, app.client_secret, app.callback_url);
        Self { sandbox, client_id, client_secret, callback, http }
    }

    /// The address that a person opens, with some parameters changed; without those that are empty.
    pub(super) fn address(&self, scopes: &str, changed: &[(&str, &str)]) -> reqwest::Url {
        let parameters = [
            ("audience", "api.atlassian.com"),
            ("client_id", &self.client_id),
            ("scope", scopes),
            ("redirect_uri", &self.callback),
            ("state", STATE),
            ("response_type", "code"),
            ("prompt", "consent"),
        ];
        let kept = parameters.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        let all = kept.chain(changed.iter().copied()).filter(|(_, value)| !value.is_empty());
        let base = format!("{}/authorize", self.sandbox.description().site_url);
        reqwest::Url::parse_with_params(&base, all).expect("an address")
    }

    pub(super) async fn get(&self, url: impl reqwest::IntoUrl) -> Reply {
        reply(self.http.get(url)).await
    }

    /// Reads a path as if it had another host.
    pub(super) async fn get_as(&self, host: &str, path: &str) -> Reply {
        reply(self.http.get(self.url(path)).header("host", host)).await
    }

    /// Opens the page, and sends its form with these choices.
    pub(super) async fn submit(&self, scopes: &str, choices: &[(&str, &str)]) -> Reply {
        let page = self.get(self.address(scopes, &[])).await;
        let page = page.body.as_str().expect("a page").to_owned();
        let cloud_id = self.sandbox.description().cloud_id;
        let fields = [
            ("consent", hidden(&page, "consent")),
            ("user", ADMIN.to_owned()),
            ("site", cloud_id),
            ("decision", "accept".to_owned()),
        ];
        let kept = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let kept = kept.filter(|(name, _)| choices.iter().all(|(other, _)| other != name));
        let form: Vec<_> = kept.chain(choices.iter().copied()).collect();
        self.post_form("/authorize", &form).await
    }

    /// A code for these scopes.
    pub(super) async fn code(&self, scopes: &str, choices: &[(&str, &str)]) -> String {
        let reply = self.submit(scopes, choices).await;
        query(&reply, "code").expect("a code")
    }

    /// Exchanges a code.
    pub(super) async fn exchange(&self, code: &str) -> Reply {
        self.token(json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": self.callback })).await
    }

    /// The tokens of a new consent.
    pub(super) async fn consent(&self, scopes: &str, choices: &[(&str, &str)]) -> Value {
        let code = self.code(scopes, choices).await;
        let reply = self.exchange(&code).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    pub(super) async fn refresh(&self, refresh_token: &Value) -> Reply {
        self.token(json!({ "grant_type": "refresh_token", "refresh_token": refresh_token })).await
    }

    /// Asks the token endpoint, with the app's credentials where the body has no others.
    pub(super) async fn token(&self, body: Value) -> Reply {
        let mut whole = json!({ "client_id": self.client_id, "client_secret": self.client_secret });
        whole.as_object_mut().expect("an object").extend(body.as_object().cloned().expect("an object"));
        self.post("/oauth/token", &whole).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        reply(self.http.post(self.url(path)).json(body)).await
    }

    pub(super) async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body =
            reqwest::Url::parse_with_params("http://a", form).expect("pairs").query().unwrap_or_default().to_owned();
        self.post_text(path, "application/x-www-form-urlencoded", &body).await
    }

    pub(super) async fn post_text(&self, path: &str, kind: &str, body: &str) -> Reply {
        reply(self.http.post(self.url(path)).header("content-type", kind).body(body.to_owned())).await
    }

    /// Reads with a bearer, or with another credential.
    pub(super) async fn read(&self, path: &str, authorization: &str) -> Reply {
        reply(self.http.get(self.url(path)).header("authorization", authorization)).await
    }

    /// Who the bearer is of, at the gateway.
    pub(super) async fn myself(&self, bearer: &Value) -> Reply {
        let path = format!("/ex/jira/{}/rest/api/3/myself", self.sandbox.description().cloud_id);
        self.read(&path, &format!("Bearer {}", bearer.as_str().expect("a bearer"))).await
    }

    pub(super) async fn advance(&self, seconds: u64) {
        let reply = self.post("/_sandbox/clock", &json!({ "advance_seconds": seconds })).await;
        assert_eq!(reply.status, 204, "{reply:?}");
    }

    /// What the control interface tells of the grants.
    pub(super) async fn grants(&self) -> Value {
        self.get(self.url("/_sandbox/oauth")).await.body
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.description().site_url)
    }
}

/// A parameter of the address that a reply leads to.
pub(super) fn query(reply: &Reply, name: &str) -> Option<String> {
    let location = reply.location.as_deref()?.parse::<reqwest::Url>().expect("an address");
    location.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn hidden(page: &str, name: &str) -> String {
    let value = page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next());
    value.expect("a hidden field").replace("&amp;", "&")
}

async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let location = answer.headers().get("location").map(|value| value.to_str().expect("a text").to_owned());
    let text = answer.text().await.expect("a body");
    Reply { status, location, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}
