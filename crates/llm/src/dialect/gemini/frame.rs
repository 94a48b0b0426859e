//! How a streamed answer is framed for the client: as server-sent events with Google's line ends, or as one array.

/// The frames of one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framer {
    array: bool,
    /// Whether the array has an item.
    begun: bool,
}

/// What keeps a client patient, in an array.
pub(super) const BLANK: &[u8] = b"\r\n";

impl Framer {
    /// `begun`: whether something was written before.
    pub(super) fn new(array: bool, begun: bool) -> Self {
        Self { array, begun }
    }

    /// Writes one answer or error, the JSON of which `write` gives.
    pub(super) fn item(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let first = !std::mem::replace(&mut self.begun, true);
        out.extend_from_slice(match (self.array, first) {
            (false, _) => b"data: ",
            (true, true) => b"[",
            (true, false) => b",",
        });
        write(out);
        out.extend_from_slice(if self.array { b"\r\n" } else { b"\r\n\r\n" });
    }

    /// Nothing more follows.
    pub(super) fn end(self, out: &mut Vec<u8>) {
        match (self.array, self.begun) {
            (false, _) => {}
            (true, true) => out.extend_from_slice(b"]\r\n"),
            (true, false) => out.extend_from_slice(b"[]\r\n"),
        }
    }
}
