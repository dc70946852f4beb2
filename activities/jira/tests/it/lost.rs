//! Every effect whose answer is lost, done or not: what Jira shows of it is found, and the step goes on as if nothing had been lost.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use flowrun_engine::{
    activity::{Attempt, Certainty, Done, EffectLog, MemoryEffectLog, OpenEffect, Reconciled, Recovery, Settlement},
    clock::{Clock, SystemClock},
    random::SystemRandom,
};
use flowrun_jira::{
    Client, ClientParts, Connection, Credential, Files, HttpAnswer, HttpRequest, Settings, Transport, TransportError,
    catalogue,
};
use flowrun_jira_sandbox::{Fault, FaultError, FaultRule, Faults, Options};
use futures_util::{StreamExt, stream};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use crate::{
    prefix::{cases, done_in_two, folder, masked, once},
    site::{ADMIN, Site, attempt},
};

/// The operation that an effect of an activity calls.
fn operation(activity: &str, effect: &str) -> &'static str {
    match (activity, effect.split('/').next().unwrap_or_default()) {
        ("jira.create_project", "create") => "createProject",
        (_, "create") => "createIssue",
        (_, "assign") => "assignIssue",
        (_, "file") => "addAttachment",
        (_, "comment") => "addComment",
        (_, "watch") => "addWatcher",
        (_, "log") => "addWorklog",
        (_, "delete") => "deleteIssue",
        (_, "link") => "linkIssues",
        (_, "update") => "editIssue",
        (_, "transition") => "doTransition",
        (_, other) => panic!("nobody knows what `{other}` calls"),
    }
}

/// One of the effects of a case, and what becomes of its answer.
struct Lost<'a> {
    activity: &'a str,
    input: &'a Value,
    effects: &'a [&'a str],
    number: usize,
    fault: Fault,
}

impl Lost<'_> {
    fn rule(&self) -> FaultRule {
        let of = |effect: &&str| operation(self.activity, effect);
        let called = of(&self.effects[self.number]);
        let skip = self.effects[..self.number].iter().filter(|effect| of(effect) == called).count() as u64;
        FaultRule { operation: Some(called.into()), issue: None, skip, times: Some(1), fault: self.fault.clone() }
    }

    async fn site(&self) -> Site {
        Site::with(Options { faults: Faults { rules: vec![self.rule()] }, ..Options::default() }).await
    }

    fn told(&self) -> String {
        format!("{} {}, {:?}", self.activity, self.effects[self.number], self.fault)
    }
}

/// Makes the attempt that loses an answer, and looks for its effect; gives what is found, and what the step gives that goes on, where
/// that is known.
async fn lost_and_found(lost: &Lost<'_>, landing: Duration) -> (Reconciled, Option<String>) {
    lost_and_found_after(lost, landing, |_| ()).await
}

/// The same, where something happens to the site before the look.
async fn lost_and_found_after(
    lost: &Lost<'_>,
    landing: Duration,
    happens: impl FnOnce(&Site),
) -> (Reconciled, Option<String>) {
    let (site, folder) = (lost.site().await, folder());
    let client = site.client_with(ADMIN, &Settings { landing, ..Settings::default() });
    let catalogue = catalogue(&client, &Files::in_directory(folder.path().to_owned()));
    let activity = catalogue.get(lost.activity).expect("an activity").as_ref();
    let log = MemoryEffectLog::default();
    let failure = once(activity, 1, lost.input, &Done::default(), &log).await.expect_err("the answer is lost");
    assert_eq!(failure.certainty, Certainty::Unknown, "{}: {failure}", lost.told());
    let (id, intent) = log.intents().pop().expect("it was sent");
    let open = OpenEffect { id, intent, intended_at: SystemClock.now() };
    happens(&site);
    let done = log.done();
    let look = async |attempt: Attempt<'_>| activity.reconcile(&attempt, &open).await;
    let found = attempt("file", 1, lost.input, &done, look).await;
    match &found {
        Reconciled::Happened { result, .. } => log.settle(&open.id, Settlement::Happened(result.clone())),
        Reconciled::DidNotHappen { .. } => {}
        Reconciled::NotYet { .. } | Reconciled::Denied(_) | Reconciled::Undecidable(_) => return (found, None),
    }
    let output = once(activity, 2, lost.input, &log.done(), &log)
        .await
        .unwrap_or_else(|failure| panic!("{}: {failure}", lost.told()));
    assert_eq!(site.effects(), lost.effects.len(), "{}: each effect once", lost.told());
    let output = masked(&site, &output);
    site.end();
    (found, Some(output))
}

/// Every effect of every activity, with each of these faults.
async fn each(faults: &[Fault], mut check: impl AsyncFnMut(&Lost<'_>, &str)) {
    for (activity, input, effects) in cases() {
        let whole = done_in_two(activity, &input, effects, effects.len()).await;
        for number in 0..effects.len() {
            for fault in faults {
                check(&Lost { activity, input: &input, effects, number, fault: fault.clone() }, &whole).await;
            }
        }
    }
}

#[tokio::test]
async fn what_happened_is_found_at_once_with_its_evidence() {
    let unavailable = FaultError { status: 503, body: None, retry_after: None };
    let faults = [Fault::DropReply, Fault::CutReply, Fault::Reset { after: true }, Fault::ErrorAfter(unavailable)];
    each(&faults, async |lost, whole| {
        // However long a request may still land: what is there is there.
        let (found, output) = lost_and_found(lost, Duration::from_secs(3600)).await;
        let Reconciled::Happened { evidence, .. } = &found else { panic!("{}: {found:?}", lost.told()) };
        assert!(!evidence.is_empty(), "{}", lost.told());
        assert_eq!(output.as_deref(), Some(whole), "{}", lost.told());
    })
    .await;
}

#[tokio::test]
async fn what_did_not_happen_is_done_once_no_late_request_can_land() {
    let unavailable = FaultError { status: 503, body: None, retry_after: None };
    let faults = [Fault::Reset { after: false }, Fault::ErrorBefore(unavailable)];
    each(&faults, async |lost, whole| {
        let (found, _) = lost_and_found(lost, Duration::from_secs(3600)).await;
        let Reconciled::NotYet { why, .. } = &found else { panic!("{}: {found:?}", lost.told()) };
        assert!(why.ends_with("but a late request could still land"), "{}: {why}", lost.told());
        let (found, output) = lost_and_found(lost, Duration::ZERO).await;
        assert!(matches!(found, Reconciled::DidNotHappen { .. }), "{}: {found:?}", lost.told());
        assert_eq!(output.as_deref(), Some(whole), "{}", lost.told());
    })
    .await;
}

/// Jira leaves out what the user may not see: that it is not seen shows nothing then.
#[tokio::test]
async fn what_may_be_hidden_is_not_taken_for_absent() {
    let faults = [Fault::Reset { after: true }, Fault::Reset { after: false }];
    each(&faults, async |lost, _| {
        if lost.activity == "jira.create_project" {
            return;
        }
        let hidden = |site: &Site| site.revoke(ADMIN, "BROWSE_PROJECTS");
        let (found, _) = lost_and_found_after(lost, Duration::ZERO, hidden).await;
        let Reconciled::Denied(failure) = &found else { panic!("{}: {found:?}", lost.told()) };
        assert_ne!(failure.recovery, Recovery::Permanent, "{}: a grant may be missing", lost.told());
    })
    .await;
}

/// A site of which every answer has this status.
#[derive(Debug)]
struct AlwaysAnswers(u16);

#[async_trait]
impl Transport for AlwaysAnswers {
    async fn send(&self, _: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let status = StatusCode::from_u16(self.0).expect("a status");
        let body = stream::iter([Ok(Bytes::from_static(b"{}"))]).boxed();
        Ok(HttpAnswer { status, headers: HeaderMap::new(), body })
    }
}

/// What a look comes to that only gets this answer, whatever it asks.
async fn looked_for_where_all_is_answered(lost: &Lost<'_>, status: u16) -> Reconciled {
    let (site, folder) = (lost.site().await, folder());
    let files = Files::in_directory(folder.path().to_owned());
    let of = |client: &Arc<Client>| catalogue(client, &files).get(lost.activity).expect("an activity").clone();
    let log = MemoryEffectLog::default();
    let sent = once(of(&site.client(ADMIN)).as_ref(), 1, lost.input, &Done::default(), &log).await;
    assert!(sent.is_err(), "{}: the answer is lost", lost.told());
    let (id, intent) = log.intents().pop().expect("it was sent");
    site.end();
    let open = OpenEffect { id, intent, intended_at: SystemClock.now() };
    let parts = ClientParts {
        transport: Arc::new(AlwaysAnswers(status)),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let site_url = "https://example.atlassian.net".to_owned();
    let credentials = Arc::new(Credential::Bearer("bearer".into()));
    let connection = Connection { api_base: site_url.clone(), site_url, credentials };
    let client = Arc::new(Client::over(connection, &Settings::default(), parts).expect("a client"));
    let activity = of(&client);
    let done = log.done();
    attempt("file", 1, lost.input, &done, async |attempt| activity.reconcile(&attempt, &open).await).await
}

/// With what is shown above, each activity's looks come to everything that a look can come to.
#[tokio::test]
async fn a_look_that_is_refused_waits_for_a_grant_and_one_that_cannot_be_made_asks_a_person() {
    each(&[Fault::DropReply], async |lost, _| {
        let denied = looked_for_where_all_is_answered(lost, 403).await;
        assert!(matches!(denied, Reconciled::Denied(_)), "{}: {denied:?}", lost.told());
        let undecidable = looked_for_where_all_is_answered(lost, 410).await;
        assert!(matches!(undecidable, Reconciled::Undecidable(_)), "{}: {undecidable:?}", lost.told());
        let unavailable = looked_for_where_all_is_answered(lost, 503).await;
        assert!(matches!(unavailable, Reconciled::NotYet { .. }), "{}: {unavailable:?}", lost.told());
    })
    .await;
}
