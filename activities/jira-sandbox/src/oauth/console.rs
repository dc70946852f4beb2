//! A small developer console, to rehearse how an app is made.

use super::{
    OAuth, OAuthBody, OAuthRequest,
    app::{App, AppDescription, NewApp},
    refuse, scope,
};
use crate::{
    answer::Answer,
    page::{escaped, page},
    secret::secret,
    world::World,
};

/// So many forms can be open; the oldest is forgotten.
const MOST_FORMS: usize = 20;

impl OAuth {
    /// Shows the form for a new app.
    pub(super) fn console(&mut self) -> Answer {
        self.form("")
    }

    /// Makes the app that the form describes, and shows its credentials.
    pub(super) fn create(&mut self, request: &OAuthRequest, world: &World) -> Result<Answer, Answer> {
        let OAuthBody::Form(form) = &request.body else {
            return Err(refuse::invalid_request("The page sends a form."));
        };
        let given = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let form_of_ours = self.console_forms.iter().position(|known| known == given("form"));
        let known = form_of_ours
            .ok_or_else(|| refuse::on_page(request, "invalid_request", "The page is too old. Begin again."))?;
        self.console_forms.remove(known);
        let scopes = form.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.clone()).collect();
        let new = NewApp::of_form(given("name"), given("callback_url"), scopes);
        Ok(match self.register(new, world) {
            Ok(app) => created(&app),
            Err(wrong) => self.form(&format!("<p role=\"alert\"><strong>{}</strong></p>\n", escaped(&wrong))),
        })
    }

    fn form(&mut self, wrong: &str) -> Answer {
        let id = secret("console-");
        let scopes = scope::NAMED.iter().map(|(key, name)| {
            format!(
                "<label><input type=\"checkbox\" name=\"scope\" value=\"{key}\"> <span>{name} <code>{key}</code></span></label>\n"
            )
        });
        let body = format!(
            "<p class=\"mark\">Sandbox: Atlassian's console is at developer.atlassian.com/console/myapps</p>\n\
             <h1>Create an OAuth 2.0 app</h1>\n{wrong}<form method=\"post\" action=\"/_sandbox/console\">\n\
             <input type=\"hidden\" name=\"form\" value=\"{id}\">\n\
             <fieldset><label for=\"name\">Name</label>\n<input id=\"name\" name=\"name\" required></fieldset>\n\
             <fieldset><label for=\"callback\">Callback URL</label>\n\
             <input id=\"callback\" name=\"callback_url\" required></fieldset>\n\
             <fieldset><legend>Permissions: Jira API, User identity API</legend>\n{}</fieldset>\n\
             <div class=\"buttons\"><button value=\"accept\">Create</button></div>\n</form>\n{}",
            scopes.collect::<String>(),
            apps(&self.apps)
        );
        self.console_forms.push(id);
        let extra = self.console_forms.len().saturating_sub(MOST_FORMS);
        self.console_forms.drain(..extra);
        page(200, "Create an OAuth 2.0 app", &body, "")
    }
}

fn apps(apps: &[App]) -> String {
    let apps = apps.iter().map(|app| {
        let (name, client_id, callback) = (escaped(&app.name), escaped(&app.client_id), escaped(&app.callback_url));
        format!("<li>{name}<br><code>{client_id}</code><br><code>{callback}</code></li>\n")
    });
    format!("<p><strong>Apps</strong></p>\n<ul>\n{}</ul>\n", apps.collect::<String>())
}

fn created(app: &AppDescription) -> Answer {
    let body = format!(
        "<p class=\"mark\">Sandbox</p>\n<h1>{} is created</h1>\n\
         <p>Client ID, the consumer key of an access token:<br><code>{}</code></p>\n\
         <p>Secret, its consumer secret:<br><code>{}</code></p>\n<p>Callback URL:<br><code>{}</code></p>\n\
         <p><a href=\"/_sandbox/console\">All apps</a></p>\n",
        escaped(&app.name),
        escaped(&app.client_id),
        escaped(&app.client_secret),
        escaped(&app.callback_url)
    );
    page(200, "The app is created", &body, "")
}
