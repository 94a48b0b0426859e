//! Telling an HTTP/2 client with prior knowledge from an HTTP/1 client (RFC 9113 §3.3).

/// What the first bytes of a connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preface {
    /// Not HTTP/2.
    No,
    /// Too few bytes to tell.
    Partial,
    /// The HTTP/2 connection preface, whole.
    Yes,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Looks at the first bytes of a connection for the HTTP/2 connection preface (RFC 9113 §3.4). Nothing
/// is consumed: an HTTP/2 server expects to read the preface itself.
pub fn h2_preface(buf: &[u8]) -> Preface {
    if buf.starts_with(PREFACE) {
        Preface::Yes
    } else if PREFACE.starts_with(buf) {
        Preface::Partial
    } else {
        Preface::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preface_is_told_at_every_length() {
        for cut in 0..PREFACE.len() {
            assert_eq!(h2_preface(&PREFACE[..cut]), Preface::Partial);
        }
        assert_eq!(h2_preface(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"), Preface::Yes);
        for other in [&b"GET /"[..], b"PRI * HTTP/1.1\r\n", b"POST", b"\r\n"] {
            assert_eq!(h2_preface(other), Preface::No);
        }
    }
}
