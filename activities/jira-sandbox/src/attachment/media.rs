//! Where the bytes of attachments are: addresses that need no credentials, since nobody can guess them.
//!
//! Jira answers a download with a redirect to such an address at another host. \[SPEC\] has the redirect, not the form.

use sha2::{Digest, Sha256};

/// What addresses of contents begin with.
pub(crate) const MEDIA: &str = "/_sandbox/media/";

/// Makes and knows the addresses of one running sandbox.
#[derive(Debug, Clone)]
pub(crate) struct MediaAddresses(String);

impl MediaAddresses {
    /// New addresses.
    #[expect(clippy::disallowed_methods, reason = "nobody may guess them, and no other run has them")]
    pub(crate) fn random() -> Self {
        Self((0..32).map(|_| fastrand::alphanumeric()).collect())
    }

    /// Where an attachment's content is.
    pub(crate) fn address(&self, site: &str, id: u64) -> String {
        format!("{site}{MEDIA}{id}/{}", self.token(id))
    }

    /// The attachment that a path is the address of.
    pub(crate) fn find(&self, path: &str) -> Option<u64> {
        let (id, token) = path.strip_prefix(MEDIA)?.split_once('/')?;
        let id = id.parse().ok()?;
        (token == self.token(id)).then_some(id)
    }

    fn token(&self, id: u64) -> String {
        let digest = Sha256::digest(format!("{}:{id}", self.0));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_good_for_its_own_attachment_at_its_own_sandbox() {
        let (media, other) = (MediaAddresses::random(), MediaAddresses::random());
        let address = media.address("", 10000);
        assert_eq!((media.find(&address), other.find(&address)), (Some(10000), None));
        assert_eq!(media.find(&address.replace("10000", "10001")), None);
        assert_eq!(media.find("/_sandbox/media/10000"), None);
    }
}
