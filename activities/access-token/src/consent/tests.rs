//! What goes into the address of the consent page, and every address that people paste.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const CALLBACK: &str = "http://localhost:8971/callback";

fn app() -> App {
    let callback = CALLBACK.parse().expect("a callback URL");
    App { client_id: "key+1".into(), client_secret: "s3cr3t-canary".into(), callback }
}

fn consent() -> Consent {
    let scopes = ["read:jira-work", "offline_access", "write:jira-work"].map(str::to_owned).into();
    Consent::new(&Provider::Atlassian, &app(), &scopes).expect("a consent")
}

/// What is pasted, `STATE` standing for the right one; and what is made of it, in the words of `Debug`.
fn read(consent: &Consent, text: &str) -> String {
    let text = text.replace("STATE", consent.state.secret());
    match consent.read(&text) {
        Ok(code) => format!("code {}", secrecy::ExposeSecret::expose_secret(&code.0)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_address_has_what_atlassian_requires_and_nothing_else() {
    let consent = consent();
    let url = Url::parse(consent.url()).expect("an address");
    assert_eq!(url.origin().ascii_serialization() + url.path(), "https://auth.atlassian.com/authorize");
    let mut query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(url.query_pairs().count(), query.len(), "each once");
    let state = query.remove("state").expect("a state");
    assert!(state.len() >= 22, "128 bits: {state}");
    let expected = [
        ("audience", "api.atlassian.com"),
        ("client_id", "key+1"),
        ("prompt", "consent"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "read:jira-work write:jira-work offline_access"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn each_consent_has_a_state_of_its_own() {
    assert_ne!(consent().state.secret(), consent().state.secret());
}

#[test]
fn what_is_pasted_is_told_apart() {
    let not_it = format!("this is not an address that begins with `{CALLBACK}` and has a `code` and a `state`");
    let expected = [
        ("http://localhost:8971/callback?code=abc&state=STATE", "code abc"),
        ("  http://localhost:8971/callback?state=STATE&code=a%2Bb%3D&x=1#_\n", "code a+b="),
        (
            "http://localhost:8971/callback?code=abc&state=other",
            "this address belongs to another consent, not the one that is waited for",
        ),
        (
            "http://localhost:8971/callback?error=access_denied&error_description=No+thanks&state=STATE",
            "the consent was refused: No thanks",
        ),
        (
            "http://localhost:8971/callback?error=access_denied&state=",
            "this address belongs to another consent, not the one that is waited for",
        ),
        (
            "http://localhost:8971/callback?error=server_error&state=STATE",
            "Atlassian could not ask for the consent: server_error",
        ),
        (
            "https://id.atlassian.com/error?error=unauthorized_client&error_description=Callback%20URL%20mismatch.",
            "the app does not have the callback URL `http://localhost:8971/callback`",
        ),
        (
            "https://id.atlassian.com/error?error=unauthorized_client&error_description=Unknown+client",
            "Atlassian does not accept the consumer key and secret: Unknown client",
        ),
        ("http://localhost:8971/callback", &not_it),
        ("http://localhost:8971/callback?code=abc", &not_it),
        ("http://localhost:8971/callback?state=STATE", &not_it),
        ("http://localhost:8971/callback?state=STATE&code=", &not_it),
        ("http://localhost:8971/callback?state=STATE&code=a&code=b", &not_it),
        ("http://localhost:8971/callback?state=STATE&state=STATE&code=a", &not_it),
        ("http://localhost:8971/Callback?code=abc&state=STATE", &not_it),
        ("https://localhost:8971/callback?code=abc&state=STATE", &not_it),
        ("http://127.0.0.1:8971/callback?code=abc&state=STATE", &not_it),
        ("https://acme.atlassian.net/error?code=abc&state=STATE", &not_it),
        ("abc", &not_it),
        ("", &not_it),
    ];
    let consent = consent();
    for (text, outcome) in expected {
        assert_eq!(read(&consent, text), outcome, "{text}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let consent = consent();
    let shown = format!("{consent:?} {:?} {:?}", app(), ConsentCode("c0de-canary".into()));
    assert!(!shown.contains("canary") && !shown.contains(consent.state.secret()), "{shown}");
}

proptest! {
    #[test]
    fn junk_is_refused(text in ".{0,300}", query in "[a-z=&%+#?0-9]{0,100}") {
        let consent = consent();
        prop_assert!(consent.read(&text).is_err());
        let answer = consent.read(&format!("{CALLBACK}?{query}"));
        prop_assert!(answer.is_err());
    }
}
