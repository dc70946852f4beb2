//! The callback URL: where the browser goes after the consent, and what the app and flowrun must have in common to the letter.

use std::{fmt, str::FromStr};

use reqwest::Url;

use flowrun_http::is_loopback;

const DEFAULT: &str = "http://localhost:8971/callback";

/// Longer ones are no addresses that a person registered.
const LONGEST: usize = 2_000;

/// A callback URL. Atlassian compares it exactly, so that it is kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackUrl {
    text: String,
    url: Url,
}

/// A text that no app of Atlassian's takes as its callback URL, or that no browser could be received at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCallbackUrl {
    /// It is no address.
    #[error("`{0}` is not a callback URL: it must look like `{DEFAULT}`")]
    NoUrl(String),
    /// Plain HTTP, and not on this machine.
    #[error("the callback URL `{0}` must be `https`: plain `http` is for `localhost` only")]
    Plain(String),
    /// It has a part that is not compared, or not sent.
    #[error("the callback URL `{0}` must have no user, query or fragment")]
    Parts(String),
}

impl CallbackUrl {
    /// The text, as it was typed and as the app must have it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a [`super::Listener`] can be there: it is plain HTTP on this machine. Else the address of the page is pasted.
    pub fn is_local(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().expect("http and https have default ports")
    }

    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    /// Whether `url` is this one with a query.
    pub(super) fn leads_to(&self, url: &Url) -> bool {
        url.origin() == self.url.origin() && url.path() == self.path()
    }
}

impl Default for CallbackUrl {
    fn default() -> Self {
        DEFAULT.parse().expect("the default is a callback URL")
    }
}

impl FromStr for CallbackUrl {
    type Err = BadCallbackUrl;

    fn from_str(text: &str) -> Result<Self, BadCallbackUrl> {
        // The parser forgives white space and control characters; Atlassian, which compares, does not.
        let is_plain = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        let parsed = Url::parse(text).ok().filter(|url| is_plain && url.has_host());
        let url = parsed.ok_or_else(|| BadCallbackUrl::NoUrl(shown(text)))?;
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || url.query().is_some() || url.fragment().is_some() {
            return Err(BadCallbackUrl::Parts(shown(text)));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(BadCallbackUrl::Plain(shown(text))),
            _ => return Err(BadCallbackUrl::NoUrl(shown(text))),
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// As much of a text as a message shows: what was pasted by mistake may hold a code after its `?`.
fn shown(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, after)| after);
    text.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_stays_as_it_was_typed() {
        for text in [DEFAULT, "http://localhost:9000", "http://LOCALHOST:1/a/b/", "https://flows.example.com/Callback"]
        {
            assert_eq!(text.parse::<CallbackUrl>().unwrap().as_str(), text);
        }
        let callback = CallbackUrl::default();
        assert_eq!((callback.port(), callback.path(), callback.is_local()), (8971, "/callback", true));
        assert!(!"https://localhost/callback".parse::<CallbackUrl>().unwrap().is_local());
    }

    #[test]
    fn what_atlassian_would_not_take_is_refused() {
        for text in ["", "localhost:8971/callback", " http://localhost/", "http://local\thost/", "ftp://localhost/"] {
            assert!(matches!(text.parse::<CallbackUrl>(), Err(BadCallbackUrl::NoUrl(_))), "{text}");
        }
        for text in ["http://flows.example.com/callback", "http://localhost.example.com/"] {
            assert!(matches!(text.parse::<CallbackUrl>(), Err(BadCallbackUrl::Plain(_))), "{text}");
        }
        for text in ["http://localhost/?code=1", "http://localhost/#x", "http://a:b@localhost/"] {
            assert!(matches!(text.parse::<CallbackUrl>(), Err(BadCallbackUrl::Parts(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn junk_is_refused_in_words(text in ".{0,200}") {
            if let Err(refused) = text.parse::<CallbackUrl>() {
                prop_assert!(refused.to_string().chars().all(|letter| !letter.is_control()));
            }
        }
    }
}
