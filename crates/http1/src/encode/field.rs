//! Field lines. Values that reach a head by way of a codec or a checked call hold no line end; here it is
//! made sure once more, since a value that does could forge a field or a whole message.

use message::{Fields, Known};

use crate::chars;

/// An upper bound for the bytes that writing `fields` takes, unless values must be mended.
pub(super) fn size(fields: &Fields) -> usize {
    fields.lines_len()
}

/// Writes every field that `skip` does not hold back.
pub(super) fn write_all(out: &mut Vec<u8>, fields: &Fields, skip: impl Fn(Known) -> bool) {
    let start = out.len();
    let lines = fields.write_lines(out, &skip);
    let written = out.get(start..).unwrap_or_default();
    // Two for the end of each line; more would be a line end within one.
    if chars::count_controls(written) == 2 * lines {
        return;
    }
    out.truncate(start);
    for (name, value, known) in fields {
        if !skip(known) {
            write(out, name, value);
        }
    }
}

/// Writes one field line. A control character in the value becomes a space (RFC 9110 §5.5); a field whose
/// name is no token is left out.
pub(super) fn write(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    if !chars::is_token(name) {
        return;
    }
    let start = out.len();
    push(out, name, value);
    let end = out.len().saturating_sub(2);
    for b in out.get_mut(start..end).unwrap_or_default() {
        if *b != b'\t' && (*b < b' ' || *b == 0x7f) {
            *b = b' ';
        }
    }
}

fn push(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}
