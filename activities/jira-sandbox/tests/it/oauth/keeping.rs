//! What the authorization server gave is kept with the world.

use flowrun_jira_sandbox::{Options, Switches};

use super::app::{App, SCOPES, options};
use crate::client::start;

#[tokio::test]
async fn a_sandbox_that_starts_again_knows_its_apps_grants_and_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = || Options { directory: Some(directory.path().to_owned()), ..options(Switches::default()) };
    let app = App::of(start(kept()).await);
    let tokens = app.consent(SCOPES, &[]).await;
    let second = app.refresh(&tokens["refresh_token"]).await.body;
    app.advance(601).await;
    // No goodbye: what was answered is on the disk.
    let (client_id, before) = (app.client_id.clone(), app.grants().await);
    app.sandbox.shutdown().await;
    let again = App::of(start(kept()).await);
    assert_eq!((&again.client_id, &again.grants().await), (&client_id, &before));
    assert_eq!(again.myself(&second["access_token"]).await.status, 200);
    assert_eq!(again.refresh(&second["refresh_token"]).await.status, 200);
    assert_eq!(again.refresh(&tokens["refresh_token"]).await.status, 403);
}

#[tokio::test]
async fn a_reset_leaves_apps_grants_and_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = Options { directory: Some(directory.path().to_owned()), ..options(Switches::default()) };
    let app = App::of(start(kept).await);
    let tokens = app.consent(SCOPES, &[]).await;
    app.advance(60).await;
    let before = app.grants().await;
    assert_eq!(app.post("/_sandbox/reset", &serde_json::json!({})).await.status, 204);
    assert_eq!(app.grants().await, before);
    assert_eq!(app.refresh(&tokens["refresh_token"]).await.status, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn its_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let kept = Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let _app = App::of(start(kept).await);
    let found = std::fs::metadata(directory.path().join("oauth.json")).expect("the file");
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let kept = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    start(kept()).await.shutdown().await;
    std::fs::write(directory.path().join("oauth.json"), "{").expect("written");
    let error = flowrun_jira_sandbox::Sandbox::start(kept()).await.expect_err("damaged");
    assert!(error.to_string().contains("oauth.json"), "{error}");
}
