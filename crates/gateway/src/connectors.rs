//! TLS to upstreams: one connector for each setting, so that a change of an upstream's document keeps its
//! connections and TLS sessions, and the system's roots are read once.

use std::collections::HashMap;

use net::TlsConnector;
use parking_lot::Mutex;
use snapshot::Tls;

/// The connectors that were made.
#[derive(Default)]
pub(crate) struct Connectors {
    by_setting: Mutex<HashMap<Setting, TlsConnector>>,
}

/// What tells one connector from another.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Setting {
    Unverified,
    System,
    /// Trusts the certificates in this PEM alone.
    Ca(String),
}

impl Connectors {
    /// The connector of a setting; `Err`: why there is none, to be tried again.
    pub(crate) fn get(&self, tls: &Tls) -> Result<TlsConnector, String> {
        let setting = match (&tls.ca, tls.verify) {
            (_, false) => Setting::Unverified,
            (Some(pem), true) => Setting::Ca(pem.expose().clone()),
            (None, true) => Setting::System,
        };
        let mut by_setting = self.by_setting.lock();
        if let Some(connector) = by_setting.get(&setting) {
            return Ok(connector.clone());
        }
        let made = match &setting {
            Setting::Unverified => TlsConnector::unverified(),
            Setting::System => TlsConnector::system(),
            Setting::Ca(pem) => TlsConnector::with_ca(pem.as_bytes()),
        };
        let connector = made.map_err(|error| base::chain(&error).to_string())?;
        by_setting.insert(setting, connector.clone());
        Ok(connector)
    }
}
