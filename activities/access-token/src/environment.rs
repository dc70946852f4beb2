//! Access tokens that the environment gives: `FLOWRUN_TOKEN_NAME`, or a file of systemd's credentials directory.
//!
//! They are for servers, where nobody keeps files. Only what never changes can come this way: an API token, or a service account's
//! credential. The library reads no environment itself; whoever calls brings the look-up.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use flowrun_engine::diagnostic::Code;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::Deserialize;

use crate::{AddError, OAuth, StoredToken, TokenName, add_api_token, add_service_account, secrets::WrittenSecret};

/// No credential is near this size.
const LONGEST: u64 = 64 * 1024;

/// What the environment gives.
pub enum EnvironmentToken {
    /// A user's API token.
    ApiToken {
        /// The site's address.
        site: String,
        /// The user's e-mail address.
        email: String,
        /// The API token.
        api_token: SecretString,
    },
    /// A service account's credential.
    ServiceAccount {
        /// The site's address.
        site: String,
        /// The client id.
        client_id: String,
        /// The client secret.
        client_secret: SecretString,
    },
}

/// Why what the environment gives cannot be used. It never cites it.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// It is no JSON of a known form.
    #[error("{place} has no access token in it (line {line}, column {column})")]
    Unreadable {
        /// The variable or the file.
        place: String,
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// It has neither of the two forms.
    #[error("{place} is neither an API token nor a service account")]
    Form {
        /// The variable or the file.
        place: String,
    },
    /// It has a refresh token.
    #[error("{place} has a refresh token, which changes with each use: the environment cannot be written")]
    Rotates {
        /// The variable or the file.
        place: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    site: Option<String>,
    email: Option<String>,
    api_token: Option<WrittenSecret>,
    client_id: Option<String>,
    client_secret: Option<WrittenSecret>,
    refresh_token: Option<WrittenSecret>,
}

/// The variable that gives the access token `name`: upper case, `-` as `_`.
pub fn variable_of(name: &TokenName) -> String {
    format!("FLOWRUN_TOKEN_{}", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// What the environment gives for the access token `name`, if anything: the variable before the file.
///
/// # Errors
/// When it gives something that is no access token, or a refresh token.
pub fn from_environment(
    name: &TokenName,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<EnvironmentToken>, EnvironmentError> {
    let variable = variable_of(name);
    if let Some(text) = lookup(&variable) {
        let text = Zeroizing::new(text.into_encoded_bytes());
        return read(&text, format!("`{variable}`")).map(Some);
    }
    let Some(directory) = lookup("CREDENTIALS_DIRECTORY") else { return Ok(None) };
    let path = PathBuf::from(directory).join(format!("flowrun-token-{name}"));
    match content(&path) {
        Ok(text) => read(&text, format!("`{}`", path.display())).map(Some),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(EnvironmentError::Io { path, cause }),
    }
}

fn content(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut content = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    open(path)?.take(LONGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("it is longer than {} KiB", LONGEST / 1024)));
    }
    Ok(content)
}

/// Opens a file; what is none is not waited for, as a pipe would be.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).expect("flags of open are an int"));
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file")) }
}

fn read(text: &[u8], place: String) -> Result<EnvironmentToken, EnvironmentError> {
    let document: Document = serde_json::from_slice(text).map_err(|cause| EnvironmentError::Unreadable {
        place: place.clone(),
        line: cause.line(),
        column: cause.column(),
    })?;
    match document {
        Document { refresh_token: Some(_), .. } => Err(EnvironmentError::Rotates { place }),
        Document {
            site: Some(site),
            email: Some(email),
            api_token: Some(WrittenSecret(api_token)),
            client_id: None,
            client_secret: None,
            ..
        } if !api_token.expose_secret().is_empty() => Ok(EnvironmentToken::ApiToken { site, email, api_token }),
        Document {
            site: Some(site),
            client_id: Some(client_id),
            client_secret: Some(WrittenSecret(client_secret)),
            email: None,
            api_token: None,
            ..
        } if !client_secret.expose_secret().is_empty() => {
            Ok(EnvironmentToken::ServiceAccount { site, client_id, client_secret })
        }
        _ => Err(EnvironmentError::Form { place }),
    }
}

impl EnvironmentToken {
    /// Asks Jira whose it is, and makes an access token of it, to be kept nowhere.
    ///
    /// # Errors
    /// As for [`add_api_token`] and [`add_service_account`].
    pub async fn add(self, oauth: &OAuth, name: TokenName) -> Result<StoredToken, AddError> {
        match self {
            Self::ApiToken { site, email, api_token } => add_api_token(oauth, name, &site, &email, api_token).await,
            Self::ServiceAccount { site, client_id, client_secret } => {
                add_service_account(oauth, name, &client_id, client_secret, Some(&site)).await
            }
        }
    }
}

impl std::fmt::Debug for EnvironmentToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ApiToken { site, email, .. } => write!(formatter, "ApiToken({site}, {email}, …)"),
            Self::ServiceAccount { site, client_id, .. } => {
                write!(formatter, "ServiceAccount({site}, {client_id}, …)")
            }
        }
    }
}

impl EnvironmentError {
    /// The code under which it is reported.
    pub fn code(&self) -> Code {
        match self {
            Self::Rotates { .. } => Code::CREDENTIAL_REFUSED,
            _ => Code::TOKENS_UNUSABLE,
        }
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        let forms =
            r#"it is `{"site": …, "email": …, "api_token": …}` or `{"site": …, "client_id": …, "client_secret": …}`"#;
        Some(match self {
            Self::Io { .. } => "check what systemd's `LoadCredential=` gives this service".to_owned(),
            Self::Unreadable { .. } | Self::Form { .. } => forms.to_owned(),
            Self::Rotates { .. } => {
                "keep it with `flowrun token add` in a directory of this machine, or use a service account".to_owned()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> String {
        let name = "acme-test".parse().expect("a name");
        let lookup = |variable: &str| (variable == "FLOWRUN_TOKEN_ACME_TEST").then(|| text.into());
        match from_environment(&name, lookup) {
            Ok(given) => format!("{given:?}"),
            Err(error) => format!("{error} {error:?}"),
        }
    }

    #[test]
    fn two_forms_are_taken() {
        let expected = [
            (r#"{"site":"s","email":"e","api_token":"canary"}"#, "Some(ApiToken(s, e, …))"),
            (r#"{"site":"s","client_id":"c","client_secret":"canary"}"#, "Some(ServiceAccount(s, c, …))"),
            (
                r#"{"site":"s","client_id":"c","client_secret":"canary","refresh_token":"canary"}"#,
                "has a refresh token",
            ),
            (r#"{"site":"s","email":"e","api_token":""}"#, "is neither"),
            (r#"{"site":"s","email":"e","api_token":"canary","client_id":"c"}"#, "is neither"),
            (r#"{"email":"e","api_token":"canary"}"#, "is neither"),
            (r#"{"site":"s","email":"e","api_token":["canary"]}"#, "no access token in it (line 1, column "),
            ("canary", "no access token in it (line 1, column 1)"),
            ("", "no access token in it"),
        ];
        for (text, told) in expected {
            let given = given(text);
            assert!(given.contains(told) && !given.contains("canary"), "{text}: {given}");
        }
    }

    #[test]
    fn a_file_of_the_credentials_directory_is_the_second_place() {
        let directory = tempfile::TempDir::new().unwrap();
        let name = "acme-test".parse().unwrap();
        let path = directory.path().to_owned();
        let lookup = |variable: &str| (variable == "CREDENTIALS_DIRECTORY").then(|| path.clone().into_os_string());
        assert!(from_environment(&name, lookup).unwrap().is_none());
        std::fs::write(path.join("flowrun-token-acme-test"), r#"{"site":"s","email":"e","api_token":"x"}"#).unwrap();
        assert!(matches!(from_environment(&name, lookup), Ok(Some(EnvironmentToken::ApiToken { .. }))));
        assert!(from_environment(&name, |_| None).unwrap().is_none());
    }
}
