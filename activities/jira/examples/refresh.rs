//! Renews one access token again and again, for `tests/refresh/run.sh`, which runs many of these and kills them.
//!
//! `refresh consent URL DIRECTORY [keyring]` consents at the sandbox of that address and keeps the access token `shared`;
//! `refresh renew URL DIRECTORY TIMES` renews it, prints a line for each time, and asks Jira with each bearer;
//! `refresh witness URL` prints what the sandbox knows of its families of refresh tokens.

#![expect(clippy::print_stdout, reason = "its lines are what it is for")]

use std::{collections::BTreeSet, error::Error, path::PathBuf, sync::Arc};

use flowrun_access_token::{
    App, CallbackUrl, Consent, KeptCredentials, OAuth, Provider, Sealing, TokenName, TokenStore, Unlock, add_oauth,
};
use flowrun_engine::clock::{Clock, SystemClock};
use flowrun_jira::{Credential, Credentials, Jira, Settings, on_this_machine};
use reqwest::{Client, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

type ExampleResult<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExampleResult<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["consent", url, directory] => consent(url, directory.into(), Sealing::Open).await,
        ["consent", url, directory, "keyring"] => consent(url, directory.into(), Sealing::Keyring).await,
        ["renew", url, directory, times] => renew(url, directory.into(), times.parse()?).await,
        ["witness", url] => witness(url).await,
        _ => Err("usage: refresh consent URL DIRECTORY [keyring] | renew URL DIRECTORY TIMES | witness URL".into()),
    }
}

fn name() -> TokenName {
    "shared".parse().expect("a name")
}

fn oauth(url: &str) -> ExampleResult<OAuth> {
    Ok(OAuth::new(Arc::new(Jira), Provider::sandbox(url)?, &Settings::default(), Arc::new(SystemClock))?)
}

fn http() -> reqwest::Result<Client> {
    on_this_machine().build()
}

async fn witness(url: &str) -> ExampleResult<()> {
    println!("{}", http()?.get(format!("{url}/_sandbox/oauth")).send().await?.text().await?);
    Ok(())
}

async fn consent(url: &str, directory: PathBuf, sealing: Sealing) -> ExampleResult<()> {
    let http = http()?;
    let callback = CallbackUrl::default();
    let registered = http.post(format!("{url}/_sandbox/apps")).json(&json!({ "callback_url": callback.as_str() }));
    let registered: Value = registered.send().await?.error_for_status()?.json().await?;
    let text = |name: &str| registered[name].as_str().unwrap_or_default().to_owned();
    let app = App { client_id: text("client_id"), client_secret: text("client_secret").into(), callback };
    let scopes = BTreeSet::from(["read:jira-work".to_owned(), "read:jira-user".to_owned()]);
    let oauth = oauth(url)?;
    let asked = Consent::new(oauth.provider(), &app, &scopes)?;
    let page = http.get(asked.url()).send().await?.text().await?;
    let chosen = ["consent", "user", "site"].map(|field| format!("{field}={}", chosen(&page, field)));
    let accepted = http
        .post(format!("{url}/authorize"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("{}&decision=accept", chosen.join("&")))
        .send()
        .await?;
    let led = accepted.headers().get(header::LOCATION).ok_or("the consent page led nowhere")?.to_str()?;
    let tokens = oauth.exchange(&app, asked.read(led)?).await?;
    let kept = add_oauth(&oauth, name(), &app, &tokens, Some(url)).await?;
    let store = TokenStore::open(directory, Unlock::never());
    let locked = store.lock(&name()).await?;
    store.write(&kept, sealing, &locked)?;
    Ok(())
}

/// The first value that the page offers for a field.
fn chosen<'a>(page: &'a str, field: &str) -> &'a str {
    let after = page.split_once(&format!("name=\"{field}\" value=\"")).map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}

async fn renew(url: &str, directory: PathBuf, times: u32) -> ExampleResult<()> {
    let http = http()?;
    let store = Arc::new(TokenStore::open(directory, Unlock::never()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let failed = |failure: flowrun_engine::activity::Failure| format!("{}: {failure}", failure.code);
    let credentials = Arc::new(KeptCredentials::new(store, &name(), oauth(url)?, clock).map_err(failed)?);
    let base = credentials.connection().api_base;
    for _ in 0..times {
        credentials.refresh_now().await.map_err(failed)?;
        let credential = credentials.current().await.map_err(failed)?;
        let Credential::Bearer(bearer) = credential else { return Err("it is not a bearer".into()) };
        let asked = http.get(format!("{base}/rest/api/3/myself")).bearer_auth(bearer.expose_secret()).send().await?;
        // Another process may have renewed it since; then Jira may have forgotten this one, never the newest.
        println!("renewed {} {}", asked.status().as_u16(), SystemClock.now().as_second());
    }
    Ok(())
}
