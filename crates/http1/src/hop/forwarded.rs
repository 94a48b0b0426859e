//! Whom a request came from: `X-Forwarded-*` as everybody reads it, and `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use message::{Fields, Known, RequestHead, Scheme};

use crate::{chars, list};

/// How the names of fields begin that tell of earlier hops.
const FORWARDED: &[u8] = b"x-forwarded-";

/// Whether what the request says about earlier hops is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The peer is a trusted proxy: add to what it says.
    Extend,
    /// It is not: say what is known from the connection alone.
    Replace,
}

/// What this hop knows of the request.
#[derive(Clone, Copy, Debug)]
pub struct Forwarding {
    /// The address of the connection's other end.
    pub peer: IpAddr,
    /// Whether it is believed.
    pub trust: Trust,
    /// The scheme of the connection.
    pub scheme: Scheme,
    /// The local port of the connection; 0: nobody knows, and nothing is said of it.
    pub port: u16,
}

/// Removes every field that tells of earlier hops: `Forwarded`, `X-Forwarded-*` and `X-Real-IP`.
fn forget_forwarded(fields: &mut Fields) {
    let begins =
        |name: &[u8]| name.get(..FORWARDED.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORWARDED));
    fields.retain(|known, name, _| match known {
        Known::Other => !begins(name) && !name.eq_ignore_ascii_case(b"x-real-ip"),
        Known::Forwarded
        | Known::XForwardedFor
        | Known::XForwardedHost
        | Known::XForwardedPort
        | Known::XForwardedProto => false,
        _ => true,
    });
}

/// Adds the peer to `X-Forwarded-For` and states `X-Forwarded-Host`, the head's authority, `-Proto` and
/// `-Port`. With [`Trust::Extend`] the latter three stay as the first proxy set them; with
/// [`Trust::Replace`] every field that tells of earlier hops goes, `Forwarded` too.
pub fn push_x_forwarded(head: &mut RequestHead, hop: &Forwarding) {
    let mut before = Vec::new();
    match hop.trust {
        Trust::Extend => join(&mut before, head.fields.get_all(Known::XForwardedFor)),
        Trust::Replace => forget_forwarded(&mut head.fields),
    }
    head.fields.remove(Known::XForwardedFor);
    head.fields.push_with(Known::XForwardedFor, |value| {
        value.extend_from_slice(&before);
        push_address(value, hop.peer);
    });
    let host = head.authority_bytes();
    if !host.is_empty() && chars::is_visible(host) && !head.fields.has(Known::XForwardedHost) {
        head.push_authority(Known::XForwardedHost);
    }
    if !head.fields.has(Known::XForwardedProto) {
        head.fields.push(Known::XForwardedProto, hop.scheme.as_str().as_bytes());
    }
    if hop.port != 0 && !head.fields.has(Known::XForwardedPort) {
        head.fields.push_with(Known::XForwardedPort, |value| push_number(value, hop.port));
    }
}

/// Adds an element to `Forwarded` (RFC 7239 §4).
pub fn push_forwarded(head: &mut RequestHead, hop: &Forwarding) {
    let mut out = Vec::with_capacity(96);
    if hop.trust == Trust::Extend {
        join(&mut out, head.fields.get_all(Known::Forwarded));
    }
    match hop.peer.to_canonical() {
        IpAddr::V4(_) => {
            out.extend_from_slice(b"for=");
            push_address(&mut out, hop.peer);
        }
        IpAddr::V6(_) => {
            out.extend_from_slice(b"for=\"[");
            push_address(&mut out, hop.peer);
            out.extend_from_slice(b"]\"");
        }
    }
    let host = head.authority_bytes();
    if chars::is_token(host) {
        out.extend_from_slice(b";host=");
        out.extend_from_slice(host);
    } else if !host.is_empty() && chars::is_visible(host) {
        out.extend_from_slice(b";host=\"");
        for &b in host {
            if matches!(b, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(b);
        }
        out.push(b'"');
    }
    out.extend_from_slice(b";proto=");
    out.extend_from_slice(hop.scheme.as_str().as_bytes());
    head.fields.set(Known::Forwarded, &out);
}

/// The client's address: the last one of `X-Forwarded-For` that no trusted proxy stands at, if the peer is
/// one; otherwise the peer's. What stands left of it anyone may have written.
pub fn client_address(fields: &Fields, peer: IpAddr, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer.to_canonical();
    if !trusted(client) || !fields.has(Known::XForwardedFor) {
        return client;
    }
    let mut all = Vec::new();
    join(&mut all, fields.get_all(Known::XForwardedFor));
    for text in all.rsplit(|&b| b == b',').map(list::trim).filter(|text| !text.is_empty()) {
        // Something that is no address ends the chain of trust where it stands.
        let Some(address) = address_of(text) else { break };
        client = address.to_canonical();
        if !trusted(client) {
            break;
        }
    }
    client
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address_of(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Appends the values as one list that is to go on.
fn join<'a>(out: &mut Vec<u8>, values: impl Iterator<Item = &'a [u8]>) {
    for value in values.filter(|value| !value.is_empty()) {
        out.extend_from_slice(value);
        out.extend_from_slice(b", ");
    }
}

/// An IPv4 address in an IPv6 one is written as what it is. The common case is written by hand: the
/// formatting machinery costs more than the rest of the field.
fn push_address(out: &mut Vec<u8>, address: IpAddr) {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            for (at, octet) in v4.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                push_number(out, u16::from(octet));
            }
        }
        IpAddr::V6(v6) => out.extend_from_slice(v6.to_string().as_bytes()),
    }
}

fn push_number(out: &mut Vec<u8>, number: u16) {
    let mut unit = 10_000;
    let mut started = false;
    while unit > 0 {
        let digit = u8::try_from(number / unit % 10).unwrap_or_default();
        started |= digit != 0 || unit == 1;
        if started {
            out.push(b'0' + digit);
        }
        unit /= 10;
    }
}
