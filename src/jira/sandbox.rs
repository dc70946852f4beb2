//! The sandbox, in this process or another: where it is, and an access token for it.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use flowrun_engine::diagnostic::{Code, Diagnostic, causes};
use flowrun_jira::{Connection, FixedCredential, gateway_base, on_this_machine};
use flowrun_jira_sandbox::{Description, GrantChange, Options, Sandbox, StartError, UserDescription};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{environment::Environment, error::CommandError};
use flowrun_jira::EMBEDDED_SITE;

/// A sandbox that is there answers at once; whatever else listens may never answer.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(10);

/// What a sandbox says of itself is not near this size, in bytes.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// A sandbox, and as whom it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SandboxContext {
    /// Where it is served; `None` for the embedded one.
    pub(crate) url: Option<String>,
    /// The user's e-mail address; `None` for the administrator.
    pub(crate) user: Option<String>,
    /// The scopes of the access token; `None` for all.
    pub(crate) scopes: Option<Vec<String>>,
}

/// A sandbox that answers.
pub(super) enum SandboxSite {
    /// In this process.
    Embedded(Sandbox),
    /// In another one.
    Served(Served),
}

/// A sandbox in another process.
pub(super) struct Served {
    http: reqwest::Client,
    base: String,
    description: Description,
}

/// Asks a served sandbox for an access token.
#[derive(Serialize)]
struct TokenRequest<'a> {
    email: &'a str,
    scopes: &'a [String],
}

/// The answer.
#[derive(Deserialize)]
struct TokenAnswer {
    bearer_token: String,
}

impl SandboxSite {
    /// Starts the embedded sandbox, or finds the one that is served.
    pub(super) async fn open(environment: &Environment, chosen: &SandboxContext) -> Result<Self, CommandError> {
        match &chosen.url {
            Some(url) => Served::find(url).await.map(Self::Served),
            None => start(environment, Options::default()).await.map(Self::Embedded),
        }
    }

    /// How the client reaches it, as the chosen user and with the chosen scopes.
    pub(super) async fn connection(&self, chosen: &SandboxContext) -> Result<Connection, CommandError> {
        let description = match self {
            Self::Embedded(sandbox) => sandbox.description(),
            Self::Served(served) => served.description.clone(),
        };
        let user = find_user(&description, chosen.user.as_deref())?;
        let scopes = chosen.scopes.clone().unwrap_or_else(|| user.scopes.clone());
        let token = match (&chosen.scopes, self) {
            (None, _) => user.bearer_token.clone(),
            (Some(scopes), Self::Embedded(sandbox)) => sandbox
                .issue_token(&user.email, scopes)
                .ok_or_else(|| CommandError::Internal("the sandbox cannot make an access token".into()))?,
            (Some(scopes), Self::Served(served)) => served.issue_token(&user.email, scopes).await?,
        };
        Ok(Connection {
            api_base: gateway_base(&description.gateway_url, &description.cloud_id),
            site_url: match self {
                Self::Embedded(_) => EMBEDDED_SITE.to_owned(),
                Self::Served(_) => description.site_url,
            },
            credentials: Arc::new(FixedCredential::bearer(token, scopes)),
        })
    }

    /// Lets it go.
    pub(super) async fn close(self) {
        if let Self::Embedded(sandbox) = self {
            sandbox.shutdown().await;
        }
    }
}

impl Served {
    async fn find(url: &str) -> Result<Self, CommandError> {
        let authority = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let base = format!("http://{authority}");
        let http = on_this_machine().timeout(CONTROL_TIMEOUT).build();
        let http = http.map_err(|error| CommandError::internal("the HTTP client cannot be made", &error))?;
        let description: Description = answer(&base, http.get(format!("{base}/_sandbox/description"))).await?;
        // The address that was given is the one to use, also where something stands between.
        let description = Description { site_url: base.clone(), gateway_url: base.clone(), ..description };
        Ok(Self { http, base, description })
    }

    async fn issue_token(&self, email: &str, scopes: &[String]) -> Result<String, CommandError> {
        let request = self.http.post(format!("{}/_sandbox/tokens", self.base)).json(&TokenRequest { email, scopes });
        answer::<TokenAnswer>(&self.base, request).await.map(|answer| answer.bearer_token)
    }
}

/// Makes sure that a sandbox answers at `url`, before anybody is asked for anything.
pub(crate) async fn find_sandbox(url: &str) -> Result<(), CommandError> {
    Served::find(url).await.map(drop)
}

/// Changes what a user of a served sandbox may do.
pub(crate) async fn change_served_grants(url: &str, change: &GrantChange) -> Result<(), CommandError> {
    let served = Served::find(url).await?;
    let unreachable =
        |error: reqwest::Error| CommandError::internal("the sandbox does not answer", &error.without_url());
    let sent = served.http.post(format!("{}/_sandbox/grants", served.base)).json(change).send();
    let answer = sent.await.map_err(unreachable)?;
    if answer.status().is_success() {
        return Ok(());
    }
    let told = body(answer).await.map_err(unreachable)?.unwrap_or_default();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap_or_default();
    Err(CommandError::Usage(told["errorMessages"][0].as_str().unwrap_or("the sandbox refuses it").to_owned(), None))
}

/// Where the embedded sandbox keeps its world.
pub(crate) fn directory(environment: &Environment) -> PathBuf {
    environment.settings.state_dir.join("sandbox")
}

/// Starts the sandbox on the world of the state directory.
pub(crate) async fn start(environment: &Environment, options: Options) -> Result<Sandbox, CommandError> {
    let directory = directory(environment);
    let traffic = std::env::var_os("FLOWRUN_SANDBOX_TRAFFIC").map(Into::into);
    Sandbox::start(Options { directory: Some(directory.clone()), traffic, ..options })
        .await
        .map_err(|error| refused(&directory, &error))
}

/// Why the sandbox's world cannot be used.
pub(crate) fn refused(directory: &Path, error: &StartError) -> CommandError {
    let code = match error {
        StartError::InUse(_) => Code::STATE_LOCKED,
        StartError::NewerFormat { .. } => Code::STATE_NEWER,
        StartError::Damaged { .. } => Code::STATE_DAMAGED,
        StartError::Directory { .. } => Code::STATE_IO,
        StartError::OtherSeed(_) => {
            let help = "`flowrun sandbox reset` starts over; without `--seed` the one that it was made from is used";
            return CommandError::Usage(error.to_string(), Some(help.to_owned()));
        }
        StartError::NotLoopback(_) | StartError::Listen { .. } => {
            return CommandError::internal("the sandbox cannot start", error);
        }
    };
    let help = match code {
        Code::STATE_LOCKED => "a sandbox is being served from it: run against that one with `--sandbox=URL`".to_owned(),
        Code::STATE_DAMAGED => "`flowrun sandbox reset` starts over".to_owned(),
        _ => format!("its world is in `{}`", directory.display()),
    };
    Diagnostic::error(code, None, causes(error)).with_help(help).into()
}

async fn answer<T: DeserializeOwned>(base: &str, request: reqwest::RequestBuilder) -> Result<T, CommandError> {
    let none = |why: String| {
        let message = format!("no sandbox answers at `{base}`: {why}");
        CommandError::from(
            Diagnostic::error(Code::UNAVAILABLE, None, message).with_help("start one with `flowrun sandbox`"),
        )
    };
    let answer = async { body(request.send().await?.error_for_status()?).await }.await;
    let answer = answer.map_err(|error: reqwest::Error| none(cause(&error.without_url())))?;
    let answer =
        answer.ok_or_else(|| none(format!("the answer is longer than {} MiB", LONGEST_ANSWER / 1024 / 1024)))?;
    // The cause may quote the answer.
    serde_json::from_slice(&answer).map_err(|_| none("the answer is not that of a sandbox".to_owned()))
}

/// The body of an answer; `None` where it is longer than any of a sandbox's.
async fn body(mut answer: reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > LONGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

/// The innermost cause: the outer ones only repeat that sending failed.
fn cause(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}

fn find_user<'a>(description: &'a Description, email: Option<&str>) -> Result<&'a UserDescription, CommandError> {
    let Some(email) = email else {
        let nobody = || CommandError::Internal("the sandbox has no user".into());
        return description.users.first().ok_or_else(nobody);
    };
    description.users.iter().find(|user| user.email.eq_ignore_ascii_case(email)).ok_or_else(|| {
        let users = description.users.iter().map(|user| user.email.as_str()).collect::<Vec<_>>().join(", ");
        Diagnostic::error(Code::TOKEN_NOT_RECOGNISED, None, format!("the sandbox has no user `{email}`"))
            .with_help(format!("it has {users}"))
            .into()
    })
}
