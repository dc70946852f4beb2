//! Jira, as access tokens know it: which scopes are its own, where its sites are behind the gateway, and whose a credential is.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use flowrun_access_token::{Account, AccountError, Product};
use flowrun_engine::clock::Clock;
use flowrun_http::{Connection, Settings};

use crate::{
    account::asked,
    client::{Client, ErrorKind, JiraError, gateway_base},
};

/// Jira Cloud, as a product whose sites access tokens open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jira;

#[async_trait]
impl Product for Jira {
    /// Only the scopes tell Jira's entries in a list of sites from those of other products on the same site.
    fn has_one_of(&self, scopes: &BTreeSet<String>) -> bool {
        scopes.iter().any(|scope| scope.contains(":jira") || scope.contains("jira-"))
    }

    fn gateway_base(&self, gateway: &str, cloud_id: &str) -> String {
        gateway_base(gateway, cloud_id)
    }

    async fn account(
        &self,
        connection: Connection,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Account>, AccountError> {
        match asked(&Client::connect(connection, settings, clock)?).await {
            Err(JiraError { kind: ErrorKind::NotRecognised, .. }) => Err(AccountError::NotRecognised),
            answer => answer.map_err(|error| AccountError::Failed(Box::new(error.into()))),
        }
    }
}
