//! What a request carries to say who asks.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::Repeated;

/// Who asks.
#[derive(Clone)]
pub enum Credential {
    /// An OAuth access token.
    Bearer(SecretString),
    /// An API token of a user.
    Basic {
        /// The user's e-mail address.
        email: String,
        /// The API token.
        token: SecretString,
    },
}

impl Credential {
    /// Whether it is the same as `other`.
    pub fn is(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// The value of the `Authorization` header, marked so that it is not shown; `None` where it has characters that no header can have.
    pub fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.text()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// What an answer may repeat of it.
    pub fn repeated(&self) -> Repeated {
        match self {
            Self::Bearer(token) => Repeated::of([token.expose_secret()]),
            Self::Basic { email, token } => Repeated::of([token.expose_secret(), &*pair(email, token)]),
        }
    }

    fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Self::Basic { email, token } => format!("Basic {}", BASE64_STANDARD.encode(&*pair(email, token))),
        })
    }
}

/// What Basic authentication encodes.
fn pair(email: &str, token: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(format!("{email}:{}", token.expose_secret()))
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(_) => formatter.write_str("Bearer(…)"),
            Self::Basic { email, .. } => write!(formatter, "Basic({email}, …)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_never_shown() {
        let secret = || SecretString::from("s3cr3t-canary");
        let basic = Credential::Basic { email: "ann@example.com".into(), token: secret() };
        for credential in [Credential::Bearer(secret()), basic] {
            let header = credential.header().unwrap();
            assert!(header.is_sensitive());
            let shown = format!("{credential:?} {header:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
