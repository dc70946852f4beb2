//! Renewals of one access token, through refusals, full disks and people who stop waiting; `server` plays the authorization server.

mod kinds;
mod server;
mod simulation;

use std::{fs, path::PathBuf, time::Duration};

use flowrun_engine::{activity::Recovery, testing::MovedClock};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::{OAuthError, OAuthSecrets, Sealing, Secrets, Unlock, sample};
use server::Server;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A directory with the access token `acme`, and the server that gave it.
struct Scene {
    directory: TempDir,
    server: Arc<Server>,
    clock: Arc<MovedClock>,
}

impl Scene {
    async fn new() -> Self {
        Self::with(sample::oauth("acme")).await
    }

    async fn with(kept: StoredToken) -> Self {
        let clock = Arc::new(MovedClock::at(sample::made_at()));
        let server = Arc::new(Server::new(Arc::clone(&clock)));
        let scene = Self { directory: TempDir::new().expect("a directory"), server, clock };
        scene.write(&kept).await;
        scene
    }

    async fn write(&self, kept: &StoredToken) {
        let store = self.store();
        let locked = store.lock(&kept.token.name).await.expect("its lock");
        store.write(kept, Sealing::Open, &locked).expect("it is written");
    }

    fn store(&self) -> Arc<TokenStore> {
        Arc::new(TokenStore::open(self.directory.path().join("tokens"), Unlock::never()))
    }

    /// A process of its own, as far as the access token goes.
    fn process(&self) -> KeptCredentials {
        let issuer: Arc<dyn Issuer> = Arc::clone(&self.server) as _;
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        KeptCredentials::of_store(self.store(), &name(), Arc::new(sample::Jira), issuer, clock).expect("it is kept")
    }

    fn on_disk(&self) -> StoredToken {
        self.store().read(&name()).expect("it can be read").expect("it is there")
    }

    /// Where the store writes before it renames: with a directory there it cannot.
    fn obstacle(&self) -> PathBuf {
        self.directory.path().join("tokens/acme.token.tmp")
    }
}

fn name() -> TokenName {
    "acme".parse().expect("a name")
}

fn bearer(credential: &Credential) -> String {
    match credential {
        Credential::Bearer(bearer) => bearer.expose_secret().to_owned(),
        Credential::Basic { token, .. } => token.expose_secret().to_owned(),
    }
}

fn refreshing_since(kept: &StoredToken) -> Option<jiff::Timestamp> {
    match &kept.token.grant {
        Grant::OAuth(grant) => grant.refreshing_since,
        _ => None,
    }
}

#[tokio::test]
async fn a_bearer_is_renewed_shortly_before_it_expires() {
    let scene = Scene::new().await;
    let process = scene.process();
    scene.clock.pass(58 * MINUTE);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-0");
    scene.clock.pass(MINUTE);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert_eq!((scene.server.requests(), refreshing_since(&scene.on_disk())), (1, None));
    let other = scene.process();
    assert_eq!(bearer(&other.current().await.unwrap()), "bearer-canary-1", "it was written");
    assert_eq!(sample::secrets(&scene.on_disk().secrets)[3], Some("refresh-canary-0"), "the one before is kept");
}

#[tokio::test]
async fn many_who_need_one_send_one_refresh() {
    let scene = Scene::new().await;
    scene.clock.pass(60 * MINUTE);
    let processes: Vec<_> = (0..16).map(|_| Arc::new(scene.process())).collect();
    let uses = processes.iter().flat_map(|process| [process, process]).map(|process| {
        let process = Arc::clone(process);
        tokio::spawn(async move { bearer(&process.current().await.unwrap()) })
    });
    for used in uses.collect::<Vec<_>>() {
        assert_eq!(used.await.unwrap(), "bearer-canary-1");
    }
    assert_eq!(scene.server.requests(), 1);
}

#[tokio::test]
async fn a_refused_bearer_is_renewed_unless_another_process_did() {
    let scene = Scene::new().await;
    let (first, second) = (scene.process(), scene.process());
    let refused = first.current().await.unwrap();
    assert_eq!(bearer(&first.renewed(&refused).await.unwrap().unwrap()), "bearer-canary-1");
    assert_eq!(bearer(&first.renewed(&refused).await.unwrap().unwrap()), "bearer-canary-1", "it has another already");
    assert_eq!(bearer(&second.renewed(&refused).await.unwrap().unwrap()), "bearer-canary-1", "the file has another");
    assert_eq!(scene.server.requests(), 1);
}

#[tokio::test]
async fn a_renewal_ends_even_if_nobody_waits_for_it() {
    let scene = Scene::new().await;
    let process = Arc::new(scene.process());
    let refused = process.current().await.unwrap();
    let gate = scene.server.hold();
    let waiting = Arc::clone(&process);
    let waiter = tokio::spawn(async move { waiting.renewed(&refused).await });
    scene.server.reached().await;
    waiter.abort();
    assert!(waiter.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert_eq!(sample::secrets(&scene.on_disk().secrets)[2], Some("refresh-canary-1"));
}

#[tokio::test]
async fn what_passes_loses_nothing() {
    let scene = Scene::new().await;
    let process = scene.process();
    let not_before = Some(sample::expires_at());
    let said = || "busy".to_owned();
    for error in [
        OAuthError::Unavailable { status: 503, said: said(), not_before },
        OAuthError::NotReached { cause: said() },
        OAuthError::TimedOut,
        OAuthError::Broken { cause: said() },
        OAuthError::RateLimited { until: not_before },
        OAuthError::Unreadable { why: "it is a page" },
    ] {
        scene.server.fail(error.clone());
        let refused = process.current().await.unwrap();
        let failure = process.renewed(&refused).await.unwrap_err();
        let expected = Recovery::Transient { not_before: error.not_before() };
        assert_eq!(failure.recovery, expected, "{failure}");
        assert_eq!(refreshing_since(&scene.on_disk()), Some(scene.clock.now()), "each may be the one that was done");
        scene.clock.pass(Duration::from_secs(1));
    }
    scene.clock.pass(59 * MINUTE + Duration::from_secs(24));
    scene.server.fail(OAuthError::TimedOut);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-0", "it has half a minute left");
    scene.clock.pass(MINUTE);
    scene.server.fail(OAuthError::TimedOut);
    assert!(process.current().await.is_err());
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert!(refreshing_since(&scene.on_disk()).is_some(), "what had no answer in time may arrive yet");
    scene.clock.pass(MINUTE);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-2");
    assert_eq!(refreshing_since(&scene.on_disk()), None);
}

#[tokio::test]
async fn the_ten_minutes_count_from_the_last_request_that_may_have_been_done() {
    let scene = Scene::new().await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    scene.server.fail(OAuthError::Unavailable { status: 502, said: String::new(), not_before: None });
    assert!(process.renewed(&refused).await.is_err());
    scene.clock.pass(9 * MINUTE);
    scene.server.lose_answer();
    assert!(process.renewed(&refused).await.is_err());
    scene.clock.pass(2 * MINUTE);
    assert_eq!(bearer(&scene.process().current().await.unwrap()), "bearer-canary-2", "it is mended while it can be");
    assert!(!scene.server.is_lost());
}

#[tokio::test]
async fn a_request_that_arrives_after_the_next_one_is_mended_too() {
    let scene = Scene::new().await;
    // A process that died in the middle of a refresh, whose request is still on its way.
    let mut kept = scene.on_disk();
    let Grant::OAuth(grant) = &mut kept.token.grant else { unreachable!("it is a consent") };
    grant.refreshing_since = Some(scene.clock.now());
    scene.write(&kept).await;
    scene.clock.pass(Duration::from_secs(2));
    let process = scene.process();
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1", "not with every use");
    scene.clock.pass(MINUTE);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-2", "while the one before is still taken");
    assert_eq!(refreshing_since(&scene.on_disk()), None);
}

#[tokio::test]
async fn what_a_person_can_mend_ends_no_run() {
    let scene = Scene::new().await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    scene.server.fail(OAuthError::Refused { status: 403, said: "a proxy".to_owned() });
    assert_eq!(process.renewed(&refused).await.unwrap_err().recovery, Recovery::NeedsGrant);
    let file = scene.directory.path().join("tokens/acme.token");
    fs::write(&file, "").unwrap();
    assert_eq!(process.renewed(&refused).await.unwrap_err().recovery, Recovery::NeedsGrant);
    fs::remove_file(&file).unwrap();
    assert_eq!(process.renewed(&refused).await.unwrap_err().recovery, Recovery::NeedsGrant);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_is_mended_within_ten_minutes() {
    let scene = Scene::new().await;
    // The server changed the refresh token; the answer did not come.
    scene.server.lose_answer();
    let process = scene.process();
    let refused = process.current().await.unwrap();
    assert!(process.renewed(&refused).await.is_err());
    scene.clock.pass(9 * MINUTE);
    assert!(scene.process().renewed(&refused).await.unwrap().is_some());
    assert!(!scene.server.is_lost());

    scene.server.lose_answer();
    let refused = scene.process().current().await.unwrap();
    assert!(scene.process().renewed(&refused).await.is_err());
    scene.clock.pass(11 * MINUTE);
    let failure = scene.process().renewed(&refused).await.unwrap_err();
    assert_eq!((failure.code, failure.recovery), (Code::GRANT_LOST, Recovery::NeedsGrant));
    assert!(failure.message.contains("a refresh that began at 2026-01-31T12:09:00Z was never finished"), "{failure}");
    assert!(failure.help.is_some_and(|help| help.contains("flowrun token add acme")));
}

#[tokio::test]
async fn an_unfinished_refresh_is_finished_by_whoever_comes_however_long_the_bearer_lasts() {
    let scene = Scene::new().await;
    scene.server.lose_answer();
    let refused = scene.process().current().await.unwrap();
    assert!(scene.process().renewed(&refused).await.is_err());
    scene.clock.pass(5 * MINUTE);
    assert_eq!(bearer(&scene.process().current().await.unwrap()), "bearer-canary-2");
    scene.clock.pass(30 * DAY);
    assert_eq!(bearer(&scene.process().current().await.unwrap()), "bearer-canary-3");
    assert!(!scene.server.is_lost());
}

#[tokio::test]
async fn a_server_that_is_away_is_not_asked_with_every_request() {
    let scene = Scene::new().await;
    let process = scene.process();
    scene.clock.pass(59 * MINUTE);
    scene.server.fail(OAuthError::TimedOut);
    for _ in 0..10 {
        assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-0");
    }
    assert_eq!(scene.server.requests(), 1);
    scene.clock.pass(MINUTE / 2);
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
}

#[tokio::test]
async fn a_lost_grant_says_why_as_far_as_that_is_known() {
    let expected = [
        (DAY, "its consent was withdrawn, or the user's password was changed"),
        (91 * DAY, "nobody used it since 2026-01-31T12:00:00Z"),
    ];
    for (unused, why) in expected {
        let scene = Scene::new().await;
        scene.server.revoke();
        scene.clock.pass(unused);
        let failure = scene.process().current().await.unwrap_err();
        assert_eq!((failure.code, failure.recovery), (Code::GRANT_LOST, Recovery::NeedsGrant));
        assert!(failure.message.contains(why), "{failure}");
        assert_eq!(refreshing_since(&scene.on_disk()), None, "it has an end");
        let refused = scene.on_disk().token.grant.refused().cloned().expect("it is remembered");
        assert!(failure.message.ends_with(&refused.why) && refused.at == scene.clock.now(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_remembered_until_a_refresh_works_and_keeps_nobody_from_asking() {
    let scene = Scene::new().await;
    let refused = |scene: &Scene| scene.on_disk().token.grant.refused().is_some();
    scene.clock.pass(DAY);
    scene.server.fail(OAuthError::TimedOut);
    assert!(scene.process().current().await.is_err());
    assert!(!refused(&scene), "nothing was refused");
    scene.server.fail(OAuthError::InvalidGrant { said: "by mistake".into() });
    assert!(scene.process().current().await.is_err());
    assert!(refused(&scene));
    scene.server.fail(OAuthError::TimedOut);
    assert!(scene.process().current().await.is_err());
    assert!(refused(&scene), "no answer takes nothing back");
    assert!(scene.process().current().await.is_ok());
    assert!(!refused(&scene));
    assert_eq!(scene.server.requests(), 4);
}

#[tokio::test]
async fn the_refresh_token_before_is_tried_while_it_is_taken() {
    let scene = Scene::new().await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    process.renewed(&refused).await.unwrap();
    scene.server.forget_newest();
    let again = scene.process();
    let refused = again.current().await.unwrap();
    assert!(again.renewed(&refused).await.unwrap().is_some());
    assert!(!scene.server.is_lost());
}

#[tokio::test]
async fn what_cannot_be_written_is_used_and_written_later() {
    let scene = Scene::new().await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    let obstacle = scene.obstacle();
    let put = obstacle.clone();
    scene.server.before_answer(move || fs::create_dir(&put).expect("nothing is there"));
    assert_eq!(bearer(&process.renewed(&refused).await.unwrap().unwrap()), "bearer-canary-1");
    assert!(process.unwritten().await.is_some_and(|why| why.message.contains("acme.token")));
    assert_eq!(sample::secrets(&scene.on_disk().secrets)[2], Some("refresh-canary-0"));
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1", "it goes on");
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(bearer(&process.current().await.unwrap()), "bearer-canary-1");
    assert!(process.unwritten().await.is_none());
    assert_eq!(sample::secrets(&scene.on_disk().secrets)[2], Some("refresh-canary-1"));
    assert!(!scene.server.is_lost());
}

/// What was written while this machine's clock was ahead costs one refresh, not one at each use.
#[tokio::test]
async fn times_in_the_future_are_a_wrong_clock_s() {
    let mut kept = sample::oauth("acme");
    let ahead = flowrun_http::later(sample::made_at(), 2 * 60 * MINUTE);
    if let Grant::OAuth(grant) = &mut kept.token.grant {
        (grant.refreshed_at, grant.refreshing_since) = (ahead, Some(ahead));
    }
    let scene = Scene::with(kept).await;
    for _ in 0..3 {
        assert_eq!(bearer(&scene.process().current().await.unwrap()), "bearer-canary-1");
    }
    let kept = scene.on_disk();
    assert_eq!((scene.server.requests(), refreshing_since(&kept)), (1, None));
    assert!(matches!(kept.token.grant, Grant::OAuth(grant) if grant.refreshed_at == sample::made_at()));
}

#[tokio::test]
async fn one_that_was_removed_is_told() {
    let scene = Scene::new().await;
    let process = scene.process();
    let refused = process.current().await.unwrap();
    let store = scene.store();
    let locked = store.lock(&name()).await.unwrap();
    store.remove(locked).unwrap();
    let failure = process.renewed(&refused).await.unwrap_err();
    assert_eq!(failure.code, Code::NO_ACCESS_TOKEN);
    assert_eq!(scene.server.requests(), 0);
    assert_eq!(fs::read_dir(scene.store().path()).unwrap().count(), 0, "nor is there a lock again");
}

#[tokio::test]
async fn secrets_are_never_shown() {
    let scene = Scene::new().await;
    let process = Arc::new(scene.process());
    scene.server.revoke();
    let credential = process.current().await.unwrap();
    let failure = process.renewed(&credential).await.unwrap_err();
    let shown = format!("{process:?} {credential:?} {failure:?} {:?} {:?}", process.connection(), process.token());
    assert!(!shown.contains("canary"), "{shown}");
}
