//! The server side: certificates chosen by the name asked for, exchangeable while connections live.

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ProtocolVersion, ServerConfig, ServerConnection};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::{Certificate, TlsError, chain, key};
use crate::call::TlsInfo;

/// Which protocols a listener offers (RFC 7301).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alpn {
    /// `h2`, then `http/1.1`.
    #[default]
    H2AndHttp1,
    /// `http/1.1` alone.
    Http1,
}

/// Accepts TLS. Clones share the certificates.
#[derive(Clone, Debug)]
pub struct TlsAcceptor {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

/// The certificates in use; the first is given to those who ask for no name or an unknown one.
#[derive(Debug)]
struct Certificates(ArcSwap<Vec<Arc<CertifiedKey>>>);

// === impl TlsAcceptor ===

impl TlsAcceptor {
    /// An acceptor that offers `certificates`, each under the names that stand in it.
    pub fn new(certificates: &[Certificate], alpn: Alpn) -> Result<Self, TlsError> {
        let certificates = Arc::new(Certificates(ArcSwap::from_pointee(load(certificates)?)));
        let resolver: Arc<dyn ResolvesServerCert> = certificates.clone();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = match alpn {
            Alpn::H2AndHttp1 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Alpn::Http1 => vec![b"http/1.1".to_vec()],
        };
        Ok(Self { config: Arc::new(config), certificates })
    }

    /// Offers these certificates from now on; connections that exist stay.
    pub fn replace(&self, certificates: &[Certificate]) -> Result<(), TlsError> {
        self.certificates.0.store(Arc::new(load(certificates)?));
        Ok(())
    }

    pub(crate) async fn accept(&self, tcp: TcpStream) -> io::Result<(TlsStream<TcpStream>, TlsInfo)> {
        let stream = tokio_rustls::TlsAcceptor::from(Arc::clone(&self.config)).accept(tcp).await?;
        let agreed = agreed(stream.get_ref().1);
        Ok((stream, agreed))
    }
}

// === impl Certificates ===

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificates = self.0.load();
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = |name: &ServerName<'_>| {
            certificates.iter().find(|certificate| {
                let parsed = certificate.end_entity_cert().and_then(ParsedCertificate::try_from);
                parsed.is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
            })
        };
        name.as_ref().and_then(named).or_else(|| certificates.first()).cloned()
    }
}

fn load(certificates: &[Certificate]) -> Result<Vec<Arc<CertifiedKey>>, TlsError> {
    let provider = default_provider();
    let load = |certificate: &Certificate| {
        let chain = chain(&certificate.chain_pem)?;
        let key = key(certificate.key_pem.expose())?;
        Ok(Arc::new(CertifiedKey::from_der(chain, key, &provider)?))
    };
    let loaded: Vec<_> = certificates.iter().map(load).collect::<Result<_, TlsError>>()?;
    if loaded.is_empty() { Err(TlsError::Empty) } else { Ok(loaded) }
}

fn agreed(connection: &ServerConnection) -> TlsInfo {
    let alpn = connection.alpn_protocol().map(String::from_utf8_lossy);
    TlsInfo {
        sni: connection.server_name().map(Into::into),
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "1.3",
            _ => "1.2",
        },
        alpn: alpn.map(|alpn| alpn.into_owned().into()),
        cipher: connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()),
    }
}
