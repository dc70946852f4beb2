//! Why nothing was added.

use flowrun_engine::{activity::Failure, diagnostic::Code};
use flowrun_http::ClientError;

use crate::{OAuthError, PortalError, SiteError};

/// Why no access token could be made.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The authorization server gave nothing.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// No site is open, or not the one.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// At the address is no Jira Cloud.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The settings cannot be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Jira does not know the credential.
    #[error("Jira does not recognise the access token at `{at}`")]
    NotRecognised {
        /// The site.
        at: String,
    },
    /// Neither the site nor the gateway knows the API token.
    #[error(
        "Jira does not recognise the API token with this e-mail address: neither `{site}` nor the gateway, where API tokens with scopes belong"
    )]
    ApiTokenRefused {
        /// The site.
        site: String,
    },
    /// The product gave no usable answer when it was asked whose the credential is.
    #[error("{}", .0.message)]
    Account(Box<Failure>),
}

impl AddError {
    /// The code under which it is reported.
    pub fn code(&self) -> Code {
        match self {
            Self::OAuth(error) => error.code(),
            Self::Site(SiteError::Portal(error)) | Self::Portal(error) => of_portal(error),
            Self::Site(_) => Code::SITE_NOT_GRANTED,
            Self::Client(_) => Code::CONSENT_FAILED,
            Self::NotRecognised { .. } | Self::ApiTokenRefused { .. } => Code::TOKEN_NOT_RECOGNISED,
            Self::Account(failure) => failure.code,
        }
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::OAuth(error) => error.help(),
            Self::Site(error) => error.help().map(str::to_owned),
            Self::Portal(error) => error.help().map(str::to_owned),
            Self::Client(_) => None,
            Self::NotRecognised { .. } => Some("give it for the site that it belongs to, or get a new one".to_owned()),
            Self::ApiTokenRefused { .. } => Some(
                "check the e-mail address, and whether the API token expired: they last a year at most; new ones are made at \
                 `https://id.atlassian.com/manage-profile/security/api-tokens`"
                    .to_owned(),
            ),
            Self::Account(failure) => failure.help.clone(),
        }
    }
}

fn of_portal(error: &PortalError) -> Code {
    match error {
        PortalError::DataCenter { .. } => Code::CREDENTIAL_REFUSED,
        PortalError::NotReached { .. } | PortalError::Unavailable { .. } => Code::UNAVAILABLE,
        _ => Code::SITE_NOT_GRANTED,
    }
}
