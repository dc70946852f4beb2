//! Access tokens that have no refresh token: what becomes of them when their bearer ends or is refused.

use super::*;

#[tokio::test]
async fn without_a_refresh_token_a_person_is_needed() {
    let mut kept = sample::oauth("acme");
    if let Secrets::OAuth(OAuthSecrets { refresh_token, .. }) = &mut kept.secrets {
        *refresh_token = None;
    }
    let scene = Scene::with(kept).await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    assert!(process.renewed(&refused).await.unwrap().is_none());
    scene.clock.pass(60 * MINUTE);
    let failure = process.current().await.unwrap_err();
    assert_eq!(failure.recovery, Recovery::NeedsGrant);
    assert!(failure.message.contains("offline_access"), "{failure}");
}

#[tokio::test]
async fn a_service_account_gets_another_bearer() {
    let scene = Scene::with(StoredToken {
        token: AccessToken { name: name(), ..sample::service_account("acme").token },
        ..sample::service_account("acme")
    })
    .await;
    scene.clock.pass(60 * MINUTE);
    let process = scene.process();
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert_eq!(bearer(&scene.process().current().await.unwrap()), "bearer-canary-1");
    let issuer: Arc<dyn Issuer> = Arc::clone(&scene.server) as _;
    let held = HeldToken::unkept(sample::service_account("acme"));
    let unkept = KeptCredentials::made(None, held, Arc::new(sample::Jira), issuer, Arc::clone(&scene.clock) as _);
    assert_eq!(bearer(&unkept.current().await.unwrap()), "bearer-canary-2");
    assert_eq!(scene.server.requests(), 2);
}

#[tokio::test]
async fn an_api_token_is_not_renewed_but_may_be_replaced() {
    let scene = Scene::with(sample::api_token("acme")).await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    assert!(process.renewed(&refused).await.unwrap().is_none());
    let replaced = StoredToken { secrets: Secrets::ApiToken("another-canary".into()), ..sample::api_token("acme") };
    scene.write(&replaced).await;
    assert_eq!(bearer(&process.renewed(&refused).await.unwrap().unwrap()), "another-canary");
    assert_eq!((process.granted_scopes(), scene.server.requests()), (GrantedScopes::All, 0));
}
