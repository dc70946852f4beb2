//! The authorization server, as renewals see it; simulations play it.

use async_trait::async_trait;
use flowrun_engine::activity::{Failure, Recovery};
use secrecy::SecretString;

use crate::{IssuedTokens, OAuth, OAuthError};

/// Gives bearers: one call is one request.
#[async_trait]
pub(super) trait Issuer: Send + Sync {
    /// Gets the next bearer and refresh token for a refresh token.
    async fn refresh(
        &self,
        app: &str,
        secret: &SecretString,
        refresh: &SecretString,
    ) -> Result<IssuedTokens, OAuthError>;

    /// Gets a bearer for a service account.
    async fn client_credentials(&self, client: &str, secret: &SecretString) -> Result<IssuedTokens, OAuthError>;
}

#[async_trait]
impl Issuer for OAuth {
    async fn refresh(
        &self,
        app: &str,
        secret: &SecretString,
        refresh: &SecretString,
    ) -> Result<IssuedTokens, OAuthError> {
        Self::refresh(self, app, secret, refresh).await
    }

    async fn client_credentials(&self, client: &str, secret: &SecretString) -> Result<IssuedTokens, OAuthError> {
        Self::client_credentials(self, client, secret).await
    }
}

/// The failure of a renewal. What does not pass by itself waits for a person: nothing was asked of Jira, and a run can go on once
/// it is mended.
pub(super) fn failure(error: &OAuthError) -> Failure {
    // An answer that nobody could read may have used up the refresh token: it is taken again for some minutes only.
    let passes = error.is_transient() || matches!(error, OAuthError::Unreadable { .. } | OAuthError::Redirected { .. });
    let recovery = match error.not_before() {
        not_before if passes => Recovery::Transient { not_before },
        _ => Recovery::NeedsGrant,
    };
    let message = format!("the access token could not be renewed: {error}");
    Failure { recovery, help: error.help(), ..Failure::permanent(error.code(), message) }
}
