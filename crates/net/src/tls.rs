//! TLS on both sides: certificates towards clients, trust towards upstreams.

mod accept;
mod connect;

use std::io;

use base::Secret;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use accept::{Alpn, TlsAcceptor};
pub use connect::TlsConnector;

/// A certificate chain and its key, both as PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, then those between it and the root.
    pub chain_pem: Vec<u8>,
    /// The private key.
    pub key_pem: Secret<Vec<u8>>,
}

/// Certificates or keys that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates are not PEM, or there is none.
    #[error("no certificate could be read")]
    Certificate(#[source] Option<rustls::pki_types::pem::Error>),
    /// The key is not PEM, or there is none.
    #[error("no private key could be read")]
    Key(#[source] rustls::pki_types::pem::Error),
    /// Certificate and key do not fit each other, or are of a kind that is not supported.
    #[error("the certificate cannot be used")]
    Unusable(#[from] rustls::Error),
    /// There is no certificate to offer.
    #[error("a TLS listener needs a certificate")]
    Empty,
    /// The system's roots could not be loaded.
    #[error("the system's root certificates cannot be loaded")]
    Roots(#[source] io::Error),
}

fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::Certificate(None)),
        Ok(chain) => Ok(chain),
        Err(error) => Err(TlsError::Certificate(Some(error))),
    }
}

fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(TlsError::Key)
}
