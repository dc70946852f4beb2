//! Where a link may lead. Jira's editor shows other addresses as no link, so that they stay readable as text here.

/// Schemes that an authority must follow: `https://…`. From Atlassian's own check of addresses (npm
/// `@atlaskit/adf-schema` 57.7, `isSafeUrl`), as the next list is.
const WITH_AUTHORITY: [&str; 13] = [
    "dynamicsnav",
    "file",
    "ftp",
    "ftps",
    "gopher",
    "hipchat",
    "http",
    "https",
    "integrity",
    "jamfselfservice",
    "scp",
    "sftp",
    "smb",
];

/// Schemes that anything may follow: `mailto:…`.
const OTHERS: [&str; 28] = [
    "callto",
    "cvs",
    "facetime",
    "feed",
    "git",
    "irc",
    "irc6",
    "itms",
    "magnet",
    "mailto",
    "mvn",
    "news",
    "nntp",
    "notes",
    "rdp",
    "sip",
    "sips",
    "skype",
    "slack",
    "sourcetree",
    "ssh",
    "svn",
    "tel",
    "telnet",
    "urn",
    "vnc",
    "whatsapp",
    "xmpp",
];

/// Whether a link may lead there: a known scheme, or a place on the same site. `javascript:` and its like may not.
pub(super) fn is_allowed(address: &str) -> bool {
    if address.chars().any(char::is_control) {
        return false;
    }
    let address = address.trim();
    let Some((scheme, rest)) = address.split_once(':') else { return is_on_the_site(address) };
    let scheme = scheme.to_ascii_lowercase();
    let known = if WITH_AUTHORITY.contains(&scheme.as_str()) {
        rest.strip_prefix("//").is_some_and(|authority| !authority.is_empty())
    } else {
        OTHERS.contains(&scheme.as_str()) && !rest.is_empty()
    };
    known || is_on_the_site(address)
}

/// Whether an address is a path from the site's root, or a place on the page.
fn is_on_the_site(address: &str) -> bool {
    address.starts_with(['/', '#'])
}

/// The account that an address of our own names: `accountid:5b10a2844c20165700ede21g`.
pub(super) fn account(address: &str) -> Option<&str> {
    address.strip_prefix("accountid:").filter(|id| is_account(id))
}

/// Whether a text has the form of an account id.
pub(super) fn is_account(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte))
}
