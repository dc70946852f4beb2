//! One consent under way: the address that the browser opens, and the reading of the address that it comes back to.
//!
//! [`super::Listener`] hears that address by itself; [`Consent::read`] takes it from a person who pasted it.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, fmt};

use oauth2::{AuthUrl, ClientId, CsrfToken, RedirectUrl, Scope, basic::BasicClient};
use reqwest::Url;
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use crate::{CallbackUrl, OAuthError, Provider};
use flowrun_http::{ClientError, ErrorText};

/// What makes Atlassian give a refresh token. It is no scope of the developer console.
pub const OFFLINE_ACCESS: &str = "offline_access";

/// An app of the developer console, as flowrun knows it.
#[derive(Clone)]
pub struct App {
    /// Its client id; AgilePoint's Consumer Key.
    pub client_id: String,
    /// Its secret; AgilePoint's Consumer Secret.
    pub client_secret: SecretString,
    /// Its callback URL.
    pub callback: CallbackUrl,
}

/// An authorization code: good once, for some minutes.
#[derive(Clone)]
pub struct ConsentCode(pub(super) SecretString);

/// A consent that a browser was sent to, and that is waited for.
pub struct Consent {
    url: String,
    state: CsrfToken,
    callback: CallbackUrl,
}

/// What a request for the callback URL is.
pub(super) enum CallbackRequest {
    /// It has nothing to do with a consent.
    Nothing,
    /// It belongs to another consent, or somebody made it up.
    WrongState,
    /// The answer to this consent.
    Answer(Result<ConsentCode, OAuthError>),
}

impl Consent {
    /// Begins a consent of `scopes` for `app`, and for a refresh token. Nothing is sent.
    ///
    /// # Errors
    /// When `provider` has no address that secrets may go to.
    pub fn new(provider: &Provider, app: &App, scopes: &BTreeSet<String>) -> Result<Self, ClientError> {
        let address = provider.authorize_url();
        let refused = || ClientError::Address { address: address.clone() };
        let client = BasicClient::new(ClientId::new(app.client_id.clone()))
            .set_auth_uri(AuthUrl::new(address.clone()).map_err(|_| refused())?)
            .set_redirect_uri(RedirectUrl::new(app.callback.as_str().to_owned()).expect("it was parsed before"));
        let scopes = scopes.iter().map(String::as_str).filter(|scope| *scope != OFFLINE_ACCESS);
        // No PKCE: Atlassian documents none for these apps, and always wants the secret.
        let (url, state) = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.chain([OFFLINE_ACCESS]).map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("audience", "api.atlassian.com")
            .add_extra_param("prompt", "consent")
            .url();
        // A form writes a space as `+`; Atlassian's examples write `%20`, which every server reads.
        let url = url.as_str().replace('+', "%20");
        Ok(Self { url, state, callback: app.callback.clone() })
    }

    /// The address that the browser opens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The callback URL that the browser comes back to.
    pub fn callback(&self) -> &CallbackUrl {
        &self.callback
    }

    /// Reads the address that the browser came back to, from whoever pasted it.
    ///
    /// # Errors
    /// When it is not the callback URL's, belongs to another consent, or says that there is no consent.
    pub fn read(&self, text: &str) -> Result<ConsentCode, OAuthError> {
        let not_it = || OAuthError::NotTheCallback { callback: self.callback.clone() };
        let url = Url::parse(text.trim()).map_err(|_| not_it())?;
        if !self.callback.leads_to(&url) {
            return Err(self.error_page(&url).unwrap_or_else(not_it));
        }
        match self.hear(&url) {
            CallbackRequest::Nothing => Err(not_it()),
            CallbackRequest::WrongState => Err(OAuthError::WrongState),
            CallbackRequest::Answer(answer) => answer,
        }
    }

    /// What a request for `url`, which has the callback URL's path, is.
    pub(super) fn hear(&self, url: &Url) -> CallbackRequest {
        let (state, code, error) = (one(url, "state"), one(url, "code"), one(url, "error"));
        let Some(state) = state.filter(|_| code.is_some() || error.is_some()) else { return CallbackRequest::Nothing };
        if !bool::from(state.as_bytes().ct_eq(self.state.secret().as_bytes())) {
            return CallbackRequest::WrongState;
        }
        CallbackRequest::Answer(match (error, code) {
            (Some(error), _) => Err(self.refused(&error, one(url, "error_description"))),
            (None, Some(code)) if !code.is_empty() => Ok(ConsentCode(code.into())),
            _ => Err(OAuthError::NotTheCallback { callback: self.callback.clone() }),
        })
    }

    /// What the page says on which Atlassian ends where it cannot lead back: `https://id.atlassian.com/error?error=…`.
    fn error_page(&self, url: &Url) -> Option<OAuthError> {
        let error = one(url, "error").filter(|_| url.path() == "/error")?;
        Some(self.refused(&error, one(url, "error_description")))
    }

    fn refused(&self, error: &str, description: Option<String>) -> OAuthError {
        let said = ErrorText::of_text(description.as_deref().unwrap_or(error)).to_string();
        match error {
            "access_denied" => OAuthError::ConsentRefused { said },
            _ if speaks_of_callback(&said) => OAuthError::CallbackMismatch { callback: self.callback.clone() },
            "unauthorized_client" => OAuthError::WrongClient { said },
            _ => OAuthError::ConsentFailed { said },
        }
    }
}

/// The value of a parameter that is there once.
fn one(url: &Url, name: &str) -> Option<String> {
    let mut values = url.query_pairs().filter(|(other, _)| other == name).map(|(_, value)| value.into_owned());
    values.next().filter(|_| values.next().is_none())
}

/// Whether Atlassian's words are about the callback URL.
pub(super) fn speaks_of_callback(words: &str) -> bool {
    let words = words.to_lowercase();
    ["callback", "redirect_uri", "redirect uri"].iter().any(|word| words.contains(word))
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "App({}, …, {})", self.client_id, self.callback)
    }
}

impl fmt::Debug for ConsentCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ConsentCode(…)")
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Consent(…, {})", self.callback)
    }
}
