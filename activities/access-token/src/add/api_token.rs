//! A user's API token, with scopes or without: which of the two, the two addresses tell.

use secrecy::SecretString;

use super::{AddError, asked_at, behind_gateway, kept, service_account::asked_itself};
use crate::{Account, Grant, OAuth, PortalUrl, Secrets, Site, StoredToken, TokenName};
use flowrun_http::Credential;

/// Makes an access token of an API token and its user's e-mail address.
///
/// # Errors
/// When there is no Jira Cloud at `portal_url`, neither the site nor the gateway recognises the API token, or there is
/// no usable answer.
pub async fn add_api_token(
    oauth: &OAuth,
    name: TokenName,
    portal_url: &str,
    email: &str,
    api_token: SecretString,
) -> Result<StoredToken, AddError> {
    let site = asked_itself(oauth, &PortalUrl::parse(portal_url)?).await?;
    let credential = Credential::Basic { email: email.to_owned(), token: api_token.clone() };
    let (account, grant) = tried(oauth, &site, credential, email.to_owned()).await?;
    Ok(kept(oauth, name, site, account, grant, Secrets::ApiToken(api_token)))
}

/// Tries the site, where API tokens without scopes belong, and then the gateway, where the others do.
async fn tried(
    oauth: &OAuth,
    site: &Site,
    credential: Credential,
    email: String,
) -> Result<(Option<Account>, Grant), AddError> {
    match asked_at(oauth, site.url.clone(), &site.url, credential.clone(), None).await {
        Ok(account) => return Ok((account, Grant::ApiToken { email })),
        Err(AddError::NotRecognised { .. }) => {}
        Err(error) => return Err(error),
    }
    match behind_gateway(oauth, site, credential, None).await {
        Ok(account) => Ok((account, Grant::ScopedApiToken { email })),
        Err(AddError::NotRecognised { .. }) => Err(AddError::ApiTokenRefused { site: site.url.clone() }),
        Err(error) => Err(error),
    }
}
