//! What can only read Jira, by its type: it takes calls of operations that have no effect, and no others. What does not change
//! within minutes it remembers ([`memory`](super::memory)), together with all that read through the same client.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flowrun_engine::{
    activity::{Failure, Recovery},
    id::OperationId,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, ErrorKind, HighestKeys, JiraError, SiteClient, answer, endpoint::Reads};

/// So often [`Reader::persistent`] makes a read.
const TRIES: u32 = 3;

/// Reads one Jira site, or none, and can do nothing else. Copies of it share all that the client knows.
#[derive(Clone)]
pub struct Reader {
    site: Option<Arc<SiteClient>>,
    keys: Arc<Mutex<HighestKeys>>,
    /// How often a read is made that fails for want of Jira.
    tries: u32,
}

impl Reader {
    pub(super) fn new(site: Option<Arc<SiteClient>>) -> Self {
        Self { site, keys: Arc::default(), tries: 1 }
    }

    pub(super) fn site(&self) -> Option<&SiteClient> {
        self.site.as_deref()
    }

    /// The address at which people open an issue.
    pub(crate) fn issue_url(&self, key: &str) -> String {
        let site = self.site().map_or("", |site| site.connection.site_url.trim_end_matches('/'));
        format!("{site}/browse/{key}")
    }

    /// Reads the answer to a request as a `T`.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: Call<Reads>) -> Result<T, JiraError> {
        let body = self.recall(&call).await?;
        T::deserialize(&*body).map_err(|cause| answer::error(call.any(), ErrorKind::Unreadable(cause.to_string())))
    }

    /// The body of the answer to a request, null where there is none.
    pub(crate) async fn send(&self, call: &Call<Reads>) -> Result<Value, JiraError> {
        self.recall(call).await.map(Arc::unwrap_or_clone)
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.site().map_or(Timestamp::UNIX_EPOCH, |site| site.clock.now())
    }

    /// Until when an effect may still land whose answer was lost; `None` once it no longer can.
    pub(crate) fn may_land_until(&self, operation: &OperationId) -> Option<Timestamp> {
        self.site()?.may_land_until(operation)
    }

    /// The highest issue keys that were seen.
    pub(crate) fn keys(&self) -> MutexGuard<'_, HighestKeys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was decided by what was read. A refusal may come of something that is remembered and no longer so: then all is
    /// forgotten, and the next attempt asks anew. Where Jira itself refused, the site has seen to that.
    pub(crate) fn doubting<T>(&self, decided: Result<T, Failure>) -> Result<T, Failure> {
        if let (Err(Failure { recovery: Recovery::Permanent, status: None, .. }), Some(site)) = (&decided, &self.site) {
            site.memory().forget();
        }
        decided
    }

    /// The same reader, for a look that takes many reads: one that fails for want of Jira does not bring all of them to nothing.
    pub(crate) fn persistent(&self) -> Self {
        Self { tries: TRIES, ..self.clone() }
    }

    async fn recall(&self, call: &Call<Reads>) -> Result<Arc<Value>, JiraError> {
        let Some(site) = &self.site else { return Err(answer::error(call.any(), ErrorKind::Offline).proven()) };
        for _ in 1..self.tries {
            match site.recall(call.any()).await {
                Err(error) if error.may_pass() => {}
                answer => return answer,
            }
        }
        site.recall(call.any()).await
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.site().map(|site| &site.connection);
        formatter.debug_struct("Reader").field("connection", &connection).finish()
    }
}
