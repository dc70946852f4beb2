//! The credential of a kept access token, request by request: renewed shortly before it expires, and once Jira refuses it.
//!
//! `token_renewer` is the one procedure that renews, `held_token` the copy that this process has, `issuer` the authorization server, `loss`
//! says why a grant is gone. Many processes may use one access token: the store's lock makes it one refresh.

mod held_token;
mod issuer;
mod loss;
#[cfg(test)]
mod tests;
mod token_renewer;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use flowrun_engine::{activity::Failure, clock::Clock, diagnostic::Code};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{AccessToken, Grant, OAuth, Product, StoredToken, TokenName, TokenStore};
use flowrun_http::{Connection, Credential, Credentials, GrantedScopes};
use held_token::HeldToken;
use issuer::Issuer;
use token_renewer::TokenRenewer;

/// The credential of one access token.
pub struct KeptCredentials {
    keeper: Arc<TokenRenewer>,
    held: Arc<Mutex<HeldToken>>,
    product: Arc<dyn Product>,
}

impl KeptCredentials {
    /// The credential of the access token `name` of `store`.
    ///
    /// # Errors
    /// When there is no such access token, or it cannot be read.
    pub fn new(store: Arc<TokenStore>, name: &TokenName, oauth: OAuth, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let product = oauth.product.clone();
        Self::of_store(store, name, product, Arc::new(oauth), clock)
    }

    /// The credential of an access token that is kept nowhere, as the environment gives it: each process gets its own bearer.
    pub fn unkept(kept: StoredToken, oauth: OAuth, clock: Arc<dyn Clock>) -> Self {
        let product = oauth.product.clone();
        Self::made(None, HeldToken::unkept(kept), product, Arc::new(oauth), clock)
    }

    fn of_store(
        store: Arc<TokenStore>,
        name: &TokenName,
        product: Arc<dyn Product>,
        issuer: Arc<dyn Issuer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let (kept, sealing) = store.find(name)?.ok_or_else(|| no_such(name))?;
        Ok(Self::made(Some(store), HeldToken::new(kept, sealing), product, issuer, clock))
    }

    fn made(
        store: Option<Arc<TokenStore>>,
        held: HeldToken,
        product: Arc<dyn Product>,
        issuer: Arc<dyn Issuer>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let keeper = Arc::new(TokenRenewer::new(store, &held, issuer, clock));
        Self { keeper, held: Arc::new(Mutex::new(held)), product }
    }

    /// How the client reaches the access token's site with it.
    pub fn connection(self: &Arc<Self>) -> Connection {
        let token = self.token();
        let credentials: Arc<dyn Credentials> = Arc::clone(self) as _;
        Connection { api_base: api_base(&*self.product, &token), site_url: token.site.url, credentials }
    }

    /// What is known of the access token, as this process saw it last.
    pub fn token(&self) -> AccessToken {
        self.keeper.shown()
    }

    /// Why what was got last is not written, if so: it lives in this process only. Each use tries again, and so does this.
    pub async fn unwritten(&self) -> Option<Failure> {
        let mut held = self.lock().await;
        self.keeper.write_again(&mut held).await;
        held.unwritten.clone()
    }

    /// Renews now, whether or not it is time; where another process just did, its bearer is taken.
    ///
    /// # Errors
    /// When it cannot be renewed; `Ok(None)` where it is of a kind that never is.
    pub async fn refresh_now(&self) -> Result<Option<AccessToken>, Failure> {
        let held = self.lock().await;
        let refused = held.credential();
        Ok(self.renew(held, Some(refused)).await?.map(|_| self.token()))
    }

    async fn lock(&self) -> OwnedMutexGuard<HeldToken> {
        Arc::clone(&self.held).lock_owned().await
    }

    /// A renewal that was begun is brought to its end, even if nobody waits for it any more: its answer is not to be lost.
    async fn renew(
        &self,
        mut held: OwnedMutexGuard<HeldToken>,
        refused: Option<Credential>,
    ) -> Result<Option<Credential>, Failure> {
        let keeper = Arc::clone(&self.keeper);
        let renewal = tokio::spawn(async move { keeper.renew(&mut held, refused.as_ref()).await });
        let stopped = |_| Failure::transient(Code::TOKENS_UNUSABLE, "renewing the access token was stopped");
        renewal.await.map_err(stopped)?
    }
}

#[async_trait]
impl Credentials for KeptCredentials {
    async fn current(&self) -> Result<Credential, Failure> {
        let mut held = self.lock().await;
        self.keeper.write_again(&mut held).await;
        let (credential, now) = (held.credential(), self.keeper.now());
        let is_alive = held.is_alive(now);
        if !held.is_due(now) || is_alive && held.was_just_tried(now) {
            return Ok(credential);
        }
        match self.renew(held, None).await {
            Ok(Some(credential)) => Ok(credential),
            Ok(None) => Err(loss::no_refresh_token(&self.token().name)),
            // It is good for a while yet, and renewing it is tried again before that is over.
            Err(failure) if is_alive => {
                tracing::warn!(%failure, "the access token could not be renewed yet");
                Ok(credential)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn renewed(&self, refused: &Credential) -> Result<Option<Credential>, Failure> {
        let held = self.lock().await;
        let credential = held.credential();
        if !credential.is(refused) {
            return Ok(Some(credential));
        }
        self.renew(held, Some(credential)).await
    }

    fn granted_scopes(&self) -> GrantedScopes {
        match self.token().grant {
            Grant::OAuth(grant) => GrantedScopes::These(grant.scopes),
            Grant::ServiceAccount { scopes, .. } => GrantedScopes::These(scopes),
            Grant::ApiToken { .. } => GrantedScopes::All,
            Grant::ScopedApiToken { .. } => GrantedScopes::Unknown,
        }
    }
}

impl fmt::Debug for KeptCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptCredentials").field("token", &self.token().name).finish_non_exhaustive()
    }
}

/// Where requests to a product with an access token go: through the gateway, but for an API token without scopes.
pub fn api_base(product: &dyn Product, token: &AccessToken) -> String {
    match token.grant {
        Grant::ApiToken { .. } => token.site.url.clone(),
        _ => product.gateway_base(&token.provider.gateway_url(), &token.site.cloud_id),
    }
}

fn no_such(name: &TokenName) -> Failure {
    Failure::needs_grant(Code::NO_ACCESS_TOKEN, format!("there is no access token `{name}`"))
        .with_help(format!("`flowrun token list` shows those that there are; `flowrun token add {name}` makes it"))
}
