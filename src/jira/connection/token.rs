//! An access token by name: what a run remembers of it, and whether it is still the one that the run began with.

use flowrun_access_token::{AccessToken, TokenName};
use flowrun_engine::diagnostic::{Code, Diagnostic};
use serde::{Deserialize, Serialize};

use crate::error::CommandError;

/// The access token that a run uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenContext {
    pub(super) name: TokenName,
    /// What it was when the run began; `None` before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began_with: Option<TokenIdentity>,
}

/// For which site an access token is, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TokenIdentity {
    cloud_id: String,
    site_url: String,
    /// Where it lacks the scope to tell, `None`.
    account_id: Option<String>,
}

impl TokenContext {
    /// The access token `name`, of which nothing is known yet.
    pub(super) fn named(name: &str) -> Result<Self, CommandError> {
        let name = name.parse().map_err(|wrong: flowrun_access_token::BadTokenName| {
            let help = "`flowrun token list` shows those that there are";
            CommandError::from(Diagnostic::error(Code::NO_ACCESS_TOKEN, None, wrong.to_string()).with_help(help))
        })?;
        Ok(Self { name, began_with: None })
    }

    /// The same, with what it is now where the run begins. A run that goes on keeps what it began with, and is refused
    /// where the name stands for another site. Gives a notice where it stands for another account.
    pub(super) fn met(self, now: &AccessToken) -> Result<(Self, Option<String>), CommandError> {
        let found = TokenIdentity::of(now);
        let Some(began) = &self.began_with else {
            return Ok((Self { began_with: Some(found), ..self }, None));
        };
        if began.cloud_id != found.cloud_id {
            return Err(other_site(&self.name, began, &found));
        }
        let differ = began.account_id.is_some() && found.account_id.is_some() && began.account_id != found.account_id;
        let account = now.account.as_ref().map_or("", |account| &account.display_name);
        let notice = differ.then(|| {
            format!(
                "`{}` belongs to another account than when the run began, now to `{account}`: the run continues as that account",
                self.name
            )
        });
        Ok((self, notice))
    }
}

impl TokenIdentity {
    fn of(token: &AccessToken) -> Self {
        Self {
            cloud_id: token.site.cloud_id.clone(),
            site_url: token.site.url.clone(),
            account_id: token.account.as_ref().map(|account| account.account_id.clone()),
        }
    }
}

fn other_site(name: &TokenName, began: &TokenIdentity, found: &TokenIdentity) -> CommandError {
    let message = format!(
        "the access token `{name}` is for `{}` now, but the run began with `{}` and can only go on there",
        found.site_url, began.site_url
    );
    let help = format!("get it for that site again with `flowrun token add {name} --site {}`", began.site_url);
    Diagnostic::error(Code::SITE_NOT_GRANTED, None, message).with_help(help).into()
}

#[cfg(test)]
mod tests {
    use flowrun_access_token::{Account, Grant, Provider, Site};

    use super::*;

    fn token(cloud_id: &str, account_id: &str) -> AccessToken {
        let account = Account { account_id: account_id.into(), display_name: "Dana".into(), email: None };
        AccessToken {
            name: "acme".parse().unwrap(),
            provider: Provider::Atlassian,
            site: Site { cloud_id: cloud_id.into(), name: cloud_id.into(), url: format!("https://{cloud_id}.example") },
            account: Some(account),
            grant: Grant::ApiToken { email: "dana@example.com".into() },
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_run_goes_on_with_the_site_that_it_began_with() {
        let (began, notice) = TokenContext::named("acme").unwrap().met(&token("one", "5b")).unwrap();
        assert_eq!(notice, None);
        assert_eq!(began.clone().met(&token("one", "5b")).unwrap(), (began.clone(), None));
        let (kept, notice) = began.clone().met(&token("one", "6c")).unwrap();
        assert_eq!(kept, began, "it is told again next time");
        assert!(notice.unwrap().contains("another account"));
        let CommandError::Reported(refused) = began.met(&token("two", "5b")).unwrap_err() else {
            panic!("a diagnostic")
        };
        assert_eq!(refused[0].diagnostic.code, Code::SITE_NOT_GRANTED);
        assert!(refused[0].diagnostic.message.contains("https://one.example"));
    }

    #[test]
    fn a_name_that_none_can_have_is_no_access_token() {
        let CommandError::Reported(refused) = TokenContext::named("../x").unwrap_err() else { panic!("a diagnostic") };
        assert_eq!(refused[0].diagnostic.code, Code::NO_ACCESS_TOKEN);
    }
}
