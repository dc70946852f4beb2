//! Where a person consents: what an app may ask for, and what the person's decision makes of it.

use super::{
    OAuth, OAuthBody, OAuthRequest,
    consent::{AuthorizationCode, ConsentGrant, ConsentRequest, PendingConsent},
    page, refuse, repeated,
};
use crate::{answer::Answer, secret::secret, world::World};

impl OAuth {
    /// Shows the consent page, or says why it cannot.
    pub(super) fn authorize(&mut self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let wanted = self.consent_request(request, world)?;
        let pending = PendingConsent { id: secret("consent-"), opened_at: request.now, request: wanted };
        let app = self.app(&pending.request.client_id).expect("a request names an app that there is");
        let shown = page::consent(&pending, app, request, world);
        self.pending.push(pending);
        Ok(shown)
    }

    /// What an app asks for. Until the callback URL is known to be the app's own, nothing is sent there.
    fn consent_request(&self, request: &OAuthRequest, world: &World) -> Result<ConsentRequest, Answer> {
        let given = |name: &str| request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let unauthorized = |what: &str| refuse::on_page(request, "unauthorized_client", what);
        let invalid = |what: &str| refuse::on_page(request, "invalid_request", what);
        if let Some(name) = repeated(&request.query) {
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
                request,
                "invalid_scope",
                &format!("The app does not have: {}", unticked.join(" ")),
            ));
        }
        let scopes = scopes.iter().filter(|scope| !unticked.contains(&scope.as_str())).cloned().collect();
        let state = given("state").unwrap_or_default().to_owned();
        Ok(ConsentRequest { client_id: client_id.to_owned(), redirect_uri: redirect_uri.to_owned(), scopes, state })
    }

    /// Does what the person decided on the page.
    pub(super) fn decide(&mut self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let OAuthBody::Form(form) = &request.body else {
            return Err(refuse::invalid_request("The page sends a form."));
        };
        let given = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let page = self.pending.iter().position(|pending| pending.id == given("consent"));
        let page =
            page.ok_or_else(|| refuse::on_page(request, "invalid_request", "The page is too old. Begin again."))?;
        let wanted = self.pending.remove(page).request;
        if given("decision") != "accept" {
            let refused = [
                ("error", "access_denied"),
                ("error_description", "User did not authorize the request"),
                ("state", &wanted.state),
            ];
            return Ok(back(&wanted, &refused));
        }
        let user = world.user_by_email(given("user")).filter(|user| user.active);
        let user = user.ok_or_else(|| refuse::on_page(request, "invalid_request", "There is no such user."))?;
        let sites = request.sites.chosen(given("site"));
        let sites = sites.ok_or_else(|| refuse::on_page(request, "invalid_request", "There is no such site."))?;
        self.grant(&wanted, &user.email, sites);
        let code = secret("sandbox-code-");
        let answer = back(&wanted, &[("code", &code), ("state", &wanted.state)]);
        self.codes.push(AuthorizationCode {
            text: code,
            given_at: request.now,
            email: user.email.clone(),
            request: wanted,
            used_for: None,
        });
        Ok(answer)
    }

    /// The scopes of a new consent replace those of the old one; its sites join them. \[3LO\]
    fn grant(&mut self, wanted: &ConsentRequest, email: &str, sites: Vec<String>) {
        let known = self.grants.iter_mut().find(|grant| grant.client_id == wanted.client_id && grant.email == email);
        let Some(grant) = known else {
            let (client_id, email) = (wanted.client_id.clone(), email.to_owned());
            self.grants.push(ConsentGrant { client_id, email, scopes: wanted.scopes.clone(), sites });
            return;
        };
        grant.scopes = wanted.scopes.clone();
        grant.sites.extend(sites);
        grant.sites.sort();
        grant.sites.dedup();
    }
}

/// Sends the browser back to the app.
fn back(wanted: &ConsentRequest, parameters: &[(&str, &str)]) -> Answer {
    let separator = if wanted.redirect_uri.contains('?') { '&' } else { '?' };
    refuse::redirect(&format!("{}{separator}{}", wanted.redirect_uri, page::query(parameters)))
}
