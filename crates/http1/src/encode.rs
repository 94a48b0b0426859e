//! Messages onto the wire. Everything is appended to one buffer; framing and connection fields are
//! written from what the caller decided, never copied from the fields of a head, so that a stale or
//! forged one cannot get out. `Framing` decides the length, `Connection` what becomes of the connection.

mod field;
mod status;

use message::{Fields, Known, RequestHead, ResponseHead, Version};

use crate::{Framing, chars, hop, length};

/// What becomes of the connection after the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection<'a> {
    /// It may carry another message.
    KeepAlive,
    /// It is closed (RFC 9112 §9.6).
    Close,
    /// It changes to one of these protocols: the value of `Upgrade` (RFC 9110 §7.8).
    Upgrade(&'a [u8]),
}

/// The interim answer to `Expect: 100-continue` (RFC 9110 §15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What stands behind the data of a chunk (RFC 9112 §7.1).
pub const CHUNK_END: &[u8] = b"\r\n";

/// Writes a request head in origin-form, asterisk-form or, for CONNECT, authority-form (RFC 9112 §3.2),
/// `Host` first. `Te` among the fields is written as `te: trailers`, named by `Connection` (RFC 9110
/// §10.1.4). [`Framing::UntilClose`] cannot frame a request and is written as chunked.
pub fn request_head(out: &mut Vec<u8>, head: &RequestHead, framing: Framing, connection: Connection<'_>) {
    out.reserve(256 + field::size(&head.fields));
    out.extend_from_slice(head.method.as_str().as_bytes());
    out.push(b' ');
    target(out, head);
    out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
    push_visible(out, head.authority_bytes());
    out.extend_from_slice(b"\r\n");
    field::write_all(out, &head.fields, is_ours);
    match framing {
        Framing::None => {}
        Framing::Length(length) => content_length(out, length),
        Framing::Chunked | Framing::UntilClose => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
    let te = head.fields.has(Known::Te) && hop::te_trailers(&head.fields);
    let te_option = if te { &b", te"[..] } else { b"" };
    match connection {
        Connection::KeepAlive if te => out.extend_from_slice(b"connection: te\r\n"),
        Connection::KeepAlive => {}
        Connection::Close => options(out, b"close", te_option),
        Connection::Upgrade(protocols) => {
            options(out, b"upgrade", te_option);
            upgrade(out, protocols);
        }
    }
    if te {
        out.extend_from_slice(b"te: trailers\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a response head for a client of version `client`. `date` is added where the head has no `Date`
/// (RFC 9110 §6.6.1); an empty one is not. With [`Framing::None`] the head's own `Content-Length` stays,
/// as HEAD and 304 want it (RFC 9110 §8.6), but never on 1xx and 204. `Upgrade` among the fields is written
/// with 426, which must have it.
pub fn response_head(
    out: &mut Vec<u8>,
    head: &ResponseHead,
    framing: Framing,
    connection: Connection<'_>,
    client: Version,
    date: &[u8],
) {
    out.reserve(192 + field::size(&head.fields));
    status::line(out, head.status);
    if !date.is_empty() && head.status >= 200 && !head.fields.has(Known::Date) {
        out.extend_from_slice(b"date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(b"\r\n");
    }
    field::write_all(out, &head.fields, is_ours);
    match framing {
        Framing::None => stated_length(out, head),
        Framing::Length(length) => content_length(out, length),
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Framing::UntilClose => {}
    }
    // 426 says what to change to (RFC 9110 §15.5.22)
    let wanted = head.fields.get(Known::Upgrade).filter(|_| head.status == 426);
    let option = if wanted.is_some() { &b", upgrade"[..] } else { b"" };
    match connection {
        _ if framing == Framing::UntilClose => options(out, b"close", option),
        Connection::Close => options(out, b"close", option),
        // HTTP/1.1 keeps a connection unless told otherwise; HTTP/1.0 wants it said (RFC 9112 §9.3).
        Connection::KeepAlive if client == Version::Http10 => options(out, b"keep-alive", option),
        Connection::KeepAlive if wanted.is_some() => options(out, b"upgrade", b""),
        Connection::KeepAlive => {}
        Connection::Upgrade(protocols) => {
            options(out, b"upgrade", b"");
            upgrade(out, protocols);
        }
    }
    if let Some(protocols) = wanted {
        upgrade(out, protocols);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes an interim response: 100, 102, 103 (RFC 9110 §15.2). 101 is the last head of its connection
/// and is written by [`response_head`].
pub fn interim(out: &mut Vec<u8>, status: u16, fields: &Fields) {
    status::line(out, status);
    field::write_all(out, fields, is_ours);
    out.extend_from_slice(b"\r\n");
}

/// Writes the line before a chunk of `len` data bytes. Zero would be the last chunk and writes nothing.
pub fn chunk_header(out: &mut Vec<u8>, len: usize) {
    let Some(top) = len.checked_ilog2() else { return };
    for digit in (0..=top / 4).rev() {
        let nibble = (len >> (digit * 4)) & 0xf;
        out.push(b"0123456789abcdef".get(nibble).copied().unwrap_or_default());
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes the last chunk and the trailer section, without the fields that must not stand there
/// (RFC 9110 §6.5.1).
pub fn last_chunk(out: &mut Vec<u8>, trailers: Option<&Fields>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value, known) in trailers.into_iter().flatten() {
        if hop::trailer_allowed(known, name) {
            field::write(out, name, value);
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Fields that are written from the caller's decisions.
fn is_ours(known: Known) -> bool {
    known.is_hop_by_hop() || matches!(known, Known::Host | Known::ContentLength)
}

fn target(out: &mut Vec<u8>, head: &RequestHead) {
    if head.method == message::Method::Connect {
        return push_visible(out, head.authority_bytes());
    }
    let path = head.path_bytes();
    push_visible(out, if path.is_empty() { b"/" } else { path });
    if let Some(query) = head.query_bytes() {
        out.push(b'?');
        push_visible(out, query);
    }
}

/// Appends text of the request line or `Host`. Whatever is not visible ASCII would end the part or the
/// line early and is escaped; a head from a codec has none, one that a rewrite touched might.
fn push_visible(out: &mut Vec<u8>, bytes: &[u8]) {
    if chars::is_visible(bytes) {
        return out.extend_from_slice(bytes);
    }
    for &b in bytes {
        if b.is_ascii_graphic() {
            out.push(b);
        } else {
            let hex = |nibble: u8| b"0123456789ABCDEF".get(usize::from(nibble)).copied().unwrap_or_default();
            out.extend_from_slice(&[b'%', hex(b >> 4), hex(b & 0xf)]);
        }
    }
}

fn content_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"content-length: ");
    decimal(out, length);
    out.extend_from_slice(b"\r\n");
}

/// The length that the head itself states, where it has no body but may say how long one would be.
fn stated_length(out: &mut Vec<u8>, head: &ResponseHead) {
    if matches!(head.status, 100..=199 | 204) {
        return;
    }
    if let Some(length) = head.fields.get(Known::ContentLength).and_then(length::number) {
        content_length(out, length);
    }
}

fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut count = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        count += 1;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - count..).unwrap_or_default());
}

fn options(out: &mut Vec<u8>, option: &[u8], more: &[u8]) {
    out.extend_from_slice(b"connection: ");
    out.extend_from_slice(option);
    out.extend_from_slice(more);
    out.extend_from_slice(b"\r\n");
}

fn upgrade(out: &mut Vec<u8>, protocols: &[u8]) {
    field::write(out, b"upgrade", protocols);
}

#[cfg(test)]
mod tests;
