//! The strict HTTP/1.1 codec, for both sides of a gateway (RFC 9112), and the rules that bind an
//! intermediary (RFC 9110), as pure functions over byte buffers: no socket, no clock, no task.
//!
//! What is malformed or could be read in two ways is refused with a [`Reject`] that names the broken
//! rule; nothing is repaired or guessed. `docs/http-conformance.md` lists the rules one by one.
#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod authority;
pub mod body;
mod chars;
pub mod date;
pub mod encode;
mod framing;
mod head;
pub mod hop;
mod length;
mod list;
mod preface;
mod reject;
pub mod request;
pub mod response;
mod scan;

pub use body::{Decoded, Decoder, Peer};
pub use encode::Connection;
pub use framing::Framing;
pub use preface::{Preface, h2_preface};
pub use reject::Reject;
pub use request::Request;
pub use response::{Kind, Response};
pub use scan::Scan;

/// How much of a head is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the request line or status line, without its line end.
    pub request_line: usize,
    /// Bytes of the whole head: first line, fields, line ends. Bounds a trailer section too.
    pub head: usize,
    /// Number of fields. Bounds a trailer section too.
    pub fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { request_line: 8 * 1024, head: 32 * 1024, fields: 100 }
    }
}
