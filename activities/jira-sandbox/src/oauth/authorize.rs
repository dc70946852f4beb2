//! Where a person consents: what an app may ask for, and what the person's decision makes of it.

use super::{
    Body, OAuth, OAuthRequest,
    consent::{Code, Grant, Pending, Request},
    page, refuse, repeated,
};
use crate::{answer::Answer, secret::secret, world::World};

impl OAuth {
    /// Shows the consent page, or says why it cannot.
    pub(super) fn authorize(&mut self, ask: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let request = self.request(ask, world)?;
        let pending = Pending { id: secret("consent-"), opened_at: ask.now, request };
        let app = self.app(&pending.request.client_id).expect("a request names an app that there is");
        let shown = page::consent(&pending, app, ask, world);
        self.pending.push(pending);
        Ok(shown)
    }

    /// What an app asks for. Until the callback URL is known to be the app's own, nothing is sent there.
    fn request(&self, ask: &OAuthRequest, world: &World) -> Result<Request, Answer> {
        let given = |name: &str| ask.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let unauthorized = |what: &str| refuse::on_page(ask, "unauthorized_client", what);
        let invalid = |what: &str| refuse::on_page(ask, "invalid_request", what);
        if let Some(name) = repeated(&ask.query) {
            return Err(invalid(&format!("The parameter {name} is there more than once.")));
        }
        let client_id = given("client_id").unwrap_or_default();
        let app = self
            .app(client_id)
            .ok_or_else(|| unauthorized("Unknown client: the app was deleted, or its id is wrong."))?;
        let redirect_uri = given("redirect_uri").unwrap_or_default();
        if super::service_account(app).is_some() || app.callback_url != redirect_uri {
            return Err(unauthorized(
                "Callback URL mismatch. The callback URL of the request is not the one that the app has.",
            ));
        }
        let required = [
            ("audience", Some("api.atlassian.com")),
            ("response_type", Some("code")),
            ("prompt", Some("consent")),
            ("scope", None),
            ("state", None),
        ];
        for (name, only) in required {
            let value = given(name).filter(|value| !value.is_empty());
            if value.is_none() || only.is_some_and(|only| value != Some(only)) {
                return Err(invalid(&format!("The parameter {name} is missing or wrong.")));
            }
        }
        if world.switches.pkce_refused && given("code_challenge").is_some() {
            return Err(invalid("The parameter code_challenge is not taken."));
        }
        // Spaces alone separate them. \[3LO\]
        let scopes = given("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
        let scopes: Vec<String> = scopes.map(str::to_owned).collect();
        let unticked = app.unticked(&scopes);
        if !unticked.is_empty() && world.switches.unticked_scope_refused {
            return Err(refuse::on_page(
                ask,
                "invalid_scope",
                &format!("The app does not have: {}", unticked.join(" ")),
            ));
        }
        let scopes = scopes.iter().filter(|scope| !unticked.contains(&scope.as_str())).cloned().collect();
        let state = given("state").unwrap_or_default().to_owned();
        Ok(Request { client_id: client_id.to_owned(), redirect_uri: redirect_uri.to_owned(), scopes, state })
    }

    /// Does what the person decided on the page.
    pub(super) fn decide(&mut self, ask: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let Body::Form(form) = &ask.body else { return Err(refuse::invalid_request("The page sends a form.")) };
        let given = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let page = self.pending.iter().position(|pending| pending.id == given("consent"));
        let page = page.ok_or_else(|| refuse::on_page(ask, "invalid_request", "The page is too old. Begin again."))?;
        let request = self.pending.remove(page).request;
        if given("decision") != "accept" {
            let refused = [
                ("error", "access_denied"),
                ("error_description", "User did not authorize the request"),
                ("state", &request.state),
            ];
            return Ok(back(&request, &refused));
        }
        let user = world.user_by_email(given("user")).filter(|user| user.active);
        let user = user.ok_or_else(|| refuse::on_page(ask, "invalid_request", "There is no such user."))?;
        let sites = ask.sites.chosen(given("site"));
        let sites = sites.ok_or_else(|| refuse::on_page(ask, "invalid_request", "There is no such site."))?;
        self.grant(&request, &user.email, sites);
        let code = secret("sandbox-code-");
        let answer = back(&request, &[("code", &code), ("state", &request.state)]);
        self.codes.push(Code { text: code, given_at: ask.now, email: user.email.clone(), request, used_for: None });
        Ok(answer)
    }

    /// The scopes of a new consent replace those of the old one; its sites join them. \[3LO\]
    fn grant(&mut self, request: &Request, email: &str, sites: Vec<String>) {
        let known = self.grants.iter_mut().find(|grant| grant.client_id == request.client_id && grant.email == email);
        let Some(grant) = known else {
            let (client_id, email) = (request.client_id.clone(), email.to_owned());
            self.grants.push(Grant { client_id, email, scopes: request.scopes.clone(), sites });
            return;
        };
        grant.scopes = request.scopes.clone();
        grant.sites.extend(sites);
        grant.sites.sort();
        grant.sites.dedup();
    }
}

/// Sends the browser back to the app.
fn back(request: &Request, parameters: &[(&str, &str)]) -> Answer {
    let separator = if request.redirect_uri.contains('?') { '&' } else { '?' };
    refuse::redirect(&format!("{}{separator}{}", request.redirect_uri, page::query(parameters)))
}
