//! Who asks, request by request: a credential may be renewed while a client lives.

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use flowrun_engine::activity::Failure;

use crate::Credential;

/// Gives the client its credential.
///
/// The client asks for [`current`](Self::current) with each request, and for [`renewed`](Self::renewed) once where Jira does
/// not recognise it. What fails here has had no effect.
#[async_trait]
pub trait Credentials: fmt::Debug + Send + Sync {
    /// What the next request carries. It may take a request of its own to get it.
    ///
    /// # Errors
    /// When there is none. The failure says whether that passes.
    async fn current(&self) -> Result<Credential, Failure>;

    /// Another one than `refused`, which Jira does not recognise; `None` where there cannot be another.
    ///
    /// # Errors
    /// When there could be one, and it could not be got.
    async fn renewed(&self, refused: &Credential) -> Result<Option<Credential>, Failure>;

    /// The scopes that were granted, as far as that is known.
    fn granted_scopes(&self) -> GrantedScopes;
}

/// What is known of the scopes of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantedScopes {
    /// It has exactly these.
    These(BTreeSet<String>),
    /// It may do all that its user may.
    All,
    /// It does not tell.
    Unknown,
}

/// A credential that is never renewed, and its scopes.
#[derive(Clone, Debug)]
pub struct FixedCredential {
    /// The credential.
    pub credential: Credential,
    /// What it was granted.
    pub scopes: GrantedScopes,
}

impl FixedCredential {
    /// A bearer of these scopes.
    pub fn bearer(bearer: impl Into<secrecy::SecretString>, scopes: impl IntoIterator<Item = String>) -> Self {
        let scopes = GrantedScopes::These(scopes.into_iter().collect());
        Self { credential: Credential::Bearer(bearer.into()), scopes }
    }
}

#[async_trait]
impl Credentials for FixedCredential {
    async fn current(&self) -> Result<Credential, Failure> {
        Ok(self.credential.clone())
    }

    async fn renewed(&self, _: &Credential) -> Result<Option<Credential>, Failure> {
        Ok(None)
    }

    fn granted_scopes(&self) -> GrantedScopes {
        self.scopes.clone()
    }
}

/// A bearer does not tell its scopes; an API token at the site's own address has none, and may do all that its user may.
#[async_trait]
impl Credentials for Credential {
    async fn current(&self) -> Result<Self, Failure> {
        Ok(self.clone())
    }

    async fn renewed(&self, _: &Self) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    fn granted_scopes(&self) -> GrantedScopes {
        match self {
            Self::Bearer(_) => GrantedScopes::Unknown,
            Self::Basic { .. } => GrantedScopes::All,
        }
    }
}
