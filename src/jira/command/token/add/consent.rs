//! OAuth 2.0 (3LO): the app, the consent in a browser, and the site that it opens.

use std::collections::BTreeSet;

use flowrun_access_token::{
    AddError, App, CallbackUrl, Consent, ConsentCode, Grant, IssuedTokens, Listener, MOST_SCOPES, OAuth, OAuthError,
    OFFLINE_ACCESS, PortalUrl, Provider, Secrets, Site, SiteError, StoredToken, add_oauth, with_granted,
};
use flowrun_engine::{
    diagnostic::{Code, Diagnostic, causes},
    run::CancellationToken,
};
use flowrun_jira::ScopeStyle;
use secrecy::SecretString;
use tokio::time::timeout;

use super::{
    TokenAddition, browser,
    input::{CredentialInput, secret_from},
};
use crate::{
    error::CommandError,
    jira::{
        command::token::scopes,
        report::{AppSetupSteps, ConsentBy, clock_text, consent_text, paste_text, several_sites_text},
        tokens::not_added,
    },
    report::plain_error,
};

/// How often a wrong address may be pasted, and a wrong number typed.
const TRIES: usize = 3;

/// How the answer of the consent page comes back.
enum AnswerChannel {
    /// The browser brings it.
    Heard(Listener),
    /// The person pastes it.
    Pasted,
}

/// The app, and what it is asked for.
struct AppRequest {
    app: App,
    scopes: BTreeSet<String>,
    /// Whether the person was led through the five steps before.
    is_walked: bool,
}

/// Gets an access token by a person's consent; with the scopes that were asked for.
pub(super) async fn get(adding: &TokenAddition<'_>) -> Result<(StoredToken, BTreeSet<String>), CommandError> {
    if let Some(site) = &adding.arguments.site {
        PortalUrl::parse(site).map_err(|error| not_added(&error.into()))?;
    }
    let callback = callback(adding)?;
    let oauth = adding.tokens.oauth(adding.provider()?, adding.arguments.network.ca_bundle.as_deref())?;
    // Nobody types a key and a secret for a port that cannot be had. Where nobody is asked, what is missing is told first.
    let taken = if adding.prompt.is_answered() { Some(AnswerChannel::new(adding, &callback).await?) } else { None };
    let AppRequest { app, scopes, is_walked } = asked(adding, oauth.provider(), callback).await?;
    let consent = Consent::new(oauth.provider(), &app, &scopes)
        .map_err(|error| CommandError::internal("the consent cannot be asked for", &error))?;
    let way = match taken {
        Some(way) => way,
        None => AnswerChannel::new(adding, &app.callback).await?,
    };
    let code = way.code(adding, &consent, is_walked).await?;
    let tokens = oauth.exchange(&app, code).await.map_err(|error| not_added(&error.into()))?;
    if let Some(ahead) = tokens.clock_ahead {
        adding.environment.screen.error(&clock_text(ahead));
    }
    Ok((opened(adding, &oauth, &app, &tokens).await?, scopes))
}

/// The scopes that are wanted: as told; else those of the access token before; else what all activities need.
fn wanted(adding: &TokenAddition<'_>) -> Result<BTreeSet<String>, CommandError> {
    let arguments = &adding.arguments.scopes;
    if let Some(keys) = &arguments.keys {
        return named(keys);
    }
    let before = adding.before.and_then(|before| before.token.grant.scopes());
    match before {
        Some(before) if arguments.definitions.is_empty() && !arguments.granular => {
            Ok(before.iter().filter(|scope| *scope != OFFLINE_ACCESS).cloned().collect())
        }
        _ => {
            let style = if arguments.granular { ScopeStyle::Granular } else { ScopeStyle::Classic };
            scopes::needed(&arguments.definitions, style)
        }
    }
}

/// The scopes that are named. The one that gives a refresh token is asked for by itself, and stands nowhere in the console.
fn named(keys: &[String]) -> Result<BTreeSet<String>, CommandError> {
    let keys = keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty() && *key != OFFLINE_ACCESS);
    let keys: BTreeSet<String> = keys.map(str::to_owned).collect();
    if keys.is_empty() {
        let help = "name some, or leave it out for what the activities need";
        return Err(CommandError::Usage("`--scopes` does not name a scope of Jira".to_owned(), Some(help.to_owned())));
    }
    Ok(keys)
}

fn callback(adding: &TokenAddition<'_>) -> Result<CallbackUrl, CommandError> {
    let before = adding.before.and_then(|before| match &before.token.grant {
        Grant::OAuth(grant) => Some(&grant.callback_url),
        _ => None,
    });
    match adding.arguments.callback.as_ref().or(before) {
        None => Ok(CallbackUrl::default()),
        Some(text) => text.parse().map_err(|error| CommandError::Usage(causes(&error), None)),
    }
}

/// The app, and all scopes to ask it for. Whoever has not made the app yet is told how, step by step.
async fn asked(
    adding: &TokenAddition<'_>,
    provider: &Provider,
    callback: CallbackUrl,
) -> Result<AppRequest, CommandError> {
    let wanted = wanted(adding)?;
    let (key, secret) = known(adding)?;
    let screen = &adding.environment.screen;
    if adding.arguments.scopes.keys.is_some() {
        screen.error(&scopes::unknown_text(&wanted));
    }
    let walk = AppSetupSteps { name: &adding.arguments.name, provider, callback: &callback, scopes: &wanted };
    let is_walked = (key.is_none() || secret.is_none()) && adding.prompt.is_answered();
    if is_walked {
        screen.error(&walk.steps_text());
    }
    let mut input = CredentialInput::new(adding.prompt);
    let how = "the Consumer Key, which the developer console calls Client ID (`--consumer-key`)";
    let client_id = input.text(key, "Consumer Key (Client ID)", how).await?;
    let how = "the Consumer Secret (`--secret-file FILE`, `-` for stdin, or FLOWRUN_CONSUMER_SECRET)";
    let client_secret = input.secret(secret, "Consumer Secret (the console's \"Secret\"; not shown)", how)?;
    input.finish()?;
    let scopes = with_granted(wanted.clone(), &client_id, &adding.tokens.all_kept());
    if !is_walked || scopes != wanted {
        let again: BTreeSet<String> = scopes.difference(&wanted).cloned().collect();
        screen.note(&AppSetupSteps { scopes: &scopes, ..walk }.reminder_text(&again));
    }
    refuse_many(&scopes)?;
    Ok(AppRequest { app: App { client_id, client_secret, callback }, scopes, is_walked })
}

/// The app's key and secret, as far as they are given or kept.
fn known(adding: &TokenAddition<'_>) -> Result<(Option<String>, Option<SecretString>), CommandError> {
    let arguments = adding.arguments;
    let before = adding.before.and_then(app_before);
    let key = arguments.consumer_key.clone().or_else(|| before.map(|(key, _)| key.to_owned()));
    let secret = secret_from(arguments.secret_file.as_deref(), "FLOWRUN_CONSUMER_SECRET")?;
    let of_same_app = before.filter(|(of, _)| Some(*of) == key.as_deref());
    let secret = secret.or_else(|| of_same_app.map(|(_, secret)| secret.clone()));
    Ok((key, secret))
}

fn app_before(kept: &StoredToken) -> Option<(&str, &SecretString)> {
    match (&kept.token.grant, &kept.secrets) {
        (Grant::OAuth(grant), Secrets::OAuth(secrets)) => Some((&grant.client_id, &secrets.client_secret)),
        _ => None,
    }
}

fn refuse_many(scopes: &BTreeSet<String>) -> Result<(), CommandError> {
    if scopes.len() < MOST_SCOPES {
        return Ok(());
    }
    let message = format!("{} scopes are too many: Atlassian takes fewer than {MOST_SCOPES} in one app", scopes.len());
    let help = "leave out `--granular`, or name the definitions with `--for`";
    Err(CommandError::Usage(message, Some(help.to_owned())))
}

impl AnswerChannel {
    /// The way that this call goes. What must be free to listen is taken before the browser opens.
    async fn new(adding: &TokenAddition<'_>, callback: &CallbackUrl) -> Result<Self, CommandError> {
        if adding.arguments.browser.paste || !callback.is_local() {
            return if adding.prompt.may_read() { Ok(Self::Pasted) } else { Err(nobody_pastes()) };
        }
        Listener::bind(callback).await.map(Self::Heard).map_err(|error| {
            Diagnostic::error(error.code(), None, causes(&error)).with_help_if_any(error.help()).into()
        })
    }

    /// The code, once the person consented.
    async fn code(
        &self,
        adding: &TokenAddition<'_>,
        consent: &Consent,
        is_walked: bool,
    ) -> Result<ConsentCode, CommandError> {
        let (screen, browser) = (&adding.environment.screen, &adding.arguments.browser);
        let Self::Heard(listener) = self else { return pasted(adding, consent, is_walked).await };
        let is_open = browser::open(consent.url(), browser, adding.environment.settings.no_input);
        let by = if is_open { ConsentBy::OpenedBrowser } else { ConsentBy::OwnBrowser };
        screen.error(&consent_text(consent.url(), by(browser.wait.0), is_walked));
        // A signal ends the program by itself.
        let heard = listener.wait(consent, browser.wait.0, CancellationToken::new()).await;
        heard.map_err(|error| not_added(&error.into()))
    }
}

/// Reads the address at which the browser ended; what is no such address may be mended.
async fn pasted(adding: &TokenAddition<'_>, consent: &Consent, is_walked: bool) -> Result<ConsentCode, CommandError> {
    let screen = &adding.environment.screen;
    screen.error(&consent_text(consent.url(), ConsentBy::Paste, is_walked));
    screen.error(&paste_text(consent.callback()));
    let mut wrong = None;
    for tried in 1..=TRIES {
        let Some(address) = address(adding, consent.callback()).await? else { break };
        match consent.read(&address) {
            Ok(code) => return Ok(code),
            Err(error @ (OAuthError::NotTheCallback { .. } | OAuthError::WrongState)) if tried < TRIES => {
                if adding.prompt.is_answered() {
                    let help = error.help().unwrap_or_default();
                    screen.error(&plain_error(&error.to_string(), Some(&help)));
                } else {
                    wrong = Some(error);
                }
            }
            Err(error) => return Err(not_added(&error.into())),
        }
    }
    match wrong {
        Some(error) => Err(not_added(&error.into())),
        None if adding.environment.settings.no_input => Err(nobody_pastes()),
        None => Err(unread("no address was pasted: stdin has ended".to_owned())),
    }
}

/// The next address that is pasted. A person at the terminal is waited for; a pipe, for as long as a browser would be.
async fn address(adding: &TokenAddition<'_>, callback: &CallbackUrl) -> Result<Option<String>, CommandError> {
    let asked = adding.prompt.line("   Address: ");
    if adding.prompt.is_answered() {
        return asked.await.map_err(|error| unread(format!("the address cannot be read: {error}")));
    }
    let late = OAuthError::NotGivenInTime { wrong_states: 0, callback: callback.clone() };
    let asked = timeout(adding.arguments.browser.wait.0, asked).await.map_err(|_| not_added(&late.into()))?;
    asked.map_err(|error| unread(format!("the address cannot be read: {error}")))
}

/// Why there is no address to look at.
fn unread(message: String) -> CommandError {
    let help = "run the command again, and paste the whole address at which the browser ends, on one line";
    Diagnostic::error(Code::CONSENT_FAILED, None, message).with_help(help).into()
}

fn nobody_pastes() -> CommandError {
    let message = "under `--no-input` the address at which the browser ends must come on a pipe, and none came";
    CommandError::Usage(message.to_owned(), Some("leave out `--no-input` to paste it at a terminal".to_owned()))
}

/// Finds what the consent opened; asks where that is several sites.
async fn opened(
    adding: &TokenAddition<'_>,
    oauth: &OAuth,
    app: &App,
    tokens: &IssuedTokens,
) -> Result<StoredToken, CommandError> {
    let name = || adding.arguments.name.clone();
    let is_again = adding.before.filter(|before| before.token.provider == *oauth.provider());
    let before = is_again.map(|before| before.token.site.url.clone());
    let site = adding.arguments.site.clone().or(before);
    match add_oauth(oauth, name(), app, tokens, site.as_deref()).await {
        Err(AddError::Site(SiteError::Several { granted })) if adding.prompt.is_answered() => {
            let chosen = choose(adding, &granted).await?;
            let added = add_oauth(oauth, name(), app, tokens, Some(&chosen.url)).await;
            added.map_err(|error| not_added(&error))
        }
        added => added.map_err(|error| not_added(&error)),
    }
}

async fn choose<'a>(adding: &TokenAddition<'_>, sites: &'a [Site]) -> Result<&'a Site, CommandError> {
    adding.environment.screen.error(&several_sites_text(sites));
    for _ in 0..TRIES {
        let Some(answer) = adding.prompt.line(&format!("Which one, 1 to {}? ", sites.len())).await? else { break };
        let number = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(site) = number.and_then(|index| sites.get(index)) {
            return Ok(site);
        }
    }
    Err(not_added(&AddError::Site(SiteError::Several { granted: sites.to_vec() })))
}
