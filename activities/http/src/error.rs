//! Why nothing can be sent.

use rustls::pki_types::pem;

/// Why nothing can be sent with such settings.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not an `https` one.
    #[error("`{address}` is not the address of a site: it must be `https://…`, without user, query or fragment")]
    Address {
        /// The address.
        address: String,
    },
    /// The CA bundle is not PEM.
    #[error("the CA bundle cannot be read")]
    CaBundle(#[source] pem::Error),
    /// What stands as a certificate in the CA bundle is not one.
    #[error("the CA bundle has a certificate that cannot be used")]
    CaCertificate(#[source] rustls::Error),
    /// The CA bundle has no certificate.
    #[error("the CA bundle has no certificate in it")]
    EmptyCaBundle,
    /// There is no root certificate to trust.
    #[error("this machine has no root certificates")]
    Roots(#[source] rustls::Error),
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be made")]
    Http(#[source] reqwest::Error),
}
