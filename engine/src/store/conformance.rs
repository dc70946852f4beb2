//! Whether a store keeps the contract of [`Store`]: whoever writes one calls [`conformance`] in a test, with a way to make stores.
//!
//! Each rule (`write`, `claims`, `inbox`, `admission`, `prune`, `read`, `barrier`, `watch`) has a store of its own. A store that can be opened again is, after each rule, and must give
//! the same answers then (`answers`). Nothing here panics: what is wrong is returned, all of it, by rule.
//!
//! ```
//! use async_trait::async_trait;
//! use flowrun_engine::store::{MemoryStore, StoreError, conformance::{Stores, conformance}};
//!
//! struct InMemory;
//!
//! #[async_trait]
//! impl Stores for InMemory {
//!     type Store = MemoryStore;
//!
//!     async fn fresh(&self) -> Result<MemoryStore, StoreError> {
//!         Ok(MemoryStore::default())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! conformance(&InMemory).await.unwrap();
//! # });
//! ```

mod admission;
mod answers;
mod barrier;
mod claims;
mod inbox;
mod prune;
mod read;
mod sample;
mod watch;
mod write;

use std::{fmt, pin::Pin};

use async_trait::async_trait;

use self::answers::Answers;
use super::{Store, StoreError};

/// How the stores that are checked come to be.
#[async_trait]
pub trait Stores: Sync {
    /// The store.
    type Store: Store;

    /// Makes a store that has nothing in it.
    ///
    /// # Errors
    /// When that fails: the rule is broken then.
    async fn fresh(&self) -> Result<Self::Store, StoreError>;

    /// Closes a store, and opens it again; `None` if it forgets when it is closed.
    ///
    /// # Errors
    /// When that fails: the rule is broken then.
    async fn reopened(&self, store: Self::Store) -> Result<Option<Self::Store>, StoreError> {
        drop(store);
        Ok(None)
    }
}

/// A rule that a store breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// What the store did instead.
    pub found: String,
}

/// All rules that a store breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(|Violation { rule, found }| format!("not so: {rule}: {found}"));
        formatter.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Checks every rule of the contract.
///
/// # Errors
/// [`Violations`], if the store breaks some.
pub async fn conformance(stores: &impl Stores) -> Result<(), Violations> {
    let mut violations = Vec::new();
    for Rule { rule, check } in all_rules() {
        if let Err(Found(found)) = holds(stores, check).await {
            violations.push(Violation { rule, found });
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Violations(violations)) }
}

/// The names of all rules, in the order in which they are checked.
pub fn rules() -> Vec<&'static str> {
    all_rules().into_iter().map(|rule| rule.rule).collect()
}

fn all_rules() -> Vec<Rule> {
    [
        write::RULES,
        claims::RULES,
        inbox::RULES,
        admission::RULES,
        prune::RULES,
        read::RULES,
        barrier::RULES,
        watch::RULES,
    ]
    .concat()
}

async fn holds(stores: &impl Stores, check: Check) -> Result<(), Found> {
    let store = stores.fresh().await?;
    check(&store).await?;
    let before = Answers::of(&store).await?;
    let Some(store) = stores.reopened(store).await? else { return Ok(()) };
    let after = Answers::of(&store).await?;
    after.equal(&before).map_err(|Found(found)| Found(format!("opened again, {found}")))
}

/// A sentence that holds of a store, and how that is seen.
#[derive(Clone, Copy)]
struct Rule {
    rule: &'static str,
    check: Check,
}

type Check = for<'store> fn(&'store dyn Store) -> Checked<'store>;

type Checked<'store> = Pin<Box<dyn Future<Output = Result<(), Found>> + Send + 'store>>;

/// What a store did instead.
#[derive(Debug)]
struct Found(String);

impl From<StoreError> for Found {
    fn from(error: StoreError) -> Self {
        Self(format!("it failed: {error}"))
    }
}

/// What is compared, and how it must be.
fn equal<T: fmt::Debug + PartialEq>(what: &str, found: &T, expected: &T) -> Result<(), Found> {
    if found == expected { Ok(()) } else { Err(Found(format!("{what}: {found:?} instead of {expected:?}"))) }
}

/// What must be so.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Found> {
    if holds { Ok(()) } else { Err(Found(what())) }
}
