//! The store, in the process that has it open: what all processes ask of it is answered here.

use std::{fmt, future::ready, io, pin::Pin, sync::Arc};

use flowrun_engine::{
    id::{DriverId, RunId},
    store::{Acknowledged, StoreError},
};
use futures_util::FutureExt;
use tokio::sync::oneshot;

use crate::{
    claimants::Claimants,
    place::{Place, ServedStore},
    presence::living,
    request::{Answer, Answered, Message, NewDefinition, NewRun, Page, Request},
};

/// What was asked, and gives its answer.
pub(crate) type Asked = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// The open store. Once nobody uses it any more it is closed, and whoever waits for that is told.
pub(crate) struct OpenStore {
    // Both are taken when it is dropped.
    kept: Option<Box<dyn ServedStore>>,
    closed: Option<oneshot::Sender<()>>,
    place: Arc<dyn Place>,
    pub(crate) claimants: Claimants,
}

impl OpenStore {
    /// A store that was opened, and what tells when it is closed.
    pub(crate) fn new(
        kept: Box<dyn ServedStore>,
        claimants: Claimants,
        place: Arc<dyn Place>,
    ) -> (Arc<Self>, oneshot::Receiver<()>) {
        let (sender, closed) = oneshot::channel();
        (Arc::new(Self { kept: Some(kept), closed: Some(sender), place, claimants }), closed)
    }

    /// The store itself.
    pub(crate) fn kept(&self) -> &dyn ServedStore {
        self.kept.as_deref().expect("taken only when this is dropped")
    }

    /// Asks for something, now: what is asked later is done later. What was asked for to be written is done although nobody waits, and does
    /// not keep the store open.
    pub(crate) fn ask(self: &Arc<Self>, request: Request) -> Asked {
        match request {
            Request::Create(new) => {
                let NewRun { summary, definition, record, driver, barrier } = *new;
                done(self.kept().create(&summary, &definition, &record, driver, barrier))
            }
            Request::Append { claim, record, summary, barrier } => {
                done(self.kept().append(&claim, &record, summary.as_deref(), barrier))
            }
            Request::AppendWithDefinition(new) => {
                let NewDefinition { claim, record, summary, definition } = *new;
                done(self.kept().append_with_definition(&claim, &record, &summary, &definition))
            }
            Request::Release(claim) => {
                self.kept().release(&claim);
                Box::pin(ready(Ok(Answer::Done)))
            }
            other => {
                let store = self.clone();
                let mut asked: Asked = Box::pin(async move { store.answer(other).await });
                match (&mut asked).now_or_never() {
                    Some(answered) => Box::pin(ready(answered)),
                    None => asked,
                }
            }
        }
    }

    async fn answer(&self, request: Request) -> Answered {
        let kept = self.kept();
        Ok(match request {
            Request::Claim { run, driver } => return self.claim(run, driver).await,
            Request::Drivers(runs) => Answer::Drivers(self.drivers(&runs).await?),
            Request::Post(message) => Answer::Posted(self.post(&message).await?),
            Request::Inbox { run, after } => Answer::Inbox(kept.inbox(run, after).await?),
            Request::Records { run, sequence, limit } => {
                Answer::Records(Page { records: kept.records(run, sequence, limit).await?, is_whole: true })
            }
            Request::Definition(hash) => Answer::Definition(kept.definition(&hash).await?),
            Request::Summary(run) => Answer::Summary(kept.summary(run).await?.map(Box::new)),
            Request::List(filter) => Answer::List(kept.list(&filter).await?),
            Request::ByKey(key) => Answer::ByKey(kept.by_key(&key).await?),
            Request::Due { until, limit } => Answer::Due(kept.due(until, limit).await?),
            Request::Ahead { run, limit } => Answer::Ahead(kept.ahead(run, limit).await?),
            Request::ByPrefix { prefix, limit } => Answer::ByPrefix(kept.by_prefix(&prefix, limit).await?),
            Request::Prune(run) => return self.prune(run).await,
            Request::Backup(to) => Answer::BackedUp(kept.backup(&to).await?),
            Request::Hold(claim) => {
                // Where somebody else has the run, its next append is refused.
                match kept.hold(&claim).await {
                    Ok(()) | Err(StoreError::Superseded { .. }) => Answer::Done,
                    Err(error) => return Err(error),
                }
            }
            // These are the connection's.
            Request::HeldAll | Request::Subscribe(_) | Request::Unsubscribe(_) | Request::Ping => Answer::Done,
            Request::Create(_) | Request::Append { .. } | Request::AppendWithDefinition(_) | Request::Release(_) => {
                Answer::Done
            }
        })
    }

    /// Claims a run.
    async fn claim(&self, run: RunId, driver: DriverId) -> Answered {
        self.claimants.settle().await;
        if let Some(driver) = self.unknown_claim(run, &self.claimants.unknown()).await? {
            return Err(StoreError::Claimed { run, driver });
        }
        loop {
            let claimed = self.kept().claim(run, driver).await;
            if !self.frees(&claimed)? {
                return claimed.map(Answer::Claimed);
            }
        }
    }

    /// Forgets a run that has ended.
    async fn prune(&self, run: RunId) -> Answered {
        self.claimants.settle().await;
        loop {
            let pruned = self.kept().prune(run).await;
            if !self.frees(&pruned)? {
                return pruned.map(Answer::Pruned);
            }
        }
    }

    /// Whether it can be asked again, because a claim was in the way of a driver whose process is gone: it has none any more.
    fn frees<T>(&self, asked: &Result<T, StoreError>) -> Result<bool, StoreError> {
        let Err(StoreError::Claimed { driver, .. }) = asked else { return Ok(false) };
        let is_gone = !self.living_drivers()?.contains(driver);
        if is_gone {
            self.release_all(*driver);
        }
        Ok(is_gone)
    }

    /// Who had a run last, if that is somebody whose claims are not known.
    async fn unknown_claim(&self, run: RunId, unknown: &[DriverId]) -> Result<Option<DriverId>, StoreError> {
        if unknown.is_empty() {
            return Ok(None);
        }
        let newest = self.kept().newest_claim(run).await?;
        Ok(newest.map(|claim| claim.driver).filter(|driver| unknown.contains(driver)))
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        self.claimants.settle().await;
        let mut drivers = self.kept().drivers(runs).await?;
        let unknown = self.claimants.unknown();
        if !unknown.is_empty() {
            for (run, driver) in runs.iter().zip(&mut drivers).filter(|(_, driver)| driver.is_none()) {
                *driver = self.unknown_claim(*run, &unknown).await?;
            }
        }
        if drivers.iter().any(Option::is_some) {
            let living = self.living_drivers()?;
            drivers.iter_mut().for_each(|driver| *driver = driver.filter(|driver| living.contains(driver)));
        }
        Ok(drivers)
    }

    async fn post(&self, message: &Message) -> Result<u64, StoreError> {
        let Message { run, signal, after, is_repeated } = message;
        if *is_repeated {
            let since = self.kept().inbox(*run, *after).await?;
            // The same, said by somebody else meanwhile, has the same answer.
            if let Some((number, _)) = since.iter().find(|(_, said)| said == signal) {
                return Ok(*number);
            }
        }
        match self.kept().post(*run, signal).await {
            // It may have been taken before the run ended: the journal tells what became of it.
            Err(StoreError::NotOpen(_)) if *is_repeated => Ok(after + 1),
            posted => posted,
        }
    }

    /// Ends the claims of a driver whose process is gone.
    pub(crate) fn release_all(&self, driver: DriverId) {
        self.kept().claims_of(driver).iter().for_each(|claim| self.kept().release(claim));
    }

    fn living_drivers(&self) -> Result<Vec<DriverId>, StoreError> {
        let living = living(&self.place.directory().processes).map_err(|error| failed(&error))?;
        Ok(living.into_iter().flat_map(|found| found.drivers).collect())
    }
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OpenStore").field("claimants", &self.claimants).finish_non_exhaustive()
    }
}

impl Drop for OpenStore {
    fn drop(&mut self) {
        if let (Some(kept), Some(closed)) = (self.kept.take(), self.closed.take()) {
            kept.close(closed);
        }
    }
}

fn done(acknowledged: Acknowledged) -> Asked {
    Box::pin(async move { acknowledged.await.map(|()| Answer::Done) })
}

fn failed(error: &io::Error) -> StoreError {
    StoreError::Io { message: format!("looking for processes that share the store: {error}"), source: None }
}

#[cfg(test)]
mod tests {
    use flowrun_engine::{
        id::DefinitionHash,
        journal::{Record, Signal},
        run::RunStatus,
        store::{Barrier, Claim, RunSummary, SledStore},
    };
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{directory::Directory, network::FileSystem};

    async fn answered(store: &Arc<OpenStore>, request: Request) -> Answer {
        store.ask(request).await.unwrap()
    }

    fn record(sequence: u64) -> Record {
        Record { sequence, at: Timestamp::UNIX_EPOCH, entries: Vec::new() }
    }

    /// What was posted to a store that ended before it answered is found by the next, and not posted again.
    #[tokio::test]
    async fn a_message_is_posted_once_however_often_that_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        let places = Arc::new(Directory::prepare(directory.path(), FileSystem::of).unwrap());
        let sled = SledStore::open(&places.store, "a test").unwrap();
        let claimants = Claimants::find(places.processes.clone(), Uuid::nil()).unwrap();
        let (store, _closed) = OpenStore::new(Box::new(sled), claimants, places);
        let (run, driver) = (RunId::new(Uuid::from_u128(7)), DriverId::new(Uuid::from_u128(8)));
        let summary = |status: RunStatus| RunSummary {
            run,
            key: None,
            definition: DefinitionHash::new("0a"),
            process: "sample".to_owned(),
            version: "1.0.0".to_owned(),
            status,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: status.is_ended().then_some(Timestamp::UNIX_EPOCH),
            due: None,
            admission: None,
            failure: None,
        };
        let new = NewRun {
            summary: summary(RunStatus::Running),
            definition: String::new(),
            record: record(0),
            driver: Some(driver),
            barrier: Barrier::Now,
        };
        answered(&store, Request::Create(Box::new(new))).await;
        let answer = Signal::Answer { step: "ask".parse().unwrap(), answer: 1.into() };
        let post = |signal: &Signal, after| Message { run, signal: signal.clone(), after, is_repeated: false };
        let first = Request::Post(post(&Signal::Cancel, 0));
        let second = Request::Post(post(&answer, 1));
        let posted = async |request: Request| match answered(&store, request).await {
            Answer::Posted(number) => number,
            other => panic!("{other:?}"),
        };
        assert_eq!(posted(first.clone()).await, 1);
        assert_eq!([posted(first.repeated()).await, posted(second.repeated()).await], [1, 2]);
        assert_eq!([posted(second.repeated()).await, posted(first.clone()).await], [2, 3]);
        let claim = Claim::first(run, driver);
        let summary = Some(Box::new(summary(RunStatus::Cancelled)));
        let end = Request::Append { claim, record: record(1), summary, barrier: Barrier::Now };
        answered(&store, end).await;
        assert_eq!(posted(second.repeated()).await, 2, "the journal tells what became of it");
        assert!(matches!(store.ask(second).await, Err(StoreError::NotOpen(_))));
    }
}
