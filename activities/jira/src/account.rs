//! Whose an access token is, as Jira says.

use flowrun_access_token::Account;
use flowrun_engine::activity::Failure;

use crate::{
    Client,
    client::{ErrorKind, JiraError},
    resolve::myself,
};

/// The account that `client` asks as; `None` where its access token lacks the scope to tell.
///
/// # Errors
/// When Jira does not recognise the access token, or gives no usable answer.
pub async fn account(client: &Client) -> Result<Option<Account>, Failure> {
    asked(client).await.map_err(Into::into)
}

pub(crate) async fn asked(client: &Client) -> Result<Option<Account>, JiraError> {
    match myself(client.reader()).await {
        Ok(user) => {
            let display_name = user.display_name.unwrap_or_else(|| user.account_id.clone());
            Ok(Some(Account { account_id: user.account_id, display_name, email: user.email_address }))
        }
        Err(JiraError { kind: ErrorKind::ScopeMissing, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
