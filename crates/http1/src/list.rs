//! Comma-separated lists in field values (RFC 9110 §5.6.1).

use message::{Fields, Known};

/// The members of a list without quoted strings, over all field lines of a name; white space around them
/// is cut off, empty ones are left out (RFC 9110 §5.6.1.2).
pub(crate) fn members(fields: &Fields, known: Known) -> impl Iterator<Item = &[u8]> {
    fields.get_all(known).flat_map(split).filter(|member| !member.is_empty())
}

/// The members of one value, trimmed, empty ones included.
pub(crate) fn split(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(trim)
}

/// Cuts optional white space (RFC 9110 §5.6.3) off both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
