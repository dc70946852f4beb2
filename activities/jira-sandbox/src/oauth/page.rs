//! The pages of the authorization server: the consent page, and the one for errors.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    OAuthRequest,
    app::App,
    consent::{OFFLINE, PendingConsent},
    scope,
};
use crate::{
    answer::Answer,
    page::{escaped, page},
    world::World,
};

/// What needs no escape in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The page on which a person decides.
pub(super) fn consent(pending: &PendingConsent, app: &App, request: &OAuthRequest, world: &World) -> Answer {
    let name = escaped(&app.name);
    let body = format!(
        "<p class=\"mark\">Sandbox: no real account is asked for</p>\n\
         <h1>{name} is requesting access to your Jira site</h1>\n\
         <form method=\"post\" action=\"/authorize\">\n\
         <input type=\"hidden\" name=\"consent\" value=\"{}\">\n\
         <fieldset><legend>You are</legend>\n{}</fieldset>\n\
         <fieldset><legend>Use {name} on</legend>\n{}</fieldset>\n\
         <strong>{name} would like to</strong>\n<ul>\n{}</ul>\n\
         <div class=\"buttons\"><button name=\"decision\" value=\"accept\">Accept</button>\
         <button name=\"decision\" value=\"cancel\">Cancel</button></div>\n</form>\n",
        escaped(&pending.id),
        users(world),
        sites(request),
        scopes(&pending.request.scopes),
    );
    // Browsers hold redirects of a form to the same rule as the form.
    let target = origin(&pending.request.redirect_uri);
    page(200, &format!("{name} is requesting access"), &body, target)
}

/// The page at which a request ends that cannot be answered to the app.
pub(super) fn error(request: &OAuthRequest) -> Answer {
    let given = |name: &str| request.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let body = format!(
        "<p class=\"mark\">Sandbox</p>\n<h1>Something went wrong</h1>\n<p>{}</p>\n<p><code>{}</code></p>\n",
        escaped(given("error_description")),
        escaped(given("error")),
    );
    page(400, "Something went wrong", &body, "")
}

/// Parameters as a query.
pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    let encoded = parameters.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN)));
    encoded.collect::<Vec<_>>().join("&")
}

fn users(world: &World) -> String {
    let active = world.users.iter().filter(|user| user.active).enumerate();
    let lines = active.map(|(number, user)| choice("user", &user.email, number == 0, &user.display_name, &user.email));
    lines.collect()
}

fn sites(request: &OAuthRequest) -> String {
    let (first, second) = (&request.sites.first, &request.sites.second);
    let one = |site: &super::sites::JiraSite, checked| choice("site", &site.cloud_id, checked, site.name, &site.url);
    [one(first, true), one(second, false), choice("site", "all", false, "all sites", "those to come too")].concat()
}

fn choice(name: &str, value: &str, checked: bool, label: &str, about: &str) -> String {
    let checked = if checked { " checked" } else { "" };
    let (value, label, about) = (escaped(value), escaped(label), escaped(about));
    format!(
        "<label><input type=\"radio\" name=\"{name}\" value=\"{value}\"{checked}> <span>{label} <span class=\"about\">{about}</span></span></label>\n"
    )
}

fn scopes(scopes: &[String]) -> String {
    let lines = scopes.iter().filter(|scope| *scope != OFFLINE).map(|scope| {
        let key = escaped(scope);
        match scope::name(scope) {
            Some(name) => format!("<li>{name} <code>{key}</code></li>\n"),
            None => format!("<li><code>{key}</code></li>\n"),
        }
    });
    lines.collect()
}

/// The beginning of an address: scheme, host and port.
fn origin(address: &str) -> &str {
    let Some((scheme, rest)) = address.split_once("://") else { return "" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    if is_plain { &address[..scheme.len() + 3 + host.len()] } else { "" }
}
