//! What the data plane counts beside calls, in Prometheus' text format.

use std::fmt::{Display, Write as _};

use gateway::Gateway;
use net::{ListenerMetrics, Metrics};

use crate::access_log::Dropped;

/// Where the numbers are read.
pub(crate) struct Numbers {
    pub(crate) listeners: Metrics,
    pub(crate) gateway: Gateway,
    pub(crate) access_log: Dropped,
}

impl Numbers {
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        listeners(&mut out, &self.listeners.read());
        let limiter = self.gateway.limiter_stats();
        let mut one = |name: &str, kind: &str, help: &str, value: &dyn Display| {
            head(&mut out, name, kind, help);
            writeln!(out, "{name} {value}").unwrap_or_default();
        };
        one("gateway_rate_limit_keys", "gauge", "Keys whose rate is counted now.", &limiter.keys);
        one(
            "gateway_rate_limit_evicted_total",
            "counter",
            "Keys given up for want of room, which may spend early.",
            &limiter.evicted,
        );
        one(
            "gateway_access_log_dropped_total",
            "counter",
            "Lines the access log did not take, too many waiting.",
            &self.access_log.read(),
        );
        out
    }
}

fn listeners(out: &mut String, all: &[ListenerMetrics]) {
    let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&ListenerMetrics) -> u64| {
        head(out, name, kind, help);
        for listener in all {
            writeln!(out, "{name}{{listener=\"{}\"}} {}", listener.name, value(listener)).unwrap_or_default();
        }
    };
    family("gateway_connections_accepted_total", "counter", "Connections accepted.", &|l| l.accepted);
    family("gateway_connections_active", "gauge", "Connections open now.", &|l| l.active);
    family(
        "gateway_connections_refused_total",
        "counter",
        "Connections refused, too many being open.",
        &|l| l.refused,
    );
    family("gateway_tls_failed_total", "counter", "TLS handshakes that failed.", &|l| l.tls_failed);
    family("gateway_requests_total", "counter", "Requests read.", &|l| l.requests);
    family("gateway_malformed_total", "counter", "Requests that could not be read.", &|l| l.malformed);
    family("gateway_abused_total", "counter", "Connections ended for abuse.", &|l| l.abused);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}").unwrap_or_default();
}
