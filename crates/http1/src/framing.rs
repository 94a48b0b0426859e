//! How the end of a message body is known (RFC 9112 §6).

use message::{Method, Version};

/// How the end of a message body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body, whatever the fields say.
    None,
    /// `Content-Length` content bytes.
    Length(u64),
    /// The chunked transfer coding (RFC 9112 §7.1).
    Chunked,
    /// Everything until the connection closes; responses alone can have it.
    UntilClose,
}

// === impl Framing ===

impl Framing {
    /// Whether no content can come.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }

    /// The number of content bytes, where it is known ahead.
    pub fn length(self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Length(length) => Some(length),
            Self::Chunked | Self::UntilClose => None,
        }
    }

    /// How to send a request whose content has `length` bytes (`None`: not known ahead). A method that
    /// gives content a meaning states even a length of zero, so that the server need not wonder
    /// (RFC 9110 §8.6).
    pub fn of_request(method: &Method, length: Option<u64>) -> Self {
        match length {
            None => Self::Chunked,
            Some(0) if !matches!(method, Method::Post | Method::Put | Method::Patch | Method::Query) => {
                Self::None
            }
            Some(length) => Self::Length(length),
        }
    }

    /// How to send a response to a client of version `client` whose content has `length` bytes (`None`:
    /// not known ahead). An HTTP/1.0 client knows no chunks and reads until close (RFC 9112 §6.1).
    pub fn of_response(status: u16, request_method: &Method, client: Version, length: Option<u64>) -> Self {
        let tunnel = *request_method == Method::Connect && (200..300).contains(&status);
        if *request_method == Method::Head || matches!(status, 100..=199 | 204 | 304) || tunnel {
            return Self::None;
        }
        match length {
            Some(length) => Self::Length(length),
            None if client == Version::Http10 => Self::UntilClose,
            None => Self::Chunked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_states_zero_only_where_content_has_a_meaning() {
        assert_eq!(Framing::of_request(&Method::Get, Some(0)), Framing::None);
        assert_eq!(Framing::of_request(&Method::Delete, Some(0)), Framing::None);
        assert_eq!(Framing::of_request(&Method::Post, Some(0)), Framing::Length(0));
        assert_eq!(Framing::of_request(&Method::Get, Some(3)), Framing::Length(3));
        assert_eq!(Framing::of_request(&Method::Put, None), Framing::Chunked);
    }

    #[test]
    fn a_response_is_framed_for_its_reader() {
        let of = Framing::of_response;
        let (old, new) = (Version::Http10, Version::Http11);
        assert_eq!(of(200, &Method::Get, new, None), Framing::Chunked);
        assert_eq!(of(200, &Method::Get, old, None), Framing::UntilClose);
        assert_eq!(of(200, &Method::Get, old, Some(7)), Framing::Length(7));
        for status in [100, 103, 101, 204, 304] {
            assert_eq!(of(status, &Method::Get, new, None), Framing::None, "{status}");
        }
        assert_eq!(of(200, &Method::Head, new, Some(7)), Framing::None);
        assert_eq!(of(200, &Method::Connect, new, None), Framing::None);
        assert_eq!(of(404, &Method::Connect, new, Some(2)), Framing::Length(2));
    }
}
