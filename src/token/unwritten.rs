//! What is said of a renewed access token that could not be written.

use flowrun_engine::{
    activity::Failure,
    diagnostic::{Code, Diagnostic, Severity},
};
use flowrun_jira::access_token::{Grant, KeptCredentials};

use crate::{environment::Environment, report::render};

/// That an access token was renewed and cannot be written, if so: the new bearer ends with this process.
pub(crate) async fn unwritten(credentials: &KeptCredentials) -> Option<Diagnostic> {
    let why = credentials.unwritten().await?;
    let name = credentials.token().name;
    let Failure { message, help, .. } = why;
    let message = format!("the new bearer of `{name}` is not kept, and ends with this command: {message}");
    let then = match credentials.token().grant {
        Grant::OAuth(_) => " within ten minutes: for so long Atlassian takes the old refresh token again",
        _ => "",
    };
    let help = help.map(|help| format!("{help}; then ")).unwrap_or_default();
    let help = format!("{help}`flowrun token refresh {name}`{then}");
    Some(Diagnostic::error(Code::TOKENS_UNUSABLE, None, message).with_help(help))
}

/// Warns of it, where that is not what the command is for.
pub(crate) async fn tell_unwritten(environment: &Environment, credentials: &KeptCredentials) {
    if let Some(unwritten) = unwritten(credentials).await {
        let warning = Diagnostic { severity: Severity::Warning, ..unwritten };
        environment.screen.error(&render(&[warning.into()]));
    }
}
