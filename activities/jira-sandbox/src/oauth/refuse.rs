//! How the authorization server refuses.

use serde_json::json;

use super::{OAuthRequest, page};
use crate::{
    answer::Answer,
    switches::{GrantRefusalName, Switches},
};

/// A refusal in OAuth's form.
pub(super) fn error(status: u16, error: &str, description: &str) -> Answer {
    Answer::new(status, crate::answer::Content::Json(json!({ "error": error, "error_description": description })))
}

/// A request that cannot be read. \[unverified\]
pub(super) fn invalid_request(description: &str) -> Answer {
    error(400, "invalid_request", description)
}

/// A parameter is there more than once.
pub(super) fn repeated(name: &str) -> Answer {
    invalid_request(&format!("The parameter {name} is there more than once"))
}

/// The client's id or secret is wrong; which words come is told in two ways. \[CONN\]
pub(super) fn wrong_client(switches: &Switches) -> Answer {
    if switches.wrong_secret_is_invalid_client {
        return error(401, "invalid_client", "Client authentication failed");
    }
    error(401, "access_denied", "Unauthorized")
}

/// The refresh token is expired, revoked, used or unknown. \[3LO\], and \[CONN\] where it is called something else
pub(super) fn refresh_token(switches: &Switches) -> Answer {
    let description = match switches.refused_grant_name {
        GrantRefusalName::InvalidGrant => "Unknown or invalid refresh token.",
        GrantRefusalName::UnauthorizedClient => "refresh_token is invalid",
    };
    grant(switches, description)
}

/// The code is expired, used or unknown. The status is that of refresh tokens. \[unverified\]
pub(super) fn code(switches: &Switches) -> Answer {
    grant(switches, "Invalid authorization code")
}

/// The callback URL is another one than the consent was asked with. \[unverified\]
pub(super) fn callback_of_code(switches: &Switches) -> Answer {
    grant(switches, "The redirect URI is wrong.")
}

fn grant(switches: &Switches, description: &str) -> Answer {
    let name = match switches.refused_grant_name {
        GrantRefusalName::InvalidGrant => "invalid_grant",
        GrantRefusalName::UnauthorizedClient => "unauthorized_client",
    };
    error(switches.refused_grant as u16, name, description)
}

/// No such method at this address.
pub(super) fn method(method: &str) -> Answer {
    error(405, "invalid_request", &format!("{method} is not allowed here"))
}

/// A bearer is missing, unknown or expired.
pub(super) fn bearer() -> Answer {
    Answer::gateway(401, "Unauthorized")
}

/// A request for consent that is not answered to the app: the browser ends at a page that says why. \[OPS\]
pub(super) fn on_page(request: &OAuthRequest, error: &str, description: &str) -> Answer {
    let query = page::query(&[("error", error), ("error_description", description)]);
    redirect(&format!("{}/error?{query}", request.sites.base))
}

/// Sends the browser elsewhere.
pub(super) fn redirect(to: &str) -> Answer {
    Answer::new(302, crate::answer::Content::None).with_header("location", to).with_header("cache-control", "no-store")
}
