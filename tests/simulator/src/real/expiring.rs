//! A credential that Jira no longer recognises at times, and that is renewed then: which takes its time, and fails for a while at times, as when
//! the authorisation server is busy or another process renews it just then.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use flowrun_engine::{activity::Failure, diagnostic::Code};
use flowrun_jira::{Credential, Credentials, GrantedScopes};

use crate::{random::Seeded, time::Time};

/// The longest that it takes, in milliseconds.
const LONGEST_RENEWAL: u64 = 2_000;

/// The credential of a process.
pub(super) struct ExpiringCredential {
    credential: Credential,
    time: Arc<Time>,
    random: Mutex<Seeded>,
}

impl ExpiringCredential {
    pub(super) fn new(credential: &Credential, time: &Arc<Time>, seed: u64) -> Self {
        let random = Mutex::new(Seeded::named(seed, "credential"));
        Self { credential: credential.clone(), time: Arc::clone(time), random }
    }

    /// How long a renewal takes, and whether it fails.
    fn renewal(&self) -> (u64, bool) {
        let random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        (random.below(LONGEST_RENEWAL), random.once_in(4))
    }
}

impl fmt::Debug for ExpiringCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ExpiringCredential")
    }
}

#[async_trait]
impl Credentials for ExpiringCredential {
    async fn current(&self) -> Result<Credential, Failure> {
        Ok(self.credential.clone())
    }

    async fn renewed(&self, _: &Credential) -> Result<Option<Credential>, Failure> {
        let (takes, fails) = self.renewal();
        self.time.wait_until(self.time.now() + takes).await;
        match fails {
            true => Err(Failure::transient(Code::UNAVAILABLE, "the authorisation server is busy")),
            // The network recognises it again.
            false => Ok(Some(self.credential.clone())),
        }
    }

    fn granted_scopes(&self) -> GrantedScopes {
        GrantedScopes::All
    }
}
