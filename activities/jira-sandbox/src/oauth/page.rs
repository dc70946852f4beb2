//! The pages that people see: the consent page, and the one for errors. Plain HTML; nothing is loaded from elsewhere.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    Ask,
    app::App,
    consent::{OFFLINE, Pending},
    scope,
};
use crate::{
    answer::{Answer, Content},
    world::World,
};

/// What needs no escape in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const STYLE: &str = "
:root { color-scheme: light dark; --edge: #8886; --accent: #0c66e4 }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 2rem 1rem }
main { max-width: 34rem; margin: auto; border: 1px solid var(--edge); border-radius: 10px; padding: 1.5rem 2rem }
h1 { font-size: 1.35rem; line-height: 1.3; margin: .2rem 0 1rem }
.mark { font-size: .85rem; opacity: .75; margin: 0 }
fieldset { border: 0; padding: 0; margin: 0 0 1.1rem }
legend { font-weight: 600; padding: 0; margin-bottom: .3rem }
label { display: flex; gap: .6rem; align-items: baseline; padding: .15rem 0 }
.about { opacity: .75 }
ul { padding-left: 1.2rem; margin: .3rem 0 1.1rem }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere }
.buttons { display: flex; flex-wrap: wrap; gap: .8rem }
input:not([type]) { display: block; width: 100%; box-sizing: border-box; padding: .4rem; font: inherit }
button { font: inherit; padding: .5rem 1.4rem; border-radius: 6px; border: 1px solid var(--edge); cursor: pointer }
button[value=accept] { background: var(--accent); border-color: var(--accent); color: #fff }
";

/// The page on which a person decides.
pub(super) fn consent(pending: &Pending, app: &App, ask: &Ask<'_>, world: &World) -> Answer {
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
        sites(ask),
        scopes(&pending.request.scopes),
    );
    // Browsers hold redirects of a form to the same rule as the form.
    let target = origin(&pending.request.redirect_uri);
    page(200, &format!("{name} is requesting access"), &body, target)
}

/// The page at which a request ends that cannot be answered to the app.
pub(super) fn error(ask: &Ask<'_>) -> Answer {
    let given = |name: &str| ask.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
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

fn sites(ask: &Ask<'_>) -> String {
    let (first, second) = (&ask.sites.first, &ask.sites.second);
    let one = |site: &super::sites::Site, checked| choice("site", &site.cloud_id, checked, site.name, &site.url);
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

/// A page; `form_target` is where its form may lead, beside the sandbox itself.
pub(super) fn page(status: u16, title: &str, body: &str, form_target: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {form_target}; base-uri 'none'; frame-ancestors 'none'"
    );
    Answer::new(status, Content::Text("text/html; charset=utf-8", html))
        .with_header("content-security-policy", policy)
        .with_header("cache-control", "no-store")
        .with_header("referrer-policy", "no-referrer")
}

/// The beginning of an address: scheme, host and port.
fn origin(address: &str) -> &str {
    let Some((scheme, rest)) = address.split_once("://") else { return "" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    if is_plain { &address[..scheme.len() + 3 + host.len()] } else { "" }
}

/// A text for HTML, also within quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
