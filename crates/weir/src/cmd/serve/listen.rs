//! The data plane's listeners.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use base::{Clock, Secret};
use net::{Alpn, Bound, Certificate, ListenerConfig, ServerConfig, TlsAcceptor};

use crate::cli::ServeArgs;

/// Binds every address; one that is taken is named.
pub(crate) fn bind(args: &ServeArgs, clock: &Clock) -> anyhow::Result<Bound> {
    let mut listeners: Vec<_> = args.listen.iter().map(|addr| ListenerConfig::new("http", *addr)).collect();
    if !args.listen_tls.is_empty() {
        let tls = acceptor(args)?;
        listeners.extend(
            args.listen_tls
                .iter()
                .map(|addr| ListenerConfig { tls: Some(tls.clone()), ..ListenerConfig::new("https", *addr) }),
        );
    }
    let cores = args.cores.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into));
    let config = ServerConfig {
        listeners,
        cores: cores.max(1),
        clock: clock.clone(),
        drain: Duration::from_secs(args.drain),
    };
    let inherited = net::inherited().context("cannot take over inherited listeners")?;
    Ok(config.bind(inherited)?)
}

fn acceptor(args: &ServeArgs) -> anyhow::Result<TlsAcceptor> {
    if args.tls_cert.len() != args.tls_key.len() {
        bail!(
            "{} certificates and {} keys were given; each needs the other",
            args.tls_cert.len(),
            args.tls_key.len()
        );
    }
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()));
    let pairs = args.tls_cert.iter().zip(&args.tls_key);
    let certificates = pairs.map(|(cert, key)| {
        Ok::<_, anyhow::Error>(Certificate { chain_pem: read(cert)?, key_pem: Secret::new(read(key)?) })
    });
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    TlsAcceptor::new(&certificates, Alpn::H2AndHttp1).context("the certificates cannot be used")
}
