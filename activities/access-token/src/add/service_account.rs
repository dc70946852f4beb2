//! A service account: its credential is changed for bearers without a person.

use secrecy::SecretString;

use super::{AddError, behind_gateway, kept};
use crate::{
    Grant, OAuth, OAuthError, PortalUrl, Resource, Secrets, Site, SiteError, StoredToken, TokenName, choose_site,
};
use flowrun_http::Credential;

/// Makes an access token of a service account's credential.
///
/// # Errors
/// When the credential is not taken, does not open the site, or there is no usable answer.
pub async fn add_service_account(
    oauth: &OAuth,
    name: TokenName,
    client_id: &str,
    client_secret: SecretString,
    portal_url: Option<&str>,
) -> Result<StoredToken, AddError> {
    let portal = portal_url.map(PortalUrl::parse).transpose()?;
    let tokens = oauth.client_credentials(client_id, &client_secret).await?;
    let site = site(oauth, oauth.resources(&tokens.bearer).await, portal.as_ref()).await?;
    let credential = Credential::Bearer(tokens.bearer.clone());
    let account = behind_gateway(oauth, &site, credential, tokens.scopes.as_ref()).await?;
    let grant = Grant::ServiceAccount {
        client_id: client_id.to_owned(),
        scopes: tokens.scopes.unwrap_or_default(),
        expires_at: tokens.expires_at,
    };
    let secrets = Secrets::ServiceAccount { client_secret, bearer: tokens.bearer };
    Ok(kept(oauth, name, site, account, grant, secrets))
}

/// The site. Whether service accounts have a list of them is not documented: where it tells nothing, the site itself is asked.
async fn site(
    oauth: &OAuth,
    resources: Result<Vec<Resource>, OAuthError>,
    portal: Option<&PortalUrl>,
) -> Result<Site, AddError> {
    let listed = match resources {
        Ok(resources) => {
            choose_site(oauth.product(), &resources, portal.map(ToString::to_string).as_deref()).map_err(AddError::from)
        }
        Err(error) => Err(error.into()),
    };
    let tells_nothing = matches!(
        listed,
        Err(AddError::Site(SiteError::None)
            | AddError::OAuth(OAuthError::BearerRefused { .. } | OAuthError::Refused { .. }))
    );
    match portal.filter(|_| tells_nothing) {
        Some(portal) => asked_itself(oauth, portal).await,
        None => listed,
    }
}

/// The site at an address, as it says itself.
pub(super) async fn asked_itself(oauth: &OAuth, portal: &PortalUrl) -> Result<Site, AddError> {
    let cloud_id = portal.cloud_id(&oauth.settings).await?;
    Ok(Site { cloud_id, name: portal.site_name().to_owned(), url: portal.to_string() })
}
