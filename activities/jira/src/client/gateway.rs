//! Where a site is behind Atlassian's gateway.

use flowrun_http::PATH_PART;
use percent_encoding::utf8_percent_encode;

/// The address of the site `cloud_id` behind Atlassian's gateway.
pub fn gateway_base(gateway: &str, cloud_id: &str) -> String {
    format!("{}/ex/jira/{}", gateway.trim_end_matches('/'), utf8_percent_encode(cloud_id, PATH_PART))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_takes_the_site_as_one_part() {
        let base = gateway_base("https://api.atlassian.com/", "11223344-a1b2");
        assert_eq!(base, "https://api.atlassian.com/ex/jira/11223344-a1b2");
        assert_eq!(gateway_base("http://127.0.0.1:1", "a/../b"), "http://127.0.0.1:1/ex/jira/a%2F..%2Fb");
    }
}
