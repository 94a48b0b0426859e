//! `Via` (RFC 9110 §7.6.3): who has passed a message on.

use message::{Fields, Known, Version};

use crate::{chars, list};

/// Adds this gateway behind those that are there. `received` is the version of the message as it came
/// in; `pseudonym` must be a token or a host.
pub fn push_via(fields: &mut Fields, received: Version, pseudonym: &str) {
    fields.push_with(Known::Via, |value| {
        value.extend_from_slice(received.as_str().as_bytes());
        value.push(b' ');
        if chars::is_visible(pseudonym.as_bytes()) {
            value.extend_from_slice(pseudonym.as_bytes());
        } else {
            value.extend(pseudonym.bytes().filter(u8::is_ascii_graphic));
        }
    });
}

/// Whether the message went through `pseudonym` already, so that passing it on would loop.
pub fn loops(fields: &Fields, pseudonym: &str) -> bool {
    fields.get_all(Known::Via).any(|value| {
        hops(value)
            .any(|hop| received_by(hop).is_some_and(|by| by.eq_ignore_ascii_case(pseudonym.as_bytes())))
    })
}

/// The members of one value; a comma in a comment does not end one.
fn hops(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = member_len(rest);
        let member = rest.get(..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(list::trim(member))
    })
}

/// The bytes up to the first comma outside comments, which nest and may hold quoted pairs
/// (RFC 9110 §5.6.5).
fn member_len(value: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    for (at, &b) in value.iter().enumerate() {
        match b {
            _ if quoted => quoted = false,
            b'\\' if depth > 0 => quoted = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    value.len()
}

/// The second word of a member: `received-protocol RWS received-by [ RWS comment ]`.
fn received_by(hop: &[u8]) -> Option<&[u8]> {
    hop.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty()).nth(1)
}
