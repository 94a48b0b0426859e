//! Upstreams and their targets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_default, yes};
use crate::{SecretSource, Span};

/// A named set of targets with balancing, health and connection settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Where requests go; at least one.
    #[schemars(length(min = 1))]
    pub targets: Vec<Target>,
    /// TLS to the targets; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<UpstreamTls>,
    /// The protocol spoken with the targets.
    #[serde(default, skip_serializing_if = "is_default")]
    pub protocol: Protocol,
    /// The `Host` that the targets see.
    #[serde(default, skip_serializing_if = "is_default")]
    pub host_header: HostHeader,
    /// Time limits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeouts: Timeouts,
    /// Connection reuse.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pool: Pool,
    /// Passive ejection of targets that fail.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ejection: Ejection,
    /// What happens when every target is ejected.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when_none_healthy: WhenNoneHealthy,
}

/// One address of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// A DNS name or an IP address.
    pub host: String,
    /// The TCP port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// Its share of the requests, relative to the others'. 0: none.
    #[serde(default = "one")]
    pub weight: u32,
}

/// TLS to a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamTls {
    /// The name asked for and verified; absent: the target's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// Whether the certificate is verified. Leave it on.
    #[serde(default = "yes")]
    pub verify: bool,
    /// Certificate authorities in PEM, instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<SecretSource>,
}

/// The protocol spoken with a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTP/1.1 (RFC 9112).
    #[default]
    Http1,
}

/// The `Host` that a target sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HostHeader {
    /// The target's own host and port.
    #[default]
    Target,
    /// What the client sent.
    Client,
    /// This.
    Value(String),
}

/// Time limits of one attempt, each with its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// Waiting for a free connection where the number is bounded.
    pub queue: Span,
    /// DNS and TCP.
    pub connect: Span,
    /// The TLS handshake.
    pub tls: Span,
    /// The longest pause while the request is sent.
    pub send: Span,
    /// From the request's last byte to the answer's head.
    pub first_byte: Span,
    /// The longest pause within the answer's body.
    pub idle: Span,
}

/// Connection reuse, per core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pool {
    /// Connections at a time per target and core; a call beyond waits `timeouts.queue` for one. 0: any number.
    pub max_connections: u32,
    /// Idle connections kept per target and core. 0: none is reused.
    pub max_idle: u32,
    /// How long a connection is kept idle.
    pub idle_timeout: Span,
}

/// Passive ejection: a target that fails time after time gets no requests for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ejection {
    /// Failures in a row that eject. 0: never.
    pub consecutive_failures: u32,
    /// The first ejection's length; each further one in a row doubles it.
    pub base: Span,
    /// The longest ejection.
    pub max: Span,
    /// The share of targets that may be ejected at a time, in percent.
    #[schemars(range(max = 100))]
    pub max_percent: u8,
}

/// What happens when every target is ejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenNoneHealthy {
    /// The request fails with `no_healthy_upstream`.
    Fail,
    /// All targets are tried as if none were ejected.
    #[default]
    TryAll,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            queue: Span::secs(1),
            connect: Span::secs(5),
            tls: Span::secs(5),
            send: Span::secs(30),
            first_byte: Span::secs(60),
            idle: Span::secs(60),
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self { max_connections: 0, max_idle: 128, idle_timeout: Span::secs(55) }
    }
}

impl Default for Ejection {
    fn default() -> Self {
        Self { consecutive_failures: 5, base: Span::secs(10), max: Span::secs(300), max_percent: 50 }
    }
}

fn one() -> u32 {
    1
}
