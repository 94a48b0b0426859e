//! Compiled upstreams.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use base::Secret;
use domain::DocId;
use domain::spec::{self, HostHeader, Protocol, WhenNoneHealthy};

use crate::compile::Secrets;
use crate::mistake::Report;
use crate::{Attachment, StableId};

/// A named set of targets with balancing, health and connection settings.
#[derive(Debug)]
pub struct Upstream {
    /// Its document; of a provider, that one's.
    pub id: DocId,
    /// The name for records.
    pub label: Arc<str>,
    /// The targets, in the order of the document.
    pub targets: Vec<Target>,
    /// TLS to all of them.
    pub tls: Option<Tls>,
    /// The `Host` that they see.
    pub host: HostRule,
    /// Time limits of an attempt.
    pub timeouts: spec::Timeouts,
    /// Connection reuse.
    pub pool: spec::Pool,
    /// Passive ejection.
    pub ejection: spec::Ejection,
    /// What happens when every target is ejected.
    pub when_none_healthy: WhenNoneHealthy,
    /// What the data plane keeps for it.
    pub attachment: Attachment,
}

/// One address of an upstream.
#[derive(Debug)]
pub struct Target {
    /// Stays the same as long as upstream, host and port do.
    pub id: StableId,
    /// `host:port`, for records.
    pub label: Arc<str>,
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Its share of the requests.
    pub weight: u32,
}

/// TLS to a target.
#[derive(Debug)]
pub struct Tls {
    /// The name asked for and verified; `None`: the target's host.
    pub server_name: Option<String>,
    /// Whether the certificate is verified.
    pub verify: bool,
    /// Certificate authorities in PEM instead of the system's.
    pub ca: Option<Secret<String>>,
}

/// The `Host` that a target sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostRule {
    /// The target's own.
    Target,
    /// The client's.
    Client,
    /// This.
    Value(String),
}

/// A doc-independent form, from which both upstreams and providers are compiled.
pub(crate) struct Parts<'a> {
    pub(crate) targets: &'a [spec::Target],
    pub(crate) tls: Option<&'a spec::UpstreamTls>,
    pub(crate) host: HostRule,
    pub(crate) timeouts: spec::Timeouts,
    pub(crate) pool: spec::Pool,
    pub(crate) ejection: spec::Ejection,
    pub(crate) when_none_healthy: WhenNoneHealthy,
}

pub(crate) fn compile(
    id: &DocId,
    spec: &spec::Upstream,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Upstream> {
    let Protocol::Http1 = spec.protocol;
    if spec.targets.is_empty() {
        report.add("/spec/targets", "an upstream needs at least one target");
    }
    let mut seen = HashSet::new();
    for (at, target) in spec.targets.iter().enumerate() {
        check_target(target, &format!("/spec/targets/{at}"), report);
        if !seen.insert((&target.host, target.port)) {
            let message =
                format!("`{}:{}` stands twice; give one target more weight", target.host, target.port);
            report.add(format!("/spec/targets/{at}"), message);
        }
    }
    if !spec.targets.is_empty() && spec.targets.iter().all(|target| target.weight == 0) {
        report.add("/spec/targets", "every target has weight 0, so none would get a request");
    }
    let parts = Parts {
        targets: &spec.targets,
        tls: spec.tls.as_ref(),
        host: match &spec.host_header {
            HostHeader::Target => HostRule::Target,
            HostHeader::Client => HostRule::Client,
            HostHeader::Value(value) => HostRule::Value(value.clone()),
        },
        timeouts: spec.timeouts,
        pool: spec.pool,
        ejection: spec.ejection,
        when_none_healthy: spec.when_none_healthy,
    };
    if let HostRule::Value(host) = &parts.host
        && !is_host(host.rsplit_once(':').map_or(host, |(host, _)| host))
    {
        report.add("/spec/host_header/value", format!("`{host}` is not a host"));
    }
    build(id, &parts, secrets, report)
}

/// Builds what [`compile`] and the providers have checked.
pub(crate) fn build(
    id: &DocId,
    parts: &Parts<'_>,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Upstream> {
    check_times(&parts.timeouts, report);
    if parts.ejection.max_percent > 100 {
        report.add("/spec/ejection/max_percent", "a percentage is at most 100");
    }
    let tls = match parts.tls {
        Some(tls) => Some(compile_tls(id, tls, secrets, report)?),
        None => None,
    };
    let targets = parts.targets.iter().map(|target| Target {
        id: StableId::of(&[id, &target.host, &target.port]),
        label: label(&target.host, target.port).into(),
        host: target.host.trim_start_matches('[').trim_end_matches(']').to_owned(),
        port: target.port,
        weight: target.weight,
    });
    Some(Upstream {
        id: id.clone(),
        label: id.name.shared(),
        targets: targets.collect(),
        tls,
        host: parts.host.clone(),
        timeouts: parts.timeouts,
        pool: parts.pool,
        ejection: parts.ejection,
        when_none_healthy: parts.when_none_healthy,
        attachment: Attachment::default(),
    })
}

fn compile_tls(
    id: &DocId,
    tls: &spec::UpstreamTls,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Tls> {
    let ca = match &tls.ca {
        None => None,
        Some(source) => match secrets.resolve(id, source) {
            Ok(pem) if pem.expose().contains("-----BEGIN CERTIFICATE-----") => Some(pem),
            Ok(_) => {
                report.add("/spec/tls/ca", "this is not a certificate in PEM");
                return None;
            }
            Err(message) => {
                report.add("/spec/tls/ca", message);
                return None;
            }
        },
    };
    if let Some(name) = tls.server_name.as_ref().filter(|name| !is_host(name)) {
        report.add("/spec/tls/server_name", format!("`{name}` is not a host name"));
    }
    Some(Tls { server_name: tls.server_name.clone(), verify: tls.verify, ca })
}

fn check_target(target: &spec::Target, path: &str, report: &mut Report<'_>) {
    if !is_host(&target.host) {
        let message =
            format!("`{}` is neither a DNS name nor an IP address (no scheme, no port)", target.host);
        report.add(format!("{path}/host"), message);
    }
    if target.port == 0 {
        report.add(format!("{path}/port"), "a port is 1 to 65535");
    }
}

fn check_times(timeouts: &spec::Timeouts, report: &mut Report<'_>) {
    let named = [
        ("connect", timeouts.connect),
        ("tls", timeouts.tls),
        ("send", timeouts.send),
        ("first_byte", timeouts.first_byte),
        ("idle", timeouts.idle),
    ];
    for (name, span) in named {
        if span.0 == Duration::ZERO {
            report.add(format!("/spec/timeouts/{name}"), "a time limit of zero would fail every call");
        }
    }
}

/// A DNS name (RFC 1123 §2.1, underscores tolerated) or an IP address, in brackets or not.
pub(crate) fn is_host(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if bare.unwrap_or(host).parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.trim_end_matches('.').split('.').all(label)
}

/// `host:port`, with brackets around an IPv6 address.
fn label(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
