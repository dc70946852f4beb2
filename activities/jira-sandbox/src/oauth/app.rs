//! Apps, as a developer console has them.

use axum::http::Uri;
use serde::{Deserialize, Serialize};

use super::{OAuth, scope};
use crate::{scope_list::scope_list, secret::secret, world::World};

/// The callback URL of the app that every world comes with.
const CALLBACK: &str = "http://localhost:8971/callback";

/// An app has fewer scopes than this. \[SPEC\]
const TOO_MANY_SCOPES: usize = 50;

/// An app that was registered.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Compared to the letter; a service account has none.
    pub(super) callback_url: String,
    /// The scopes that are ticked in the console; `None` for all.
    pub(super) scopes: Option<Vec<String>>,
    pub(super) owner: AppOwner,
}

/// Whom an app acts for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AppOwner {
    /// Whoever consents.
    WhoeverConsents,
    /// The service account with this e-mail address.
    ServiceAccount(String),
}

/// An app, with credentials that are good for this sandbox only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppDescription {
    /// Its name, as the consent page shows it.
    pub name: String,
    /// Its client id; AgilePoint's Consumer Key.
    pub client_id: String,
    /// Its secret; AgilePoint's Consumer Secret.
    pub client_secret: String,
    /// Its callback URL.
    pub callback_url: String,
}

/// What a new app is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApp {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    callback_url: Option<String>,
    /// The scopes that it may ask for; all where they are left out.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// The e-mail address of the service account that it is for.
    #[serde(default)]
    service_account: Option<String>,
}

impl NewApp {
    /// As a person fills the console's form in.
    pub(super) fn of_form(name: &str, callback_url: &str, scopes: Vec<String>) -> Self {
        let (name, callback_url) = (Some(name.to_owned()), Some(callback_url.to_owned()));
        Self { name, callback_url, scopes: Some(scopes), service_account: None }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("App").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn built_in() -> Self {
        Self::new("flowrun", CALLBACK, None, AppOwner::WhoeverConsents)
    }

    fn new(name: &str, callback_url: &str, scopes: Option<Vec<String>>, owner: AppOwner) -> Self {
        Self {
            name: name.to_owned(),
            client_id: secret("sandbox-client-"),
            client_secret: secret("sandbox-client-secret-"),
            callback_url: callback_url.to_owned(),
            scopes,
            owner,
        }
    }

    /// The scopes of `asked` that the console does not have ticked, or does not have at all.
    pub(super) fn unticked<'a>(&self, asked: &'a [String]) -> Vec<&'a str> {
        let is_ticked = |scope: &String| match &self.scopes {
            Some(ticked) => scope == super::consent::OFFLINE || ticked.contains(scope),
            None => scope::exists(scope),
        };
        let is_unticked = |scope: &&String| !is_ticked(scope);
        asked.iter().filter(is_unticked).map(String::as_str).collect()
    }

    /// The scopes that the console has ticked; the app that has all has those with a name.
    pub(super) fn ticked(&self) -> Vec<String> {
        let named = || scope::NAMED.iter().map(|(key, _)| (*key).to_owned()).collect();
        self.scopes.clone().unwrap_or_else(named)
    }

    fn description(&self) -> AppDescription {
        AppDescription {
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            callback_url: self.callback_url.clone(),
        }
    }
}

impl OAuth {
    /// The app that every world comes with.
    pub(crate) fn first_app(&self) -> AppDescription {
        self.apps.first().map(App::description).expect("every world comes with an app")
    }

    /// Registers an app; says what is wrong with it otherwise.
    pub(crate) fn register(&mut self, new: NewApp, world: &World) -> Result<AppDescription, String> {
        let owner = match new.service_account {
            None => AppOwner::WhoeverConsents,
            Some(email) => match world.user_by_email(&email) {
                Some(user) => AppOwner::ServiceAccount(user.email.clone()),
                None => return Err(format!("The sandbox has no user '{email}'.")),
            },
        };
        let name = new.name.unwrap_or_else(|| "app".to_owned());
        let callback = new.callback_url.unwrap_or_else(|| CALLBACK.to_owned());
        let scopes = new.scopes.as_deref().map(scope_list);
        check(&callback, scopes.as_deref().unwrap_or_default())?;
        let app = App::new(&name, &callback, scopes, owner);
        let described = app.description();
        self.apps.push(app);
        Ok(described)
    }
}

fn check(callback: &str, scopes: &[String]) -> Result<(), String> {
    if !is_callback(callback) {
        return Err(format!(
            "'{callback}' is not a callback URL: write https://… or http://localhost…, without a fragment."
        ));
    }
    if let Some(unknown) = scopes.iter().find(|scope| !scope::exists(scope)) {
        return Err(format!("There is no scope '{unknown}'."));
    }
    let count = scopes.len();
    if count < TOO_MANY_SCOPES {
        Ok(())
    } else {
        Err(format!("An app has fewer than {TOO_MANY_SCOPES} scopes, not {count}."))
    }
}

/// Plain HTTP is for `localhost` only. \[OPS\]
fn is_callback(url: &str) -> bool {
    let Ok(parsed) = url.parse::<Uri>() else { return false };
    let host = parsed.host().filter(|host| !host.is_empty() && !url.contains('#'));
    match parsed.scheme_str() {
        Some("https") => host.is_some(),
        Some("http") => host == Some("localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_localhost_only() {
        for url in ["http://localhost:8971/callback", "http://localhost/", "https://acme.example/x?y=1"] {
            assert_eq!(check(url, &[]), Ok(()), "{url}");
        }
        for url in ["http://127.0.0.1:1/c", "http://acme.example", "localhost:1/c", "/c", "", "https://a/#b", "ftp://a"]
        {
            assert!(check(url, &[]).is_err(), "{url}");
        }
    }

    #[test]
    fn an_app_has_scopes_that_exist_and_not_too_many() {
        let scopes = |count| vec!["read:jira-work".to_owned(); count];
        assert_eq!(check(CALLBACK, &scopes(49)), Ok(()));
        assert!(check(CALLBACK, &scopes(50)).is_err());
        assert!(check(CALLBACK, &["read:everything".to_owned()]).is_err());
    }
}
