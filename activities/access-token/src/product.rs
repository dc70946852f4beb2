//! The product whose sites access tokens open, such as Jira: what only that product knows, it is asked for.

use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use flowrun_engine::{activity::Failure, clock::Clock};
use flowrun_http::{Connection, Settings};

use crate::Account;

/// A product of Atlassian's, behind its gateway.
#[async_trait]
pub trait Product: fmt::Debug + Send + Sync {
    /// Whether any of these scopes is one of its own: only they tell its sites from those of other products.
    fn has_one_of(&self, scopes: &BTreeSet<String>) -> bool;

    /// Where requests to the site `cloud_id` go behind `gateway`.
    fn gateway_base(&self, gateway: &str, cloud_id: &str) -> String;

    /// The account that `connection` asks as; `None` where its credential lacks the scope to tell.
    ///
    /// # Errors
    /// When the credential is not recognised, or there is no usable answer.
    async fn account(
        &self,
        connection: Connection,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Account>, AccountError>;
}

/// Why it is not known whose a credential is.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The product does not know the credential.
    #[error("the credential is not recognised")]
    NotRecognised,
    /// There was no usable answer.
    #[error("{}", .0.message)]
    Failed(Box<Failure>),
    /// Nothing could be asked.
    #[error(transparent)]
    Client(#[from] flowrun_http::ClientError),
}
