//! The two sites of an account: the sandbox's own, and a second one with the same users and nothing in it.

use sha2::{Digest, Sha256};

/// The host of the second site, which browsers and most systems take for this machine.
const SECOND_HOST: &str = "second.localhost";

/// A site that a person can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JiraSite {
    pub(crate) cloud_id: String,
    pub(crate) name: &'static str,
    pub(crate) url: String,
}

/// The sites of the sandbox's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JiraSites {
    /// `http://` and the address that the sandbox listens on.
    pub(crate) base: String,
    pub(crate) first: JiraSite,
    pub(crate) second: JiraSite,
}

/// Whether a request is for the second site, by its host.
pub(crate) fn is_second(host: &str) -> bool {
    host.rsplit_once(':').map_or(host, |(name, _)| name).eq_ignore_ascii_case(SECOND_HOST)
}

impl JiraSites {
    /// The sites of the world with `cloud_id`, served at `base`.
    pub(crate) fn new(base: &str, cloud_id: &str) -> Self {
        let port = base.rsplit_once(':').map_or("", |(_, port)| port);
        Self {
            base: base.to_owned(),
            first: JiraSite { cloud_id: cloud_id.to_owned(), name: "sandbox", url: base.to_owned() },
            second: JiraSite {
                cloud_id: second(cloud_id),
                name: "second",
                url: format!("http://{SECOND_HOST}:{port}"),
            },
        }
    }

    /// The cloud ids that the page's choice stands for.
    pub(super) fn chosen(&self, choice: &str) -> Option<Vec<String>> {
        let (first, second) = (&self.first.cloud_id, &self.second.cloud_id);
        match choice {
            "" => Some(vec![first.clone()]),
            "all" => Some(vec![first.clone(), second.clone()]),
            one => [first, second].into_iter().find(|id| *id == one).map(|id| vec![id.clone()]),
        }
    }

    /// The sites with these cloud ids.
    pub(super) fn with_ids<'a>(&'a self, ids: &'a [String]) -> impl Iterator<Item = &'a JiraSite> {
        [&self.first, &self.second].into_iter().filter(|site| ids.contains(&site.cloud_id))
    }
}

/// The second site's cloud id, which follows from the first's.
fn second(cloud_id: &str) -> String {
    let digits: String = Sha256::digest(cloud_id.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]].join("-")
}
