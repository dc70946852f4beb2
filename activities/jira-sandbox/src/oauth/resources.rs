//! Which sites a bearer opens, and whose it is.

use serde_json::{Value, json};

use super::{Bearer, OAuth, OAuthRequest, app::App, refuse, sites::JiraSite};
use crate::{answer::Answer, switches::ListedScopes, world::World};

impl OAuth {
    /// One entry for each product of each site; ids repeat across products. \[3LO\]
    pub(super) fn resources(&self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let bearer = self.asked_with(request)?;
        let app = self.app(&bearer.client_id).filter(|_| world.switches.listed_scopes == ListedScopes::OfApp);
        let scopes = app.map_or_else(|| bearer.scopes.clone(), App::ticked);
        let entries = request.sites.with_ids(&bearer.sites).flat_map(|site| [confluence(site), entry(site, &scopes)]);
        Ok(Answer::ok(entries.collect::<Value>()))
    }

    /// Whose a bearer is. \[3LO\]
    pub(super) fn me(&self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let bearer = self.asked_with(request)?;
        if !bearer.scopes.iter().any(|scope| scope == "read:me") {
            return Err(Answer::gateway(403, "Insufficient scope"));
        }
        let user = world.user_by_email(&bearer.email).ok_or_else(refuse::bearer)?;
        Ok(Answer::ok(json!({
            "account_type": "atlassian", "account_id": user.account_id, "email": user.email, "name": user.display_name,
            "account_status": "active",
        })))
    }

    fn asked_with(&self, request: &OAuthRequest) -> Result<&Bearer, Answer> {
        let (scheme, text) =
            request.authorization.as_deref().and_then(|header| header.split_once(' ')).unwrap_or_default();
        let bearer = scheme.eq_ignore_ascii_case("bearer").then(|| self.bearer(text.trim(), request.now)).flatten();
        bearer.ok_or_else(refuse::bearer)
    }
}

/// The cloud id of a site, for everybody; not documented, and widely used. \[CONN\]
pub(super) fn tenant_info(request: &OAuthRequest) -> Answer {
    let site = if request.to_second { &request.sites.second } else { &request.sites.first };
    Answer::ok(json!({ "cloudId": site.cloud_id }))
}

/// Another product of the same site has the same id, and other scopes.
fn confluence(site: &JiraSite) -> Value {
    entry(site, &["read:confluence-content.all".to_owned()])
}

fn entry(site: &JiraSite, scopes: &[String]) -> Value {
    json!({
        "id": site.cloud_id, "name": site.name, "url": site.url, "scopes": scopes,
        "avatarUrl": "https://site-admin-avatars-cdn.prod.public.atl-paas.net/avatars/240/flag.png",
    })
}
