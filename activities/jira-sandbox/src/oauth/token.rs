//! Where codes and refresh tokens are changed for bearers.

use serde_json::{Map, Value};

use super::{
    OAuth, OAuthBody, OAuthRequest, after,
    consent::OFFLINE,
    family::{FamilyEnd, TokenFamily, TokenStanding},
    refuse, repeated, service_account,
};
use crate::{
    answer::Answer,
    switches::{Switches, ToldScopes},
    world::World,
};

/// The parameters of a request.
struct TokenParameters(Map<String, Value>);

/// For what a bearer is given, and with what.
struct BearerTerms<'a> {
    scopes: &'a [String],
    sites: &'a [String],
    refresh_token: Option<String>,
    source: BearerSource,
}

/// What a bearer is given for.
#[derive(PartialEq, Eq)]
enum BearerSource {
    Code,
    RefreshToken,
    /// The secret of a service account.
    Secret,
}

impl TokenParameters {
    /// JSON, as the documents show; a form only where the switches say so. \[3LO\]
    fn read(body: &OAuthBody, switches: &Switches) -> Result<Self, Answer> {
        match body {
            OAuthBody::Json(object) => Ok(Self(object.clone())),
            OAuthBody::Form(form) if switches.token_forms_taken => {
                if let Some(name) = repeated(form) {
                    return Err(refuse::repeated(name));
                }
                Ok(Self(form.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()))
            }
            _ => Err(refuse::invalid_request("The body is not application/json.")),
        }
    }

    fn text(&self, name: &str) -> Result<&str, Answer> {
        let text = self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| refuse::invalid_request(&format!("Missing required parameter: {name}")))
    }

    fn refuse(&self, name: &str) -> Result<(), Answer> {
        let refused = || refuse::invalid_request(&format!("The parameter {name} is not taken here"));
        if self.0.contains_key(name) { Err(refused()) } else { Ok(()) }
    }
}

impl OAuth {
    /// Gives a bearer for what the request brings.
    pub(super) fn token(&mut self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let parameters = TokenParameters::read(&request.body, &world.switches)?;
        let kind = parameters.text("grant_type")?.to_owned();
        let client_id = parameters.text("client_id")?.to_owned();
        let secret = parameters.text("client_secret")?;
        let is_right = self.app(&client_id).is_some_and(|app| app.client_secret == secret);
        if !is_right {
            return Err(refuse::wrong_client(&world.switches));
        }
        match kind.as_str() {
            "authorization_code" => self.of_code(&client_id, &parameters, (request, world)),
            "refresh_token" => self.of_refresh_token(&client_id, &parameters, (request, world)),
            "client_credentials" => self.of_client(&client_id, &parameters, (request, world)),
            _ => Err(refuse::error(400, "unsupported_grant_type", "Unsupported grant type")),
        }
    }

    fn of_code(
        &mut self,
        client_id: &str,
        parameters: &TokenParameters,
        (request, world): (&OAuthRequest, &World),
    ) -> Result<Answer, Answer> {
        let (code, callback) = (parameters.text("code")?, parameters.text("redirect_uri")?);
        let known =
            self.codes.iter().position(|known| known.text == code).ok_or_else(|| refuse::code(&world.switches))?;
        let code = &self.codes[known];
        if let Some(number) = code.used_for {
            if world.switches.code_reuse_revokes {
                self.end(|family| family.number == number, FamilyEnd::CodeReused);
            }
            return Err(refuse::code(&world.switches));
        }
        if code.request.client_id != client_id || code.is_old(request.now) {
            return Err(refuse::code(&world.switches));
        }
        if code.request.redirect_uri != callback {
            return Err(refuse::callback_of_code(&world.switches));
        }
        let (email, scopes) = (code.email.clone(), code.request.scopes.clone());
        let sites = self.sites_of(client_id, &email);
        let number = self.families.len() as u64 + 1;
        self.codes[known].used_for = Some(number);
        self.families.push(TokenFamily::new(number, (client_id, &email), &sites, request.now));
        let refresh_token = scopes
            .iter()
            .any(|scope| scope == OFFLINE)
            .then(|| self.families.last().expect("it was just pushed").current().to_owned());
        let terms = BearerTerms { scopes: &scopes, sites: &sites, refresh_token, source: BearerSource::Code };
        Ok(self.give((client_id, &email), terms, (request, world)))
    }

    fn of_refresh_token(
        &mut self,
        client_id: &str,
        parameters: &TokenParameters,
        (request, world): (&OAuthRequest, &World),
    ) -> Result<Answer, Answer> {
        let token = parameters.text("refresh_token")?;
        parameters.refuse("scope")?;
        let refused = || refuse::refresh_token(&world.switches);
        let has_lifetime = world.switches.refresh_families_end;
        let known = self.families.iter_mut().find_map(|family| Some((family.standing(token, request.now)?, family)));
        let (standing, family) = known.ok_or_else(refused)?;
        if family.client_id != client_id || family.is_over(request.now, has_lifetime) {
            return Err(refused());
        }
        if standing == TokenStanding::Reused {
            family.ended = Some(FamilyEnd::Reused);
            return Err(refused());
        }
        family.rotate(standing, request.now);
        let (email, sites, refresh_token) = (family.email.clone(), family.sites.clone(), family.current().to_owned());
        let granted = self.grants.iter().find(|grant| grant.client_id == client_id && grant.email == email);
        let scopes = granted.map(|grant| grant.scopes.clone()).ok_or_else(refused)?;
        let terms = BearerTerms {
            scopes: &scopes,
            sites: &sites,
            refresh_token: Some(refresh_token),
            source: BearerSource::RefreshToken,
        };
        Ok(self.give((client_id, &email), terms, (request, world)))
    }

    /// A service account: no person consents, and no scope is asked for. \[CONN\]
    fn of_client(
        &mut self,
        client_id: &str,
        parameters: &TokenParameters,
        (request, world): (&OAuthRequest, &World),
    ) -> Result<Answer, Answer> {
        parameters.refuse("scope")?;
        let app = self.app(client_id).expect("its secret was right");
        let refused =
            || refuse::error(403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client.");
        let email = service_account(app).ok_or_else(refused)?.to_owned();
        let scopes = app.scopes.clone().unwrap_or_default();
        let sites = std::slice::from_ref(&request.sites.first.cloud_id);
        let terms = BearerTerms { scopes: &scopes, sites, refresh_token: None, source: BearerSource::Secret };
        Ok(self.give((client_id, &email), terms, (request, world)))
    }

    fn give(&mut self, who: (&str, &str), terms: BearerTerms<'_>, (request, world): (&OAuthRequest, &World)) -> Answer {
        let until = after(request.now, world.switches.bearer_seconds.into());
        let bearer = self.give_bearer(who, terms.scopes, (terms.sites, until));
        Answer::ok(told(&bearer.token, terms, &world.switches)).with_header("cache-control", "no-store")
    }

    fn sites_of(&self, client_id: &str, email: &str) -> Vec<String> {
        let granted = self.grants.iter().find(|grant| grant.client_id == client_id && grant.email == email);
        granted.map(|grant| grant.sites.clone()).unwrap_or_default()
    }

    /// Ends families, with the bearers that were given for them.
    pub(super) fn end(&mut self, of: impl Fn(&TokenFamily) -> bool, why: FamilyEnd) -> usize {
        let mut ended = 0;
        for family in self.families.iter_mut().filter(|family| family.ended.is_none() && of(family)) {
            family.ended = Some(why);
            ended += 1;
            self.bearers.retain(|bearer| bearer.client_id != family.client_id || bearer.email != family.email);
        }
        ended
    }
}

/// What an answer tells of a bearer. \[3LO\]; what it may leave out, the switches say.
fn told(bearer: &str, terms: BearerTerms<'_>, switches: &Switches) -> Value {
    let tells_scopes = match switches.token_scope_given {
        ToldScopes::Always => true,
        ToldScopes::ButForRefreshes => terms.source != BearerSource::RefreshToken,
        ToldScopes::Never => false,
    };
    let fields = [
        ("access_token", Some(bearer.into())),
        ("refresh_token", terms.refresh_token.map(Value::from)),
        ("expires_in", switches.token_lifetime_given.then(|| switches.bearer_seconds.into())),
        ("scope", tells_scopes.then(|| terms.scopes.join(" ").into())),
        ("token_type", switches.token_type_given.then(|| "Bearer".into())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
}
