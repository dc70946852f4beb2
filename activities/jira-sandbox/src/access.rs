//! Who asks, and with which scopes: OAuth bearer tokens at the gateway, Basic with an API token at the site.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, Refusal},
    oauth::OAuth,
    refusal,
    secret::{cloud_id, secret},
    served_operation::ServedOperation,
    world::{User, World},
};

/// The classic scopes that the built-in tokens have: enough for every operation that is served.
pub(crate) const DEFAULT_SCOPES: [&str; 4] =
    ["read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-configuration"];

/// The scopes of the API tokens with scopes: all but those of an administrator.
const WORK_SCOPES: [&str; 3] = ["read:jira-work", "write:jira-work", "read:jira-user"];

/// The credentials of a world. They are secrets of that world only, kept beside its log, never in it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) format: u32,
    pub(crate) cloud_id: String,
    /// E-mail to API token.
    api_tokens: BTreeMap<String, String>,
    bearer_tokens: Vec<BearerToken>,
    /// E-mail to API token with scopes.
    #[serde(default)]
    scoped_api_tokens: BTreeMap<String, ScopedToken>,
}

#[derive(Clone, Serialize, Deserialize)]
struct ScopedToken {
    token: String,
    scopes: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct BearerToken {
    token: String,
    email: String,
    scopes: Vec<String>,
}

/// Through which base of the API a request came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ApiBase {
    /// `/ex/jira/{cloud id}/…`, for bearer tokens.
    Gateway(String),
    /// The site's own path, for Basic.
    #[default]
    Site,
}

impl ApiBase {
    /// Splits a path into the base of the API and the path below the site.
    pub(crate) fn of(path: &str) -> (Self, &str) {
        let below = path.strip_prefix("/ex/jira/").and_then(|rest| rest.split_once('/'));
        match below {
            Some((cloud_id, rest)) => (Self::Gateway(cloud_id.to_owned()), &path[path.len() - rest.len() - 1..]),
            None => (Self::Site, path),
        }
    }
}

impl Credentials {
    /// New credentials for a new world.
    pub(crate) fn random(world: &World) -> Self {
        let mut credentials = Self {
            format: 1,
            cloud_id: cloud_id(),
            api_tokens: BTreeMap::new(),
            bearer_tokens: Vec::new(),
            scoped_api_tokens: BTreeMap::new(),
        };
        credentials.complete(world);
        credentials
    }

    /// A bearer token for a user with exactly these scopes: the one that was made before, or a new one.
    pub(crate) fn issue(&mut self, email: &str, scopes: Vec<String>) -> String {
        let same = |bearer: &&BearerToken| bearer.email == email && bearer.scopes == scopes;
        if let Some(known) = self.bearer_tokens.iter().find(same) {
            return known.token.clone();
        }
        let token = secret("sandbox-bearer-");
        self.bearer_tokens.push(BearerToken { token: token.clone(), email: email.to_owned(), scopes });
        token
    }

    /// Gives scopes to all bearer tokens of a user, or takes them.
    pub(crate) fn change_scopes(&mut self, email: &str, scopes: &[String], granted: bool) {
        let of_user = |bearer: &&mut BearerToken| bearer.email.eq_ignore_ascii_case(email);
        for bearer in self.bearer_tokens.iter_mut().filter(of_user) {
            bearer.scopes.retain(|scope| !scopes.contains(scope));
            if granted {
                bearer.scopes.extend(scopes.iter().cloned());
            }
        }
    }

    /// With credentials for users that have none, as after another seed. Whether there were such.
    pub(crate) fn complete(&mut self, world: &World) -> bool {
        let without = |user: &&User| !self.api_tokens.contains_key(&user.email);
        let emails: Vec<String> = world.users.iter().filter(without).map(|user| user.email.clone()).collect();
        for email in &emails {
            self.api_tokens.insert(email.clone(), secret("sandbox-api-"));
            self.issue(email, DEFAULT_SCOPES.map(str::to_owned).to_vec());
        }
        let without = |user: &&User| !self.scoped_api_tokens.contains_key(&user.email);
        let unscoped: Vec<String> = world.users.iter().filter(without).map(|user| user.email.clone()).collect();
        for email in &unscoped {
            self.issue_scoped(email, WORK_SCOPES.map(str::to_owned).to_vec());
        }
        !(emails.is_empty() && unscoped.is_empty())
    }

    /// An API token of a user with exactly these scopes, in place of the one before.
    pub(crate) fn issue_scoped(&mut self, email: &str, scopes: Vec<String>) -> String {
        let token = secret("sandbox-scoped-api-");
        self.scoped_api_tokens.insert(email.to_owned(), ScopedToken { token: token.clone(), scopes });
        token
    }

    /// A user's API token with scopes.
    pub(crate) fn scoped_api_token(&self, email: &str) -> &str {
        self.scoped_api_tokens.get(email).map_or("", |scoped| &scoped.token)
    }

    /// A user's API token.
    pub(crate) fn api_token(&self, email: &str) -> &str {
        self.api_tokens.get(email).map_or("", String::as_str)
    }

    /// A user's first bearer token and its scopes.
    pub(crate) fn first_bearer(&self, email: &str) -> (&str, &[String]) {
        let found = self.bearer_tokens.iter().find(|bearer| bearer.email == email);
        found.map_or(("", &[]), |bearer| (&bearer.token, &bearer.scopes))
    }
}

/// The credentials that are good, and the time.
pub(crate) struct KnownCredentials<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) oauth: &'a OAuth,
    pub(crate) now: Timestamp,
}

/// Whose a credential is, what it may do, and the sites that it opens.
struct CredentialHolder<'a> {
    email: &'a str,
    scopes: &'a [String],
    sites: &'a [String],
}

impl<'a> KnownCredentials<'a> {
    /// The holder of what the gateway was shown: a bearer, or an API token with scopes.
    fn holder(&self, scheme: &str, shown: &str) -> Option<CredentialHolder<'a>> {
        let own = std::slice::from_ref(&self.credentials.cloud_id);
        if scheme.eq_ignore_ascii_case("basic") {
            let (email, token) = decoded(shown)?;
            let (email, scoped) =
                self.credentials.scoped_api_tokens.iter().find(|(known, _)| known.eq_ignore_ascii_case(&email))?;
            return (scoped.token == token).then_some(CredentialHolder { email, scopes: &scoped.scopes, sites: own });
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let fixed = self.credentials.bearer_tokens.iter().find(|bearer| bearer.token == shown);
        let fixed = fixed.map(|known| CredentialHolder { email: &known.email, scopes: &known.scopes, sites: own });
        fixed.or_else(|| {
            let bearer = self.oauth.bearer(shown, self.now)?;
            Some(CredentialHolder { email: &bearer.email, scopes: &bearer.scopes, sites: &bearer.sites })
        })
    }
}

/// Lets a request in, or refuses it as the gateway or the site does.
///
/// An unknown or expired token is 401 at both; a bearer token or an API token with scopes at the site's own path is 401
/// \[3LO\]; a missing scope is 401 with "scope does not match" \[OPS\]; the status for an unknown cloud id is a switch.
pub(crate) fn authenticate<'w>(
    (api_base, authorization): (&ApiBase, Option<&str>),
    operation: &ServedOperation,
    known: &KnownCredentials<'_>,
    world: &'w World,
) -> Result<&'w User, Answer> {
    let (scheme, secret) = authorization.and_then(|header| header.split_once(' ')).unwrap_or_default();
    match api_base {
        ApiBase::Site if scheme.eq_ignore_ascii_case("basic") => basic(secret.trim(), known.credentials, world),
        ApiBase::Site => Err(refusal::not_authenticated().into()),
        ApiBase::Gateway(cloud_id) => {
            let unauthorized = || Answer::gateway(401, "Unauthorized");
            let holder = known.holder(scheme, secret.trim()).ok_or_else(unauthorized)?;
            if !holder.sites.contains(cloud_id) {
                return Err(unknown_cloud_id(world));
            }
            if !is_granted(operation, holder.scopes) {
                return Err(Answer::gateway(401, "Unauthorized; scope does not match"));
            }
            world.user_by_email(holder.email).ok_or_else(unauthorized)
        }
    }
}

fn unknown_cloud_id(world: &World) -> Answer {
    match world.switches.unknown_cloud_id as u16 {
        404 => Answer::gateway(404, "Not Found"),
        status => Answer::gateway(status, "Unauthorized"),
    }
}

/// An API token has no scopes: it may do what its user may. \[SPEC\]
fn basic<'w>(encoded: &str, credentials: &Credentials, world: &'w World) -> Result<&'w User, Answer> {
    let refused = || Answer::from(refusal::not_authenticated());
    let (email, token) = decoded(encoded).ok_or_else(refused)?;
    let user = world.user_by_email(&email).ok_or_else(refused)?;
    if token.is_empty() || credentials.api_token(&user.email) != token { Err(refused()) } else { Ok(user) }
}

/// The two parts of Basic.
fn decoded(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':').map(|(email, token)| (email.to_owned(), token.to_owned()))
}

/// All classic scopes, or all granular ones; half of each set does not count. \[unverified\] on the last clause.
fn is_granted(operation: &ServedOperation, scopes: &[String]) -> bool {
    let all = |needed: &[&str]| needed.iter().all(|scope| scopes.iter().any(|granted| granted == scope));
    all(operation.classic) || all(operation.granular)
}

/// No such user: the sandbox's own refusal for its control interface.
pub(crate) fn unknown_user(email: &str) -> Refusal {
    Refusal::message(404, format!("The sandbox has no user '{email}'."))
}
