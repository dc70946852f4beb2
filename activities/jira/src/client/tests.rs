//! What every kind of answer means: a table over the sorting of answers, and what only a real connection shows.

mod credentials;
mod tls;
mod transport;

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
    thread::JoinHandle,
};

use flowrun_engine::{
    activity::{Certainty, Failure, Recovery},
    clock::SystemClock,
    id::{EffectId, StepPath},
};
use insta::assert_snapshot;
use jiff::Timestamp;
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use secrecy::SecretString;
use serde_json::json;

use super::{
    answer::{Judgement, RequestOutcome, judge},
    endpoint::{Reads, Writes},
    received::Received,
    *,
};

const SECRET: &str = "s3cr3t-canary";

fn read_call() -> Call<Reads> {
    Call::new(&endpoint::GET_ISSUE, ["OPS-7"], "issue `OPS-7`")
}

fn effect_call() -> Call<Writes> {
    Call::new(&endpoint::DELETE_ISSUE, ["OPS-7"], "issue `OPS-7`").writes_to("OPS-7")
}

/// The effect that a request is sent for.
pub(crate) fn operation() -> OperationId {
    let run = "01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("a run's id");
    OperationId { run, effect: EffectId { step: StepPath::of("step".into()), name: "effect".into(), attempt: 1 } }
}

fn answered(status: u16, headers: &[(&'static str, &str)], body: &str) -> RequestOutcome {
    let header = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
    };
    let status = StatusCode::from_u16(status).expect("a status");
    let headers = headers.iter().map(header).collect::<HeaderMap>();
    RequestOutcome::Answered(Received::new(status, headers, Ok(body.as_bytes().to_vec()), Repeated::of([SECRET])))
}

fn cut_off(status: StatusCode) -> RequestOutcome {
    let body = Err(ErrorKind::Broken("cut off".into()));
    RequestOutcome::Answered(Received::new(status, HeaderMap::new(), body, Repeated::default()))
}

fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// The failure that an outcome gives, in one line.
fn shown<Does>(call: &Call<Does>, outcome: RequestOutcome) -> String {
    let error = match judge(call.any(), outcome, now()) {
        Judgement::Success(body) => return format!("success: {body}"),
        Judgement::Limited(limit, words) => return format!("limited: {limit:?} {words}"),
        Judgement::Failed(error) => error,
    };
    let failure = Failure::from(error);
    let recovery = match failure.recovery {
        Recovery::Permanent => "permanent".to_owned(),
        Recovery::Transient { not_before: None } => "transient".to_owned(),
        Recovery::Transient { not_before: Some(time) } => format!("transient, not before {time}"),
        Recovery::RateLimited { until } => format!("limited until {until}"),
        Recovery::NeedsGrant => "needs a grant".to_owned(),
        Recovery::Denied => "denied".to_owned(),
        Recovery::PerhapsDenied => "perhaps denied".to_owned(),
    };
    let doubt = if failure.certainty == Certainty::Unknown { "in doubt" } else { "no effect" };
    format!("{} {doubt}, {recovery}: {}", failure.code, failure.message)
}

#[test]
fn answers_prove_that_nothing_happened_or_leave_it_in_doubt() {
    let jira = r#"{"errorMessages":["Jira's words."],"errors":{}}"#;
    let mut lines = Vec::new();
    for status in [400, 401, 403, 404, 405, 408, 409, 413, 422, 500, 501, 502, 503] {
        lines.push(format!("{status} read   {}", shown(&read_call(), answered(status, &[], jira))));
        lines.push(format!("{status} effect {}", shown(&effect_call(), answered(status, &[], jira))));
    }
    assert_snapshot!(lines.join("\n"), @r"
    400 read   FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (400): Jira's words.
    400 effect FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (400): Jira's words.
    401 read   FR0902 no effect, needs a grant: Jira does not recognise the access token (401): Jira's words.
    401 effect FR0902 no effect, needs a grant: Jira does not recognise the access token (401): Jira's words.
    403 read   FR0704 no effect, denied: Jira forbids this (issue `OPS-7`) (403): Jira's words.
    403 effect FR0704 no effect, denied: Jira forbids this (issue `OPS-7`) (403): Jira's words.
    404 read   FR0705 no effect, permanent: issue `OPS-7` does not exist, or is not visible to the user (404): Jira's words.
    404 effect FR0705 no effect, permanent: issue `OPS-7` does not exist, or is not visible to the user (404): Jira's words.
    405 read   FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (405): Jira's words.
    405 effect FR0703 in doubt, permanent: Jira refuses this (issue `OPS-7`) (405): Jira's words.
    408 read   FR0706 no effect, transient: Jira cannot answer (issue `OPS-7`) (408): Jira's words.
    408 effect FR0706 in doubt, transient: Jira cannot answer (issue `OPS-7`) (408): Jira's words.
    409 read   FR0714 no effect, transient: issue `OPS-7` was being changed by someone else (409): Jira's words.
    409 effect FR0714 in doubt, transient: issue `OPS-7` was being changed by someone else (409): Jira's words.
    413 read   FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (413): Jira's words.
    413 effect FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (413): Jira's words.
    422 read   FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (422): Jira's words.
    422 effect FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (422): Jira's words.
    500 read   FR0706 no effect, transient: Jira cannot answer (issue `OPS-7`) (500): Jira's words.
    500 effect FR0706 in doubt, transient: Jira cannot answer (issue `OPS-7`) (500): Jira's words.
    501 read   FR0703 no effect, permanent: Jira refuses this (issue `OPS-7`) (501): Jira's words.
    501 effect FR0703 in doubt, permanent: Jira refuses this (issue `OPS-7`) (501): Jira's words.
    502 read   FR0706 no effect, transient: Jira cannot answer (issue `OPS-7`) (502): Jira's words.
    502 effect FR0706 in doubt, transient: Jira cannot answer (issue `OPS-7`) (502): Jira's words.
    503 read   FR0706 no effect, transient: Jira cannot answer (issue `OPS-7`) (503): Jira's words.
    503 effect FR0706 in doubt, transient: Jira cannot answer (issue `OPS-7`) (503): Jira's words.
    ");
}

#[test]
fn broken_connections_leave_an_effect_in_doubt() {
    let outcomes = || {
        [
            RequestOutcome::NotReached("connection refused".into()),
            RequestOutcome::TimedOut,
            RequestOutcome::Broken("connection reset by peer".into()),
            cut_off(StatusCode::CREATED),
            cut_off(StatusCode::NOT_FOUND),
        ]
    };
    let read = outcomes().map(|outcome| format!("read   {}", shown(&read_call(), outcome)));
    let effect = outcomes().map(|outcome| format!("effect {}", shown(&effect_call(), outcome)));
    assert_snapshot!([read, effect].concat().join("\n"), @r"
    read   FR0706 no effect, transient: Jira cannot be reached: connection refused
    read   FR0708 no effect, transient: Jira gave no answer in time (issue `OPS-7`)
    read   FR0706 no effect, transient: the connection to Jira broke before its answer was complete (issue `OPS-7`): connection reset by peer
    read   FR0706 no effect, transient: the connection to Jira broke before its answer was complete (issue `OPS-7`): cut off (201)
    read   FR0705 no effect, permanent: issue `OPS-7` does not exist, or is not visible to the user (404)
    effect FR0706 no effect, transient: Jira cannot be reached: connection refused
    effect FR0708 in doubt, transient: Jira gave no answer in time (issue `OPS-7`)
    effect FR0706 in doubt, transient: the connection to Jira broke before its answer was complete (issue `OPS-7`): connection reset by peer
    effect FR0706 in doubt, transient: the connection to Jira broke before its answer was complete (issue `OPS-7`): cut off (201)
    effect FR0705 no effect, permanent: issue `OPS-7` does not exist, or is not visible to the user (404)
    ");
}

#[test]
fn other_answers_say_what_to_do() {
    let scope = r#"{"code":401,"message":"Unauthorized; scope does not match"}"#;
    let denied = ("x-seraph-loginreason", "AUTHENTICATION_DENIED");
    let outcomes = [
        answered(401, &[], scope),
        answered(403, &[denied], "<html><body>Forbidden</body></html>"),
        answered(200, &[denied], "{}"),
        answered(302, &[("location", "https://id.example.com/login?state=s3cr3t")], ""),
        answered(503, &[("retry-after", "30")], "<html><title>Down</title></html>"),
        answered(200, &[], "<!doctype html><title>Log in</title>"),
        answered(200, &[], r#"{"key""#),
        answered(204, &[], ""),
        answered(429, &[("retry-after", "7"), ("ratelimit-reason", "jira-burst-based")], "Rate limit exceeded"),
    ];
    let lines = outcomes.map(|outcome| shown(&effect_call(), outcome));
    assert_snapshot!(lines.join("\n"), @r#"
    FR0704 no effect, needs a grant: the access token lacks a scope for this (issue `OPS-7`) (401): Unauthorized; scope does not match
    FR0902 no effect, permanent: Jira denies this user's login (403): Forbidden
    FR0902 in doubt, permanent: Jira denies this user's login (200)
    FR0706 in doubt, permanent: Jira's address leads elsewhere, to `https://id.example.com/login` (302)
    FR0706 in doubt, transient, not before 2026-01-31T12:00:30Z: Jira cannot answer (issue `OPS-7`) (503): Down
    FR0706 in doubt, permanent: Jira's answer cannot be read (issue `OPS-7`): a page of HTML, expected value at line 1 column 1 in the answer of `DELETE /rest/api/3/issue/{issueIdOrKey}` (200)
    FR0706 in doubt, permanent: Jira's answer cannot be read (issue `OPS-7`): EOF while parsing an object at line 1 column 6 in the answer of `DELETE /rest/api/3/issue/{issueIdOrKey}` (200)
    success: null
    limited: Limit { reason: Some("jira-burst-based"), retry_after: Some("7"), reset: None, limit: None, remaining: None } Rate limit exceeded
    "#);
}

/// Answers one connection with these bytes, and gives what was asked.
fn answerer(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = vec![0; 64 * 1024];
        let length = stream.read(&mut asked).expect("a request");
        stream.write_all(answer.as_bytes()).expect("the client is there");
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (address, asked)
}

pub(super) fn client(api_base: &str) -> Client {
    let connection = Connection {
        api_base: api_base.into(),
        site_url: "https://acme.atlassian.net".into(),
        credentials: Arc::new(Credential::Bearer(SecretString::from(SECRET))),
    };
    Client::connect(connection, &Settings::default(), Arc::new(SystemClock)).expect("a client")
}

#[tokio::test]
async fn a_request_is_addressed_and_signed() {
    let (address, asked) = answerer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let call = Call::new(&endpoint::ASSIGN_ISSUE, ["OPS-7"], "it").query("expand", "a b&c").body(json!({ "a": 1 }));
    assert_eq!(client(&format!("{address}/ex/jira/1-2/")).write(&call, &operation()).await, Ok(json!({})));
    let asked = asked.join().expect("it answered").to_lowercase();
    let line = "put /ex/jira/1-2/rest/api/3/issue/ops-7/assignee?expand=a+b%26c http/1.1";
    assert_eq!(asked.lines().next(), Some(line));
    for expected in [&format!("authorization: bearer {SECRET}"), "accept: application/json", "user-agent: flowrun/"] {
        assert!(asked.contains(expected), "{asked}");
    }
    assert!(asked.ends_with(r#"{"a":1}"#), "{asked}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (address, asked) = answerer("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
    let error = client(&address).write(&effect_call(), &operation()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Redirected(Some("http://127.0.0.1:1/".into())));
    asked.join().expect("it was asked once");
}

#[tokio::test]
async fn a_server_that_hangs_up_leaves_an_effect_in_doubt() {
    let (address, asked) = answerer("");
    let error = client(&address).write(&effect_call(), &operation()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Broken(_)), "{error:?}");
    assert_eq!(error.certainty, Certainty::Unknown);
    asked.join().expect("it was asked");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_leaves_an_effect_in_doubt() {
    let (address, asked) = answerer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":");
    let error = client(&address).write(&effect_call(), &operation()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Broken(_)), "{error:?}");
    assert_eq!(error.certainty, Certainty::Unknown);
    asked.join().expect("it was asked");
}

#[tokio::test]
async fn nobody_there_proves_that_nothing_happened() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let error = client(&address).write(&effect_call(), &operation()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::NotReached(_)), "{error:?}");
    assert_eq!(error.certainty, Certainty::NoEffect);
}

#[tokio::test]
async fn a_closed_gate_lets_nothing_out() {
    let (address, asked) = answerer(
        "HTTP/1.1 429 x\r\nretry-after: 3600\r\nratelimit-reason: jira-per-issue-on-write\r\nconnection: close\r\n\
         content-length: 0\r\n\r\n",
    );
    let client = client(&address);
    let first = client.write(&effect_call(), &operation()).await.unwrap_err();
    // The answerer takes one connection only: a second request would find nobody.
    asked.join().expect("it was asked");
    let second = client.write(&effect_call(), &operation()).await.unwrap_err();
    let until = |error: &JiraError| match error.kind {
        ErrorKind::RateLimited(until) => until,
        _ => panic!("{error:?}"),
    };
    assert!(until(&first) < until(&second), "each has a time of its own to come back");
    assert_eq!((first.status, second.status), (Some(429), None));
    let other = Call::new(&endpoint::DELETE_ISSUE, ["OPS-8"], "issue `OPS-8`").writes_to("OPS-8");
    assert!(
        matches!(client.write(&other, &operation()).await.unwrap_err().kind, ErrorKind::NotReached(_)),
        "another issue may be written"
    );
}

#[test]
fn a_ca_bundle_must_hold_certificates() {
    let connect = |bundle: &[u8]| {
        let connection = Connection {
            api_base: "https://acme.atlassian.net".into(),
            site_url: "https://acme.atlassian.net".into(),
            credentials: Arc::new(Credential::Bearer(SecretString::from(SECRET))),
        };
        let settings = Settings { ca_bundle: Some(bundle.to_vec()), ..Settings::default() };
        Client::connect(connection, &settings, Arc::new(SystemClock)).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(connect(b"no certificate"), Err("the CA bundle has no certificate in it".into()));
    let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert_eq!(connect(broken), Err("the CA bundle cannot be read".into()));
}

#[tokio::test]
async fn without_a_site_nothing_is_sent() {
    let failure = Failure::from(Client::offline().write(&effect_call(), &operation()).await.unwrap_err());
    assert_eq!((failure.code.to_string().as_str(), failure.certainty), ("FR0901", Certainty::NoEffect));
}

#[tokio::test]
async fn secrets_are_never_shown() {
    let (address, asked) = answerer("HTTP/1.1 401 x\r\ncontent-length: 0\r\n\r\n");
    let client = client(&address);
    let error = client.reader().send(&read_call()).await.unwrap_err();
    let sent = asked.join().expect("it was asked");
    assert!(sent.contains(SECRET), "the canary is sent");
    let authorization = Credential::Bearer(SecretString::from(SECRET)).header().expect("a header");
    let request = client.site().map(|site| format!("{:?}", site.request(read_call().any(), authorization)));
    let shown = format!("{client:?} {error:?} {error} {:?} {request:?}", Failure::from(error.clone()));
    assert!(!shown.contains("canary"), "{shown}");
}
