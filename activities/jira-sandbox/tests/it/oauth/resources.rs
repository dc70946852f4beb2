//! Which sites a bearer opens, and whose it is.

use flowrun_jira_sandbox::{ListedScopes, Switches};
use serde_json::{Value, json};

use super::app::{ADMIN, App, DANA, SCOPES, app};

async fn entries(app: &App, bearer: &Value) -> Vec<Value> {
    let bearer = format!("Bearer {}", bearer.as_str().expect("a bearer"));
    let reply = app.read("/oauth/token/accessible-resources", &bearer).await;
    assert_eq!(reply.status, 200);
    reply.body.as_array().expect("a list").clone()
}

#[tokio::test]
async fn an_id_is_there_for_two_products() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let entries = entries(&app, &tokens["access_token"]).await;
    let description = app.sandbox.description();
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry["id"] == description.cloud_id && entry["url"] == description.site_url));
    assert_eq!(entries[0]["scopes"][0], "read:confluence-content.all");
    assert_eq!(entries[1]["scopes"], json!(["read:jira-work", "read:jira-user"]));
}

#[tokio::test]
async fn the_scopes_can_be_those_of_the_app() {
    let app = app(Switches { listed_scopes: ListedScopes::OfApp, ..Switches::default() }).await;
    let tokens = app.consent("read:jira-user", &[]).await;
    let listed = entries(&app, &tokens["access_token"]).await[1]["scopes"].to_string();
    assert!(listed.contains("read:jira-user") && listed.contains("manage:jira-configuration"), "{listed}");
}

#[tokio::test]
async fn the_sites_are_those_that_were_chosen() {
    let app = app(Switches::default()).await;
    let all = app.consent(SCOPES, &[("site", "all")]).await;
    let listed = entries(&app, &all["access_token"]).await;
    assert_eq!((listed.len(), &listed[2]["name"]), (4, &json!("second")));
    let second = listed[2]["id"].as_str().expect("an id").to_owned();
    let path = format!("/ex/jira/{second}/rest/api/3/myself");
    let bearer = format!("Bearer {}", all["access_token"].as_str().expect("a bearer"));
    assert_eq!(app.read(&path, &bearer).await.body["emailAddress"], ADMIN);
    // It has the same users, and nothing in it.
    assert_eq!(app.read(&path.replace("myself", "issue/OPS-1"), &bearer).await.status, 404);
    let one = app.consent(SCOPES, &[("user", DANA), ("site", &second)]).await;
    assert_eq!(entries(&app, &one["access_token"]).await.len(), 2);
    // A grant for the other site only does not open this one.
    assert_eq!(app.myself(&one["access_token"]).await.status, 404);
}

#[tokio::test]
async fn the_sites_of_a_new_consent_join_those_of_the_grant() {
    let app = app(Switches::default()).await;
    let all = app.consent(SCOPES, &[("site", "all")]).await;
    assert_eq!(entries(&app, &app.consent(SCOPES, &[]).await["access_token"]).await.len(), 4);
    assert_eq!(entries(&app, &all["access_token"]).await.len(), 4);
}

#[tokio::test]
async fn the_cloud_id_is_told_to_everybody() {
    let app = app(Switches::default()).await;
    let reply = app.get(app.url("/_edge/tenant_info")).await;
    assert_eq!(reply.body, json!({ "cloudId": app.sandbox.description().cloud_id }));
}

#[tokio::test]
async fn whose_a_bearer_is_needs_a_scope() {
    let app = app(Switches::default()).await;
    for (scopes, status) in [("read:me", 200), ("read:jira-user", 403)] {
        let tokens = app.consent(scopes, &[]).await;
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a bearer"));
        let reply = app.read("/me", &bearer).await;
        assert_eq!(reply.status, status);
        assert!(status != 200 || reply.body["email"] == ADMIN);
    }
}

#[tokio::test]
async fn what_is_no_bearer_opens_nothing() {
    let app = app(Switches::default()).await;
    let tokens = app.consent(SCOPES, &[]).await;
    let refresh_token = format!("Bearer {}", tokens["refresh_token"].as_str().expect("a token"));
    for authorization in ["", "Bearer", "Bearer junk", "Basic YTpi", "Bearer sandbox-bearer-", &refresh_token] {
        for path in ["/oauth/token/accessible-resources", "/me"] {
            assert_eq!(app.read(path, authorization).await.status, 401, "{path} {authorization}");
        }
    }
}
