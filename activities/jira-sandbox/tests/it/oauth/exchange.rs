//! Codes, client credentials, and what the token endpoint takes.

use flowrun_jira_sandbox::{GrantRefusal, GrantRefusalName, Switches, ToldScopes};
use serde_json::{Value, json};

use super::app::{ADMIN, SCOPES, app};

#[tokio::test]
async fn a_code_gives_tokens() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    assert_eq!((&tokens["expires_in"], tokens.get("token_type")), (&json!(3600), None));
    assert_eq!(tokens["scope"], SCOPES);
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(app.myself(&tokens["access_token"]).await.body["emailAddress"], ADMIN);
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let app = app(Switches::default()).await;
    let tokens = app.consent("read:jira-work", &[]).await;
    assert_eq!((tokens.get("refresh_token"), &tokens["scope"]), (None, &json!("read:jira-work")));
}

#[tokio::test]
async fn an_answer_can_have_a_type_and_last_shorter() {
    let switches = Switches { token_type_given: true, bearer_seconds: 30, ..Switches::default() };
    let tokens = app(switches).await.consent(SCOPES, &[]).await;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(30)));
}

#[tokio::test]
async fn an_answer_can_leave_out_what_clients_like_to_have() {
    for (token_scope_given, of_code, of_refresh) in [
        (ToldScopes::Always, true, true),
        (ToldScopes::ButForRefreshes, true, false),
        (ToldScopes::Never, false, false),
    ] {
        let app = app(Switches { token_scope_given, token_lifetime_given: false, ..Switches::default() }).await;
        let tokens = app.consent(SCOPES, &[]).await;
        let refreshed = app.refresh(&tokens["refresh_token"]).await.body;
        let has = |answer: &Value, name| answer.get(name).is_some();
        assert_eq!((has(&tokens, "scope"), has(&refreshed, "scope")), (of_code, of_refresh));
        assert!(!has(&tokens, "expires_in") && !has(&refreshed, "expires_in"));
    }
}

#[tokio::test]
async fn what_is_refused_has_one_of_three_statuses_and_one_of_two_names() {
    for (refused_grant, status) in
        [(GrantRefusal::Forbidden, 403), (GrantRefusal::BadRequest, 400), (GrantRefusal::Unauthorized, 401)]
    {
        for (refused_grant_name, error) in [
            (GrantRefusalName::InvalidGrant, "invalid_grant"),
            (GrantRefusalName::UnauthorizedClient, "unauthorized_client"),
        ] {
            let switches = Switches { refused_grant, refused_grant_name, ..Switches::default() };
            let app = app(switches).await;
            for reply in [app.exchange("sandbox-code-x").await, app.refresh(&json!("x")).await] {
                assert_eq!((reply.status, &reply.body["error"]), (status, &json!(error)), "{reply:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_code_works_for_five_minutes() {
    let app = app(Switches::default()).await;
    for (seconds, status) in [(300, 200), (301, 403)] {
        let code = app.code(SCOPES, &[]).await;
        app.advance(seconds).await;
        let reply = app.exchange(&code).await;
        assert_eq!(reply.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_it_gave_or_not() {
    for (code_reuse_revokes, status) in [(true, 403), (false, 200)] {
        let app = app(Switches { code_reuse_revokes, ..Switches::default() }).await;
        let code = app.code(SCOPES, &[]).await;
        let tokens = app.exchange(&code).await.body;
        let again = app.exchange(&code).await;
        assert_eq!((again.status, &again.body["error"]), (403, &json!("invalid_grant")));
        assert_eq!(app.refresh(&tokens["refresh_token"]).await.status, status);
        assert_eq!(app.myself(&tokens["access_token"]).await.status, if code_reuse_revokes { 401 } else { 200 });
    }
}

#[tokio::test]
async fn a_code_works_with_its_callback_and_its_app_only() {
    let app = app(Switches::default()).await;
    let unknown = app.exchange("sandbox-code-x").await;
    assert_eq!((unknown.status, &unknown.body["error"]), (403, &json!("invalid_grant")));
    let code = app.code(SCOPES, &[]).await;
    let elsewhere = json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/" });
    assert_eq!(app.token(elsewhere).await.status, 403);
    let mut other = app.post("/_sandbox/apps", &json!({ "callback_url": app.callback })).await.body;
    let body = json!({
        "grant_type": "authorization_code",
        "client_id": other["client_id"].take(),
        "client_secret": other["client_secret"].take(),
        "code": code,
        "redirect_uri": app.callback,
    });
    assert_eq!(app.token(body).await.status, 403);
    // It was not used up by that.
    assert_eq!(app.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn a_wrong_secret_is_told_in_one_way_or_the_other() {
    for (wrong_secret_is_invalid_client, error) in [(false, "access_denied"), (true, "invalid_client")] {
        let app = app(Switches { wrong_secret_is_invalid_client, ..Switches::default() }).await;
        for kind in ["authorization_code", "refresh_token", "client_credentials"] {
            for wrong in [json!({ "client_secret": "wrong" }), json!({ "client_id": "unknown" })] {
                let mut body = json!({ "grant_type": kind, "code": "c", "redirect_uri": "r", "refresh_token": "t" });
                body.as_object_mut().expect("an object").extend(wrong.as_object().cloned().expect("an object"));
                let reply = app.token(body).await;
                assert_eq!((reply.status, &reply.body["error"]), (401, &json!(error)), "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_of_another_type_is_named() {
    let app = app(Switches::default()).await;
    for (body, status, error) in [
        (json!({}), 400, "invalid_request"),
        (json!({ "grant_type": 7 }), 400, "invalid_request"),
        (json!({ "grant_type": "password" }), 400, "unsupported_grant_type"),
        (json!({ "grant_type": "authorization_code" }), 400, "invalid_request"),
        (json!({ "grant_type": "authorization_code", "code": "c" }), 400, "invalid_request"),
        (json!({ "grant_type": "refresh_token" }), 400, "invalid_request"),
        (json!({ "grant_type": "refresh_token", "refresh_token": null }), 400, "invalid_request"),
        (json!({ "grant_type": "refresh_token", "refresh_token": ["a"] }), 400, "invalid_request"),
        (json!({ "grant_type": "refresh_token", "refresh_token": "t", "client_secret": "" }), 400, "invalid_request"),
        (json!({ "grant_type": "refresh_token", "refresh_token": "t", "scope": "read:me" }), 400, "invalid_request"),
    ] {
        let reply = app.token(body.clone()).await;
        assert_eq!((reply.status, &reply.body["error"]), (status, &json!(error)), "{body}");
    }
}

#[tokio::test]
async fn the_body_is_json_and_a_form_by_a_switch() {
    for (token_forms_taken, status) in [(false, 400), (true, 200)] {
        let app = app(Switches { token_forms_taken, ..Switches::default() }).await;
        let code = app.code(SCOPES, &[]).await;
        let (id, secret, callback) = (&app.client_id, &app.client_secret, &app.callback);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", id),
            ("client_secret", secret),
            ("code", &code),
            ("redirect_uri", callback),
        ];
        assert_eq!(app.post_form("/oauth/token", &form).await.status, status);
        let (code, twice) = (app.code(SCOPES, &[]).await, ("code", "other"));
        let form =
            [("code", code.as_str()), twice].into_iter().chain(form.into_iter().filter(|(name, _)| *name != "code"));
        let refused = app.post_form("/oauth/token", &form.collect::<Vec<_>>()).await;
        assert_eq!((refused.status, &refused.body["error"]), (400, &json!("invalid_request")));
        for (kind, body, status) in
            [("application/json", "{", 400), ("application/json", "[]", 400), ("text/plain", "{}", 400), ("", "", 400)]
        {
            assert_eq!(app.post_text("/oauth/token", kind, body).await.status, status, "{kind} {body}");
        }
        assert_eq!(app.get(app.url("/oauth/token")).await.status, 405);
    }
}

#[tokio::test]
async fn a_service_account_gets_a_bearer_and_no_refresh_token() {
    let app = app(Switches::default()).await;
    let new = json!({ "service_account": ADMIN, "scopes": ["read:jira-user"] });
    let account = app.post("/_sandbox/apps", &new).await.body;
    let ask = |more: Value| {
        let mut body = json!({
            "grant_type": "client_credentials",
            "client_id": account["client_id"],
            "client_secret": account["client_secret"],
        });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        app.token(body)
    };
    let given = ask(json!({})).await;
    assert_eq!((given.status, &given.body["scope"]), (200, &json!("read:jira-user")));
    assert_eq!(given.body.get("refresh_token"), None);
    assert_eq!(app.myself(&given.body["access_token"]).await.status, 200);
    let refused = ask(json!({ "scope": "read:jira-user" })).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("invalid_request")));
    app.advance(3600).await;
    assert_eq!(app.myself(&given.body["access_token"]).await.status, 401);
    // An app is no service account.
    assert_eq!(app.token(json!({ "grant_type": "client_credentials" })).await.body["error"], "unauthorized_client");
}
