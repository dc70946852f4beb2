//! The store's contract, as the store on the disk keeps it: what changes something goes to the writer, what asks to the readers.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{SledStore, backup, change::Change, read};
use crate::{
    id::{DefinitionHash, DriverId, RunId, RunKey},
    journal::{Record, Signal},
    store::{
        Acknowledged, Barrier, Claim, DueRun, RunFilter, RunPage, RunSummary, Store, StoreCounts, StoreError, Watch,
        admission,
    },
};

#[async_trait]
impl Store for SledStore {
    fn create(
        &self,
        summary: &RunSummary,
        definition: &str,
        record: &Record,
        driver: Option<DriverId>,
        barrier: Barrier,
    ) -> Acknowledged {
        self.keep(Change::create(summary, definition, record, driver), barrier)
    }

    async fn claim(&self, run: RunId, driver: DriverId) -> Result<Claim, StoreError> {
        let number = self.write(Change::Claim { run, driver }, Barrier::Now).await?;
        Ok(Claim { run, number, driver })
    }

    fn release(&self, claim: &Claim) {
        drop(self.write(Change::Release(claim.clone()), Barrier::Now));
    }

    async fn drivers(&self, runs: &[RunId]) -> Result<Vec<Option<DriverId>>, StoreError> {
        self.alive()?;
        let claims = self.claims();
        Ok(runs.iter().map(|run| claims.driver(*run)).collect())
    }

    fn set_drives_all(&self, driver: DriverId, drives_all: bool) -> Result<(), StoreError> {
        self.claims().set_drives_all(driver, drives_all);
        Ok(())
    }

    fn has_driver_of_all(&self) -> Result<bool, StoreError> {
        Ok(self.claims().has_driver_of_all())
    }

    fn append(&self, claim: &Claim, record: &Record, summary: Option<&RunSummary>, barrier: Barrier) -> Acknowledged {
        self.keep(Change::append(claim, record, summary), barrier)
    }

    fn append_with_definition(
        &self,
        claim: &Claim,
        record: &Record,
        summary: &RunSummary,
        definition: &str,
    ) -> Acknowledged {
        self.keep(Change::append_with_definition(claim, record, summary, definition), Barrier::Now)
    }

    async fn post(&self, run: RunId, signal: &Signal) -> Result<u64, StoreError> {
        self.write(Change::message(run, signal), Barrier::Now).await
    }

    async fn inbox(&self, run: RunId, after: u64) -> Result<Vec<(u64, Signal)>, StoreError> {
        self.read(move |index| index.read(|view| read::messages(view, run, after))).await
    }

    async fn journal(&self, run: RunId) -> Result<Vec<Record>, StoreError> {
        self.read(move |index| read::journal(index.database(), run, 0, &index.read(|view| view.places(run))?)).await
    }

    async fn records(&self, run: RunId, sequence: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.read(move |index| {
            let places = index.read(|view| view.places(run))?;
            let from = usize::try_from(sequence).ok().filter(|from| *from < places.len());
            let Some(places) = from.map(|from| &places[from..]) else { return Ok(Vec::new()) };
            read::journal(index.database(), run, sequence, &places[..limit.min(places.len())])
        })
        .await
    }

    fn watch(&self, run: RunId) -> Watch {
        self.watches.run(run)
    }

    fn watch_inbox(&self, run: RunId) -> Watch {
        self.watches.inbox(run)
    }

    fn watch_due(&self) -> Watch {
        self.watches.due()
    }

    async fn definition(&self, hash: &DefinitionHash) -> Result<Option<String>, StoreError> {
        let hash = hash.clone();
        self.read(move |index| {
            let place = index.read(|view| view.definition(&hash))?;
            place.map(|place| read::definition(index.database(), &hash, place)).transpose()
        })
        .await
    }

    async fn summary(&self, run: RunId) -> Result<Option<RunSummary>, StoreError> {
        self.read(move |index| index.read(|view| view.summary(run))).await
    }

    async fn list(&self, filter: &RunFilter) -> Result<RunPage, StoreError> {
        let filter = filter.clone();
        self.read(move |index| index.read(|view| read::list(view, &filter))).await
    }

    async fn by_key(&self, key: &RunKey) -> Result<Option<RunId>, StoreError> {
        let key = key.clone();
        self.read(move |index| index.read(|view| view.by_key(&key))).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueRun>, StoreError> {
        self.read(move |index| index.read(|view| read::due(view, until, limit))).await
    }

    fn room(&self) -> Result<(), StoreError> {
        self.room.check()
    }

    async fn backup(&self, to: &Path) -> Result<StoreCounts, StoreError> {
        let to = to.to_owned();
        self.ask(move |index| backup::backup(index, &to)).await
    }

    async fn prune(&self, run: RunId) -> Result<u64, StoreError> {
        self.write(Change::Prune { run }, Barrier::Now).await
    }

    async fn ahead(&self, run: RunId, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let summary = self.summary(run).await?;
        let before = self.read(move |index| index.read(|view| read::before_in_line(view, run))).await?;
        let claims = self.claims();
        let ahead = summary
            .iter()
            .flat_map(|own| admission::ahead(own, before.iter().copied(), |run| claims.held(run).is_some()));
        Ok(ahead.take(limit).collect())
    }

    async fn by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let prefix = prefix.to_owned();
        self.read(move |index| index.read(|view| read::by_prefix(view, &prefix, limit))).await
    }
}
