//! People: `me`, e-mail addresses and account ids to account ids.

use flowrun_engine::activity::Failure;
use serde::Deserialize;

use crate::{
    client::{Call, Client, JiraError, endpoint},
    input::refused,
};

/// Finds the users that can be assigned in one project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Users<'a> {
    client: &'a Client,
    project: &'a str,
}

/// A user, as far as it may be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// The account id.
    pub(crate) account_id: String,
    /// The e-mail address; the person may hide it.
    #[serde(default)]
    pub(crate) email_address: Option<String>,
    /// The name that Jira shows.
    #[serde(default)]
    pub(crate) display_name: Option<String>,
}

/// The user whose access token it is.
pub(crate) async fn myself(client: &Client) -> Result<User, JiraError> {
    client.read(Call::new(&endpoint::MYSELF, [], "the user of the access token")).await
}

impl<'a> Users<'a> {
    /// Users for `project`, a key or an id.
    pub(crate) fn new(client: &'a Client, project: &'a str) -> Self {
        Self { client, project }
    }

    /// The account id of `who`: an e-mail address (which must be exactly the user's), an account id, or `me`.
    pub(crate) async fn account_id(&self, who: &str) -> Result<String, Failure> {
        let who = who.trim();
        if who == "me" {
            return Ok(myself(self.client).await?.account_id);
        }
        if who.contains('@') {
            return self.by_email(who).await;
        }
        if is_account_id(who) {
            return Ok(who.to_owned());
        }
        Err(refused(format!("`{who}` is no user: give an e-mail address, an account id or `me`")))
    }

    async fn by_email(&self, email: &str) -> Result<String, Failure> {
        let call = Call::new(&endpoint::ASSIGNABLE_USERS, [], format!("the user `{email}`"))
            .query("query", email)
            .query("project", self.project);
        let users: Vec<User> = self.client.read(call).await?;
        exact(email, &users).map_err(|message| {
            refused(format!("{message} in project `{}`", self.project)).with_help(
                "the person must be assignable there (permission `ASSIGNABLE_USER`) and let Jira show the address; an \
                 account id works in any case",
            )
        })
    }
}

/// Jira looks for beginnings of names and addresses; only the whole address will do.
fn exact(email: &str, users: &[User]) -> Result<String, String> {
    let is_it = |user: &&User| user.email_address.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(email));
    let found: Vec<_> = users.iter().filter(is_it).collect();
    match found.as_slice() {
        [one] => Ok(one.account_id.clone()),
        [] => Err(format!("Jira shows nobody with the e-mail address `{email}` who can be assigned{}", hidden(users))),
        several => {
            let ids: Vec<_> = several.iter().map(|user| format!("`{}`", user.account_id)).collect();
            Err(format!("`{email}` is ambiguous: give the account id, {},", ids.join(" or ")))
        }
    }
}

/// Those whom Jira found, but whose addresses it hides: one may be meant, and only an account id says which.
fn hidden(users: &[User]) -> String {
    let hidden = users.iter().filter(|user| user.email_address.is_none());
    let shown: Vec<_> = hidden
        .map(|user| format!("{} (`{}`)", user.display_name.as_deref().unwrap_or("somebody"), user.account_id))
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    format!(" (it hides the address of {}, who may be meant)", shown.join(" and of "))
}

/// Account ids are opaque; what no account id has is refused, so that a name is not sent as one.
fn is_account_id(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, ':' | '-' | '_' | '.');
    (1..=128).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, email: Option<&str>) -> User {
        User { account_id: id.into(), email_address: email.map(Into::into), display_name: None }
    }

    #[test]
    fn only_the_whole_address_will_do() {
        let users = [user("1", Some("ann@example.com.au")), user("2", Some("Ann@Example.com")), user("3", None)];
        assert_eq!(exact("ann@example.com", &users), Ok("2".into()));
        assert!(
            exact("ann@example", &users)
                .unwrap_err()
                .ends_with("(it hides the address of somebody (`3`), who may be meant)")
        );
        let twice = [user("1", Some("a@b.c")), user("2", Some("a@b.c"))];
        assert!(exact("a@b.c", &twice).unwrap_err().contains("`1` or `2`"));
    }

    #[test]
    fn a_name_is_no_account_id() {
        let expected =
            [("5b10a2844c20165700ede21g", true), ("557058:f58131cb-b67d", true), ("Ann Lee", false), ("", false)];
        for (text, is) in expected {
            assert_eq!(is_account_id(text), is, "{text}");
        }
    }
}
