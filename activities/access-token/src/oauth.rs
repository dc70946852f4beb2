//! The authorization server: it changes codes, refresh tokens and client credentials for bearers, and tells which sites they open.
//!
//! The crate `oauth2` makes the requests and reads the answers; `exchange` sends them and sorts the answers, `resource` lists sites.
//! One call is one request: nothing is repeated and nothing waited for here.

mod exchange;
mod resource;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use flowrun_engine::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RedirectUrl, RefreshToken,
    RequestTokenError, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse},
};
use secrecy::{ExposeSecret, SecretString};

pub use resource::Resource;

use crate::{App, ConsentCode, OAuthError, Product, Provider};
use exchange::{Exchange, Purpose};
use flowrun_http::{ClientError, Http, Repeated, Settings, Transport, base_url, later};

/// Atlassian says an hour; so it is taken to be where an answer does not say.
const USUAL_LIFE: Duration = Duration::from_secs(3_600);

/// The authorization server of one [`Provider`], for the sites of one [`Product`].
#[derive(Clone)]
pub struct OAuth {
    pub(super) product: Arc<dyn Product>,
    pub(super) provider: Provider,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    token_url: TokenUrl,
}

/// What the authorization server gave.
#[derive(Clone)]
pub struct IssuedTokens {
    /// What requests carry.
    pub bearer: SecretString,
    /// What the next bearer is got with; `None` where `offline_access` was not granted.
    pub refresh_token: Option<SecretString>,
    /// When the bearer expires, by this machine's clock.
    pub expires_at: Timestamp,
    /// The scopes that were granted, where the answer says so.
    pub scopes: Option<BTreeSet<String>>,
    /// How far this machine's clock is ahead of the server's (behind, where negative), if by more than a minute.
    pub clock_ahead: Option<SignedDuration>,
}

type TokenClient = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl OAuth {
    /// The authorization server of `provider`, for sites of `product`, over the network. Nothing is sent yet.
    ///
    /// # Errors
    /// When an address of `provider` or the CA bundle cannot be used.
    pub fn new(
        product: Arc<dyn Product>,
        provider: Provider,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let transport = Arc::new(Http::new(settings, &base_url(&provider.token_url())?)?);
        Self::over(product, provider, settings, clock, transport)
    }

    /// The same, over a transport that is given.
    ///
    /// # Errors
    /// When an address of `provider` cannot be used.
    pub fn over(
        product: Arc<dyn Product>,
        provider: Provider,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, ClientError> {
        let address = provider.token_url();
        for used in [&address, &provider.resources_url()] {
            base_url(used)?;
        }
        let token_url = TokenUrl::new(address.clone()).map_err(|_| ClientError::Address { address })?;
        Ok(Self { product, provider, settings: settings.clone(), clock, transport, token_url })
    }

    /// The product whose sites its bearers are for.
    pub(super) fn product(&self) -> &dyn Product {
        &*self.product
    }

    /// Whose authorization server it is.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Changes the code of a consent for tokens.
    ///
    /// # Errors
    /// When the code, the app's secret or its callback URL is not taken, or there is no usable answer.
    pub async fn exchange(&self, app: &App, code: ConsentCode) -> Result<IssuedTokens, OAuthError> {
        let callback = RedirectUrl::new(app.callback.as_str().to_owned()).expect("it was parsed before");
        let exchange = self.sender(Purpose::Code(&app.callback), [&app.client_secret, &code.0]);
        let client = self.client(&app.client_id, &app.client_secret).set_redirect_uri(callback);
        let code = AuthorizationCode::new(code.0.expose_secret().to_owned());
        let answer = client.exchange_code(code).request_async(&exchange).await;
        self.tokens(&exchange, answer)
    }

    /// Gets the next bearer, and the next refresh token: the one that is given here is used up.
    ///
    /// # Errors
    /// When the refresh token or the app's secret is not taken, or there is no usable answer. Without an answer
    /// ([`OAuthError::TimedOut`], [`OAuthError::Broken`]) the refresh token may be used up; it is taken again for some minutes.
    pub async fn refresh(
        &self,
        app_id: &str,
        app_secret: &SecretString,
        refresh_token: &SecretString,
    ) -> Result<IssuedTokens, OAuthError> {
        let exchange = self.sender(Purpose::Refresh, [app_secret, refresh_token]);
        let client = self.client(app_id, app_secret);
        let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let answer = client.exchange_refresh_token(&refresh_token).request_async(&exchange).await;
        self.tokens(&exchange, answer)
    }

    /// Gets a bearer for a service account. Scopes are not asked for: the credential has them.
    ///
    /// # Errors
    /// When the credential is not taken, or there is no usable answer.
    pub async fn client_credentials(
        &self,
        client_id: &str,
        client_secret: &SecretString,
    ) -> Result<IssuedTokens, OAuthError> {
        let exchange = self.sender(Purpose::ClientCredentials, [client_secret, client_secret]);
        let client = self.client(client_id, client_secret);
        let answer = client.exchange_client_credentials().request_async(&exchange).await;
        self.tokens(&exchange, answer)
    }

    fn client(&self, id: &str, secret: &SecretString) -> TokenClient {
        BasicClient::new(ClientId::new(id.to_owned()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_token_uri(self.token_url.clone())
            // Else they go into a header, where Atlassian does not look for them.
            .set_auth_type(AuthType::RequestBody)
    }

    fn sender<'a>(&'a self, purpose: Purpose<'a>, secrets: [&'a SecretString; 2]) -> Exchange<'a> {
        Exchange::new(&*self.transport, &*self.clock, purpose, secrets)
    }

    fn tokens(
        &self,
        exchange: &Exchange<'_>,
        answer: Result<BasicTokenResponse, RequestTokenError<OAuthError, BasicErrorResponse>>,
    ) -> Result<IssuedTokens, OAuthError> {
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            // The others hold the answer, which may hold a bearer: nothing of them is kept.
            _ => OAuthError::Unreadable { why: "it is not a JSON object with an `access_token`" },
        })?;
        let expires_at = later(self.clock.now(), answer.expires_in().unwrap_or(USUAL_LIFE));
        tracing::debug!(%expires_at, "Atlassian gave a bearer");
        let bearer = answer.access_token().secret();
        let refresh_token = answer.refresh_token().map(|token| token.secret());
        let given = Repeated::of(refresh_token.into_iter().chain([bearer]).map(String::as_str));
        let shown = |scope: &oauth2::Scope| exchange.taken_out(given.taken_out(scope.to_string()));
        let scopes = answer.scopes().map(|scopes| scopes.iter().map(shown).collect());
        Ok(IssuedTokens {
            bearer: bearer.clone().into(),
            refresh_token: refresh_token.map(|token| token.clone().into()),
            expires_at,
            scopes,
            clock_ahead: exchange.clock_ahead(),
        })
    }
}

impl fmt::Debug for OAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OAuth").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expires_at, scopes, .. } = self;
        write!(formatter, "IssuedTokens(…, {expires_at}, {scopes:?})")
    }
}
