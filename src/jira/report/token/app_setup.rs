//! The six steps to an access token, for somebody who never made an app. What screens are called is taken from Atlassian's
//! documents.

use std::{collections::BTreeSet, time::Duration};

use flowrun_access_token::{CallbackUrl, Provider, Site, TokenName};
use flowrun_jira::console_name;

use crate::{report::wrap, screen::on_one_line};

const CONSOLE: &str = "https://developer.atlassian.com/console/myapps/";

const WIDTH: usize = 80;

/// What the steps are about.
#[derive(Clone, Debug)]
pub(crate) struct AppSetupSteps<'a> {
    /// What the access token will be called.
    pub(crate) name: &'a TokenName,
    /// Who gives it.
    pub(crate) provider: &'a Provider,
    /// The callback URL that the app must have.
    pub(crate) callback: &'a CallbackUrl,
    /// The scopes that are asked for.
    pub(crate) scopes: &'a BTreeSet<String>,
}

/// How the consent page is reached, and how its end comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsentBy {
    /// A browser was opened, and its answer is waited for.
    OpenedBrowser(Duration),
    /// The person opens one on this machine, and its answer is waited for.
    OwnBrowser(Duration),
    /// The person opens one anywhere, and pastes the address that it ends at.
    Paste,
}

impl AppSetupSteps<'_> {
    /// Steps 1 to 5: making the app. The prompts for its key and secret follow.
    pub(crate) fn steps_text(&self) -> String {
        match self.provider {
            Provider::Atlassian => self.steps_at_atlassian(),
            Provider::Sandbox(base) => paragraph(&format!(
                "A rehearsal: the sandbox at {base} plays Atlassian, and has an app already, whose Consumer Key and \
                 Consumer Secret `flowrun sandbox` printed. At Atlassian you make the app yourself, in five steps."
            )),
        }
    }

    fn steps_at_atlassian(&self) -> String {
        let Self { name, callback, scopes, .. } = self;
        [
            paragraph(&format!(
                "The access token `{name}` needs an app of yours at Atlassian. That takes six steps, once. Ctrl-C stops at \
                 any point, and then nothing is kept. Atlassian's screens may look different by now."
            )),
            step(1, "Leave this open. In a browser, log in to Atlassian's developer console:"),
            address(CONSOLE),
            step(2, "Create, then OAuth 2.0 integration. Name it, for example flowrun, agree to the developer terms, Create."),
            step(3, "Permissions: add the Jira API, then Configure. Tick these scopes, and save:"),
            scopes_table(scopes) + "\n",
            step(4, "Authorization: OAuth 2.0 (3LO), Configure. Paste this Callback URL, exactly as it is, and save:"),
            address(callback.as_str()),
            step(5, "Settings: copy Client ID and Secret. Here they are Consumer Key and Consumer Secret."),
        ]
        .concat()
    }

    /// What the app must have, for somebody who made it before; `again` is asked for since it was granted before.
    pub(crate) fn reminder_text(&self, again: &BTreeSet<String>) -> String {
        let again: Vec<_> = again.iter().map(|scope| format!("`{scope}`")).collect();
        let mut text = "The app must have this Callback URL\n\n".to_owned() + &address(self.callback.as_str());
        text += &format!("and these scopes of the Jira API\n\n{}\n", scopes_table(self.scopes));
        if !again.is_empty() {
            let told = format!(
                "Granted before, and asked for again, since a new consent replaces the old one: {}.",
                again.join(", ")
            );
            text += &paragraph(&told);
        }
        text
    }
}

/// The consent, which is step 6 where the others were shown. The address stands alone on its line, whole.
pub(crate) fn consent_text(url: &str, by: ConsentBy, is_sixth_step: bool) -> String {
    let begin = match by {
        ConsentBy::OpenedBrowser(_) => {
            "Your browser opens: choose the site, and press Accept. If it does not, open this address:"
        }
        ConsentBy::OwnBrowser(_) => {
            "Open this address in a browser on this machine, choose the site, and press Accept:"
        }
        ConsentBy::Paste => "Open this address in a browser on any machine, choose the site, and press Accept:",
    };
    let end = match by {
        ConsentBy::OpenedBrowser(wait) | ConsentBy::OwnBrowser(wait) => {
            format!("Waiting for your consent, for {} at most; Ctrl-C stops.\n", length(wait))
        }
        ConsentBy::Paste => String::new(),
    };
    let begin = if is_sixth_step { step(6, begin) } else { paragraph(begin) };
    begin + &address(url) + &end
}

/// What to paste, under `--paste`.
pub(crate) fn paste_text(callback: &CallbackUrl) -> String {
    paragraph(
        "The browser then ends at a page that cannot be shown, which is fine: copy its whole address from the address \
         bar. It begins like this:",
    ) + &address(&format!("{callback}?state=…&code=…"))
}

/// Which sites the consent opens, to choose one by its number.
pub(crate) fn several_sites_text(sites: &[Site]) -> String {
    let row = |(index, site): (usize, &Site)| {
        format!("  {:>2}  {}  {}\n", index + 1, on_one_line(&site.url), on_one_line(&site.name))
    };
    let rows: String = sites.iter().enumerate().map(row).collect();
    format!("The consent covers several sites:\n\n{rows}\n")
}

/// Scopes by the names that the developer console shows, with their keys.
pub(crate) fn scopes_table(scopes: &BTreeSet<String>) -> String {
    let name = |scope: &String| console_name(scope).unwrap_or("");
    let widest = scopes.iter().map(|scope| name(scope).len()).filter(|length| *length <= 40).max().unwrap_or(0);
    let row = |scope: &String| match name(scope) {
        "" => format!("     {}\n", on_one_line(scope)),
        long if long.len() > widest => format!("     {long}\n     {:widest$}  {scope}\n", ""),
        name => format!("     {name:widest$}  {scope}\n"),
    };
    scopes.iter().map(row).collect()
}

fn length(wait: Duration) -> String {
    let seconds = wait.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn paragraph(text: &str) -> String {
    wrap(text, 0, WIDTH) + "\n"
}

fn step(number: u8, text: &str) -> String {
    format!("{number}. {}\n", wrap(text, 3, WIDTH).trim_start())
}

/// An address on a line of its own, never wrapped: it is copied.
fn address(text: &str) -> String {
    format!("     {}\n\n", on_one_line(text))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn scopes(keys: &[&str]) -> BTreeSet<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn the_steps_name_what_to_tick_and_to_paste() {
        let (name, callback) = ("acme".parse().unwrap(), CallbackUrl::default());
        let scopes = scopes(&["read:jira-work", "write:jira-work", "manage:jira-data-provider", "read:issue:jira"]);
        let walk = AppSetupSteps { name: &name, provider: &Provider::Atlassian, callback: &callback, scopes: &scopes };
        assert_snapshot!(walk.steps_text(), @r"
        The access token `acme` needs an app of yours at Atlassian. That takes six
        steps, once. Ctrl-C stops at any point, and then nothing is kept. Atlassian's
        screens may look different by now.

        1. Leave this open. In a browser, log in to Atlassian's developer console:

             https://developer.atlassian.com/console/myapps/

        2. Create, then OAuth 2.0 integration. Name it, for example flowrun, agree to
           the developer terms, Create.

        3. Permissions: add the Jira API, then Configure. Tick these scopes, and save:

             Manage development and release information for third parties in Jira
                                       manage:jira-data-provider
             read:issue:jira
             View Jira issue data      read:jira-work
             Create and manage issues  write:jira-work

        4. Authorization: OAuth 2.0 (3LO), Configure. Paste this Callback URL, exactly
           as it is, and save:

             http://localhost:8971/callback

        5. Settings: copy Client ID and Secret. Here they are Consumer Key and Consumer
           Secret.
        ");
        assert!(walk.steps_text().lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn what_is_asked_for_again_is_told() {
        let (name, callback) = ("acme".parse().unwrap(), CallbackUrl::default());
        let wanted = scopes(&["read:jira-work", "write:jira-work"]);
        let walk = AppSetupSteps { name: &name, provider: &Provider::Atlassian, callback: &callback, scopes: &wanted };
        assert_snapshot!(walk.reminder_text(&scopes(&["read:jira-work"])), @r"
        The app must have this Callback URL

             http://localhost:8971/callback

        and these scopes of the Jira API

             View Jira issue data      read:jira-work
             Create and manage issues  write:jira-work

        Granted before, and asked for again, since a new consent replaces the old one:
        `read:jira-work`.
        ");
    }

    #[test]
    fn an_address_stands_whole_on_its_line() {
        let url = format!("https://auth.atlassian.com/authorize?{}", "x".repeat(300));
        let told = consent_text(&url, ConsentBy::OwnBrowser(Duration::from_secs(300)), true);
        assert!(told.lines().any(|line| line.trim() == url));
        assert!(told.ends_with("Waiting for your consent, for 5 min at most; Ctrl-C stops.\n"));
    }
}
