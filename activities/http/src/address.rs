//! Addresses: which may be given secrets, and how a text stands in one.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use reqwest::Url;

use crate::ClientError;

/// What is encoded in a part of a path: everything but RFC 3986's unreserved characters.
pub const PATH_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Reads an address; secrets go over TLS, except on this machine.
pub fn base_url(text: &str) -> Result<Url, ClientError> {
    let refused = || ClientError::Address { address: text.to_owned() };
    let url = Url::parse(text).map_err(|_| refused())?;
    let plain = url.scheme() == "http" && is_loopback(&url);
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if (url.scheme() == "https" || plain) && url.has_host() && bare && url.fragment().is_none() {
        Ok(url)
    } else {
        Err(refused())
    }
}

/// Whether a host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A login page's address may carry state; what is before it is enough to see where it leads.
pub fn without_query(address: String) -> String {
    address.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        let expected = [
            ("https://acme.atlassian.net", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080/ex/jira/x", true),
            ("http://localhost:1", true),
            ("https://xn--bcher-kva.example", true),
            // The build has no tables of the letters that a name may have beyond these.
            ("https://bücher.example", false),
            ("http://acme.atlassian.net", false),
            ("https://user:secret@acme.atlassian.net", false),
            ("https://acme.atlassian.net?x=1", false),
            ("acme.atlassian.net", false),
            ("file:///etc/passwd", false),
        ];
        for (address, accepted) in expected {
            assert_eq!(base_url(address).is_ok(), accepted, "{address}");
        }
    }
}
