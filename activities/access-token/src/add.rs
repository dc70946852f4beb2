//! Makes an access token of what a person brought: a consent, a service account's credential or an API token.
//!
//! Each way ends with the product's own word on whose it is. Nothing is stored here.

mod api_token;
mod error;
mod service_account;

use std::{collections::BTreeSet, sync::Arc};

pub use api_token::add_api_token;
pub use error::AddError;
pub use service_account::add_service_account;

use flowrun_http::{Connection, Credential, FixedCredential, GrantedScopes};

use crate::{
    AccessToken, Account, AccountError, App, Grant, IssuedTokens, OAuth, OAuthGrant, OAuthSecrets, OFFLINE_ACCESS,
    Resource, Secrets, Site, StoredToken, TokenName, choose_site,
};

/// Makes an access token of a consent: finds the site and the account.
///
/// Where [`super::SiteError::Several`] comes back, call it again with the address of the site that the person chose.
///
/// # Errors
/// When the tokens do not open the site, or there is no usable answer.
pub async fn add_oauth(
    oauth: &OAuth,
    name: TokenName,
    app: &App,
    tokens: &IssuedTokens,
    portal_url: Option<&str>,
) -> Result<StoredToken, AddError> {
    let resources = oauth.resources(&tokens.bearer).await?;
    let site = choose_site(oauth.product(), &resources, portal_url)?;
    let scopes = tokens.scopes.clone().unwrap_or_else(|| scopes_at(oauth, &site, &resources, tokens));
    let account = behind_gateway(oauth, &site, Credential::Bearer(tokens.bearer.clone()), Some(&scopes)).await?;
    let now = oauth.clock.now();
    let grant = OAuthGrant {
        client_id: app.client_id.clone(),
        callback_url: app.callback.as_str().to_owned(),
        scopes,
        granted_at: now,
        refreshed_at: now,
        expires_at: tokens.expires_at,
        refreshing_since: None,
        refused: None,
    };
    let secrets = OAuthSecrets {
        client_secret: app.client_secret.clone(),
        bearer: tokens.bearer.clone(),
        refresh_token: tokens.refresh_token.clone(),
        previous_refresh_token: None,
    };
    Ok(kept(oauth, name, site, account, Grant::OAuth(grant), Secrets::OAuth(secrets)))
}

/// What was granted, as far as the list of sites tells, where neither the answer nor the bearer says it.
fn scopes_at(oauth: &OAuth, site: &Site, resources: &[Resource], tokens: &IssuedTokens) -> BTreeSet<String> {
    let listed = resources
        .iter()
        .filter(|resource| resource.id == site.cloud_id && oauth.product().has_one_of(&resource.scopes));
    let lasting = tokens.refresh_token.as_ref().map(|_| OFFLINE_ACCESS.to_owned());
    listed.flat_map(|resource| resource.scopes.clone()).chain(lasting).collect()
}

fn kept(
    oauth: &OAuth,
    name: TokenName,
    site: Site,
    account: Option<Account>,
    grant: Grant,
    secrets: Secrets,
) -> StoredToken {
    let created_at = oauth.clock.now();
    StoredToken {
        token: AccessToken { name, provider: oauth.provider.clone(), site, account, grant, created_at },
        secrets,
    }
}

/// Whose a credential is, asked at the site's place behind the gateway.
async fn behind_gateway(
    oauth: &OAuth,
    site: &Site,
    credential: Credential,
    scopes: Option<&BTreeSet<String>>,
) -> Result<Option<Account>, AddError> {
    let api_base = oauth.product().gateway_base(&oauth.provider.gateway_url(), &site.cloud_id);
    asked_at(oauth, api_base, &site.url, credential, scopes).await
}

/// Whose a credential is, asked at `api_base`.
async fn asked_at(
    oauth: &OAuth,
    api_base: String,
    site_url: &str,
    credential: Credential,
    scopes: Option<&BTreeSet<String>>,
) -> Result<Option<Account>, AddError> {
    let scopes = scopes.cloned().map_or(GrantedScopes::Unknown, GrantedScopes::These);
    let credentials = Arc::new(FixedCredential { credential, scopes });
    let connection = Connection { api_base, site_url: site_url.to_owned(), credentials };
    let account = oauth.product().account(connection, &oauth.settings, oauth.clock.clone()).await;
    account.map_err(|error| match error {
        AccountError::NotRecognised => AddError::NotRecognised { at: site_url.to_owned() },
        AccountError::Failed(failure) => AddError::Account(failure),
        AccountError::Client(error) => AddError::Client(error),
    })
}
