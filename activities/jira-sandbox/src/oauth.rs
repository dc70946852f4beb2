//! Atlassian's authorization server: apps, consents, codes, bearers and refresh tokens that rotate. \[3LO\]
//!
//! Its state is one value, [`OAuth`], that answers requests by changing itself; [`crate::jira`] makes each change durable
//! before the answer goes out, so that a refresh token that was given is never forgotten. It knows nothing of HTTP but
//! [`OAuthRequest`] and [`Answer`].

mod app;
mod authorize;
mod consent;
mod console;
mod family;
mod page;
mod refuse;
mod resources;
mod scope;
mod sites;
mod status;
mod token;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::app::AppDescription;
pub(crate) use self::{
    app::NewApp,
    sites::{JiraSites, is_second},
    status::{Expiry, Revocation},
};
use self::{
    app::{App, AppOwner},
    consent::{AuthorizationCode, ConsentGrant, PendingConsent},
    family::TokenFamily,
};
use crate::{answer::Answer, secret::secret, world::World};

/// No more bearers of a user are good at a time, for each app: all are written anew with each.
const MOST_BEARERS: usize = 100;

/// The authorization server of one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OAuth {
    pub(crate) format: u32,
    /// How far the sandbox's time was moved.
    pub(crate) advanced_seconds: i64,
    apps: Vec<App>,
    grants: Vec<ConsentGrant>,
    codes: Vec<AuthorizationCode>,
    families: Vec<TokenFamily>,
    bearers: Vec<Bearer>,
    /// Consent pages that are open; nobody misses them after a restart.
    #[serde(skip)]
    pending: Vec<PendingConsent>,
    /// Forms of the console that are open, by what nobody guesses.
    #[serde(skip)]
    console_forms: Vec<String>,
}

/// What requests to the gateway carry.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bearer {
    pub(crate) token: String,
    pub(crate) email: String,
    pub(crate) scopes: Vec<String>,
    /// The cloud ids that it opens.
    pub(crate) sites: Vec<String>,
    pub(crate) expires_at: Timestamp,
    client_id: String,
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bearer(…)")
    }
}

/// One of the server's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Where a person consents.
    Authorize,
    /// Where a request that cannot be answered to the app ends.
    Error,
    /// Where codes and refresh tokens are changed for bearers.
    Token,
    /// Which sites a bearer opens.
    Resources,
    /// The cloud id of a site, for everybody.
    TenantInfo,
    /// Whose a bearer is.
    Me,
    /// Where apps are made.
    Console,
}

/// A request to the server, read whole.
#[derive(Debug)]
pub(crate) struct OAuthRequest {
    pub(crate) method: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: OAuthBody,
    pub(crate) authorization: Option<String>,
    pub(crate) sites: JiraSites,
    /// Whether it was sent to the second site.
    pub(crate) to_second: bool,
    pub(crate) now: Timestamp,
}

/// The body of a request to the server.
#[derive(Debug, Default)]
pub(crate) enum OAuthBody {
    /// None, or one of a type that the server does not know.
    #[default]
    Other,
    /// A JSON object.
    Json(Map<String, Value>),
    /// A form, as browsers send it.
    Form(Vec<(String, String)>),
}

impl Endpoint {
    /// Every operation that a fault can be for.
    pub(crate) const OPERATIONS: [&'static str; 5] =
        ["authorize", "token", "accessible-resources", "tenant-info", "me"];

    /// The endpoint at a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/authorize" => Self::Authorize,
            "/error" => Self::Error,
            "/oauth/token" => Self::Token,
            "/oauth/token/accessible-resources" => Self::Resources,
            "/_edge/tenant_info" => Self::TenantInfo,
            "/me" => Self::Me,
            "/_sandbox/console" => Self::Console,
            _ => return None,
        })
    }

    /// Whether people open it in a browser.
    pub(crate) fn is_page(self) -> bool {
        matches!(self, Self::Authorize | Self::Error | Self::Console)
    }

    /// What a fault calls it; the console has none.
    pub(crate) fn operation(self) -> Option<&'static str> {
        Some(match self {
            Self::Console => return None,
            Self::Authorize | Self::Error => "authorize",
            Self::Token => "token",
            Self::Resources => "accessible-resources",
            Self::TenantInfo => "tenant-info",
            Self::Me => "me",
        })
    }
}

impl OAuth {
    /// A server with the app that every world comes with.
    pub(crate) fn new() -> Self {
        let mut server = Self {
            format: 1,
            advanced_seconds: 0,
            apps: Vec::new(),
            grants: Vec::new(),
            codes: Vec::new(),
            families: Vec::new(),
            bearers: Vec::new(),
            pending: Vec::new(),
            console_forms: Vec::new(),
        };
        server.apps.push(App::built_in());
        server
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, endpoint: Endpoint, request: &OAuthRequest, world: &World) -> Answer {
        self.forget_old(request.now);
        let answered = match (endpoint, request.method.as_str()) {
            (Endpoint::Authorize, "GET") => self.authorize(request, world),
            (Endpoint::Authorize, "POST") => self.decide(request, world),
            (Endpoint::Error, "GET") => Ok(page::error(request)),
            (Endpoint::Token, "POST") => self.token(request, world),
            (Endpoint::Resources, "GET") => self.resources(request, world),
            (Endpoint::TenantInfo, "GET") => Ok(resources::tenant_info(request)),
            (Endpoint::Me, "GET") => self.me(request, world),
            (Endpoint::Console, "GET") => Ok(self.console()),
            (Endpoint::Console, "POST") => self.create(request, world),
            _ => Err(refuse::method(&request.method)),
        };
        answered.unwrap_or_else(|refused| refused)
    }

    /// The bearer with this text, if the server gave it and it has not expired.
    pub(crate) fn bearer(&self, text: &str, now: Timestamp) -> Option<&Bearer> {
        self.bearers.iter().find(|bearer| bearer.token == text && bearer.expires_at > now)
    }

    /// Gives scopes to what a user consented to, or takes them: bearers notice at once.
    pub(crate) fn change_scopes(&mut self, email: &str, scopes: &[String], granted: bool) {
        let of_grants = self.grants.iter_mut().filter(|grant| grant.email.eq_ignore_ascii_case(email));
        let of_bearers = self.bearers.iter_mut().filter(|bearer| bearer.email.eq_ignore_ascii_case(email));
        for held in of_grants.map(|grant| &mut grant.scopes).chain(of_bearers.map(|bearer| &mut bearer.scopes)) {
            held.retain(|scope| !scopes.contains(scope));
            if granted {
                held.extend(scopes.iter().cloned());
            }
        }
    }

    fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.client_id == client_id)
    }

    fn give_bearer(
        &mut self,
        (client_id, email): (&str, &str),
        scopes: &[String],
        terms: (&[String], Timestamp),
    ) -> &Bearer {
        let is_theirs = |bearer: &Bearer| bearer.client_id == client_id && bearer.email == email;
        if self.bearers.iter().filter(|bearer| is_theirs(bearer)).count() >= MOST_BEARERS {
            let oldest = self.bearers.iter().position(is_theirs);
            oldest.map(|oldest| self.bearers.remove(oldest));
        }
        let scopes = scopes.iter().filter(|scope| *scope != consent::OFFLINE).cloned().collect();
        self.bearers.push(Bearer {
            token: secret("sandbox-oauth-bearer-"),
            email: email.to_owned(),
            scopes,
            sites: terms.0.to_vec(),
            expires_at: terms.1,
            client_id: client_id.to_owned(),
        });
        self.bearers.last().expect("it was just pushed")
    }

    /// Forgets what has no meaning any more.
    fn forget_old(&mut self, now: Timestamp) {
        self.bearers.retain(|bearer| bearer.expires_at > now);
        self.pending.retain(|pending| !pending.is_old(now));
        self.codes.retain(|code| !code.is_forgotten(now));
    }
}

/// A time some seconds after another.
fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// A parameter that is there more than once, which OAuth 2.0 forbids.
fn repeated(parameters: &[(String, String)]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    parameters.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
}

/// Whom an app acts for, where no person consents.
fn service_account(app: &App) -> Option<&str> {
    if let AppOwner::ServiceAccount(email) = &app.owner { Some(email) } else { None }
}
