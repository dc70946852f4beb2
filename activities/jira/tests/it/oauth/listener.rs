//! The wait on loopback: what ends it, and all that must not.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use flowrun_access_token::{App, CallbackUrl, Consent, ConsentCode, ListenError, Listener, OAuthError, Provider};
use flowrun_engine::run::CancellationToken;

use super::person::{app_of_its_own, decides, free_callback, oauth, scopes};
use crate::site::{DEVELOPER, Site};

const LONG: Duration = Duration::from_secs(300);

fn consent(callback: &CallbackUrl) -> Consent {
    let app = App { client_id: "key".into(), client_secret: "secret".into(), callback: callback.clone() };
    Consent::new(&Provider::Atlassian, &app, &scopes(&["read:jira-work"])).expect("a consent")
}

fn state(consent: &Consent) -> String {
    let (_, after) = consent.url().split_once("&state=").expect("a state");
    let state = after.split('&').next().expect("a state");
    state.to_owned()
}

/// Sends `head` and gives the answer's first line, whose page says `Connection: close`.
fn sends(callback: &CallbackUrl, head: &str) -> String {
    let mut stream = connect(callback);
    stream.write_all(head.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
    answer.lines().next().unwrap_or_default().to_owned()
}

fn connect(callback: &CallbackUrl) -> TcpStream {
    TcpStream::connect(("127.0.0.1", callback.port())).expect("a connection")
}

fn get(callback: &CallbackUrl, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", callback.port())
}

/// Waits while `browser` runs on another thread.
async fn meanwhile(
    callback: &CallbackUrl,
    consent: &Consent,
    browser: impl FnOnce() + Send + 'static,
) -> Result<ConsentCode, OAuthError> {
    let listener = Listener::bind(callback).await.expect("a listener");
    let browser = tokio::task::spawn_blocking(browser);
    let answer = listener.wait(consent, LONG, CancellationToken::new()).await;
    browser.await.expect("a browser");
    answer
}

#[tokio::test]
async fn the_browser_comes_back_by_itself() {
    let site = Site::start().await;
    let app = app_of_its_own(&site).await;
    let consent = Consent::new(oauth(&site).provider(), &app, &scopes(&["read:jira-work"])).expect("a consent");
    let listener = Listener::bind(&app.callback).await.expect("a listener");
    let address = decides(&consent, &[("decision", "accept"), ("user", DEVELOPER), ("site", "")]).await;
    let browser =
        tokio::spawn(async move { super::person::browser().get(address).send().await.expect("a page").text().await });
    let code = listener.wait(&consent, LONG, CancellationToken::new()).await.expect("a code");
    let page = browser.await.expect("a browser").expect("a page");
    assert!(page.contains("flowrun has the answer") && !page.contains("success"), "{page}");
    oauth(&site).exchange(&app, code).await.expect("tokens");
}

#[tokio::test]
async fn only_the_answer_ends_the_wait() {
    let callback = free_callback();
    let consent = consent(&callback);
    let (to, state) = (callback.clone(), state(&consent));
    let answer = meanwhile(&callback, &consent, move || {
        // More than are waited for at a time.
        let silent: Vec<_> = (0..80).map(|_| connect(&to)).collect();
        let half = connect(&to);
        (&half).write_all(b"GET /callb").expect("half a request");
        connect(&to).shutdown(Shutdown::Both).expect("a preconnect");
        let port = to.port();
        let right = format!("/callback?code=c0de&state={state}");
        let expected = [
            (get(&to, "/favicon.ico"), "404 Not Found"),
            (get(&to, "/"), "404 Not Found"),
            (get(&to, &format!("//localhost{right}")), "404 Not Found"),
            (get(&to, "/callback"), "400 Bad Request"),
            (get(&to, &format!("/callback?state={state}")), "400 Bad Request"),
            (get(&to, "/callback?code=c0de&state=other"), "400 Bad Request"),
            (get(&to, "/callback?error=access_denied&state=other"), "400 Bad Request"),
            (format!("HEAD {right} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), "405 Method Not Allowed"),
            (format!("GET {right} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"), "400 Bad Request"),
            (format!("GET {right} HTTP/1.1\r\nHost: localhost:{port}\r\nHost: a\r\n\r\n"), "400 Bad Request"),
            (format!("GET {right} HTTP/1.1\r\n\r\n"), "400 Bad Request"),
            ("\u{0}junk\r\n\r\n".to_owned(), "400 Bad Request"),
            (format!("GET {right} HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n"), "200 OK"),
        ];
        for (head, status) in expected {
            assert_eq!(sends(&to, &head), format!("HTTP/1.1 {status}"), "{head}");
        }
        drop((silent, half));
    });
    answer.await.expect("a code");
}

#[tokio::test(start_paused = true)]
async fn who_asks_first_is_heard_before_a_crowd() {
    let callback = free_callback();
    let consent = consent(&callback);
    let listener = Listener::bind(&callback).await.expect("a listener");
    let mut browser = connect(&callback);
    let right = get(&callback, &format!("/callback?code=c0de&state={}", state(&consent)));
    browser.write_all(right.as_bytes()).expect("a request");
    let crowd: Vec<_> = (0..100).map(|_| connect(&callback)).collect();
    listener.wait(&consent, LONG, CancellationToken::new()).await.expect("a code");
    drop(crowd);
}

#[tokio::test]
async fn a_refused_consent_ends_the_wait() {
    let callback = free_callback();
    let consent = consent(&callback);
    let (to, state) = (callback.clone(), state(&consent));
    let answer = meanwhile(&callback, &consent, move || {
        assert_eq!(sends(&to, &get(&to, &format!("/callback?error=access_denied&state={state}"))), "HTTP/1.1 200 OK");
    });
    assert!(matches!(answer.await, Err(OAuthError::ConsentRefused { .. })));
}

#[tokio::test(start_paused = true)]
async fn strangers_are_counted_where_nobody_consents() {
    let callback = free_callback();
    let listener = Listener::bind(&callback).await.expect("a listener");
    let mut stranger = connect(&callback);
    stranger.write_all(get(&callback, "/callback?code=c0de&state=other").as_bytes()).expect("a request");
    let answer = listener.wait(&consent(&callback), LONG, CancellationToken::new()).await.unwrap_err();
    assert_eq!(answer, OAuthError::NotGivenInTime { wrong_states: 1, callback });
}

#[tokio::test]
async fn waiting_can_be_stopped() {
    let callback = free_callback();
    let listener = Listener::bind(&callback).await.expect("a listener");
    let stop = CancellationToken::new();
    stop.cancel();
    let answer = listener.wait(&consent(&callback), LONG, stop).await;
    assert_eq!(answer.map(|_| ()), Err(OAuthError::Stopped));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let callback = free_callback();
    let first = Listener::bind(&callback).await.expect("a listener");
    let second = Listener::bind(&callback).await.unwrap_err();
    assert!(matches!(second, ListenError::InUse { port } if port == callback.port()), "{second}");
    assert!(second.help().is_some_and(|help| help.contains("--paste")));
    drop(first);
    let elsewhere = "https://flows.example.com/callback".parse().expect("a callback URL");
    assert!(matches!(Listener::bind(&elsewhere).await, Err(ListenError::Elsewhere(_))));
}
