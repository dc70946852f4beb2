//! Why a request had no usable answer: one typed error for every way that Jira, its gateway and the network fail.

use std::fmt;

use flowrun_engine::{
    activity::{Certainty, Failure, Recovery},
    diagnostic::Code,
};
use jiff::Timestamp;

use super::{ErrorText, call::BadPart, endpoint::Operation};
use crate::permission::ADMINISTER;

/// Why a request had no usable answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.message())]
pub(crate) struct JiraError {
    /// What went wrong.
    pub(crate) kind: ErrorKind,
    /// On what the request was, in words: "issue `OPS-7`".
    pub(crate) subject: String,
    /// The status, where there was an answer.
    pub(crate) status: Option<u16>,
    /// What the answer's body says.
    pub(crate) words: ErrorText,
    /// Not before this time, where the answer said so.
    pub(crate) not_before: Option<Timestamp>,
    /// What was called, where that is one operation.
    pub(crate) operation: Option<&'static Operation>,
    /// Whether the request may have had an effect.
    pub(crate) certainty: Certainty,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ErrorKind {
    /// There is no access token.
    Offline,
    /// A part of the path would lead elsewhere.
    Unaddressable(BadPart),
    /// No connection: nothing was sent.
    NotReached(String),
    /// The file that it should carry could not be read to the end: nothing was asked for.
    Unsent(String),
    /// Sent, and no answer in time.
    TimedOut,
    /// Sent, and the connection broke.
    Broken(String),
    /// There is no credential to ask with: it could not be renewed, or not be read.
    NoCredential(Box<Failure>),
    /// The access token is not recognised.
    NotRecognised,
    /// The login is refused until a person logs in with a browser.
    LoginDenied,
    /// The access token lacks a scope.
    ScopeMissing,
    /// The user lacks a permission.
    Forbidden,
    /// Not there, or not visible.
    NotFound,
    /// Someone else changed it at the same time.
    Conflict,
    /// The request is not allowed as it is: 400, 413, 422 and other 4xx.
    Refused,
    /// A rate limit was reached, or is known to be.
    RateLimited(Timestamp),
    /// Jira, or something before it, cannot answer: 5xx.
    Unavailable,
    /// A redirect, which is not followed.
    Redirected(Option<String>),
    /// A success that cannot be read.
    Unreadable(String),
}

impl JiraError {
    /// An error of a read whose answer made no sense.
    pub(crate) fn of_read(subject: impl Into<String>, kind: ErrorKind) -> Self {
        Self {
            kind,
            subject: subject.into(),
            status: None,
            words: ErrorText::default(),
            not_before: None,
            operation: None,
            certainty: Certainty::NoEffect,
        }
    }

    /// Whether the same request may be answered at once: it failed quickly, for want of Jira, and nobody said when to come back.
    pub(crate) fn may_pass(&self) -> bool {
        let is_quick = matches!(self.kind, ErrorKind::NotReached(_) | ErrorKind::Broken(_) | ErrorKind::Unavailable);
        is_quick && self.not_before.is_none()
    }

    /// What went wrong, in one line, Jira's words included.
    pub(crate) fn message(&self) -> String {
        let subject = &self.subject;
        let stated = match &self.kind {
            ErrorKind::Offline => "there is no access token for a Jira site".to_owned(),
            ErrorKind::Unaddressable(part) => part.to_string(),
            ErrorKind::NotReached(cause) => format!("Jira cannot be reached: {cause}"),
            ErrorKind::Unsent(cause) => cause.clone(),
            ErrorKind::TimedOut => format!("Jira gave no answer in time ({subject})"),
            ErrorKind::Broken(cause) => {
                format!("the connection to Jira broke before its answer was complete ({subject}): {cause}")
            }
            ErrorKind::NoCredential(failure) => failure.message.clone(),
            ErrorKind::NotRecognised => "Jira does not recognise the access token".to_owned(),
            ErrorKind::LoginDenied => "Jira denies this user's login".to_owned(),
            ErrorKind::ScopeMissing => format!("the access token lacks a scope for this ({subject})"),
            ErrorKind::Forbidden => format!("Jira forbids this ({subject})"),
            ErrorKind::NotFound => format!("{subject} does not exist, or is not visible to the user"),
            ErrorKind::Conflict => format!("{subject} was being changed by someone else"),
            ErrorKind::Refused => format!("Jira refuses this ({subject})"),
            ErrorKind::RateLimited(until) => format!("a rate limit of Jira is reached until {until:.0}"),
            ErrorKind::Unavailable => format!("Jira cannot answer ({subject})"),
            ErrorKind::Redirected(Some(to)) => format!("Jira's address leads elsewhere, to `{to}`"),
            ErrorKind::Redirected(None) => "Jira's address leads elsewhere".to_owned(),
            ErrorKind::Unreadable(cause) => format!("Jira's answer cannot be read ({subject}): {cause}"),
        };
        let words = if self.words.is_empty() { String::new() } else { format!(": {}", self.words) };
        format!("{stated}{}{words}", self.shown_status())
    }

    /// The same failure, said by whoever knows more of what was refused: "Jira refuses the query (400): …".
    pub(crate) fn retold(self, refusal: &str, words: impl fmt::Display) -> Failure {
        let message = format!("{refusal}{}: {words}", self.shown_status());
        Failure { message, ..Failure::from(self) }
    }

    fn shown_status(&self) -> String {
        self.status.map(|status| format!(" ({status})")).unwrap_or_default()
    }

    fn code(&self) -> Code {
        match &self.kind {
            ErrorKind::Offline => Code::NO_ACCESS_TOKEN,
            ErrorKind::Unaddressable(_) | ErrorKind::Unsent(_) => Code::INPUT_REFUSED,
            ErrorKind::NotReached(_)
            | ErrorKind::Broken(_)
            | ErrorKind::Unavailable
            | ErrorKind::Redirected(_)
            | ErrorKind::Unreadable(_) => Code::UNAVAILABLE,
            ErrorKind::TimedOut => Code::TIMED_OUT,
            ErrorKind::NoCredential(failure) => failure.code,
            ErrorKind::NotRecognised | ErrorKind::LoginDenied => Code::TOKEN_NOT_RECOGNISED,
            ErrorKind::ScopeMissing | ErrorKind::Forbidden => Code::NOT_AUTHORISED,
            ErrorKind::NotFound => Code::NOT_FOUND,
            ErrorKind::Conflict => Code::CONFLICT,
            ErrorKind::Refused => Code::REFUSED,
            ErrorKind::RateLimited(_) => Code::RATE_LIMITED,
        }
    }

    fn recovery(&self) -> Recovery {
        match &self.kind {
            ErrorKind::RateLimited(until) => Recovery::RateLimited { until: *until },
            ErrorKind::NotReached(_)
            | ErrorKind::TimedOut
            | ErrorKind::Broken(_)
            | ErrorKind::Unavailable
            | ErrorKind::Conflict => Recovery::Transient { not_before: self.not_before },
            ErrorKind::NoCredential(failure) => failure.recovery,
            ErrorKind::NotRecognised | ErrorKind::ScopeMissing => Recovery::NeedsGrant,
            // All that Jira documents of a 403 is a missing permission, or an administrator's rule of which apps may do what: both are
            // somebody's to grant. \[SPEC: createIssue, deleteIssue, assignIssue, addAttachment, createProject\]
            ErrorKind::Forbidden => Recovery::Denied,
            _ => Recovery::Permanent,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match &self.kind {
            ErrorKind::Offline => "say which Jira: `--token NAME`, or `--sandbox`",
            ErrorKind::NotReached(_) => {
                "check the site's address, the network, and the proxy settings of the environment"
            }
            ErrorKind::NotRecognised => "it may have expired or been revoked: get a new one with `flowrun token add`",
            ErrorKind::LoginDenied => "log in to Jira once with a browser: it may ask to solve a CAPTCHA",
            ErrorKind::NoCredential(failure) => return failure.help.clone(),
            ErrorKind::ScopeMissing => return Some(self.scope_help()),
            ErrorKind::Forbidden => return Some(self.forbidden_help()),
            ErrorKind::NotFound => {
                "check the key; Jira gives the same answer for a missing thing and for one that the user may not see"
            }
            ErrorKind::Redirected(_) => {
                "check the site's address: redirects are not followed, since they would carry the \
                                    request to another host"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// The gateway does not say which scope is missing, but what the operation needs is known.
    fn scope_help(&self) -> String {
        let scopes = self.operation.map(|operation| operation.scopes.scopes().classic).unwrap_or_default();
        let named: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let needed = if named.is_empty() { "a scope".to_owned() } else { named.join(" and ") };
        format!("it needs {needed}: add that to the access token by a new consent; refreshing it does not help")
    }

    fn forbidden_help(&self) -> String {
        let keys = self.operation.map_or(&[][..], |operation| operation.permissions);
        let named: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let needed = if named.is_empty() { "a permission".to_owned() } else { named.join(" and ") };
        let whom = if keys.contains(&ADMINISTER) { "a Jira administrator" } else { "an administrator of the project" };
        format!("it needs {needed}; ask {whom}")
    }
}

impl From<JiraError> for Failure {
    fn from(error: JiraError) -> Self {
        Self {
            code: error.code(),
            message: error.message(),
            help: error.help(),
            status: error.status,
            field: None,
            recovery: error.recovery(),
            certainty: error.certainty,
        }
    }
}
