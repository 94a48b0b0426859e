//! Where to connect to, and how.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;

use crate::tls::TlsConnector;

/// Settings of a target.
#[derive(Clone, Debug)]
pub struct TargetConfig {
    /// A name or an address (an IPv6 one with or without brackets).
    pub host: String,
    /// The port.
    pub port: u16,
    /// Speak TLS.
    pub tls: Option<TlsConnector>,
    /// The name to ask for and to verify in TLS, if not the host.
    pub sni: Option<String>,
    /// Connections open at once, per core; 0 for no limit.
    pub max_connections: usize,
    /// Idle connections kept, per core.
    pub max_idle: usize,
    /// How long an idle connection is kept.
    pub idle: Duration,
}

/// A target. Its connections are pooled under host, port and TLS, so that an equal target of a newer
/// configuration finds the connections of the old one.
#[derive(Debug)]
pub struct Target {
    key: Key,
    /// Of `key`; a look-up hashes nothing.
    hash: u64,
    address: Option<IpAddr>,
    name: Arc<str>,
    max_connections: usize,
    max_idle: usize,
    idle: Duration,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    host: Box<str>,
    port: u16,
    tls: Option<(TlsConnector, Option<ServerName<'static>>)>,
}

/// Passes a hash on that was made before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prehashed(u64);

pub(super) type ByTarget = BuildHasherDefault<Prehashed>;

// === impl TargetConfig ===

impl TargetConfig {
    /// A plain target with the defaults.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let idle = Duration::from_mins(1);
        Self { host: host.into(), port, tls: None, sni: None, max_connections: 0, max_idle: 256, idle }
    }
}

// === impl Target ===

impl Target {
    /// Makes a target. A TLS name that is none lets every connection fail with `tls_failed`.
    pub fn new(config: TargetConfig) -> Arc<Self> {
        let TargetConfig { host, port, tls, sni, max_connections, max_idle, idle } = config;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        let (open, close) = if bare.contains(':') { ("[", "]") } else { ("", "") };
        let name = format!("{open}{bare}{close}:{port}").into();
        let tls_name = ServerName::try_from(sni.unwrap_or_else(|| bare.to_owned())).ok();
        let key = Key { host: bare.into(), port, tls: tls.map(|tls| (tls, tls_name)) };
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&key);
        let address = bare.parse().ok();
        Arc::new(Self { key, hash, address, name, max_connections, max_idle, idle })
    }

    /// The host as configured, without brackets.
    pub fn host(&self) -> &str {
        &self.key.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.key.port
    }

    /// `host:port`, as records name it.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether TLS is spoken.
    pub fn is_tls(&self) -> bool {
        self.key.tls.is_some()
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }

    pub(super) fn tls(&self) -> Option<(&TlsConnector, Option<&ServerName<'static>>)> {
        self.key.tls.as_ref().map(|(tls, name)| (tls, name.as_ref()))
    }

    pub(super) fn max_connections(&self) -> usize {
        self.max_connections
    }

    pub(super) fn max_idle(&self) -> usize {
        self.max_idle
    }

    pub(super) fn idle(&self) -> Duration {
        self.idle
    }
}

/// Equal if connections to the one serve the other.
impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || (self.hash == other.hash && self.key == other.key)
    }
}

impl Eq for Target {}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

// === impl Prehashed ===

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
