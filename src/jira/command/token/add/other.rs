//! Credentials that need no consent: API tokens and service accounts.

use flowrun_access_token::{Grant, Secrets, StoredToken, add_api_token, add_service_account};

use super::{
    TokenAddition,
    input::{CredentialInput, secret_from},
};
use crate::{error::CommandError, jira::tokens::not_added};

const SITE: &str = "the Jira Portal URL (`--site`)";

/// An API token of a user.
pub(super) async fn api_token(adding: &TokenAddition<'_>) -> Result<StoredToken, CommandError> {
    let arguments = adding.arguments;
    let mut input = CredentialInput::new(adding.prompt);
    let site = input.text(site(adding), "Jira Portal URL, such as https://acme.atlassian.net", SITE).await?;
    let email = arguments.email.clone().or_else(|| email_before(adding.before));
    let email = input.text(email, "E-mail address of the account", "the e-mail address (`--email`)").await?;
    let secret = secret_from(arguments.secret_file.as_deref(), "FLOWRUN_API_TOKEN")?;
    let how = "the API token (`--secret-file FILE`, `-` for stdin, or FLOWRUN_API_TOKEN)";
    let secret = input.secret(secret, "API token (not shown)", how)?;
    input.finish()?;
    let oauth = adding.tokens.oauth(adding.provider()?, arguments.network.ca_bundle.as_deref())?;
    let added = add_api_token(&oauth, arguments.name.clone(), &site, &email, secret).await;
    added.map_err(|error| not_added(&error))
}

/// A service account, by client credentials.
pub(super) async fn service_account(adding: &TokenAddition<'_>) -> Result<StoredToken, CommandError> {
    let arguments = adding.arguments;
    let mut input = CredentialInput::new(adding.prompt);
    let before = adding.before.and_then(client_before);
    let key = arguments.consumer_key.clone().or_else(|| before.map(|(key, _)| key.to_owned()));
    let how = "the service account's Client ID (`--consumer-key`)";
    let key = input.text(key, "Consumer Key (the service account's Client ID)", how).await?;
    let secret = secret_from(arguments.secret_file.as_deref(), "FLOWRUN_CONSUMER_SECRET")?;
    let secret = secret.or_else(|| before.filter(|(of, _)| *of == key).map(|(_, secret)| secret.clone()));
    let how = "its secret (`--secret-file FILE`, `-` for stdin, or FLOWRUN_CONSUMER_SECRET)";
    let secret = input.secret(secret, "Consumer Secret (its Client Secret; not shown)", how)?;
    input.finish()?;
    let oauth = adding.tokens.oauth(adding.provider()?, arguments.network.ca_bundle.as_deref())?;
    let site = site(adding);
    let added = add_service_account(&oauth, arguments.name.clone(), &key, secret, site.as_deref()).await;
    added.map_err(|error| not_added(&error))
}

/// The site that was given, or the one before; of a sandbox its own address.
fn site(adding: &TokenAddition<'_>) -> Option<String> {
    let before = || adding.before.map(|before| before.token.site.url.clone());
    let of_sandbox = || match &adding.arguments.sandbox {
        Some(crate::jira::arguments::SandboxChoice::At(url)) => Some(url.clone()),
        _ => None,
    };
    adding.arguments.site.clone().or_else(of_sandbox).or_else(before)
}

fn email_before(before: Option<&StoredToken>) -> Option<String> {
    match &before?.token.grant {
        Grant::ApiToken { email } | Grant::ScopedApiToken { email } => Some(email.clone()),
        _ => None,
    }
}

fn client_before(kept: &StoredToken) -> Option<(&str, &secrecy::SecretString)> {
    match (&kept.token.grant, &kept.secrets) {
        (Grant::ServiceAccount { client_id, .. }, Secrets::ServiceAccount { client_secret, .. }) => {
            Some((client_id, client_secret))
        }
        _ => None,
    }
}
