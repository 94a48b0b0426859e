//! What an intermediary adds and takes away on the way there and back (RFC 9110 §7.6).

use http1::hop::{self, Forwarding, Trust};
use message::{Known, Scheme};
use net::{Reply, Response};

use crate::exchange::Exchange;

/// How the names of cross-origin fields begin.
const CORS: &[u8] = b"access-control-";

/// How the client's call came, and to which port; 0: nobody knows.
pub(crate) fn came(x: &Exchange<'_>) -> (Scheme, u16) {
    if let Some(vouched) = &x.vouched {
        return vouched.came;
    }
    let (scheme, port) = (x.conn.scheme(), x.conn.local.port());
    if !(x.core.shared.config.trusted)(x.conn.peer.ip()) {
        return (scheme, port);
    }
    let scheme = match x.head.fields.get_str(Known::XForwardedProto) {
        Some("https") => Scheme::Https,
        Some("http") => Scheme::Http,
        _ => scheme,
    };
    let told = x.head.fields.get_str(Known::XForwardedPort).and_then(|port| port.parse().ok());
    (scheme, told.unwrap_or(port))
}

/// Tells the upstream who asks, through whom, and which trace the call belongs to.
pub(crate) fn announce(x: &mut Exchange<'_>) {
    let shared = &x.core.shared;
    let peer = x.conn.peer.ip();
    let trust = if (shared.config.trusted)(peer) { Trust::Extend } else { Trust::Replace };
    let (scheme, port) = came(x);
    let forwarding = Forwarding { peer, trust, scheme, port };
    hop::push_x_forwarded(&mut x.head, &forwarding);
    if x.head.fields.has(Known::Forwarded) {
        // A chain that a trusted proxy began has to name us too (RFC 7239 §4).
        hop::push_forwarded(&mut x.head, &forwarding);
    }
    hop::push_via(&mut x.head.fields, x.head.version, &shared.config.pseudonym);
    let parent = x.context.parent_of(x.ledger.span()).encode();
    x.head.fields.set(Known::Traceparent, &parent);
    // One that came without a good `traceparent` tells of another trace (Trace Context §3.3).
    if x.context.state.is_empty() {
        x.head.fields.remove(Known::Tracestate);
    } else {
        x.head.fields.set(Known::Tracestate, x.context.state.as_str().as_bytes());
    }
    let believed = matches!(trust, Trust::Extend) && x.head.fields.has(Known::XRequestId);
    if !believed {
        x.head.fields.set(Known::XRequestId, &x.ledger.id().text());
    }
}

/// Makes the client's answer of the upstream's.
pub(crate) fn answer(x: &mut Exchange<'_>, response: Response) -> Reply {
    let Response { mut head, body, tunnel, .. } = response;
    let stripped = hop::strip(&mut head.fields);
    // What the upstream wants to change to is for whoever can (RFC 9110 §15.5.22).
    if let (426, Some(protocols)) = (head.status, stripped.upgrade) {
        head.fields.push(Known::Upgrade, &protocols);
    }
    if x.cors {
        let is_cors =
            |name: &[u8]| name.get(..CORS.len()).is_some_and(|start| start.eq_ignore_ascii_case(CORS));
        head.fields.retain(|_, name, _| !is_cors(name));
    }
    hop::drop_bodiless_length(&mut head);
    hop::push_via(&mut head.fields, head.version, &x.core.shared.config.pseudonym);
    head.fields.set(Known::XRequestId, &x.ledger.id().text());
    match tunnel {
        Some(tunnel) => Reply::switched(head, tunnel),
        None => Reply::new(head, body),
    }
}
