//! What becomes of a site whose disk is full.

use super::*;
use crate::seed::Seed;

#[test]
fn a_change_that_cannot_be_logged_is_not_made() {
    let world = Seed::built_in().world(Default::default());
    let credentials = Credentials::random(&world);
    let store = AttachmentStore::temporary().expect("a directory");
    let mut jira = Jira::new(world, EffectLog::full(), (credentials, OAuth::new()), (None, store));
    let answered = jira.answer(&delete_call(&jira, "OPS-1"), ("http://127.0.0.1", Timestamp::UNIX_EPOCH));
    assert_eq!((answered.answer.status, answered.effect), (500, None));
    assert!(jira.world.issue("OPS-1").is_some());
}

fn delete_call(jira: &Jira, key: &str) -> Call {
    let (bearer, _) = jira.credentials.first_bearer("admin@example.com");
    Call {
        method: "DELETE".to_owned(),
        path: format!("/rest/api/3/issue/{key}"),
        api_base: ApiBase::Gateway(jira.credentials.cloud_id.clone()),
        authorization: Some(format!("Bearer {bearer}")),
        ..Call::default()
    }
}
