//! `flowrun token test`: is it recognised, and what may it do. It only reads.

mod grants;

use std::{sync::Arc, time::Duration};

use flowrun_access_token::{AccessToken, Account, KeptCredentials};
use flowrun_engine::{
    activity::Failure,
    clock::SystemClock,
    diagnostic::{Code, Diagnostic},
};
use flowrun_jira::{Client, JiraAuthority, account};

use self::grants::WantedGrants;
use crate::{
    check::Check,
    environment::Environment,
    error::CommandError,
    exit::Exit,
    jira::{
        arguments::TestToken,
        report::account_words,
        tokens::{AccessTokens, Renewal, unwritten},
    },
    report::show_checks,
    signal::ImmediateStop,
};

/// All questions together; each has the client's own, shorter patience.
const PATIENCE: Duration = Duration::from_secs(55);

/// Tries an access token, and ends by the worst that was found.
pub(super) async fn test(
    environment: &Environment,
    arguments: &TestToken,
    immediate_stop: &ImmediateStop,
) -> Result<Exit, CommandError> {
    let tokens = AccessTokens::open(environment);
    let settings = tokens.network(arguments.network.ca_bundle.as_deref())?;
    let credentials = tokens.credentials(&arguments.name, arguments.network.ca_bundle.as_deref()).await?;
    immediate_stop.wait_for(Renewal::of(environment, &credentials));
    let wanted = WantedGrants::new(&credentials.token(), arguments)?;
    let client = Client::connect(credentials.connection(), &settings, Arc::new(SystemClock))
        .map_err(|error| CommandError::internal("the connection cannot be made", &error))?;
    let mut checks = Vec::new();
    let looking = async {
        look(&mut checks, &credentials, Arc::new(client), &wanted).await;
        checks.extend(unwritten(&credentials).await.map(|unwritten| Check::found("kept", unwritten)));
    };
    if tokio::time::timeout(PATIENCE, looking).await.is_err() {
        let message = format!("Jira did not answer all questions within {} s", PATIENCE.as_secs());
        let late = Diagnostic::error(Code::TIMED_OUT, None, message).with_help("try again later");
        checks.push(Check::found("the rest", late));
    }
    Ok(show_checks(&environment.screen, &checks)?)
}

async fn look(checks: &mut Vec<Check>, credentials: &KeptCredentials, client: Arc<Client>, wanted: &WantedGrants) {
    let account = account(&client).await;
    // The bearer may have been renewed for this, and its scopes with it.
    let token = credentials.token();
    match account {
        Ok(account) => checks.extend(recognised(&token, account.as_ref())),
        Err(failure) => {
            checks.extend(unusable(&token, &failure));
            return;
        }
    }
    let authority = JiraAuthority::new(client);
    grants::look(checks, &token, &authority, wanted).await;
}

/// Jira answered, and knows the access token.
fn recognised(token: &AccessToken, account: Option<&Account>) -> Vec<Check> {
    let site = &token.site;
    let whose = match (account, &token.account) {
        (None, _) => Check::skipped("account", "the scope `read:jira-user` is needed to see it"),
        (Some(account), Some(before)) if account.account_id != before.account_id => {
            let (is, was) = (account_words(Some(account)), account_words(Some(before)));
            let told = format!("Jira says {is}, but it was added as {was}");
            Check::found("account", Diagnostic::warning(Code::TOKEN_NOT_RECOGNISED, None, told))
        }
        (Some(account), _) => Check::passed("account", account_words(Some(account))),
    };
    vec![
        Check::passed("reachable", ""),
        Check::passed("recognised", ""),
        Check::passed("site", format!("{} ({})", site.url, site.name)),
        whose,
    ]
}

/// Jira does not answer, or does not know the access token: nothing more can be asked.
fn unusable(token: &AccessToken, failure: &Failure) -> Vec<Check> {
    let is_unreachable = matches!(failure.code, Code::UNAVAILABLE | Code::RATE_LIMITED | Code::TIMED_OUT);
    let code = if failure.status == Some(401) { Code::TOKEN_NOT_RECOGNISED } else { failure.code };
    let help = failure.help.clone().map(|help| help.replace("NAME", token.name.as_str()));
    let diagnostic = Diagnostic::error(code, None, failure.message.clone()).with_help_if_any(help);
    let rest = ["site", "account", "scopes", "permissions"];
    let rest = rest.map(|what| Check::skipped(what, "Jira was not asked further"));
    let first = if is_unreachable {
        vec![Check::found("reachable", diagnostic), Check::skipped("recognised", "Jira was not asked further")]
    } else {
        vec![Check::passed("reachable", ""), Check::found("recognised", diagnostic)]
    };
    first.into_iter().chain(rest).collect()
}
