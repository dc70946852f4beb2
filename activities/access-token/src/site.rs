//! Which of the sites that a bearer opens is meant.

use crate::{PortalError, PortalUrl, Product, Resource, Site};

/// Why no site was chosen.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The one that is wanted was not granted.
    #[error("the access token does not open `{wanted}`, but {}", list(.granted))]
    NotGranted {
        /// The site that is wanted.
        wanted: String,
        /// The Jira sites that were granted.
        granted: Vec<Site>,
    },
    /// Nothing says which is wanted.
    #[error("the access token opens several sites: {}", list(.granted))]
    Several {
        /// The Jira sites that were granted.
        granted: Vec<Site>,
    },
    /// There is no Jira among them.
    #[error("the access token does not open any Jira site")]
    None,
    /// The portal URL is none.
    #[error(transparent)]
    Portal(#[from] PortalError),
}

impl SiteError {
    /// What to do.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotGranted { .. } => {
                "run the command again and choose the site on the consent page, or give the address of one that it opens"
            }
            Self::Several { .. } => "say which with `--site`",
            Self::None => {
                "run the command again with an account that has Jira, and choose its site on the consent page"
            }
            Self::Portal(error) => return error.help(),
        })
    }
}

/// The site of `product` among `resources` that `portal_url` is on; without one, the only one of its sites there is.
///
/// # Errors
/// When there is none, or several and nothing tells which.
pub fn choose_site(product: &dyn Product, resources: &[Resource], portal_url: Option<&str>) -> Result<Site, SiteError> {
    let mut granted = sites_of(product, resources);
    let wanted = portal_url.map(PortalUrl::parse).transpose()?;
    if granted.is_empty() {
        return Err(SiteError::None);
    }
    if let Some(wanted) = wanted {
        let is_wanted = |site: &Site| PortalUrl::parse(&site.url).is_ok_and(|url| url.is_same_site(&wanted));
        if !granted.iter().any(is_wanted) {
            return Err(SiteError::NotGranted { wanted: wanted.to_string(), granted });
        }
        granted.retain(is_wanted);
    }
    if granted.len() > 1 {
        return Err(SiteError::Several { granted });
    }
    Ok(granted.remove(0))
}

/// The sites of a product, each once.
fn sites_of(product: &dyn Product, resources: &[Resource]) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    for resource in resources.iter().filter(|resource| product.has_one_of(&resource.scopes)) {
        if !sites.iter().any(|site| site.cloud_id == resource.id) {
            sites.push(Site {
                cloud_id: resource.id.clone(),
                name: resource.name.clone(),
                url: resource.url.trim_end_matches('/').to_owned(),
            });
        }
    }
    sites
}

fn list(sites: &[Site]) -> String {
    let shown: Vec<_> = sites.iter().take(20).map(|site| format!("`{}`", site.url)).collect();
    let more = sites.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::sample::Jira;

    fn resource(id: &str, url: &str, scope: &str) -> Resource {
        Resource { id: id.into(), name: format!("site {id}"), url: url.into(), scopes: [scope.to_owned()].into() }
    }

    fn several() -> Vec<Resource> {
        vec![
            resource("1", "https://acme.atlassian.net", "read:confluence-content.all"),
            resource("1", "https://acme.atlassian.net", "read:jira-work"),
            resource("1", "https://acme.atlassian.net", "read:issue:jira"),
            resource("2", "https://acme-test.atlassian.net/", "write:issue:jira"),
            resource("3", "https://docs.atlassian.net", "read:confluence-content.all"),
        ]
    }

    #[test]
    fn the_host_decides() {
        for portal in [
            "https://acme-test.atlassian.net",
            "https://ACME-test.atlassian.net/jira/your-work?x=1#y",
            "acme-test.atlassian.net",
            " https://acme-test.atlassian.net:443/ ",
        ] {
            let site = choose_site(&Jira, &several(), Some(portal)).expect(portal);
            assert_eq!((site.cloud_id.as_str(), site.url.as_str()), ("2", "https://acme-test.atlassian.net"));
        }
    }

    #[test]
    fn the_only_one_needs_no_portal_url() {
        assert_eq!(choose_site(&Jira, &several()[..3], None).expect("one site").cloud_id, "1");
        assert!(
            matches!(choose_site(&Jira, &several(), None), Err(SiteError::Several { granted }) if granted.len() == 2)
        );
    }

    #[test]
    fn what_is_not_granted_is_told_with_what_is() {
        let refused = |resources: &[Resource], portal| choose_site(&Jira, resources, portal).unwrap_err().to_string();
        assert_snapshot!(refused(&several(), Some("https://acne.atlassian.net/jira")), @"the access token does not open `https://acne.atlassian.net`, but `https://acme.atlassian.net`, `https://acme-test.atlassian.net`");
        assert_snapshot!(refused(&several(), Some("https://docs.atlassian.net")), @"the access token does not open `https://docs.atlassian.net`, but `https://acme.atlassian.net`, `https://acme-test.atlassian.net`");
        assert_snapshot!(refused(&several(), None), @"the access token opens several sites: `https://acme.atlassian.net`, `https://acme-test.atlassian.net`");
        assert_snapshot!(refused(&several()[4..], None), @"the access token does not open any Jira site");
        assert_snapshot!(refused(&several(), Some("http://acme.atlassian.net")), @"`http://acme.atlassian.net` is not encrypted: access tokens go over `https` only");
        assert_snapshot!(refused(&several(), Some("https://a:s3cret@acme.atlassian.net")), @"`acme.atlassian.net` is not the address of a Jira site");
    }
}
