//! Why no bearer was got: every way that a consent, the authorization server and the network fail, and what to do.

use flowrun_engine::diagnostic::Code;
use jiff::Timestamp;

use crate::CallbackUrl;

/// Why a consent, an exchange or a refresh did not end well. `said` has Atlassian's words, without secrets.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OAuthError {
    /// The refresh token is not taken any more. Only a new consent helps.
    #[error("Atlassian no longer accepts the refresh token: {said}")]
    InvalidGrant {
        /// Its words.
        said: String,
    },
    /// The app is not known, or its secret is wrong.
    #[error("Atlassian does not accept the consumer key and secret: {said}")]
    WrongClient {
        /// Its words.
        said: String,
    },
    /// The app has another callback URL.
    #[error("the app does not have the callback URL `{callback}`")]
    CallbackMismatch {
        /// The callback URL that was sent.
        callback: CallbackUrl,
    },
    /// The person did not consent.
    #[error("the consent was refused: {said}")]
    ConsentRefused {
        /// Atlassian's words.
        said: String,
    },
    /// Atlassian did not ask, or stopped.
    #[error("Atlassian could not ask for the consent: {said}")]
    ConsentFailed {
        /// Its words.
        said: String,
    },
    /// The code was used before, or is too old.
    #[error("Atlassian does not accept the code of the consent: {said}")]
    CodeRefused {
        /// Its words.
        said: String,
    },
    /// An answer to another consent.
    #[error("this address belongs to another consent, not the one that is waited for")]
    WrongState,
    /// No answer to any consent.
    #[error("this is not an address that begins with `{callback}` and has a `code` and a `state`")]
    NotTheCallback {
        /// The callback URL.
        callback: CallbackUrl,
    },
    /// Nobody consented while it was waited for.
    #[error("the consent was not given in time{}", strangers(*.wrong_states))]
    NotGivenInTime {
        /// How many requests had the wrong state.
        wrong_states: u32,
        /// The callback URL.
        callback: CallbackUrl,
    },
    /// Waiting was stopped.
    #[error("waiting for the consent was stopped")]
    Stopped,
    /// No connection: nothing was sent.
    #[error("Atlassian cannot be reached: {cause}")]
    NotReached {
        /// The innermost cause.
        cause: String,
    },
    /// Sent, and no answer in time.
    #[error("Atlassian gave no answer in time")]
    TimedOut,
    /// Sent, and the connection broke.
    #[error("the connection to Atlassian broke before its answer was complete: {cause}")]
    Broken {
        /// The innermost cause.
        cause: String,
    },
    /// 5xx.
    #[error("Atlassian cannot answer ({status}): {said}")]
    Unavailable {
        /// The status.
        status: u16,
        /// Its words.
        said: String,
        /// Not before this time, where it said so.
        not_before: Option<Timestamp>,
    },
    /// 429.
    #[error("a rate limit of Atlassian is reached{}", shown_until(.until.as_ref()))]
    RateLimited {
        /// Until when, where it said so.
        until: Option<Timestamp>,
    },
    /// The bearer is not recognised.
    #[error("Atlassian does not recognise the access token: {said}")]
    BearerRefused {
        /// Its words.
        said: String,
    },
    /// Another refusal.
    #[error("Atlassian refuses this ({status}): {said}")]
    Refused {
        /// The status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// A redirect, which is not followed.
    #[error("Atlassian's address leads elsewhere, to `{to}`")]
    Redirected {
        /// Where it leads, without its query.
        to: String,
    },
    /// A success that makes no sense.
    #[error("Atlassian's answer cannot be read: {why}")]
    Unreadable {
        /// What is wrong with it.
        why: &'static str,
    },
}

impl OAuthError {
    /// The code under which it is reported.
    pub fn code(&self) -> Code {
        match self {
            Self::InvalidGrant { .. } => Code::GRANT_LOST,
            Self::NotReached { .. }
            | Self::Broken { .. }
            | Self::Unavailable { .. }
            | Self::Redirected { .. }
            | Self::Unreadable { .. } => Code::UNAVAILABLE,
            Self::TimedOut => Code::TIMED_OUT,
            Self::RateLimited { .. } => Code::RATE_LIMITED,
            Self::BearerRefused { .. } => Code::TOKEN_NOT_RECOGNISED,
            _ => Code::CONSENT_FAILED,
        }
    }

    /// Whether the same may work later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotReached { .. }
                | Self::TimedOut
                | Self::Broken { .. }
                | Self::Unavailable { .. }
                | Self::RateLimited { .. }
        )
    }

    /// Whether only a person can mend it: by consenting anew, or with the app's new secret.
    pub fn needs_grant(&self) -> bool {
        matches!(self, Self::InvalidGrant { .. } | Self::WrongClient { .. })
    }

    /// Not before this time, where the answer said so.
    pub fn not_before(&self) -> Option<Timestamp> {
        match self {
            Self::RateLimited { until } => *until,
            Self::Unavailable { not_before, .. } => *not_before,
            _ => None,
        }
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::InvalidGrant { .. } => "consent once more: `flowrun token add NAME`; it was not used for 90 days, the \
                password changed, the consent was withdrawn, or a refresh was lost"
                .to_owned(),
            Self::WrongClient { .. } => "copy both again from the app's Settings page in the developer console, where they \
                are called Client ID and Secret; a secret that was changed there is needed here too"
                .to_owned(),
            Self::CallbackMismatch { callback } => mismatch_help(callback),
            Self::ConsentRefused { .. } => {
                "run the command again and press Accept; an app that is not shared works only for the account that made it"
                    .to_owned()
            }
            Self::ConsentFailed { .. } => {
                "check that the app has the Jira API with these scopes, on its Permissions page".to_owned()
            }
            Self::CodeRefused { .. } => {
                "run the command again: a code works once, and for some minutes only".to_owned()
            }
            Self::WrongState => "use the consent page that this command opened last, and paste the address that it ends at".to_owned(),
            Self::NotTheCallback { .. } => {
                "after Accept, copy the whole address from the browser's address bar, even if its page cannot be shown"
                    .to_owned()
            }
            Self::NotGivenInTime { callback, .. } => {
                format!(
                    "run the command again; if the browser spoke of an unknown client, compare the Consumer Key with the \
                     app's Client ID; if of a callback URL, {}",
                    mismatch_help(callback)
                )
            }
            Self::NotReached { .. } => "check the network, the proxy settings of the environment, and for certificates \
                `--ca-bundle` and this machine's clock"
                .to_owned(),
            Self::BearerRefused { .. } => "it may have expired or been revoked: refresh it, or get a new one".to_owned(),
            Self::Unavailable { .. } | Self::RateLimited { .. } | Self::TimedOut | Self::Broken { .. } => {
                "try again later".to_owned()
            }
            Self::Redirected { .. } | Self::Unreadable { .. } => {
                "check whether a proxy answers instead of Atlassian".to_owned()
            }
            Self::Stopped | Self::Refused { .. } => return None,
        })
    }
}

fn mismatch_help(callback: &CallbackUrl) -> String {
    format!(
        "set the app's callback URL to exactly `{callback}`, on its Authorization page under OAuth 2.0 (3LO), and save"
    )
}

fn strangers(wrong_states: u32) -> String {
    match wrong_states {
        0 => String::new(),
        1 => "; one answer came that belongs to another consent".to_owned(),
        more => format!("; {more} answers came that belong to another consent"),
    }
}

fn shown_until(time: Option<&Timestamp>) -> String {
    time.map(|time| format!(" until {time:.0}")).unwrap_or_default()
}
