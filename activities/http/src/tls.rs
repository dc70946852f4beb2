//! What HTTP clients are made with: ring's algorithms, and whose certificates are trusted.
//!
//! The algorithms are given to each client and never installed for the process: the program that flowrun is part of may have its
//! own. The machine's root certificates are read for a site that is spoken to over TLS, and for no other.

use std::sync::Arc;

use reqwest::{ClientBuilder, redirect::Policy};
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

use crate::ClientError;

/// Root certificates to trust besides the machine's.
#[derive(Clone, Debug, Default)]
pub(super) struct ExtraRoots(Vec<CertificateDer<'static>>);

impl ExtraRoots {
    /// Reads a CA bundle in PEM.
    ///
    /// # Errors
    /// When it is not PEM, when it has no certificate, or when one is none that TLS could use.
    pub(super) fn read(bundle: &[u8]) -> Result<Self, ClientError> {
        let certificates = CertificateDer::pem_slice_iter(bundle).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(ClientError::CaBundle)?;
        if certificates.is_empty() {
            return Err(ClientError::EmptyCaBundle);
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(ClientError::CaCertificate)?;
        }
        Ok(Self(certificates))
    }
}

/// The beginning of a client that speaks TLS, and trusts what the machine trusts and `extra`.
///
/// # Errors
/// When the machine trusts nobody, and `extra` is empty too.
pub(super) fn secured(extra: ExtraRoots) -> Result<ClientBuilder, ClientError> {
    let verifier = Verifier::new_with_extra_roots(extra.0, provider()).map_err(ClientError::Roots)?;
    // "Dangerous" is the door for every verifier that is not built in: this one asks the platform.
    let config = configured().dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(client(config.with_no_client_auth()))
}

/// The beginning of a client that speaks no TLS: it trusts nobody, and reads no certificate.
pub(super) fn open() -> ClientBuilder {
    client(configured().with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The beginning of a client for plain HTTP on this machine: without proxy, and without redirects.
pub fn on_this_machine() -> ClientBuilder {
    open().no_proxy().redirect(Policy::none())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn configured() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has algorithms for both versions of TLS")
}

fn client(mut config: ClientConfig) -> ClientBuilder {
    // A configuration that is given is used as it is: what else the client would offer, this has to.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder().tls_backend_preconfigured(config)
}
