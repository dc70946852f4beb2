//! What a bearer opens: the list that Atlassian calls accessible resources.

use std::collections::BTreeSet;

use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use secrecy::SecretString;
use serde::Deserialize;

use super::{OAuth, exchange::Purpose};
use crate::OAuthError;
use flowrun_http::{Credential, HttpRequest};

/// A site of one product that a bearer opens. Ids repeat: a site with two products is listed twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// The cloud id.
    pub id: String,
    /// The site's name.
    #[serde(default)]
    pub name: String,
    /// The site's address.
    pub url: String,
    /// The scopes that hold there; they tell the product.
    #[serde(default)]
    pub scopes: BTreeSet<String>,
}

impl OAuth {
    /// Asks which sites `bearer` opens.
    ///
    /// # Errors
    /// When the bearer is not recognised, or there is no usable answer.
    pub async fn resources(&self, bearer: &SecretString) -> Result<Vec<Resource>, OAuthError> {
        let exchange = self.sender(Purpose::Bearer, [bearer, bearer]);
        let address = Url::parse(&self.provider.resources_url()).expect("a provider's addresses were checked before");
        let authorization = Credential::Bearer(bearer.clone()).header();
        let authorization = authorization.ok_or_else(|| OAuthError::BearerRefused { said: String::new() })?;
        let headers = [(AUTHORIZATION, authorization), (ACCEPT, HeaderValue::from_static("application/json"))];
        let request = HttpRequest::new(Method::GET, address, headers.into_iter().collect());
        let body = exchange.send(request).await?;
        // The cause may quote the answer.
        let unreadable = |_| OAuthError::Unreadable { why: "it is not a list of sites" };
        let sites = serde_json::from_slice(&body).map_err(unreadable)?;
        serde_json::from_value(exchange.taken_out_of(sites)).map_err(unreadable)
    }
}
