//! What is said of a renewed access token that could not be written.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flowrun_access_token::{Grant, KeptCredentials};
use flowrun_engine::{
    activity::Failure,
    diagnostic::{Code, Diagnostic, Severity},
};
use flowrun_jira::Settings;

use crate::{environment::Environment, report::render, signal::UnfinishedWork};

/// That an access token was renewed and cannot be written, if so: the new bearer ends with this process.
pub(crate) async fn unwritten(credentials: &KeptCredentials) -> Option<Diagnostic> {
    let why = credentials.unwritten().await?;
    let name = credentials.token().name;
    let Failure { message, help, .. } = why;
    let message =
        format!("the new bearer of `{name}` could not be saved, and is lost when this command ends: {message}");
    let then = match credentials.token().grant {
        Grant::OAuth(_) => " within ten minutes: until then Atlassian accepts the old refresh token",
        _ => "",
    };
    let help = help.map(|help| format!("{help}; then ")).unwrap_or_default();
    let help = format!("{help}`flowrun token refresh {name}`{then}");
    Some(Diagnostic::error(Code::TOKENS_UNUSABLE, None, message).with_help(help))
}

/// Warns of it, where that is not what the command is for.
async fn warn_of_unwritten(environment: &Environment, credentials: &KeptCredentials) {
    if let Some(unwritten) = unwritten(credentials).await {
        let warning = Diagnostic { severity: Severity::Warning, ..unwritten };
        environment.screen.error(&render(&[warning.into()]));
    }
}

/// The renewal of an access token, as far as one is under way: its answer is not to be lost.
pub(crate) struct Renewal {
    environment: Environment,
    credentials: Arc<KeptCredentials>,
}

impl Renewal {
    /// Any renewal of the access token that has these credentials.
    pub(crate) fn of(environment: &Environment, credentials: &Arc<KeptCredentials>) -> Arc<Self> {
        Arc::new(Self { environment: environment.clone(), credentials: credentials.clone() })
    }
}

#[async_trait]
impl UnfinishedWork for Renewal {
    async fn end(&self) {
        warn_of_unwritten(&self.environment, &self.credentials).await;
    }

    fn notice(&self) -> &'static str {
        "waiting until the access token is renewed; press Ctrl-C again to exit at once\n"
    }

    /// As long as one request may last. What takes longer is found unfinished, and finished, by whoever uses the access token next.
    fn patience(&self) -> Duration {
        Settings::default().timeout
    }
}
