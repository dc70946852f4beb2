//! A person with a browser at the consent page, and an app of hers.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
};

use flowrun_access_token::{App, CallbackUrl, Consent, ConsentCode, OAuth, Provider, TokenName};
use flowrun_engine::clock::SystemClock;
use flowrun_jira::{Jira, Settings, on_this_machine};
use reqwest::{Client, header::LOCATION};
use serde_json::{Value, json};

use crate::site::Site;

pub(super) fn name() -> TokenName {
    "acme".parse().expect("a name")
}

pub(super) fn oauth(site: &Site) -> OAuth {
    let provider = Provider::sandbox(&site.sandbox.description().site_url).expect("a sandbox");
    OAuth::new(Arc::new(Jira), provider, &Settings::default(), Arc::new(SystemClock)).expect("an authorization server")
}

/// The app that the sandbox comes with.
pub(super) fn app(site: &Site) -> App {
    let app = site.sandbox.description().app.clone();
    App {
        client_id: app.client_id,
        client_secret: app.client_secret.into(),
        callback: app.callback_url.parse().expect("a callback URL"),
    }
}

/// An app whose callback URL has a port that nobody uses.
pub(super) async fn app_of_its_own(site: &Site) -> App {
    let callback = free_callback();
    let app = control(site, "apps", json!({ "callback_url": callback.as_str() })).await;
    let text = |name: &str| app[name].as_str().expect("a text").to_owned();
    App { client_id: text("client_id"), client_secret: text("client_secret").into(), callback }
}

pub(super) fn free_callback() -> CallbackUrl {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    format!("http://localhost:{}/callback", port.expect("a port").port()).parse().expect("a callback URL")
}

pub(super) async fn control(site: &Site, path: &str, body: Value) -> Value {
    let url = format!("{}/_sandbox/{path}", site.sandbox.description().site_url);
    let answer = browser().post(url).json(&body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default()
}

pub(super) fn scopes(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn browser() -> Client {
    on_this_machine().build().expect("a browser")
}

/// Opens the consent page and decides as `decision` says; gives the address that the browser is sent to.
pub(super) async fn decides(consent: &Consent, decision: &[(&str, &str)]) -> String {
    let page = browser().get(consent.url()).send().await.expect("a page");
    if page.status().is_redirection() {
        return location(&page);
    }
    let page = page.text().await.expect("a page");
    let (_, after) = page.split_once("name=\"consent\" value=\"").expect("a form");
    let id = after.split('"').next().expect("an id");
    let form = [&[("consent", id)], decision].concat();
    let url = consent.url().split('?').next().expect("an address");
    let query = form.iter().fold(String::new(), |text, (name, value)| format!("{text}&{name}={}", encoded(value)));
    let request = browser().post(url).header("content-type", "application/x-www-form-urlencoded").body(query);
    location(&request.send().await.expect("an answer"))
}

fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('@', "%40")
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers()[LOCATION].to_str().expect("an address").to_owned()
}

/// A consent of `user` for all sites, and its code.
pub(super) async fn consents(site: &Site, app: &App, user: &str, names: &[&str]) -> ConsentCode {
    let consent = Consent::new(oauth(site).provider(), app, &scopes(names)).expect("a consent");
    let address = decides(&consent, &[("decision", "accept"), ("user", user), ("site", "all")]).await;
    consent.read(&address).expect("a code")
}
