//! The consent page: what it takes, what it shows, and where it leads.

use flowrun_jira_sandbox::Switches;
use serde_json::json;

use super::app::{SCOPES, STATE, app, query};

#[tokio::test]
async fn the_page_shows_who_where_and_what() {
    let app = app(Switches::default()).await;
    let page = app.get(app.address("read:jira-work read:issue:jira offline_access", &[])).await;
    let html = page.body.as_str().expect("a page");
    for shown in
        ["View Jira issue data", "<code>read:jira-work</code>", "<code>read:issue:jira</code>", "Dana Developer"]
    {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(html.contains("http://second.localhost:") && html.contains("all sites"), "{html}");
    assert!(!html.contains("offline_access") && !html.contains("<script"), "{html}");
}

#[tokio::test]
async fn yes_gives_a_code_and_no_gives_an_error_both_with_the_state() {
    let app = app(Switches::default()).await;
    let accepted = app.submit(SCOPES, &[]).await;
    assert_eq!((accepted.status, query(&accepted, "state").as_deref()), (302, Some(STATE)));
    assert!(accepted.location.as_deref().is_some_and(|location| location.starts_with(&app.callback)));
    assert!(query(&accepted, "code").is_some());
    let refused = app.submit(SCOPES, &[("decision", "cancel")]).await;
    assert_eq!(query(&refused, "error").as_deref(), Some("access_denied"));
    assert_eq!((query(&refused, "state").as_deref(), query(&refused, "code")), (Some(STATE), None));
}

#[tokio::test]
async fn what_is_wrong_with_the_address_ends_at_a_page_and_never_at_the_app() {
    let app = app(Switches::default()).await;
    for (name, value, error, words) in [
        ("client_id", "other", "unauthorized_client", "Unknown client"),
        ("client_id", "", "unauthorized_client", "Unknown client"),
        ("redirect_uri", "http://localhost:8971/callback/", "unauthorized_client", "Callback URL mismatch"),
        ("redirect_uri", "http://127.0.0.1:8971/callback", "unauthorized_client", "Callback URL mismatch"),
        ("redirect_uri", "", "unauthorized_client", "Callback URL mismatch"),
        ("audience", "api.example.com", "invalid_request", "audience"),
        ("audience", "", "invalid_request", "audience"),
        ("response_type", "token", "invalid_request", "response_type"),
        ("prompt", "none", "invalid_request", "prompt"),
        ("state", "", "invalid_request", "state"),
        ("scope", "", "invalid_request", "scope"),
        ("scope", "read:everything", "invalid_scope", "read:everything"),
        ("scope", "read:jira-work,read:jira-user", "invalid_scope", "read:jira-work,read:jira-user"),
        ("code_challenge", "abc", "invalid_request", "code_challenge"),
    ] {
        let reply = app.get(app.address(SCOPES, &[(name, value)])).await;
        let location = reply.location.clone().expect("another address");
        assert!(location.starts_with(&app.url("/error?")), "{name}={value}: {location}");
        assert_eq!(query(&reply, "error").as_deref(), Some(error), "{name}={value}");
        let page = app.get(location).await;
        let html = page.body.as_str().expect("a page");
        assert!(page.status == 400 && html.contains(words), "{name}={value}: {html}");
    }
}

#[tokio::test]
async fn a_parameter_that_is_there_twice_is_refused() {
    let app = app(Switches::default()).await;
    let reply = app.get(app.address(SCOPES, &[("state", "a"), ("state", "b")])).await;
    assert_eq!(query(&reply, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn what_is_shown_is_escaped() {
    let app = app(Switches::default()).await;
    let new = json!({ "name": "<b>&\"", "callback_url": app.callback, "scopes": ["read:jira-work"] });
    let created = app.post("/_sandbox/apps", &new).await.body;
    let client_id = created["client_id"].as_str().expect("an id");
    let page = app.get(app.address("read:jira-work", &[("client_id", client_id)])).await;
    let html = page.body.as_str().expect("a page");
    assert!(html.contains("&lt;b&gt;&amp;&quot;") && !html.contains("<b>"), "{html}");
    let error = app.get(app.url("/error?error=%3Cscript%3E&error_description=%22%3E%3Cscript%3E")).await;
    assert!(!error.body.as_str().expect("a page").contains("<script"), "{error:?}");
}

#[tokio::test]
async fn a_form_decides_once_and_only_from_its_page() {
    let app = app(Switches::default()).await;
    for choices in [&[("consent", "other")][..], &[("user", "nobody@example.com")], &[("site", "elsewhere")]] {
        let reply = app.submit(SCOPES, choices).await;
        assert!(reply.location.is_some_and(|location| location.starts_with(&app.url("/error?"))), "{choices:?}");
    }
    let page = app.get(app.address(SCOPES, &[])).await;
    let html = page.body.as_str().expect("a page").to_owned();
    let consent = html.split("name=\"consent\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = [("consent", consent.expect("a value")), ("user", "admin@example.com"), ("decision", "accept")];
    let replies = [app.post_form("/authorize", &form).await, app.post_form("/authorize", &form).await];
    assert_eq!(replies.map(|reply| query(&reply, "code").is_some()), [true, false]);
    assert_eq!(app.post("/authorize", &json!({})).await.status, 400);
}

#[tokio::test]
async fn a_page_is_good_for_half_an_hour() {
    let app = app(Switches::default()).await;
    let page = app.get(app.address(SCOPES, &[])).await;
    let html = page.body.as_str().expect("a page").to_owned();
    let consent = html.split("name=\"consent\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    app.advance(1801).await;
    let form = [("consent", consent.expect("a value")), ("user", "admin@example.com"), ("decision", "accept")];
    assert_eq!(query(&app.post_form("/authorize", &form).await, "code"), None);
}

#[tokio::test]
async fn a_scope_that_the_app_does_not_have_is_refused_or_left_out() {
    for unticked_scope_refused in [true, false] {
        let mut app = app(Switches { unticked_scope_refused, ..Switches::default() }).await;
        let new = json!({ "callback_url": "https://acme.example/back?x=1", "scopes": ["read:jira-user"] });
        let created = app.post("/_sandbox/apps", &new).await.body;
        app.client_id = created["client_id"].as_str().expect("an id").to_owned();
        app.client_secret = created["client_secret"].as_str().expect("a secret").to_owned();
        app.callback = "https://acme.example/back?x=1".to_owned();
        if unticked_scope_refused {
            assert_eq!(query(&app.get(app.address(SCOPES, &[])).await, "error").as_deref(), Some("invalid_scope"));
        } else {
            let accepted = app.submit(SCOPES, &[]).await;
            assert_eq!(query(&accepted, "x").as_deref(), Some("1"));
            assert_eq!(app.consent(SCOPES, &[]).await["scope"], "read:jira-user offline_access");
        }
    }
}

#[tokio::test]
async fn pkce_is_refused_or_ignored() {
    for (pkce_refused, status) in [(true, 302), (false, 200)] {
        let app = app(Switches { pkce_refused, ..Switches::default() }).await;
        assert_eq!(app.get(app.address(SCOPES, &[("code_challenge", "abc")])).await.status, status);
    }
}

#[tokio::test]
async fn the_pages_are_for_this_machine_only() {
    let app = app(Switches::default()).await;
    for path in ["/authorize", "/error", "/_sandbox/console"] {
        assert_eq!(app.get_as("acme.example", path).await.status, 403, "{path}");
    }
    assert_eq!(app.get_as("localhost:1", "/_sandbox/console").await.status, 200);
}

#[tokio::test]
async fn the_console_makes_an_app() {
    let app = app(Switches::default()).await;
    let scopes = [("scope", "read:jira-work"), ("scope", "read:jira-user")];
    for (callback, shown) in
        [("http://localhost:9000/cb", "sandbox-client-secret-"), ("http://acme.example/cb", "alert")]
    {
        let page = app.get(app.url("/_sandbox/console")).await;
        let html = page.body.as_str().expect("a page").to_owned();
        let id = html.split("name=\"form\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let fields = [("form", id.expect("a value")), ("name", "mine"), ("callback_url", callback)];
        let form = [&fields[..], &scopes].concat();
        let created = app.post_form("/_sandbox/console", &form).await;
        assert!(created.body.as_str().expect("a page").contains(shown), "{created:?}");
        // A form makes one app.
        assert_eq!(app.post_form("/_sandbox/console", &form).await.status, 302);
    }
    let html = app.get(app.url("/_sandbox/console")).await.body.to_string();
    assert_eq!((html.matches("http://localhost:9000/cb").count(), html.contains("acme.example")), (1, false));
}
