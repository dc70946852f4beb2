//! A key that seals access tokens, in the form of age.

use std::{fmt, path::Path};

use age::{DecryptError, x25519};
use secrecy::SecretString;

use crate::store::{StoreError, document::Content};

/// A key that seals access tokens.
#[derive(Clone)]
pub(super) struct Identity(x25519::Identity);

impl Identity {
    pub(super) fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The key that [`text`](Self::text) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    /// The key itself, to be kept where nobody else reads it.
    pub(super) fn text(&self) -> SecretString {
        self.0.to_string()
    }

    /// The public half: says which key opens a document, and opens none.
    pub(super) fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    pub(super) fn seal(&self, content: &[u8]) -> Content {
        Content::new(age::encrypt(&self.0.to_public(), content).expect("memory takes all, and the key is whole"))
    }

    /// Opens what was in the file at `path`.
    pub(super) fn unseal(&self, content: &[u8], path: &Path) -> Result<Content, StoreError> {
        age::decrypt(&self.0, content).map(Content::new).map_err(|cause| match cause {
            DecryptError::NoMatchingKeys => StoreError::OtherKey { path: path.to_owned() },
            cause => StoreError::Damaged { path: path.to_owned(), why: cause.to_string() },
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(…)")
    }
}
