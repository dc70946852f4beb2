//! The form of an access token's file. Its secrets are plain texts here and nowhere else, in buffers that are wiped.

use std::path::Path;

use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::{AccessToken, Grant, OAuthSecrets, Secrets, StoredToken, TokenName, secrets::WrittenSecret};

/// Bytes that hold secrets.
pub(super) type Content = Zeroizing<Vec<u8>>;

/// Whoever changes the form of a document raises this, but for a field that an older version may leave out when it writes.
const FORMAT: u32 = 1;

/// More than any document has: a buffer that grows leaves copies behind.
const CAPACITY: usize = 64 * 1024;

/// What is read first, of any format.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    token: &'a AccessToken,
    secrets: Exposed<&'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    #[serde(rename = "format")]
    _format: u32,
    token: AccessToken,
    secrets: Exposed<WrittenSecret>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Exposed<S> {
    #[serde(rename = "oauth")]
    OAuth {
        client_secret: S,
        bearer: S,
        refresh_token: Option<S>,
        previous_refresh_token: Option<S>,
    },
    ServiceAccount {
        client_secret: S,
        bearer: S,
    },
    ApiToken(S),
}

/// An access token as a document.
pub(super) fn write(kept: &StoredToken) -> Content {
    let document = Written { format: FORMAT, token: &kept.token, secrets: Exposed::of(&kept.secrets) };
    let mut content = Content::new(Vec::with_capacity(CAPACITY));
    serde_json::to_writer_pretty(&mut *content, &document).expect("its keys are texts, and memory takes all");
    content.push(b'\n');
    content
}

/// Reads the document of the access token `name`. What is wrong is said without the words of its content.
pub(super) fn read(content: &[u8], name: &TokenName, path: &Path) -> Result<StoredToken, StoreError> {
    let damaged = |why: String| StoreError::Damaged { path: path.to_owned(), why };
    // The JSON reader's own words can cite what it found.
    let unreadable = |cause: serde_json::Error| {
        damaged(format!("it is not an access token's document (line {}, column {})", cause.line(), cause.column()))
    };
    let Head { format } = serde_json::from_slice(content).map_err(unreadable)?;
    if format > FORMAT {
        return Err(StoreError::Newer { path: path.to_owned(), format });
    }
    let found: Found = serde_json::from_slice(content).map_err(unreadable)?;
    let (token, secrets) = (found.token, Secrets::from(found.secrets));
    if token.name != *name {
        return Err(damaged(format!("it is the document of `{}`", token.name)));
    }
    if !belong_together(&token.grant, &secrets) {
        return Err(damaged("its secrets are of another kind than its grant".to_owned()));
    }
    Ok(StoredToken { token, secrets })
}

fn belong_together(grant: &Grant, secrets: &Secrets) -> bool {
    matches!(
        (grant, secrets),
        (Grant::OAuth(_), Secrets::OAuth(_))
            | (Grant::ServiceAccount { .. }, Secrets::ServiceAccount { .. })
            | (Grant::ApiToken { .. } | Grant::ScopedApiToken { .. }, Secrets::ApiToken(_))
    )
}

impl<'a> Exposed<&'a str> {
    fn of(secrets: &'a Secrets) -> Self {
        match secrets {
            Secrets::OAuth(secrets) => Self::OAuth {
                client_secret: secrets.client_secret.expose_secret(),
                bearer: secrets.bearer.expose_secret(),
                refresh_token: secrets.refresh_token.as_ref().map(ExposeSecret::expose_secret),
                previous_refresh_token: secrets.previous_refresh_token.as_ref().map(ExposeSecret::expose_secret),
            },
            Secrets::ServiceAccount { client_secret, bearer } => {
                Self::ServiceAccount { client_secret: client_secret.expose_secret(), bearer: bearer.expose_secret() }
            }
            Secrets::ApiToken(token) => Self::ApiToken(token.expose_secret()),
        }
    }
}

impl From<Exposed<WrittenSecret>> for Secrets {
    fn from(exposed: Exposed<WrittenSecret>) -> Self {
        let secret = |text: WrittenSecret| text.0;
        match exposed {
            Exposed::OAuth { client_secret, bearer, refresh_token, previous_refresh_token } => {
                Self::OAuth(OAuthSecrets {
                    client_secret: secret(client_secret),
                    bearer: secret(bearer),
                    refresh_token: refresh_token.map(secret),
                    previous_refresh_token: previous_refresh_token.map(secret),
                })
            }
            Exposed::ServiceAccount { client_secret, bearer } => {
                Self::ServiceAccount { client_secret: secret(client_secret), bearer: secret(bearer) }
            }
            Exposed::ApiToken(token) => Self::ApiToken(secret(token)),
        }
    }
}
