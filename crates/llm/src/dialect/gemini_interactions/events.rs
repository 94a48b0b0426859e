//! Events of a streamed answer: named, and of one line each.

use json::Object;

/// What ends a complete stream.
pub(super) const DONE: &[u8] = b"event: done\ndata: [DONE]\n\n";

/// Writes an event: what `write` adds, and its type.
pub(super) fn write(kind: &'static str, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    for part in ["event: ", kind, "\ndata: "] {
        out.extend_from_slice(part.as_bytes());
    }
    let start = out.len();
    let mut object = Object::begin(out);
    write(&mut object);
    object.string("event_type", kind);
    object.end();
    // What passes as it was written may have lines, and an event ends with its line.
    for byte in out.get_mut(start..).unwrap_or_default() {
        if let b'\n' | b'\r' = byte {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\n\n");
}
